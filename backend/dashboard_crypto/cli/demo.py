"""`demo`: a living portfolio without any key. Simulator and app, one command, one clock."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from dashboard_crypto import config, server
from dashboard_crypto.cli.fast_forward import DAY_MS, HOUR_MS, PAST_MS, FastForward, Instant, instants
from dashboard_crypto.cli.simulated_exchange import Announcement, SimulatedExchange
from dashboard_crypto.config import SETTINGS, Settings, launch

KEPT_FROM_OUTSIDE = frozenset({"HOST", "LOG_LEVEL", "WORKER_CLASS", "THREADS", "ALLOWED_ORIGINS"})


def demo(scenario: str, prices: Sequence[Path], now: str | None, live_days: int, port: int | None) -> int:
    """Live through the last `live_days`, then serve until told to stop. The server's exit code."""
    signal.signal(signal.SIGTERM, _leave)
    own = config.load().settings
    chosen_port = own.port if port is None else port
    place = own.data_dir / "demo"
    clean = plain_environment(launch.environment())
    server.check_port(config.load_from({**clean, "PORT": str(chosen_port)}).settings)
    _remove_old_database(place)
    with SimulatedExchange(scenario, prices, now, clean, paused=True) as exchange:
        environ = {**clean, **demo_environment(exchange.told, place, chosen_port)}
        try:
            _prepare(config.load_from(environ).settings, exchange, live_days)
            exchange.run_from(exchange.told.now_ms if now is not None else time.time_ns() // 1_000_000)
            return _serve(environ)
        except KeyboardInterrupt:
            return 130


def _prepare(settings: Settings, exchange: SimulatedExchange, live_days: int) -> None:
    now_ms = exchange.told.now_ms
    end_ms = now_ms - PAST_MS
    start_ms = (end_ms - live_days * DAY_MS) // HOUR_MS * HOUR_MS
    moments = instants(start_ms, end_ms, exchange.event_instants(start_ms, end_ms))
    began = time.monotonic()
    with FastForward(settings, exchange, start_ms) as program:
        program.live_through(_with_progress(moments))
        _say(f"{live_days} days lived through in {time.monotonic() - began:.0f} s. Reading what was before them ...")
        began = time.monotonic()
        is_whole = program.read_the_past(now_ms)
        stats = program.stats()
    _say(
        f"{'All of it' if is_whole else 'Some of it'} read in {time.monotonic() - began:.0f} s: "
        f"{stats.total_snapshots:,} snapshots, {stats.total_cashflows} deposits and withdrawals."
    )


def _with_progress(moments: Sequence[Instant]) -> Iterator[Instant]:
    if sys.stdout.isatty():
        from rich.progress import track

        yield from track(moments, description="Living through the past", transient=True)
        return
    shown = -1
    for number, moment in enumerate(moments):
        tenth = 10 * number // len(moments)
        if tenth > shown:
            _say(f"Living through the past: {10 * tenth} %")
            shown = tenth
        yield moment


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def plain_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without the owner's own settings: a demo must never see a real key or a real database."""
    ours = {name for setting in SETTINGS for name in (setting.name, f"{setting.name}_FILE")}
    return {name: value for name, value in environ.items() if name not in ours or name in KEPT_FROM_OUTSIDE}


def demo_environment(told: Announcement, place: Path, port: int) -> dict[str, str]:
    """Every setting of the demo, also those at their default, so that no `.env` can mix in."""
    defaults = {s.name: s.default for s in SETTINGS if s.default is not None and s.name not in KEPT_FROM_OUTSIDE}
    return {
        **defaults,
        "BINANCE_API_KEY": told.api_key,
        "BINANCE_API_SECRET": told.api_secret,
        "BINANCE_API_URL": told.base_url,
        "EXCHANGE_CLOCK": "true",
        "DATABASE_URL": f"sqlite:///{place / 'portfolio.db'}",
        "DATA_DIR": str(place),
        "PORT": str(port),
        "DEMO_NOTE": demo_note(told.shift_days),
    }


def demo_note(shift_days: int) -> str:
    """What the page says about its numbers."""
    moved = f", moved by {shift_days} days to reach the present" if shift_days else ""
    return f"Demo: an invented account on really recorded prices{moved}."


def _remove_old_database(place: Path) -> None:
    for file in place.glob("portfolio.db*"):
        file.unlink()


def _serve(environ: Mapping[str, str]) -> int:
    process = subprocess.Popen(launch.command_line("serve"), env=launch.environment(environ))
    try:
        return process.wait()
    finally:
        process.terminate()
        process.wait()


def _leave(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)
