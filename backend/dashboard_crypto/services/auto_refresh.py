"""The loops: balances every 30 seconds, a snapshot every hour, the past beside them. Each is a thread around a tick."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from dashboard_crypto.core.errors import (
    ClockOff,
    DatabaseBusy,
    DatabaseUnusable,
    ExchangeBanned,
    ExchangeLimited,
    GiveUp,
    KeyRefused,
    PartialReading,
    PortfolioError,
    Wait,
)
from dashboard_crypto.core.model import State
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db import state_rows
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.balance_cycle import BalanceCycle
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.heartbeat import Heartbeat
from dashboard_crypto.services.history_worker import IDLE_S, TROUBLE_S, HistoryWorker
from dashboard_crypto.services.lease import WriterLease
from dashboard_crypto.services.pace import Pace
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.session_manager import SessionManager
from dashboard_crypto.services.snapshot_writer import SnapshotWriter
from dashboard_crypto.services.status_views import LoopView

log = logging.getLogger(__name__)

NO_KEY = "No API key is configured. Set BINANCE_API_KEY and BINANCE_API_SECRET, or try the demo."
CRASHED = "An unexpected error stopped this cycle; the next one tries again. The log has the details."
SLICE_S = 1.0
"""A waiting loop looks up once a second: for the stop signal, a request from another process, news from its writer."""

_STATES: tuple[tuple[type[PortfolioError], State], ...] = (
    (KeyRefused, "key_refused"),
    (ExchangeLimited, "limited"),
    (ExchangeBanned, "banned"),
    (ClockOff, "clock_off"),
    (PartialReading, "partial"),
)


class AutoRefresh:
    """Only the holder of the writer's lease works; the others stand by and pass on the news."""

    def __init__(
        self,
        store: Store,
        sessions: SessionManager,
        portfolio: PortfolioService,
        *,
        cycle: BalanceCycle,
        writer: SnapshotWriter,
        worker: HistoryWorker,
        lease: WriterLease,
        clock: Clock,
        doorbell: Doorbell,
        balance_interval_s: float = 30,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._portfolio = portfolio
        self._cycle = cycle
        self._writer = writer
        self._worker = worker
        self._lease = lease
        self._clock = clock
        self._doorbell = doorbell
        self._stop = threading.Event()
        self._new_balances = threading.Event()
        self._is_sound = False
        self._heard = (0, 0)
        self.pace = Pace(clock, balance_interval_s)
        self.balance_beat = Heartbeat("balances", balance_interval_s, balance_interval_s)
        self.snapshot_beat = Heartbeat("snapshots", balance_interval_s, writer.interval_s)
        self.history_beat = Heartbeat("history", IDLE_S, IDLE_S)
        self._rest_s = IDLE_S

    def balance_tick(self) -> bool:
        """Read the account once and record it. True if new balances were stored; no core error leaves it."""
        try:
            fence = self._lease.acquire()
            return fence is not None and self._balance_cycle(fence)
        except PortfolioError as error:
            self._without_database(error)
            return False

    def snapshot_tick(self) -> bool:
        """Write this slot's snapshot from the database, if it is due and the balances are fit for it."""
        try:
            fence = self._lease.acquire()
            return fence is not None and self._writer.write_slot(fence) is not None
        except PortfolioError as error:
            self._without_database(error)
            return False

    def history_tick(self) -> bool:
        """Do one step of reading the past. True if there is more to do at once."""
        try:
            fence = self._lease.acquire()
            self._rest_s = IDLE_S if fence is None else self._worker.tick(fence)
        except PortfolioError as error:
            self._rest_s = TROUBLE_S
            log.warning("the history stands still: %s", error)
            if isinstance(error, GiveUp):
                self._lease.forget()
        return self._rest_s < 1

    @property
    def rest_s(self) -> float:
        """How long the reading of the past has nothing to do after its last tick."""
        return self._rest_s

    def start(self) -> None:
        """Start the daemon threads (after any fork)."""
        self._stop.clear()
        self._start(self.balance_beat, self._run_balances)
        self._start(self.snapshot_beat, self._run_snapshots)
        if self._worker.is_configured:
            self._start(self.history_beat, self._run_history)

    def stop(self, timeout_s: float = 10) -> None:
        """Ask the threads to end, wait for them, and give the lease to whoever is next."""
        self._stop.set()
        self._portfolio.refresh_wanted.set()
        self._new_balances.set()
        for beat in self._beats():
            if beat.thread is not None:
                beat.thread.join(timeout_s)
                beat.thread, beat.at = None, None
        try:
            self._lease.release()
        except PortfolioError as error:
            log.warning("the writer's lease could not be released: %s", error)

    def loops(self) -> tuple[LoopView, ...]:
        """How each loop of this process does."""
        now = self._clock.monotonic()
        return tuple(
            LoopView(
                name=beat.name,
                running=beat.thread is not None and beat.thread.is_alive(),
                heartbeat_age_s=None if beat.at is None else now - beat.at,
                interval_s=beat.interval_s,
                failures=beat.failures,
            )
            for beat in self._beats()
        )

    def is_alive(self) -> bool:
        """Balances and snapshots went round within their last three intervals; also true before they were started."""
        now = self._clock.monotonic()
        return not any(beat.is_late(now) for beat in (self.balance_beat, self.snapshot_beat))

    def _beats(self) -> tuple[Heartbeat, ...]:
        history = (self.history_beat,) if self._worker.is_configured else ()
        return (self.balance_beat, self.snapshot_beat, *history)

    def _balance_cycle(self, fence: int) -> bool:
        try:
            gateway = self._sessions.verified_gateway()
            if gateway is None:
                self._portfolio.report_trouble("no_key", NO_KEY, None, fence)
                return False
            self._cycle.run(gateway, fence)
        except (GiveUp, DatabaseBusy, DatabaseUnusable):
            raise
        except PortfolioError as error:
            self._trouble(error, fence)
            return False
        self.pace.succeeded()
        self._new_balances.set()
        return True

    def _trouble(self, error: PortfolioError, fence: int) -> None:
        self.pace.failed(error)
        if isinstance(error, KeyRefused):
            self._sessions.distrust()
        state: State = next((state for kind, state in _STATES if isinstance(error, kind)), "down")
        log.warning("no new balances (%s): %s", state, error)
        retry_at_ms = error.retry_at_ms if isinstance(error, Wait) else None
        self._portfolio.report_trouble(state, str(error), type(error).__name__, fence, retry_at_ms=retry_at_ms)

    def _without_database(self, error: PortfolioError) -> None:
        """Trouble that cannot be written down: it stays in this process's memory."""
        if isinstance(error, GiveUp):
            self._lease.forget()
            log.warning("%s", error)
            return
        self.pace.failed(error)
        self._portfolio.cannot_save(str(error))
        log.error("nothing can be saved: %s", error)

    def _start(self, beat: Heartbeat, body: Callable[[], None]) -> None:
        beat.at = self._clock.monotonic()
        beat.thread = threading.Thread(target=body, name=f"{beat.name}-loop", daemon=True)
        beat.thread.start()

    def _run_balances(self) -> None:
        self._check_database()
        while not self._stop.is_set():
            asked_ms = self._asked_ms()
            if self._is_sound:
                self._guarded(self.balance_beat, self.balance_tick)
            self._wait_for_balances(asked_ms)

    def _run_snapshots(self) -> None:
        while True:
            # Cleared before looking: a stop that comes in between would otherwise be slept over.
            self._new_balances.clear()
            if self._stop.is_set():
                return
            if self._is_sound:
                self._guarded(self.snapshot_beat, self.snapshot_tick)
            self.snapshot_beat.at = self._clock.monotonic()
            self._new_balances.wait(self.snapshot_beat.round_s)

    def _run_history(self) -> None:
        while not self._stop.is_set():
            if self._is_sound:
                self._guarded(self.history_beat, self.history_tick)
            rest_until = self._clock.monotonic() + (self._rest_s if self.history_beat.failures == 0 else TROUBLE_S)
            while (left_s := rest_until - self._clock.monotonic()) > 0 and not self._stop.wait(min(SLICE_S, left_s)):
                self.history_beat.at = self._clock.monotonic()

    def _guarded(self, beat: Heartbeat, tick: Callable[[], bool]) -> None:
        try:
            tick()
            beat.failures = 0
        except Exception as error:
            beat.failures += 1
            log.exception("the %s loop met an unexpected error", beat.name)
            if beat is not self.history_beat:
                self.pace.failed(error)
                self._report_crash(error)
        beat.at = self._clock.monotonic()

    def _report_crash(self, error: Exception) -> None:
        try:
            self._portfolio.report_trouble("down", CRASHED, type(error).__name__, self._lease.require())
        except PortfolioError as trouble:
            self._without_database(trouble)

    def _check_database(self) -> None:
        """Before anything is written: a damaged file must not be written to."""
        damage = self._store.database.damage()
        self._is_sound = damage is None
        if damage is not None:
            self._portfolio.cannot_save(damage)
            log.error("nothing is written: %s", damage)

    def _wait_for_balances(self, asked_ms: int) -> None:
        """Until the next cycle is due, somebody asks for one, or the loop shall end.

        `asked_ms` is the newest request that the last cycle began with; one that came during it counts as new.
        """
        due = self._clock.monotonic() + self.pace.delay_s
        wanted = self._portfolio.refresh_wanted
        while not self._stop.is_set():
            left_s = due - self._clock.monotonic()
            if left_s <= 0:
                return
            woken = wanted.wait(min(SLICE_S, left_s))
            wanted.clear()
            self.balance_beat.at = self._clock.monotonic()
            self._pass_on_news()
            asked = woken or self._asked_ms() != asked_ms
            if asked and not self.pace.must_hold():
                return

    def _asked_ms(self) -> int:
        try:
            with self._store.reading() as session:
                return state_rows.refresh_requested_ms(session, self._store.portfolio_id)
        except PortfolioError:
            return 0

    def _pass_on_news(self) -> None:
        """What another process wrote is news for this one's listeners."""
        if self._lease.held:
            return
        try:
            now = self._store.revision()
        except PortfolioError:
            return
        if now != self._heard:
            self._heard = now
            self._doorbell.ring("portfolio", now[0])
            self._doorbell.ring("performance", now[0])
            self._doorbell.ring("status", now[0])
