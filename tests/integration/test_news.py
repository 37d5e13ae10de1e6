"""After the import: a new flow is a cash flow within the balance cycle that shows its effect, and within the limits."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.long_life import UNLIMITED
from tests.integration.simulated_exchange import control

from dashboard_crypto import app, config
from dashboard_crypto.app import Application
from dashboard_crypto.cli.demo import plain_environment
from dashboard_crypto.cli.fast_forward import GatewayClock, NoBans
from dashboard_crypto.services.clock import SteppedClock
from dashboard_crypto.simulator.limits import LIMITS
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.routes import ROUTES
from dashboard_crypto.simulator.server import SimulatorServer

CYCLE_MS = 30_000
NOW = "2025-08-15T12:00:00Z"


class Imported:
    """An app whose import is over, and its exchange, on one clock."""

    def __init__(self, server: SimulatorServer, application: Application, clock: SteppedClock) -> None:
        self.server, self.application, self.clock = server, application, clock

    def cycle(self) -> None:
        """Thirty seconds later: the balances, and then whatever the reading of the past has to do at once."""
        self.pass_ms(CYCLE_MS)
        refresh = self.application.services.auto_refresh
        assert refresh.balance_tick()
        refresh.snapshot_tick()
        while refresh.history_tick():
            pass

    def pass_ms(self, milliseconds: int) -> None:
        self.clock.set(self.clock.now_ms() + milliseconds)
        self.server.clock.set(now_ms=self.clock.now_ms())

    def happens(self, event: dict[str, Any]) -> None:
        control(self.server, "events", "POST", event)

    def flows(self) -> dict[int, tuple[str | None, Decimal | None]]:
        rows = self.application.services.performance.cash_flows().rows
        return {row.id: (row.asset, row.quantity) for row in rows}

    def spent(self) -> dict[tuple[str, int], float]:
        """The share of each pool that each minute used."""
        used: defaultdict[tuple[str, int], float] = defaultdict(float)
        for row in self.server.exchange.log:
            kind = ROUTES[row["method"], row["path"]].pool
            pool = f"{kind}:{row['path']}" if kind.startswith("sapi") else kind
            used[pool, row["at_ms"] // 60_000] += row["weight"] / LIMITS[kind]
        return used


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    place: Path = tmp_path_factory.mktemp("news")
    server = build("default", now=NOW, paused=True)
    for pool in LIMITS:
        server.exchange.limits.limits[pool] = UNLIMITED
    server.start()
    environ = {
        **plain_environment(os.environ),
        "BINANCE_API_KEY": server.api_key,
        "BINANCE_API_SECRET": server.api_secret,
        "BINANCE_API_URL": server.base_url,
        "DATABASE_URL": f"sqlite:///{place / 'portfolio.db'}",
        "DATA_DIR": str(place),
    }
    clock = SteppedClock(server.clock.now_ms())
    application = app.build(config.load_from(environ).settings, clock, GatewayClock(clock), NoBans())
    made = Imported(server, application, clock)
    for _ in range(40):
        made.cycle()
        if application.services.performance.stats().history_start_ms is not None:
            break
    assert application.services.performance.stats().history_start_ms is not None
    server.exchange.limits.limits.update(LIMITS)
    yield made
    application.stop()
    server.stop()


EVENTS = [
    ({"kind": "deposit", "asset": "USDT", "amount": "41"}, ("USDT", Decimal(41))),
    ({"kind": "withdrawal", "asset": "USDT", "amount": "37", "fee": "1"}, ("USDT", Decimal(-37))),
    ({"kind": "p2p_buy", "asset": "USDT", "amount": "43", "fiat": "EUR", "fiat_amount": "40"}, ("USDT", Decimal(43))),
    ({"kind": "pay_in", "asset": "USDT", "amount": "29"}, ("USDT", Decimal(29))),
    ({"kind": "fiat_deposit", "currency": "EUR", "amount": "31"}, ("EUR", Decimal(31))),
    ({"kind": "sub_transfer_in", "asset": "USDT", "amount": "23"}, ("USDT", Decimal(23))),
]


@pytest.mark.parametrize(("event", "flow"), EVENTS, ids=[str(event["kind"]) for event, _ in EVENTS])
def test_a_new_flow_is_seen_within_the_cycle_of_its_effect(
    imported: Imported, event: dict[str, str], flow: tuple[str, Decimal]
) -> None:
    """All of them are too small to be suggested as flows: nothing but the records can tell."""
    before = imported.flows()
    for _ in range(3):
        imported.cycle()
    assert imported.flows() == before
    began_ms = imported.clock.now_ms()
    imported.pass_ms(7_000)
    imported.happens(event)
    imported.server.exchange.log.clear()
    imported.cycle()
    new = [content for key, content in imported.flows().items() if key not in before]
    assert new == [flow]
    assert imported.clock.now_ms() - began_ms < 2 * CYCLE_MS
    assert max(imported.spent().values()) <= 1
    assert not [row for row in imported.server.exchange.log if row["status"] in {418, 429}]


def test_a_trade_sends_nobody_looking_for_flows(imported: Imported) -> None:
    imported.cycle()
    imported.pass_ms(1_000)
    imported.happens({"kind": "trade", "symbol": "BTCUSDT", "side": "BUY", "quote_amount": "900"})
    imported.server.exchange.log.clear()
    imported.cycle()
    asked = {row["path"] for row in imported.server.exchange.log}
    assert not asked & {"/sapi/v1/fiat/orders", "/sapi/v1/c2c/orderMatch/listUserOrderHistory"}
