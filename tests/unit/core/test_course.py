"""What is drawn: three lines over one window, thinned without losing an extreme, gaps told apart."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from dashboard_crypto.core.course import course_of, gaps, thinned
from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.pnl import window_pnl
from dashboard_crypto.core.returns import build_series
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.core.windows import Dates, Window, days_asked, select_window

HOURLY = np.arange(10, dtype=np.int64) * HOUR_MS


def window(values: list[float], asked: int | Dates = 0) -> Window:
    found = select_window(HOURLY[: len(values)], asked)
    assert found is not None
    return found


def test_return_value_and_profit_count_from_the_base() -> None:
    values = [50.0, 100.0, 110.0, 231.0]
    series = build_series(HOURLY[:4], np.array(values), [Flow(2 * HOUR_MS, Decimal(100))])
    # The deposit at the third snapshot is inside its value: 10 are left of the 100 before, then 110 grow to 231.
    found = course_of(series, Window(1, 3, is_partial=False, offset_ms=0))
    assert found.instants_ms.tolist() == [HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]
    assert found.twr_percent.tolist() == pytest.approx([0, -90, -79])
    assert found.value_usd.tolist() == [100, 110, 231]
    assert found.pnl_usd.tolist() == pytest.approx([0, -90, 31])


def test_before_the_first_money_there_is_no_return_but_a_value() -> None:
    values = [0.0, 0.0, 100.0, 150.0]
    series = build_series(HOURLY[:4], np.array(values), [Flow(2 * HOUR_MS, Decimal(100))])
    found = course_of(series, window(values))
    assert found.twr_percent.tolist() == pytest.approx([np.nan, np.nan, 0, 50], nan_ok=True)
    assert found.pnl_usd.tolist() == [0, 0, 0, 50]


def test_an_account_without_money_has_no_return_at_all() -> None:
    values = [0.0, 0.0, 0.0]
    found = course_of(build_series(HOURLY[:3], np.array(values)), window(values))
    assert np.isnan(found.twr_percent).all()
    assert len(found) == 3


@pytest.mark.parametrize("count", [12, 13, 30, 500, 5_000])
def test_thinning_keeps_the_extremes_of_every_line(count: int) -> None:
    random = np.random.default_rng(count)
    instants = np.arange(20_000, dtype=np.int64) * HOUR_MS
    values = 1000 + np.cumsum(random.normal(size=20_000))
    flows = [Flow(int(at) * HOUR_MS, Decimal(int(size))) for at, size in ((5_000, 300), (12_000, -200))]
    series = build_series(instants, values, flows)
    whole = course_of(series, Window(0, 19_999, is_partial=False, offset_ms=0))
    some = thinned(whole, count)
    assert len(some) <= count
    assert {int(some.instants_ms[0]), int(some.instants_ms[-1])} == {0, 19_999 * HOUR_MS}
    for line in ("twr_percent", "value_usd", "pnl_usd"):
        full, few = getattr(whole, line), getattr(some, line)
        assert (few.min(), few.max()) == (full.min(), full.max())


def test_few_points_and_all_points_are_left_alone() -> None:
    whole = course_of(build_series(HOURLY, np.arange(10.0) + 5), window([1.0] * 10))
    assert thinned(whole, 0) is whole
    assert thinned(whole, 4) is whole


def test_gaps_are_neighbours_further_apart_than_allowed() -> None:
    instants = np.array([0, 1, 4, 5, 9], dtype=np.int64) * HOUR_MS
    assert gaps(instants, 3 * HOUR_MS) == [(5 * HOUR_MS, 9 * HOUR_MS)]
    assert gaps(instants, 2 * HOUR_MS) == [(HOUR_MS, 4 * HOUR_MS), (5 * HOUR_MS, 9 * HOUR_MS)]
    assert gaps(instants[:0], HOUR_MS) == []


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        (Dates(), (0, 9)),
        (Dates(2 * HOUR_MS, 5 * HOUR_MS), (2, 5)),
        (Dates(2 * HOUR_MS + 1, 5 * HOUR_MS - 1), (2, 4)),
        (Dates(-5, 5 * HOUR_MS), (0, 5)),
        (Dates(None, 5 * HOUR_MS), (0, 5)),
        (Dates(3 * HOUR_MS, 99 * HOUR_MS), (3, 9)),
    ],
)
def test_dates_reach_from_the_last_snapshot_at_or_before_each(asked: Dates, rows: tuple[int, int]) -> None:
    found = select_window(HOURLY, asked)
    assert found is not None
    assert (found.base, found.end) == rows
    assert found.is_partial == (asked.start_ms == -5)
    assert found.is_open == (asked.start_ms is None)
    assert found.offset_ms == (1 if asked.start_ms == 2 * HOUR_MS + 1 else 0)


@pytest.mark.parametrize(
    "asked",
    [Dates(-9, -5), Dates(9 * HOUR_MS, None), Dates(2 * HOUR_MS, 3 * HOUR_MS - 1), Dates(None, 0), Dates(99 * HOUR_MS)],
)
def test_dates_without_two_snapshots_make_no_window(asked: Dates) -> None:
    assert select_window(HOURLY, asked) is None


def test_days_asked_of_dates_are_whole_and_at_least_one() -> None:
    assert days_asked(HOURLY, 30) == 30
    assert days_asked(HOURLY, Dates(0, 30 * DAY_MS)) == 30
    assert days_asked(HOURLY, Dates(0, HOUR_MS)) == 1
    assert days_asked(HOURLY, Dates()) == 1
    assert days_asked(HOURLY[:0], Dates()) == 0


def test_two_parts_of_a_history_add_up_to_the_whole() -> None:
    values = [100.0, 120.0, 90.0, 95.0, 140.0]
    exact = [Decimal(int(value)) for value in values]
    flows = [Flow(2 * HOUR_MS, Decimal(-20)), Flow(3 * HOUR_MS + 5, Decimal(7))]

    def pnl(asked: Dates) -> Decimal:
        found = window_pnl(asked, HOURLY[:5], flows, lambda rows: [exact[row] for row in rows]).pnl_usd
        assert found is not None
        return found

    parts = pnl(Dates(0, 2 * HOUR_MS)) + pnl(Dates(2 * HOUR_MS, 4 * HOUR_MS))
    assert parts == pnl(Dates(0, 4 * HOUR_MS)) == Decimal(53)
