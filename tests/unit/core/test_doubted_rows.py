"""The first snapshot behind a doubted flow: the quick look finds what the exact walk over everything finds."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import example, given, settings
from tests.unit.core.histories import START_MS, History, any_history

from dashboard_crypto.core.chain import sub_periods
from dashboard_crypto.core.doubted_rows import first_doubted_row
from dashboard_crypto.core.doubtful_flows import IMPLAUSIBLE_FLOW
from dashboard_crypto.core.flows import flow_columns
from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.points import window_points
from dashboard_crypto.core.returns import MIN_BASE_USD, build_series
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.core.windows import select_window

D = Decimal


def found(history: History) -> int | None:
    return first_doubted_row(build_series(history.instants_ms, history.values, history.flows))


def by_the_exact_walk(history: History) -> int | None:
    window = select_window(history.instants_ms, 0)
    assert window is not None
    columns = flow_columns(history.flows)
    points = window_points(
        history.instants_ms, history.values, columns, window, history.rows, min_base=MIN_BASE_USD, method="auto"
    )
    ends = [period.end_ms for period in sub_periods(points, D(1)) if IMPLAUSIBLE_FLOW in period.flags]
    return int(np.searchsorted(history.instants_ms, ends[0])) if ends else None


def hourly(values: list[str], *flows: tuple[float, str, str | None]) -> History:
    """Flows as (hours after the start, amount, value before)."""
    return History(
        tuple(START_MS + hour * HOUR_MS for hour in range(len(values))),
        tuple(D(value) for value in values),
        tuple(Flow(START_MS + round(at * HOUR_MS), D(usd), None if was is None else D(was)) for at, usd, was in flows),
    )


@settings(max_examples=2000, deadline=None)
@given(any_history())
@example(hourly(["1000", "1000", "100"], (1.2, "-700", "1000"), (1.5, "-700", None)))
@example(hourly(["1000", "1000", "100"], (1.2, "-600", None), (1.5, "-600", None)))
@example(hourly(["1000", "100"], (0.5, "-900", "1000"), (1, "-300", None)))
def test_it_is_the_row_that_the_exact_walk_finds(history: History) -> None:
    assert found(history) == by_the_exact_walk(history)


def test_a_flow_of_ten_times_what_there_was_is_seen_and_what_lies_before_it_is_not() -> None:
    assert found(hourly(["1000", "1000", "900", "900"], (1.5, "-1000", None))) is None
    assert found(hourly(["1000", "1000", "900", "900"], (1.5, "-10000", None))) == 2
    assert found(hourly(["1000", "1000", "900", "900"], (2, "-10000", None))) == 2


def test_nothing_is_doubted_without_snapshots_or_flows() -> None:
    assert found(History((), (), ())) is None
    assert found(hourly(["1000"], (0, "-5000", None))) is None
    assert found(hourly(["1000", "2000"])) is None
