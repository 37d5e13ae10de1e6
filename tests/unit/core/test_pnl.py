"""Profit and loss, and what a snapshot stores."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from tests.unit.core.histories import History, any_history

from dashboard_crypto.core.model import Flow, WindowPnl
from dashboard_crypto.core.performance_tracker import PerformanceTracker
from dashboard_crypto.core.pnl import segment_metrics, window_pnl
from dashboard_crypto.core.returns import build_series
from dashboard_crypto.core.timekeys import DAY_MS

D = Decimal


def pnl(values: Sequence[str], flows: Sequence[tuple[float, str]] = (), days: int = 0) -> WindowPnl:
    """One snapshot per day; flows as (day, amount)."""
    exact = [D(value) for value in values]
    instants = np.arange(len(exact), dtype=np.int64) * DAY_MS
    recorded = [Flow(int(day * DAY_MS), D(amount)) for day, amount in flows]
    return window_pnl(days, instants, recorded, lambda rows: [exact[row] for row in rows])


def test_flows_are_not_profit() -> None:
    result = pnl(["1000", "1600"], [(0.5, "500")])
    assert result.pnl_usd == 100
    assert result.net_cash_flow == 500
    assert result.invested_capital == 1250
    assert result.pnl_percent == pytest.approx(8.0)
    assert result.pnl_percent_base == "average_capital"


def test_small_seed_does_not_blow_up_the_percentage() -> None:
    result = pnl(["100", "2089.16"], [(0.001, "2000")])
    assert result.pnl_usd == D("-10.84")
    assert result.pnl_percent == pytest.approx(-0.5167, abs=1e-3)


def test_average_near_zero_falls_back_to_everything_put_in() -> None:
    result = pnl(["1000", "10"], [(0.01, "-995")])
    assert result.pnl_percent_base == "total_inflows"
    assert result.pnl_percent == pytest.approx(0.5)


def test_nothing_ever_invested_has_no_percentage() -> None:
    result = pnl(["0", "50"])
    assert result.pnl_usd == 50
    assert result.pnl_percent is None
    assert result.reason == "no_capital"


def test_totals_are_those_recorded() -> None:
    result = pnl(["100", "100", "100"], [(1, "50"), (1, "-30"), (1.5, "-20"), (0, "77")])
    assert (result.total_deposits, result.total_withdrawals, result.net_cash_flow) == (D(50), D(-50), D(0))


def test_windows_add_up() -> None:
    values, flows = ["100", "150", "120", "260"], [(0.5, "30"), (2.5, "100.01")]
    whole, last = pnl(values, flows), pnl(values, flows, days=1)
    first = pnl(values[:3], flows)
    assert whole.pnl_usd is not None
    assert first.pnl_usd is not None
    assert last.pnl_usd is not None
    assert whole.pnl_usd == first.pnl_usd + last.pnl_usd


def test_one_snapshot_is_not_enough() -> None:
    assert pnl(["100"]).reason == "insufficient_data"


def same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return left == pytest.approx(right, rel=1e-12, abs=1e-10)


@settings(max_examples=1000, deadline=None)
@given(any_history())
def test_tracker_stores_what_a_rebuild_would_store(history: History) -> None:
    """Snapshot by snapshot, each with the flows since the one before, against the segments of the whole history."""
    none = np.empty(0)
    tracker = PerformanceTracker.of(none.astype(np.int64), none, [], None)
    series = build_series(history.instants_ms, history.values, history.flows)
    first = (history.instants[0], float(history.exact[0]))
    before = history.instants[0] - 10**9
    for row, (instant, value) in enumerate(zip(history.instants, history.exact, strict=True)):
        fresh = [flow for flow in history.flows if before < flow.instant_ms <= instant]
        tracker, metrics = tracker.record(instant, value, fresh)
        before = instant
        segment = next(part for part in series.segments if part.after_ms < instant <= part.until_ms)
        expected = segment_metrics(segment, instant, value, first)
        assert metrics.capital_usd == expected.capital_usd
        assert metrics.pnl_usd == expected.pnl_usd
        assert same(metrics.pnl_percent, expected.pnl_percent)
        assert same(metrics.twr_percent, expected.twr_percent)
        assert float(series.capital[row]) == float(metrics.capital_usd)
