"""The time-weighted return of one window, exact, with the sub-periods behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.annualisation import annualise
from dashboard_crypto.core.chain import Method, sub_periods
from dashboard_crypto.core.doubtful_flows import IMPLAUSIBLE_FLOW
from dashboard_crypto.core.flow_links import TOLERANCE, Floats, Ints
from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.model import Flow, SubPeriod, WindowReturn
from dashboard_crypto.core.money import EXACT, ONE, RATIO, TOLERANCE_USD
from dashboard_crypto.core.points import ExactValues, window_points
from dashboard_crypto.core.returns import MIN_BASE_USD, ReturnSeries, build_series
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.core.windows import Asked, Window, days_asked, select_window

_APPROXIMATE = {"modified_dietz", "mixed", "start", "end", "mid"}
_TOLD_OF_DROPPED = {"value_without_capital", "negative_value", IMPLAUSIBLE_FLOW}


def window_return(
    asked: Asked,
    instants_ms: Ints,
    values: Floats,
    flows: Sequence[Flow] | FlowColumns,
    exact_values: ExactValues,
    *,
    min_base: float = MIN_BASE_USD,
    method: Method = "auto",
) -> WindowReturn:
    """TWR of the last days (0: since the first snapshot, ending at the last one), or of a period between two dates.

    `values` decides only where flows and gaps are; every factor is computed from `exact_values`, which is called once
    with the few rows that matter. `method` other than `auto` forces one convention for flows without a valuation;
    `exact` raises InvalidInput for such a flow.
    """
    columns = flow_columns(flows)
    window, days = select_window(instants_ms, asked), days_asked(instants_ms, asked)
    if window is None:
        return _undefined(days, "insufficient_data")
    floor = Decimal(repr(min_base))
    points = window_points(instants_ms, values, columns, window, exact_values, min_base=min_base, method=method)
    periods = sub_periods(points, floor, method)
    inside = columns.between(int(instants_ms[window.base]), int(instants_ms[window.end]))
    empty = replace(
        _undefined(days, "no_capital"),
        is_partial=window.is_partial,
        flow_count=int(columns.counts[inside].sum()),
        approximate_flows=sum(flow.count for point in points for flow in point.inner),
        base_offset_seconds=window.offset_ms // 1000,
    )
    funded, dropped = _from_first_funding(periods, floor)
    if not funded:
        return empty
    start_ms = opening_ms(funded[0], columns, min_base)
    late = not window.is_open and start_ms > int(instants_ms[window.base])
    told = {flag for period in dropped for flag in period.flags} & _TOLD_OF_DROPPED
    start_value = _base_of(funded[0]) if dropped else points[0].after
    known = replace(empty, start_value=start_value, end_value=points[-1].after, is_partial=empty.is_partial or late)
    return _measured(known, funded, start_ms, told)


def _measured(known: WindowReturn, funded: tuple[SubPeriod, ...], start_ms: int, told: set[str]) -> WindowReturn:
    """Fill in what follows from the funded sub-periods; `told` are flags of the time before them."""
    end_ms = funded[-1].end_ms
    twr = EXACT.subtract(product(funded), ONE)
    yearly, label = annualise(twr, end_ms - start_ms)
    gap_ms = sum(period.end_ms - period.start_ms for period in funded if "no_base" in period.flags)
    return replace(
        known,
        actual_days=(end_ms - start_ms) / DAY_MS,
        twr=twr,
        twr_annualized=yearly,
        annualization=label,
        start_ms=start_ms,
        end_ms=end_ms,
        segments=_funded_runs(funded),
        gap_days=gap_ms / DAY_MS,
        flags=tuple(sorted({flag for period in funded for flag in period.flags} | told)),
        reason=None,
        periods=funded,
    )


def product(periods: Sequence[SubPeriod]) -> Decimal:
    """The factors multiplied in order with 34 digits: exactly `1 + twr`."""
    growth = ONE
    for period in periods:
        growth = RATIO.multiply(growth, period.factor)
    return growth


def window_index(series: ReturnSeries, window: Window) -> tuple[Ints, Floats]:
    """Instants and growth since the base of a window, for drawing; the first point is 1.0.

    A base without capital is left out: the line begins where the money does. After a total loss inside the earlier
    history the index is rebuilt from the base, since nothing can be divided by zero.
    """
    part = slice(window.base, window.end + 1)
    instants, values = series.instants_ms[part], series.values[part]
    if values[0] >= series.min_base - TOLERANCE and series.index[window.base] > 0:
        return instants, series.index[part] / series.index[window.base]
    fresh = build_series(instants, values, series.flows, series.min_base)
    first = fresh.inception
    if first >= len(fresh):
        return instants[:0], values[:0]
    starts_here = first == 0 or (values[first] >= series.min_base - TOLERANCE and abs(fresh.index[first] - 1.0) < 1e-12)
    if starts_here:  # 1 / v * v need not be exactly 1
        return instants[first:], np.concatenate(([1.0], fresh.index[first + 1 :]))
    return instants[first - 1 :], np.concatenate(([1.0], fresh.index[first:]))


def _from_first_funding(
    periods: tuple[SubPeriod, ...], min_base: Decimal
) -> tuple[tuple[SubPeriod, ...], tuple[SubPeriod, ...]]:
    """Split off the leading stretch without capital; a return can only begin where money does."""
    floor = EXACT.subtract(min_base, TOLERANCE_USD)
    first = 0
    while first < len(periods) and _is_unfunded(periods[first], floor):
        first += 1
    return periods[first:], periods[:first]


def is_approximate(period: SubPeriod) -> bool:
    """Whether flows lie inside it that were not valued."""
    return period.method in _APPROXIMATE


def _is_unfunded(period: SubPeriod, floor: Decimal) -> bool:
    if is_approximate(period):
        return "no_base" in period.flags or period.start_value < -TOLERANCE_USD
    return _base_of(period) < floor


def _base_of(period: SubPeriod) -> Decimal:
    """The value a sub-period starts from; the flow of an approximated one lies inside it, not at its start."""
    return period.start_value if is_approximate(period) else EXACT.add(period.start_value, period.flow)


def opening_ms(first: SubPeriod, flows: FlowColumns, min_base: float) -> int:
    """When a stretch with money began whose first sub-period this is: at the flow inside it, if there was nothing
    before."""
    if not is_approximate(first) or first.start_value >= min_base:
        return first.start_ms
    inside = flows.between(first.start_ms, first.end_ms)
    inflows = flows.instants_ms[inside][flows.amounts[inside] > 0]
    return int(inflows[0]) if len(inflows) else first.start_ms


def _funded_runs(periods: Sequence[SubPeriod]) -> int:
    funded = ["no_base" not in period.flags for period in periods]
    return sum(now and not before for before, now in zip([False, *funded], funded, strict=False))


def _undefined(days: int, reason: str) -> WindowReturn:
    return WindowReturn(
        period_days=days,
        actual_days=0.0,
        twr=None,
        twr_annualized=None,
        annualization="none",
        start_ms=None,
        end_ms=None,
        start_value=None,
        end_value=None,
        is_partial=False,
        flow_count=0,
        approximate_flows=0,
        segments=0,
        gap_days=0.0,
        base_offset_seconds=0,
        flags=(),
        reason=reason,
    )
