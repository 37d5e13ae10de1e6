"""Coins that move between two wallets while both are read: no snapshot may show them in neither or in both."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.probe import Bans
from tests.integration.simulated_exchange import control

from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.services.assembly import Services, assemble
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.scenario import KeySpec, Scenario
from dashboard_crypto.simulator.server import SimulatorServer

SPOT = "/api/v3/account"
START = "2025-08-01T00:00:00Z"
START_MS = 1_754_006_400_000


class Meddler(deque[dict[str, Any]]):
    """The exchange's log; right after a chosen question was answered, something happens on the exchange."""

    def __init__(self, server: SimulatorServer) -> None:
        super().__init__(maxlen=1000)
        self._server = server
        self.plans: list[tuple[str, dict[str, str]]] = []

    def append(self, row: dict[str, Any]) -> None:
        super().append(row)
        if self.plans and self.plans[0][0] == row["path"]:
            control(self._server, "events", "POST", self.plans.pop(0)[1])

    def asked(self, path: str) -> int:
        return sum(row["path"] == path for row in self)


class Cycle:
    """An account with 300 USDT in spot, and the app beside it."""

    def __init__(self, server: SimulatorServer, place: Path) -> None:
        self.server = server
        self.meddler = Meddler(server)
        server.exchange.log = self.meddler
        self.services: Services = assemble(
            Store(open_database(f"sqlite:///{place / 'portfolio.db'}")), self, lambda: self._gateway()
        )

    def _gateway(self) -> BinanceGateway:
        credentials = Credentials(self.server.api_key, self.server.api_secret)
        return BinanceGateway(credentials, base_url=self.server.base_url, clock=self, ban_store=Bans())

    def now_ms(self) -> int:
        return self.server.clock.now_ms()

    def monotonic(self) -> float:
        return time.monotonic()

    def advance(self, seconds: int) -> None:
        control(self.server, "clock", "POST", {"jump_s": seconds})

    def tick(self, seconds: int = 3600) -> Decimal | None:
        """A cycle after some time; the value of the snapshot it made."""
        self.advance(seconds)
        before = len(self.services.performance.snapshots().rows)
        self.services.auto_refresh.balance_tick()
        self.services.auto_refresh.snapshot_tick()
        rows = self.services.performance.snapshots().rows
        return rows[-1].total_value_usd if len(rows) > before else None


@pytest.fixture
def cycle(tmp_path: Path) -> Iterator[Cycle]:
    server = build(Scenario("still", START_MS, 7, (KeySpec(),), ()), now=START, paused=True)
    server.start()
    made = Cycle(server, tmp_path)
    control(server, "events", "POST", {"kind": "deposit", "asset": "USDT", "amount": "300"})
    assert made.tick() == 300
    yield made
    made.services.close()
    server.stop()


def move(source: str, target: str, amount: str = "200") -> dict[str, str]:
    return {"kind": "transfer", "asset": "USDT", "amount": amount, "from": source, "to": target}


def test_coins_that_leave_a_wallet_after_it_was_read_are_not_counted_twice(cycle: Cycle) -> None:
    cycle.meddler.plans = [(SPOT, move("spot", "funding"))]
    assert cycle.tick() == 300
    (held,) = cycle.services.portfolio.balances().balances
    assert held.wallets == {"spot": Decimal(100), "funding": Decimal(200)}
    assert cycle.meddler.plans == []


def test_coins_that_arrive_in_a_wallet_after_it_was_read_are_not_lost(cycle: Cycle) -> None:
    control(cycle.server, "events", "POST", move("spot", "funding"))
    assert cycle.tick() == 300
    cycle.meddler.plans = [(SPOT, move("funding", "spot"))]
    assert cycle.tick() == 300
    (held,) = cycle.services.portfolio.balances().balances
    assert held.wallets == {"spot": Decimal(300)}


def test_a_second_transfer_while_the_first_is_looked_at_again(cycle: Cycle) -> None:
    cycle.meddler.plans = [(SPOT, move("spot", "funding", "200")), (SPOT, move("spot", "funding", "50"))]
    assert cycle.tick() == 300
    assert cycle.meddler.plans == []


def test_what_never_stands_still_is_held_back(cycle: Cycle) -> None:
    cycle.meddler.plans = [(SPOT, move("spot", "funding")), (SPOT, move("funding", "spot"))] * 2
    values = [cycle.tick()]
    view = cycle.services.portfolio.balances()
    assert (values, view.state, view.total_value_usd) == ([None], "partial", Decimal(300))
    assert "moving between wallets" in view.state_message
    assert cycle.meddler.plans == []
    assert cycle.tick(60) == 300


def test_an_account_that_stands_still_is_read_once_and_a_deposit_twice(cycle: Cycle) -> None:
    asked = cycle.meddler.asked(SPOT)
    assert cycle.tick() == 300
    assert cycle.meddler.asked(SPOT) == asked + 1
    control(cycle.server, "events", "POST", {"kind": "deposit", "asset": "USDT", "amount": "70"})
    assert cycle.tick() == 370
    assert cycle.meddler.asked(SPOT) == asked + 3
    assert cycle.services.performance.twr(0).twr == 0
