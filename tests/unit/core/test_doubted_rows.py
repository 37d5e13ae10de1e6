"""The first snapshot behind a doubted flow: the quick look finds what the exact walk over everything finds."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.core.histories import START_MS, History, any_history

from dashboard_crypto.core.chain import sub_periods
from dashboard_crypto.core.course import course_of
from dashboard_crypto.core.doubted_rows import first_doubted_row
from dashboard_crypto.core.doubted_windows import believed_course, believed_index
from dashboard_crypto.core.doubtful_flows import IMPLAUSIBLE_FLOW
from dashboard_crypto.core.flows import flow_columns
from dashboard_crypto.core.model import Flow, WindowReturn
from dashboard_crypto.core.points import window_points
from dashboard_crypto.core.returns import MIN_BASE_USD, build_series
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.core.window_return import window_return
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


def measured(history: History, days: int) -> WindowReturn:
    return window_return(days, history.instants_ms, history.values, history.flows, history.rows)


def by_the_exact_window(history: History, days: int) -> tuple[list[int], list[float]]:
    series = build_series(history.instants_ms, history.values, history.flows)
    window = select_window(history.instants_ms, days)
    assert window is not None
    course = believed_course(course_of(series, window), measured(history, days))
    known = np.isfinite(course.twr_percent)
    return course.instants_ms[known].tolist(), course.twr_percent[known].tolist()


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


@settings(max_examples=1000, deadline=None)
@given(any_history(), st.sampled_from([0, 1, 7]))
@example(hourly(["1000", "1000", "900", "900"], (1.5, "-10000", None)), 0)
@example(hourly(["0", "0", "900", "950"], (0.5, "-10000", None), (1.5, "900", None)), 0)
@example(hourly(["1000", "1000", "900", "0", "900", "950"], (1.5, "-10000", None)), 0)
@example(hourly(["0", "100", "100"], (0.1, "-1", None), (0.2, "0", "100.01")), 0)
def test_the_line_ends_where_the_exact_window_ends_it(history: History, days: int) -> None:
    series = build_series(history.instants_ms, history.values, history.flows)
    window = select_window(history.instants_ms, days)
    assert window is not None
    instants, growth = believed_index(series, window, lambda: measured(history, days))
    assert (instants.tolist(), ((growth - 1.0) * 100.0).tolist()) == by_the_exact_window(history, days)


def test_a_flow_of_ten_times_what_there_was_is_seen_and_what_lies_before_it_is_not() -> None:
    assert found(hourly(["1000", "1000", "900", "900"], (1.5, "-1000", None))) is None
    assert found(hourly(["1000", "1000", "900", "900"], (1.5, "-10000", None))) == 2
    assert found(hourly(["1000", "1000", "900", "900"], (2, "-10000", None))) == 2


def test_nothing_is_doubted_without_snapshots_or_flows() -> None:
    assert found(History((), (), ())) is None
    assert found(hourly(["1000"], (0, "-5000", None))) is None
    assert found(hourly(["1000", "2000"])) is None
