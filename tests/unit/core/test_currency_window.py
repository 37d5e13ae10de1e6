"""Return and profit in another currency: figures a person can check by hand, and what must hold for every history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.core.histories import History, any_history

from dashboard_crypto.core.course import Course, course_of
from dashboard_crypto.core.currency_course import course_in
from dashboard_crypto.core.currency_pnl import CurrencyPnl, pnl_in, totals_in
from dashboard_crypto.core.currency_rates import CurrencyRates, RatedFlow
from dashboard_crypto.core.currency_window import periods_in, return_in
from dashboard_crypto.core.model import Flow, WindowPnl, WindowReturn
from dashboard_crypto.core.money import EXACT, RATIO
from dashboard_crypto.core.pnl import window_pnl
from dashboard_crypto.core.returns import ReturnSeries, build_series
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.core.window_return import product, window_return
from dashboard_crypto.core.windows import select_window

D = Decimal
NOT_KNOWN = float("nan")


@dataclass(frozen=True)
class Measured:
    """One window in USD and in the currency."""

    series: ReturnSeries
    rates: CurrencyRates
    usd: WindowReturn
    pnl_usd: WindowPnl
    twr: WindowReturn
    pnl: CurrencyPnl
    course: Course
    line_usd: NDArray[np.float64]


def measured(
    history: History, at_snapshots: Sequence[float], at_flows: Sequence[float | None], days: int = 0
) -> Measured:
    """`at_flows` has a rate for each of the history's flows, in order of time."""
    flows = sorted(history.flows, key=lambda flow: flow.instant_ms)
    rated = [RatedFlow(f.instant_ms, f.amount, rate) for f, rate in zip(flows, at_flows, strict=True)]
    series = build_series(history.instants_ms, history.values, history.flows)
    rates = CurrencyRates("EUR", series.instants_ms, np.array(at_snapshots, dtype=float), rated)
    usd = window_return(days, series.instants_ms, series.values, series.flows, history.rows)
    pnl_usd = window_pnl(days, series.instants_ms, series.flows, history.rows)
    window = select_window(series.instants_ms, days)
    assert window is not None
    line = course_of(series, window)
    twr, pnl = return_in(usd, series, rates), pnl_in(days, pnl_usd, series, rates)
    course = course_in(line, window, usd, series, rates)
    return Measured(series, rates, usd, pnl_usd, twr, pnl, course, line.twr_percent)


def hourly(values: Sequence[str | int], flows: Sequence[tuple[float, str, str | None]] = ()) -> History:
    """Snapshots an hour apart; flows as (hour, amount, value before)."""
    recorded = tuple(Flow(int(at * HOUR_MS), D(size), None if v is None else D(v)) for at, size, v in flows)
    return History(tuple(n * HOUR_MS for n in range(len(values))), tuple(D(str(v)) for v in values), recorded)


def test_without_flows_the_rate_turns_the_return() -> None:
    # 100 USD at 1.00 are 100 EUR; 121 USD at 1.10 are 110 EUR.
    found = measured(hourly([100, 110, 121]), [1.0, NOT_KNOWN, 1.1], [])
    assert found.twr.twr == pytest.approx(D("0.1"), abs=D("1e-30"))
    assert found.pnl.pnl == D(10)
    assert found.pnl.pnl_percent == 10.0
    assert (found.twr.start_value, found.twr.end_value) == (D(100), D(110))
    assert found.course.twr_percent.tolist() == pytest.approx([0, NOT_KNOWN, 10], nan_ok=True)
    assert found.course.pnl is not None
    assert found.course.pnl.tolist() == pytest.approx([0, NOT_KNOWN, 10], nan_ok=True)


def test_a_flow_needs_a_rate_for_the_profit_only() -> None:
    # 100 USD (100 EUR) grow to 120; 80 are paid in at 1.25, which is 64 EUR; 200 become 210 USD, at 1.05 200 EUR.
    history = hourly([100, 210], [(0.5, "80", "120")])
    found = measured(history, [1.0, 1.05], [1.25])
    # 120 / 1.25 = 96 EUR of 100; then 160 EUR become 200: 0.96 x 1.25 = 1.2, and 1.2 x 1.05 x 1 / 1.05 in USD.
    assert found.twr.twr == pytest.approx(D("0.2"), abs=D("1e-30"))
    assert found.usd.twr == pytest.approx(D("0.26"), abs=D("1e-30"))
    assert found.pnl.pnl == D(36)
    assert (found.pnl.total_deposits, found.pnl.net_cash_flow) == (D(64), D(64))
    assert found.pnl.pnl_percent == pytest.approx(100 * 36 / (100 + 64 / 2))
    shown = periods_in(found.usd, found.series, found.rates)
    assert shown is not None
    assert [(p.start_value, p.flow, p.end_value, p.factor) for p in shown] == [
        (D(100), D(0), D(96), D("0.96")),
        (D(96), D(64), D(200), D("1.25")),
    ]
    lost = measured(history, [1.0, 1.05], [None])
    assert lost.twr == found.twr
    assert (lost.pnl.pnl, lost.pnl.pnl_percent, lost.pnl.reason) == (None, None, "rate_unknown")
    assert (lost.pnl.initial_value, lost.pnl.current_value, lost.pnl.net_cash_flow) == (D(100), D(200), None)
    assert periods_in(lost.usd, lost.series, lost.rates) is None
    assert lost.course.twr_percent.tolist() == pytest.approx([0, 20])
    assert lost.course.pnl is not None
    assert lost.course.pnl.tolist() == pytest.approx([0, NOT_KNOWN], nan_ok=True)


EMPTIED = hourly([100, 110, 0, 0, 200, 220], [(2, "-110", None), (4, "200", None)])


def test_an_emptied_account_earns_nothing_by_the_rate() -> None:
    # Two stretches: 100 -> 110 and 200 -> 220 USD. What the rate does while nothing is there is nobody's return.
    found = measured(EMPTIED, [1.0, 1.0, 2.0, 4.0, 5.0, 4.0], [2.0, 5.0])
    # 100 EUR -> 55 EUR (110 at 2.0) is 0.55; then 40 EUR -> 55 EUR is 1.375.
    assert found.twr.twr == pytest.approx(D("0.55") * D("1.375") - 1, abs=D("1e-30"))
    assert found.course.twr_percent[-1] == pytest.approx(float(found.twr.twr or 0) * 100)
    assert found.course.twr_percent[[2, 3, 4]].tolist() == pytest.approx([-45, -45, -45])
    # 100 put in, 55 taken out, 40 put in, 55 there.
    assert found.pnl.pnl == pytest.approx(D(55) - 100 + 55 - 40)


@pytest.mark.parametrize("missing", [0, 2, 4, 5])
def test_where_the_chain_is_cut_a_rate_is_needed(missing: int) -> None:
    rates = [1.0, 1.0, 2.0, 4.0, 5.0, 4.0]
    rates[missing] = NOT_KNOWN
    found = measured(EMPTIED, rates, [2.0, 5.0])
    assert (found.twr.twr, found.twr.twr_annualized, found.twr.annualization) == (None, None, "none")
    assert found.twr.reason == "rate_unknown"
    assert np.isnan(found.course.twr_percent[-1])


def test_elsewhere_none_is_needed() -> None:
    found = measured(EMPTIED, [1.0, NOT_KNOWN, 2.0, NOT_KNOWN, 5.0, 4.0], [2.0, 5.0])
    assert found.twr.twr == pytest.approx(D("0.55") * D("1.375") - 1, abs=D("1e-30"))


def test_a_total_loss_needs_no_rate() -> None:
    found = measured(hourly([100, 0]), [NOT_KNOWN, NOT_KNOWN], [])
    assert found.twr.twr == D(-1)


def test_a_first_deposit_between_snapshots_counts_at_its_own_rate() -> None:
    # Nothing, then 100 USD at 2.0 (50 EUR), at the end 121 USD at 1.1 (110 EUR).
    found = measured(hourly([0, 121], [(0.5, "100", None)]), [NOT_KNOWN, 1.1], [2.0])
    assert found.twr.twr == pytest.approx(D("1.2"), abs=D("1e-30"))
    assert found.pnl.pnl == pytest.approx(D(60), abs=D("1e-30"))
    assert found.course.twr_percent.tolist() == pytest.approx([0, 120])


def test_totals_take_every_flow_at_its_rate_and_none_without_one() -> None:
    def totals(*flows: tuple[str, float | None]) -> tuple[Decimal | None, Decimal | None]:
        rated = [RatedFlow(place, D(amount), rate) for place, (amount, rate) in enumerate(flows)]
        return totals_in(CurrencyRates("EUR", np.empty(0, dtype=np.int64), np.empty(0), rated))

    assert totals() == (D(0), D(0))
    assert totals(("100", 1.25), ("-30", 1.5), ("50", 1.0), ("-1", 2.0)) == (D(130), D("20.5"))
    assert totals(("100", None), ("-30", 1.5), ("50", 1.0)) == (None, D(20))
    assert totals(("100", 1.25), ("-30", NOT_KNOWN)) == (D(80), None)
    assert totals(("0", None), ("100", 1.25)) == (D(80), D(0))


def test_a_year_in_the_currency() -> None:
    history = History((0, 365 * DAY_MS), (D(100), D(200)), ())
    found = measured(history, [1.0, 1.6], [])
    assert found.twr.twr_annualized == pytest.approx(D("0.25"), abs=D("1e-30"))
    assert found.twr.annualization == "achieved"


def test_what_is_not_known_in_dollars_is_not_known_in_euros() -> None:
    found = measured(hourly([0, 0, "0.5"]), [1.0, 1.0, 1.0], [])
    assert (found.twr.twr, found.twr.reason) == (None, "no_capital")
    assert (found.pnl.pnl, found.pnl.pnl_percent, found.pnl.reason) == (D("0.5"), None, "no_capital")


RATES = st.floats(0.0001, 150_000, allow_nan=False)


@given(any_history(), RATES)
def test_at_one_rate_for_ever_the_return_is_the_same_and_the_profit_divided(history: History, rate: float) -> None:
    found = measured(history, [rate] * len(history.instants), [rate] * len(history.flows))
    exact = D(repr(rate))
    if found.usd.twr is None:
        assert (found.twr.twr, found.twr.reason) == (None, found.usd.reason)
    else:
        assert abs((found.twr.twr or 0) - found.usd.twr) <= (1 + found.usd.twr) * D("1e-30")
    assert found.pnl_usd.pnl_usd is not None
    assert found.pnl.pnl is not None
    size = 1 + sum((abs(flow.amount) for flow in history.flows), sum(map(abs, history.exact)))
    assert abs(EXACT.multiply(found.pnl.pnl, exact) - found.pnl_usd.pnl_usd) <= size * D("1e-30")
    if found.pnl_usd.pnl_percent is not None and found.pnl.pnl_percent is not None:
        assert found.pnl.pnl_percent == pytest.approx(found.pnl_usd.pnl_percent, rel=1e-9)


@given(any_history(), st.data())
def test_line_sub_periods_and_figure_agree(history: History, data: st.DataObject) -> None:
    rates = data.draw(st.lists(RATES, min_size=len(history.instants), max_size=len(history.instants)))
    at_flows = data.draw(st.lists(RATES, min_size=len(history.flows), max_size=len(history.flows)))
    found = measured(history, rates, at_flows)
    assert found.course.pnl is not None
    assert found.pnl.pnl is not None
    assert found.pnl.initial_value is not None
    size = sum(abs(flow.amount) / D(repr(min(at_flows))) for flow in history.flows) + max(map(abs, history.exact)) / D(
        repr(min(rates))
    )
    assert found.course.pnl[-1] == pytest.approx(float(found.pnl.pnl), abs=1e-12 * float(size) + 1e-12)
    if found.twr.twr is None:
        return
    assert np.isnan(found.course.twr_percent[-1]) == np.isnan(found.line_usd[-1])
    if not np.isnan(found.line_usd[-1]):
        assert found.course.twr_percent[-1] == pytest.approx(float(found.twr.twr) * 100, rel=1e-9, abs=1e-9)
    shown = periods_in(found.usd, found.series, found.rates)
    assert shown is not None
    grown = RATIO.add(found.twr.twr, D(1))
    assert abs(product(shown) - grown) <= abs(grown) * D("1e-28") + D("1e-28")


@given(st.lists(st.integers(100_00, 10_000_000), min_size=2, max_size=9), st.data())
def test_a_portfolio_of_bitcoin_returns_nothing_in_bitcoin(cents: list[int], data: st.DataObject) -> None:
    """Half a bitcoin, and more of them bought and sold at every price: valued at each flow."""
    prices = [D(each).scaleb(-2) for each in cents]
    held, values, flows, at_flows = D("0.5"), [D("0.5") * prices[0]], [], []
    for hour, price in enumerate(prices[1:], 1):
        moved = data.draw(st.sampled_from([D(0), D("0.25"), D("1.5"), -held / 2]))
        middle = data.draw(st.sampled_from(prices))
        if moved:
            flows.append(Flow(hour * HOUR_MS - 1800_000, moved * middle, held * middle))
            at_flows.append(float(middle))
            held += moved
        values.append(held * price)
    history = History(tuple(n * HOUR_MS for n in range(len(values))), tuple(values), tuple(flows))
    found = measured(history, [float(price) for price in prices], at_flows)
    assert abs(found.twr.twr or Decimal(0)) <= D("1e-30")
    assert abs(found.pnl.pnl or Decimal(0)) <= D("1e-30") * (1 + held)
    assert np.abs(found.course.twr_percent).max() < 1e-9
