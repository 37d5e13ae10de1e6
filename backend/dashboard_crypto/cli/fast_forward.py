"""Live through past weeks with the real ticks, on the simulator's clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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


def live_through(settings: Settings, exchange: SimulatedExchange, moments: Sequence[Instant]) -> StatsView:
    """Tick through all moments; what was kept at the end. Raises `NotReady` if not even the first reading works."""
    clock = SteppedClock(moments[0].at_ms)
    application = app.build(settings, clock, GatewayClock(clock), NoBans())
    _write_without_waiting(application.services.store.database)
    refresh = application.services.auto_refresh
    try:
        for number, moment in enumerate(_with_progress(moments)):
            exchange.jump_to(moment.at_ms)
            clock.set(moment.at_ms)
            stored = refresh.balance_tick()
            if number == 0 and not stored:
                status = application.services.status.status()
                raise NotReady(f"The first reading failed: {status.state_message or status.state}")
            if moment.is_hour:
                refresh.snapshot_tick()
        return application.services.performance.stats()
    finally:
        application.stop()


def _write_without_waiting(database: Database) -> None:
    # This past can be lived through again: it is not worth a wait for the disk at each of some 20,000 commits.
    def relax(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    sa.event.listen(database.engine, "connect", relax)
    database.engine.dispose()


def _with_progress(moments: Sequence[Instant]) -> Iterator[Instant]:
    if sys.stdout.isatty():
        from rich.progress import track

        yield from track(moments, description="Living through the past", transient=True)
        return
    shown = -1
    for number, moment in enumerate(moments):
        tenth = 10 * number // len(moments)
        if tenth > shown:
            sys.stdout.write(f"Living through the past: {10 * tenth} %\n")
            sys.stdout.flush()
            shown = tenth
        yield moment
