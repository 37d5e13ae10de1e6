"""From which snapshot on nothing may be stored as known: the first one behind a flow that contradicts the values."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from dashboard_crypto.core.chain import sub_periods
from dashboard_crypto.core.doubtful_flows import IMPLAUSIBLE_FLOW
from dashboard_crypto.core.flow_links import Ints
from dashboard_crypto.core.points import window_points
from dashboard_crypto.core.returns import ReturnSeries
from dashboard_crypto.core.windows import Window


def first_doubted_row(series: ReturnSeries, base: int = 0, end: int | None = None) -> int | None:
    """The row of that snapshot among those after row `base` up to row `end` (None: the last), or None.

    What every metric counted from the first snapshot rests on: so it does not matter whether there was money then.
    """
    suspected = _suspected(series)
    inside = suspected[(suspected > base) & (suspected <= (len(series) if end is None else end))]
    return next((int(row) for row in inside if _is_doubted(series, int(row))), None)


def _suspected(series: ReturnSeries) -> Ints:
    """Rows behind withdrawals that together exceed the least that was known since the row before."""
    instants, flows = series.instants_ms, series.flows
    inside = flows.between(int(instants[0]), int(instants[-1])) if len(series) else slice(0, 0)
    amounts, before = flows.amounts[inside], flows.value_before[inside]
    if not len(amounts) or amounts.min() >= 0:
        return np.empty(0, dtype=np.int64)
    following = np.searchsorted(instants, flows.instants_ms[inside])
    first = np.flatnonzero(np.append(True, following[1:] != following[:-1]))
    rows = following[first]
    least = np.fmin.reduceat(np.fmin(before, before + amounts), first)
    taken = -np.add.reduceat(np.minimum(amounts, 0.0), first)
    return rows[(taken > 0) & (taken > np.fmin(least, series.values[rows - 1]))]


def _is_doubted(series: ReturnSeries, row: int) -> bool:
    window = Window(row - 1, row, is_partial=False, offset_ms=0)
    points = window_points(
        series.instants_ms,
        series.values,
        series.flows,
        window,
        lambda rows: [Decimal(repr(float(series.values[each]))) for each in rows],
        min_base=series.min_base,
        method="auto",
    )
    periods = sub_periods(points, Decimal(repr(series.min_base)))
    return any(IMPLAUSIBLE_FLOW in period.flags for period in periods)
