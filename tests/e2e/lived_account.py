"""A stand-in exchange and a database that has lived with it, made in seconds for the browser tests.

`lived_account.py SCENARIO DIRECTORY` lives through the last days with the real loops, reads and rebuilds the time
before, then says in one line of JSON how to reach the exchange, and keeps it until it is told to stop.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from dashboard_crypto import app, config
from dashboard_crypto.cli.demo import demo_environment, plain_environment
from dashboard_crypto.cli.fast_forward import DAY_MS, HOUR_MS, GatewayClock, Instant, NoBans, instants
from dashboard_crypto.cli.simulated_exchange import SimulatedExchange
from dashboard_crypto.config import launch
from dashboard_crypto.services.clock import SteppedClock

LIVE_MS = 8 * DAY_MS
SILENCE = (datetime(2025, 8, 12, 12, tzinfo=UTC), datetime(2025, 8, 13, tzinfo=UTC))
"""In the price record's time: nobody read anything, which is a gap in the chart."""
RESERVE_MS = 20 * 60_000
"""What reading the past may take on the exchange's clock, whose limits are counted by the minute."""
MOST_WAITS = 60


class Life:
    """The program's own services on one clock with the exchange."""

    def __init__(self, exchange: SimulatedExchange, place: Path) -> None:
        clean = plain_environment(launch.environment())
        settings = config.load_from({**clean, **demo_environment(exchange.told, place, 0)}).settings
        self._exchange = exchange
        self._end_ms = exchange.told.now_ms - RESERVE_MS
        self._clock = SteppedClock(self._end_ms - LIVE_MS)
        self._application = app.build(settings, self._clock, GatewayClock(self._clock), NoBans())
        self._loops = self._application.services.auto_refresh

    def moments(self) -> list[Instant]:
        """Hours and events of the live part, without the silent ones."""
        start_ms = (self._end_ms - LIVE_MS) // HOUR_MS * HOUR_MS
        events = self._exchange.event_instants(start_ms, self._end_ms)
        moved_ms = self._exchange.told.shift_days * DAY_MS
        silent = range(*(round(edge.timestamp() * 1000) + moved_ms for edge in SILENCE))
        return [each for each in instants(start_ms, self._end_ms, events) if each.at_ms not in silent]

    def live(self) -> None:
        """Go through all moments as the loops would."""
        for moment in self.moments():
            self._go_to(moment.at_ms)
            stored = self._loops.balance_tick()
            assert stored, "a reading failed"
            if moment.is_hour:
                self._loops.snapshot_tick()

    def read_the_past(self) -> None:
        """Until everything was read and rebuilt; whenever a limit says wait, time is moved instead."""
        for _ in range(MOST_WAITS):
            while self._loops.history_tick():
                pass
            if self._application.services.performance.stats().coverage is not None:
                return
            self._go_to(self._clock.now_ms() + round(self._loops.rest_s * 1000))
        raise AssertionError("the past has no end")

    def stop(self) -> None:
        """Leave the database to the server."""
        self._application.stop()

    def _go_to(self, now_ms: int) -> None:
        self._exchange.jump_to(now_ms)
        self._clock.set(now_ms)


def main(scenario: str, place: Path) -> None:
    """Make it, tell of it, keep it."""
    logging.basicConfig(level=logging.ERROR)
    with SimulatedExchange(scenario, [], None, plain_environment(launch.environment()), paused=True) as exchange:
        life = Life(exchange, place)
        try:
            life.live()
            life.read_the_past()
        finally:
            life.stop()
        exchange.run_from(time.time_ns() // 1_000_000)
        sys.stdout.write(json.dumps(asdict(exchange.told)) + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(sys.argv[1], Path(sys.argv[2]))
