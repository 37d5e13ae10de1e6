"""`check`: what is right and what is wrong, in plain words, each with what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from dashboard_crypto import app, config
from dashboard_crypto.config import Loaded, Settings
from dashboard_crypto.core.errors import KeyRefused, PortfolioError, Wait
from dashboard_crypto.core.ports import Clock, ExchangeGateway
from dashboard_crypto.db.engine import Database
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.clock import SystemClock

Verdict = Literal["ok", "warning", "failed", "skipped"]
CLOCK_LIMIT_MS = 1_000
LEAST_FREE_BYTES = 200_000_000
_MARKS: dict[Verdict, str] = {"ok": "ok     ", "warning": "warning", "failed": "FAILED ", "skipped": "skipped"}
_COLOURS: dict[Verdict, str] = {"ok": "32", "warning": "33", "failed": "31", "skipped": "90"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis."""

    subject: str
    verdict: Verdict
    message: str
    next_step: str = ""


def check() -> int:
    """Print the diagnosis; 1 if anything failed."""
    failed = False
    for finding in diagnose(config.load()):
        failed = failed or finding.verdict == "failed"
        sys.stdout.write(line(finding, colour=sys.stdout.isatty()) + "\n")
        sys.stdout.flush()
    sys.stdout.write("\nSomething needs your attention.\n" if failed else "\nEverything needed is there.\n")
    return 1 if failed else 0


def line(finding: Finding, *, colour: bool) -> str:
    """One finding as text."""
    mark = _MARKS[finding.verdict]
    if colour:
        mark = f"\x1b[{_COLOURS[finding.verdict]}m{mark}\x1b[0m"
    step = f"\n          {'':14}-> {finding.next_step}" if finding.next_step else ""
    return f"{mark}   {finding.subject:<14} {finding.message}{step}"


def diagnose(loaded: Loaded) -> Iterator[Finding]:
    """Every finding, the ones that need nothing else first."""
    place = f"read from {loaded.env_file}" if loaded.env_file else "no .env file; environment only"
    yield Finding("configuration", "ok", place)
    for warning in loaded.warnings:
        yield Finding("configuration", "warning", warning)
    database, finding = _open(loaded.settings)
    yield finding
    if database is None:
        return
    try:
        yield _disk(loaded.settings, database)
        yield from _exchange(loaded.settings, app.gateway_factory(loaded.settings, Store(database), SystemClock()))
    finally:
        database.close()


def _open(settings: Settings) -> tuple[Database | None, Finding]:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = open_database(settings.database_url, check=True)
        with database.session():
            pass
    except (PortfolioError, OSError) as error:
        step = "see docs/configuration.md, DATABASE_URL and DATA_DIR"
        return None, Finding("database", "failed", str(error), step)
    return database, Finding("database", "ok", f"{database.version()}, sound and writable")


def _disk(settings: Settings, database: Database) -> Finding:
    folder = database.path.parent if database.path is not None else settings.data_dir
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB free in {folder}"
    if free < LEAST_FREE_BYTES:
        return Finding("disk", "warning", message, "make room; a full disk stops the history")
    return Finding("disk", "ok", message)


def _exchange(settings: Settings, factory: Callable[[], ExchangeGateway]) -> Iterator[Finding]:
    if not settings.has_credentials:
        step = "put BINANCE_API_KEY and BINANCE_API_SECRET into .env, or look around with: dashboard-crypto demo"
        yield Finding("API key", "failed", "no key is configured", step)
        yield Finding("connection", "skipped", "needs a key")
        return
    try:
        gateway = factory()
    except PortfolioError as error:
        yield Finding("API key", "failed", str(error), "copy key and secret again, each on one line")
        return
    try:
        connection, reachable = _connection(gateway, SystemClock())
        yield connection
        if reachable:
            yield from _permissions(settings, gateway)
            yield _account(gateway)
    finally:
        gateway.close()


def _connection(gateway: ExchangeGateway, clock: Clock) -> tuple[Finding, bool]:
    try:
        offset_ms = gateway.server_time_ms() - clock.now_ms()
    except Wait as error:
        return Finding("connection", "failed", str(error), "leave the program stopped until then"), False
    except PortfolioError as error:
        step = "check the network, a firewall or proxy, and BINANCE_API_URL"
        return Finding("connection", "failed", str(error), step), False
    message = f"the exchange answers; this machine's clock is {abs(offset_ms) / 1000:.1f} s off"
    if abs(offset_ms) > CLOCK_LIMIT_MS:
        return Finding("connection", "warning", message, "switch on time synchronisation (NTP)"), True
    return Finding("connection", "ok", message), True


def _permissions(settings: Settings, gateway: ExchangeGateway) -> Iterator[Finding]:
    try:
        allowed = gateway.key_permissions()
    except PortfolioError as error:
        yield Finding("API key", "failed", str(error), _key_step(error))
        return
    if not allowed.can_read:
        yield Finding("API key", "failed", "the key may not read", "tick Enable Reading for this key at Binance")
    elif allowed.can_withdraw:
        yield Finding("API key", "failed", "the key may withdraw", "untick Enable Withdrawals; nothing here needs it")
    elif allowed.can_trade and not settings.allow_trading_key:
        yield Finding("API key", "failed", "the key may trade", "untick trading, or set ALLOW_TRADING_KEY=true")
    else:
        yield Finding("API key", "ok", "accepted; it may read")
    if not allowed.ip_restricted:
        step = "restrict the key to this machine's IP address at Binance"
        yield Finding("IP list", "warning", "the key works from every address", step)
    else:
        yield Finding("IP list", "ok", "the key is bound to given addresses")


def _account(gateway: ExchangeGateway) -> Finding:
    try:
        reading = gateway.read_account()
    except PortfolioError as error:
        return Finding("balances", "failed", str(error), _key_step(error))
    assets = len({holding.asset for holding in reading.holdings})
    if reading.unpriced:
        names = ", ".join(reading.unpriced[:10])
        return Finding("balances", "warning", f"{assets} assets; no price for {names}", "they count as not known")
    return Finding("balances", "ok", f"{assets} assets in all wallets, all priced")


def _key_step(error: PortfolioError) -> str:
    if isinstance(error, KeyRefused):
        return "compare key and secret with Binance, and this machine's address with the key's IP list"
    return "try again in a minute; if it stays, see the message above"
