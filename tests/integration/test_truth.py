"""The app's figures against the simulator's own account of the matter, after a simulated quarter of hourly ticks.

The two sides share no code: the app reads balances over the wire through python-binance and stores snapshots; the
simulator works from its ledger, by the definition of the time-weighted return.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboard_crypto import app, config
from dashboard_crypto.cli.demo import demo_environment, plain_environment
from dashboard_crypto.cli.fast_forward import DAY_MS, FastForward, instants
from dashboard_crypto.cli.simulated_exchange import SimulatedExchange
from dashboard_crypto.core.model import Currency
from dashboard_crypto.core.timekeys import to_iso
from dashboard_crypto.services.assembly import Services

LIVED_DAYS = 91
TOLERANCE_RATIO = 0.0001
CENT = Decimal("0.01")


@dataclass
class Quarter:
    """A quarter that the app has lived through, and the exchange that knows what really happened."""

    exchange: SimulatedExchange
    services: Services
    start_ms: int

    def truth(self, at_ms: int) -> dict[str, Any]:
        """The simulator's account at an instant, counted from the app's first snapshot."""
        path = f"truth?at={to_iso(at_ms)}&from={to_iso(self.start_ms)}"
        document: dict[str, Any] = self.exchange.control("GET", path)
        return document


@pytest.fixture(scope="module", params=["deposits-only", "near-full-withdrawal", "earn-and-funding"])
def quarter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    place: Path = tmp_path_factory.mktemp("quarter")
    environ = plain_environment(os.environ)
    with SimulatedExchange(request.param, (), "2025-06-20T00:00:00Z", environ, paused=True) as exchange:
        settings = config.load_from({**environ, **demo_environment(exchange.told, place, 5000)}).settings
        end_ms = exchange.told.now_ms
        start_ms = end_ms - LIVED_DAYS * DAY_MS
        with FastForward(settings, exchange, start_ms) as program:
            program.live_through(instants(start_ms, end_ms, exchange.event_instants(start_ms, end_ms)))
        application = app.build(settings)
        try:
            yield Quarter(exchange, application.services, start_ms)
        finally:
            application.stop()


def test_every_hour_has_its_snapshot(quarter: Quarter) -> None:
    assert quarter.services.performance.stats().total_snapshots == LIVED_DAYS * 24 + 1


def test_total_value_equals_the_truth_to_the_cent(quarter: Quarter) -> None:
    rows = quarter.services.performance.snapshots().rows
    wrong = []
    for row in rows:
        true_usd = Decimal(quarter.truth(row.instant_ms)["total_value_usd"])
        if abs(row.total_value_usd - true_usd) > CENT:
            wrong.append((to_iso(row.instant_ms), row.total_value_usd, true_usd))
    assert wrong == []


def test_every_external_flow_was_found(quarter: Quarter) -> None:
    last_ms = quarter.services.performance.snapshots().rows[-1].instant_ms
    true_flows = [flow for flow in quarter.truth(last_ms)["flows"] if flow["at"] > to_iso(quarter.start_ms)]
    found = [row for row in quarter.services.performance.cash_flows().rows if row.instant_ms > quarter.start_ms]
    assert true_flows
    assert [(to_iso(row.instant_ms), row.asset) for row in found] == [(f["at"], f["asset"]) for f in true_flows]
    assert {row.valuation_method for row in found} == {"exact"}


def test_the_change_of_every_price_in_a_day_is_the_market_s(quarter: Quarter) -> None:
    view = quarter.services.portfolio.balances()
    assert view.instant_ms is not None
    now, then = (quarter.truth(at_ms)["prices_usd"] for at_ms in (view.instant_ms, view.instant_ms - DAY_MS))
    known = {held.asset: held.change_24h_percent for held in view.balances if held.asset in then}
    assert known
    for asset, found in known.items():
        true_percent = (Decimal(now[asset]) / Decimal(then[asset]) - 1) * 100
        assert found == pytest.approx(float(true_percent), rel=1e-9)


def test_every_snapshot_carries_the_market_s_rates(quarter: Quarter) -> None:
    course = quarter.services.performance.course(0, 0).course
    assert course is not None
    for row in (0, len(course) // 2, len(course) - 1):
        prices = quarter.truth(int(course.instants_ms[row]))["prices_usd"]
        found = {name: rates[row] for name, rates in course.rates_usd.items()}
        assert found == {name: float(prices[name]) for name in ("EUR", "BTC")}


@pytest.mark.parametrize("days", [7, 30, 90, 0])
def test_time_weighted_return_equals_the_truth(quarter: Quarter, days: int) -> None:
    ours = quarter.services.performance.twr(days)
    assert ours.twr is not None
    assert ours.end_ms is not None
    theirs = quarter.truth(ours.end_ms)["twr"][str(days)]
    assert abs(float(ours.twr) - float(theirs)) <= TOLERANCE_RATIO


def in_currency(quarter: Quarter, name: str, start_ms: int, end_ms: int) -> tuple[Decimal, Decimal]:
    """Return and profit by their definitions, each value at the market's rate of its instant, from the truth alone."""
    end = quarter.truth(end_ms)
    start = quarter.truth(start_ms)
    base = opened = Decimal(start["total_value_usd"]) / Decimal(start["prices_usd"][name])
    growth, paid = Decimal(1), Decimal(0)
    for flow in end["flows"]:
        if start_ms < flow["at_ms"] <= end_ms:
            rate = Decimal(quarter.truth(flow["at_ms"])["prices_usd"][name])
            growth *= Decimal(flow["value_before_usd"]) / rate / base
            base = Decimal(flow["value_after_usd"]) / rate
            paid += Decimal(flow["amount_usd"]) / rate
    closed = Decimal(end["total_value_usd"]) / Decimal(end["prices_usd"][name])
    return growth * closed / base - 1, closed - opened - paid


@pytest.mark.parametrize("currency", ["EUR", "BTC"])
@pytest.mark.parametrize("days", [7, 30, 90, 0])
def test_figures_in_another_currency_equal_the_truth(quarter: Quarter, days: int, currency: Currency) -> None:
    view = quarter.services.performance.window(days, currency)
    assert view.own is not None
    ours = view.own
    assert ours.twr.twr is not None
    assert ours.pnl.pnl is not None
    assert ours.twr.start_ms is not None
    assert ours.twr.end_ms is not None
    twr, pnl = in_currency(quarter, currency, ours.twr.start_ms, ours.twr.end_ms)
    assert abs(ours.twr.twr - twr) <= Decimal(str(TOLERANCE_RATIO))
    assert ours.pnl.current_value is not None
    assert abs(ours.pnl.pnl - pnl) <= abs(pnl) / 1000 + ours.pnl.current_value / 1_000_000
    assert abs((view.twr.twr or 0) - twr) > Decimal(str(TOLERANCE_RATIO)), "not the return in dollars"


@pytest.mark.parametrize("days", [7, 30, 90, 0])
def test_profit_and_loss_equals_the_truth(quarter: Quarter, days: int) -> None:
    ours = quarter.services.performance.pnl(days)
    assert ours.pnl_usd is not None
    assert ours.end_ms is not None
    theirs = Decimal(quarter.truth(ours.end_ms)["pnl_usd"][str(days)])
    assert abs(ours.pnl_usd - theirs) <= max(CENT, abs(theirs) / 1000)
