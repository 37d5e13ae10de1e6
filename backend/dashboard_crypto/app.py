"""The composition root: the only place that builds objects and chooses what is real."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO, cast

from dashboard_crypto import __version__
from dashboard_crypto.api import flask_app
from dashboard_crypto.api.context import ApiContext, Setup, context_of
from dashboard_crypto.config import Settings, secret_key
from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.core.ports import BanStore, Clock, ExchangeGateway, HistoryReader
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.exchange.crew import Threads
from dashboard_crypto.services.assembly import Services, assemble
from dashboard_crypto.services.clock import ExchangeClock, SystemClock
from dashboard_crypto.services.import_line import ImportLine

if TYPE_CHECKING:
    from flask import Flask

CLOCK_SYNC_EVERY_S = 30
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Application:
    """One running program: services, the HTTP side's facts, and the loops' switch."""

    settings: Settings
    services: Services
    context: ApiContext
    _keeper: threading.Thread | None = field(default=None, init=False)

    def create_flask(self) -> Flask:
        """The WSGI application over these services."""
        return flask_app.create(self.context, secret_key(self.settings))

    def start_loops(self) -> None:
        """Start the loops (after any fork). With the exchange's clock, they wait for its first answer."""
        if isinstance(self.services.clock, ExchangeClock):
            self._keeper = threading.Thread(target=self._keep_clock, name="clock", daemon=True)
            self._keeper.start()
        else:
            self.services.auto_refresh.start()

    def show_import(self, stream: TextIO) -> None:
        """Say on a terminal how far the past is read, while it is read for the first time."""
        if not (stream.isatty() and self.settings.has_credentials):
            return
        status, progress = self.services.status, self.services.status.import_progress
        line = ImportLine(lambda: status.status().history, progress, stream)
        threading.Thread(target=line.run, args=(self.context.stopping,), name="import-line", daemon=True).start()

    def _keep_clock(self) -> None:
        started = False
        while not self.context.stopping.is_set():
            synced = sync(self.services.clock)
            if synced and not started:
                self.services.auto_refresh.start()
                started = True
            self.context.stopping.wait(CLOCK_SYNC_EVERY_S if synced else 0.5)

    def end_streams(self) -> None:
        """Tell every open stream goodbye; they end within a moment."""
        self.context.stopping.set()
        self.services.doorbell.close()

    def stop(self) -> None:
        """End streams and loops, close gateway and database."""
        self.end_streams()
        self.services.close()


def build(
    settings: Settings,
    clock: Clock | None = None,
    gateway_clock: Clock | None = None,
    ban_store: BanStore | None = None,
    crew: Crew | None = None,
) -> Application:
    """Open the database and build every service. No network, no thread. Raises `FixAndRestart` errors.

    Clocks, ban store and crew are given where time is simulated; else the settings decide, the database remembers, and
    threads read the past side by side.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(open_database(settings.database_url))
    chosen = clock or _clock(settings, store)
    crew = crew or Threads()
    factory = None
    if settings.has_credentials:
        factory = gateway_factory(settings, ban_store or store, gateway_clock or chosen, crew)
    services = assemble(
        store,
        chosen,
        factory,
        None if factory is None else history_reader,
        balance_interval_s=settings.balance_update_interval_s,
        snapshot_interval_s=settings.snapshot_interval_s,
        min_base_usd=settings.min_base_usd,
        allow_trading_key=settings.allow_trading_key,
        crew=crew,
    )
    return Application(settings, services, _context(settings, services))


def gateway_factory(
    settings: Settings, ban_store: BanStore, clock: Clock, crew: Crew = ALONE
) -> Callable[[], ExchangeGateway]:
    """Makes the real gateway when first asked; python-binance is not imported before."""

    def make() -> ExchangeGateway:
        from dashboard_crypto.exchange.binance_trader import BinanceGateway
        from dashboard_crypto.exchange.credentials import Credentials

        return BinanceGateway(
            Credentials(settings.api_key or "", settings.api_secret or ""),
            base_url=settings.api_url,
            testnet=settings.testnet,
            clock=clock,
            ban_store=ban_store,
            allow_trading_key=settings.allow_trading_key,
            crew=crew,
        )

    return make


def history_reader(gateway: ExchangeGateway) -> HistoryReader:
    """The account's past comes over the same connection as its present."""
    return cast("HistoryReader", gateway)


def sync(clock: Clock) -> bool:
    """Set an exchange clock by the exchange's time; False if it did not answer. Other clocks need nothing."""
    if not isinstance(clock, ExchangeClock):
        return True
    try:
        clock.sync()
    except PortfolioError as error:
        _log.warning("clock not set by the exchange yet reason=%s", error)
        return False
    return True


def configure_logging(level: str) -> None:
    """One line per event on standard error, times in UTC."""
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Below WARNING some of these print addresses with signed queries.
    for name in ("urllib3", "requests", "binance", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _clock(settings: Settings, ban_store: BanStore) -> Clock:
    if not (settings.exchange_clock and settings.has_credentials):
        return SystemClock()
    make = gateway_factory(settings, ban_store, SystemClock())
    kept: list[ExchangeGateway] = []

    def read_time_ms() -> int:
        if not kept:
            kept.append(make())
        return kept[0].server_time_ms()

    return ExchangeClock(read_time_ms)


def _context(settings: Settings, services: Services) -> ApiContext:
    return replace(
        context_of(services, __version__),
        setup=Setup(settings.has_credentials, settings.testnet, settings.demo_note),
        host=settings.host,
        allowed_origins=settings.allowed_origins,
    )
