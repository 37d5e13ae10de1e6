"""Live through past weeks with the real ticks, and read what was before them, on the simulator's clock."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from dashboard_crypto import app
from dashboard_crypto.cli.simulated_exchange import SimulatedExchange
from dashboard_crypto.config import Settings
from dashboard_crypto.core.errors import NotReady
from dashboard_crypto.db.engine import Database
from dashboard_crypto.services.clock import SteppedClock
from dashboard_crypto.services.views import StatsView

HOUR_MS = 3_600_000
TICK_MS = 30_000
DAY_MS = 24 * HOUR_MS
PAST_MS = 20 * 60_000
"""What reading the whole past may take on the exchange's clock: its limits are counted by the minute."""


class GatewayClock:
    """The stepped time with a real pace: an hour's jump is no reason to ask everything anew."""

    def __init__(self, stepped: SteppedClock) -> None:
        self._stepped = stepped

    def now_ms(self) -> int:
        """The instant last set."""
        return self._stepped.now_ms()

    def monotonic(self) -> float:
        """Real seconds."""
        return time.monotonic()


class NoBans:
    """The simulator bans nobody unasked; a ban need not be looked up on disk before each of 20,000 calls."""

    def __init__(self) -> None:
        self._until_ms = 0

    def load_ban(self) -> int:
        """The ban of this process."""
        return self._until_ms

    def save_ban(self, until_ms: int) -> None:
        """Remember it in memory."""
        self._until_ms = until_ms


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment to live through. On the full hour a snapshot follows the balances."""

    at_ms: int
    is_hour: bool


def instants(start_ms: int, end_ms: int, events_ms: Iterable[int]) -> list[Instant]:
    """Every full hour, and the ticks just before and just after each event, all within `[start_ms, end_ms]`."""
    hours = set(range(-(-start_ms // HOUR_MS) * HOUR_MS, end_ms + 1, HOUR_MS))
    ticks: set[int] = set()
    for event_ms in events_ms:
        before = (event_ms - 1) // TICK_MS * TICK_MS
        ticks |= {before, before + TICK_MS}
    wanted = hours | {tick for tick in ticks if start_ms <= tick <= end_ms}
    return [Instant(at_ms, at_ms in hours) for at_ms in sorted(wanted)]


class FastForward:
    """The program's own services on one clock with a simulator, moved by hand: `with FastForward(...) as program`."""

    def __init__(self, settings: Settings, exchange: SimulatedExchange, now_ms: int) -> None:
        self._exchange = exchange
        self._clock = SteppedClock(now_ms)
        self._application = app.build(settings, self._clock, GatewayClock(self._clock), NoBans())
        _write_without_waiting(self._application.services.store.database)

    def __enter__(self) -> FastForward:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._application.stop()

    def stats(self) -> StatsView:
        """What is kept so far."""
        return self._application.services.performance.stats()

    def live_through(self, moments: Iterable[Instant]) -> None:
        """Tick through all moments as the loops would. Raises `NotReady` if not even the first reading works."""
        refresh = self._application.services.auto_refresh
        for number, moment in enumerate(moments):
            self._go_to(moment.at_ms)
            stored = refresh.balance_tick()
            if number == 0 and not stored:
                status = self._application.services.status.status()
                raise NotReady(f"The first reading failed: {status.state_message or status.state}")
            if moment.is_hour:
                refresh.snapshot_tick()

    def read_the_past(self, until_ms: int) -> bool:
        """Read and rebuild what was before the first moment; where a limit says wait, time moves on instead.

        True when it is whole; False if it is not by `until_ms` (the loops go on from there), and time stands then.
        """
        refresh = self._application.services.auto_refresh
        while True:
            while refresh.history_tick():
                pass
            if self.stats().coverage is not None:
                return True
            now_ms = self._clock.now_ms() + round(1000 * refresh.rest_s)
            if now_ms > until_ms:
                return False
            self._go_to(now_ms)

    def _go_to(self, now_ms: int) -> None:
        self._exchange.jump_to(now_ms)
        self._clock.set(now_ms)


def _write_without_waiting(database: Database) -> None:
    # This past can be lived through again: it is not worth a wait for the disk at each of some 20,000 commits.
    def relax(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    sa.event.listen(database.engine, "connect", relax)
    database.engine.dispose()
