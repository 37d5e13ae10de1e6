"""An app on its first start against a simulated exchange whose past it never saw."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard_crypto import app, config
from dashboard_crypto.cli.demo import demo_environment, plain_environment
from dashboard_crypto.cli.fast_forward import GatewayClock, NoBans
from dashboard_crypto.cli.simulated_exchange import SimulatedExchange
from dashboard_crypto.core.timekeys import to_iso
from dashboard_crypto.services.assembly import Services
from dashboard_crypto.services.clock import SteppedClock

NOW = "2025-09-15T00:00:00Z"
MOST_STEPS = 20_000


@dataclass
class Found:
    """The app after its first start, and the exchange that knows what really happened."""

    exchange: SimulatedExchange
    services: Services
    clock: SteppedClock
    another: Callable[[], Services]
    """A further process of the app on the same database."""

    def truth(self, at_ms: int, from_ms: int | None = None) -> dict[str, Any]:
        """What the account really did until then."""
        since = "" if from_ms is None else f"&from={to_iso(from_ms)}"
        document: dict[str, Any] = self.exchange.control("GET", f"truth?at={to_iso(at_ms)}{since}")
        return document

    def jump_to(self, at_ms: int) -> None:
        """Let time pass."""
        self.exchange.jump_to(at_ms)
        self.clock.set(at_ms)

    def read_the_past(self, after_each: Callable[[], None] = lambda: None) -> None:
        """As the loop would; where it rests for the exchange's limits, time passes."""
        idle = 0
        for _ in range(MOST_STEPS):
            refresh = self.services.auto_refresh
            has_more = refresh.history_tick()
            after_each()
            if has_more:
                continue
            history = self.services.status.status().history
            idle = idle + 1 if history.percent == 100 else 0
            if idle > 2:
                return
            self.jump_to(self.clock.now_ms() + 61_000)
        raise AssertionError("the history has no end")


@contextmanager
def first_start(scenario: str, place: Path, database_url: str | None = None) -> Iterator[Found]:
    """With its first balances and its first snapshot; nothing of the past has been read."""
    with installed(scenario, place, database_url) as made:
        assert made.services.auto_refresh.balance_tick()
        assert made.services.auto_refresh.snapshot_tick()
        yield made


@contextmanager
def installed(scenario: str, place: Path, database_url: str | None = None) -> Iterator[Found]:
    """Before its first look at the exchange."""
    environ = plain_environment(os.environ)
    with SimulatedExchange(scenario, (), NOW, environ, paused=True) as exchange:
        demo = demo_environment(exchange.told, place, 5000)
        address = {} if database_url is None else {"DATABASE_URL": database_url}
        settings = config.load_from({**environ, **demo, **address}).settings
        clock = SteppedClock(exchange.told.now_ms)
        running: list[app.Application] = []

        def another() -> Services:
            running.append(app.build(settings, clock, GatewayClock(clock), NoBans()))
            return running[-1].services

        try:
            yield Found(exchange, another(), clock, another)
        finally:
            for each in running:
                each.stop()
