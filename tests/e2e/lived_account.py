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

from dashboard_crypto import config
from dashboard_crypto.cli.demo import demo_environment, plain_environment
from dashboard_crypto.cli.fast_forward import DAY_MS, HOUR_MS, PAST_MS, FastForward, Instant, instants
from dashboard_crypto.cli.simulated_exchange import SimulatedExchange
from dashboard_crypto.config import launch

LIVE_MS = 8 * DAY_MS
SILENCE = (datetime(2025, 8, 12, 12, tzinfo=UTC), datetime(2025, 8, 13, tzinfo=UTC))
"""In the price record's time: nobody read anything, which is a gap in the chart."""


def moments(exchange: SimulatedExchange) -> list[Instant]:
    """Hours and events of the live part, without the silent ones."""
    end_ms = exchange.told.now_ms - PAST_MS
    start_ms = (end_ms - LIVE_MS) // HOUR_MS * HOUR_MS
    moved_ms = exchange.told.shift_days * DAY_MS
    silent = range(*(round(edge.timestamp() * 1000) + moved_ms for edge in SILENCE))
    found = instants(start_ms, end_ms, exchange.event_instants(start_ms, end_ms))
    return [each for each in found if each.at_ms not in silent]


def main(scenario: str, place: Path) -> None:
    """Make it, tell of it, keep it."""
    logging.basicConfig(level=logging.ERROR)
    environ = plain_environment(launch.environment())
    with SimulatedExchange(scenario, [], None, environ, paused=True) as exchange:
        settings = config.load_from({**environ, **demo_environment(exchange.told, place, 0)}).settings
        lived = moments(exchange)
        with FastForward(settings, exchange, lived[0].at_ms) as program:
            program.live_through(lived)
            assert program.read_the_past(exchange.told.now_ms), "the past has no end"
        exchange.run_from(time.time_ns() // 1_000_000)
        sys.stdout.write(json.dumps(asdict(exchange.told)) + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(sys.argv[1], Path(sys.argv[2]))
