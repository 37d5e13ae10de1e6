"""A history cut into stretches: in each of them the index is `scale * value`, or constant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard_crypto.core.flow_links import (
    TOLERANCE,
    Bools,
    Floats,
    FlowRows,
    Ints,
    flow_rows,
    locate,
    steps_at_snapshots,
)
from dashboard_crypto.core.flows import FlowColumns


@dataclass(frozen=True, slots=True)
class Stretches:
    """Rows `starts[s]..ends[s]`; `flat` ones keep `level[s]`, the others follow the value.

    `level[s]` is the index before stretch s, `level[s + 1]` at its last row. `at[f]` is the stretch that flow row f
    opens: its first row grows as that flow row says, the following ones with the value.
    """

    starts: Ints
    ends: Ints
    scale: Floats
    flat: Bools | None
    level: Floats
    at: Ints
    flow_rows: FlowRows
    inception: int


def series_index(instants_ms: Ints, values: Floats, flows: FlowColumns, min_base: float) -> tuple[Floats, int]:
    """The index at every row (NaN before inception), and the first row that has one."""
    if not len(values):
        return np.empty(0), 0
    floor = min_base - TOLERANCE
    if values.min() < floor:
        stretches = _with_gaps(values, flow_rows(instants_ms, values, flows, floor), values < floor)
        return _index_of(values, stretches), stretches.inception
    inside = locate(instants_ms, flows)
    if inside.all_at_snapshots:
        rows, steps = inside.following, steps_at_snapshots(values, inside)
    else:
        found = flow_rows(instants_ms, values, flows, floor)
        rows, steps = found.rows, found.growth * (found.before / found.value)
    scale = np.empty(len(rows) + 1)
    scale[0] = 1.0 / values[0]
    scale[1:] = steps
    np.cumprod(scale, out=scale)
    index = np.repeat(scale, _lengths(rows, len(values)))
    index *= values
    return index, 0


def cut(instants_ms: Ints, values: Floats, flows: FlowColumns, min_base: float) -> Stretches:
    """Cut at every flow row and wherever the value falls below, or comes back to, `min_base`."""
    floor = min_base - TOLERANCE
    rows = flow_rows(instants_ms, values, flows, floor)
    low = values < floor
    if low.any():
        return _with_gaps(values, rows, low)
    starts = np.zeros(len(rows.rows) + 1, dtype=np.int64)
    starts[1:] = rows.rows
    return _linked(values, starts[: len(values)], None, np.arange(1, len(starts)), rows, inception=0)


def _lengths(rows: Ints, count: int) -> Ints:
    """How many rows each stretch has when one begins at the start and at every flow row."""
    lengths = np.empty(len(rows) + 1, dtype=np.int64)
    lengths[:-1] = rows
    lengths[-1] = count
    lengths[1:] -= rows
    return lengths


def _index_of(values: Floats, stretches: Stretches) -> Floats:
    lengths = stretches.ends - stretches.starts + 1
    index = np.repeat(stretches.scale, lengths)
    index *= values
    if stretches.flat is not None:
        index += np.repeat(np.where(stretches.flat, stretches.level[:-1], 0.0), lengths)
    rows = stretches.flow_rows
    index[rows.rows] = stretches.level[:-1][stretches.at] * rows.growth
    index[: stretches.inception] = np.nan
    return index


def _with_gaps(values: Floats, rows: FlowRows, low: Bools) -> Stretches:
    starts, flat, at = _starts_with_gaps(values, rows.rows, low)
    return _linked(values, starts, flat, at, rows, inception=_inception(low, rows))


def _starts_with_gaps(values: Floats, rows: Ints, low: Bools) -> tuple[Ints, Bools, Ints]:
    flat = np.empty(len(values), dtype=np.bool_)
    flat[0] = low[0]
    np.logical_or(low[:-1], values[1:] < -TOLERANCE, out=flat[1:])
    flat[rows] = False
    begins = np.empty(len(values), dtype=np.bool_)
    begins[0] = True
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins[rows] = True
    starts = np.flatnonzero(begins)
    return starts, flat[starts], np.searchsorted(starts, rows)


def _linked(values: Floats, starts: Ints, flat: Bools | None, at: Ints, rows: FlowRows, *, inception: int) -> Stretches:
    """Chain the stretches: `level` before each and the `scale` that turns a value into an index."""
    ends = np.empty(len(starts), dtype=np.int64)
    ends[:-1], ends[-1:] = starts[1:] - 1, len(values) - 1
    anchors = values[np.maximum(starts - 1, 0)]
    anchors[at] = rows.value
    first = np.ones(len(starts))
    first[at] = rows.growth
    moving = None
    if flat is not None:
        moving = ~flat
        moving[at] = ends[at] > rows.rows
        anchors[~moving] = 1.0
    growth = values[ends] / anchors if moving is None else np.where(moving, values[ends] / anchors, 1.0)
    growth *= first
    np.maximum(growth, 0.0, out=growth)
    level = np.empty(len(starts) + 1)
    level[0] = 1.0
    np.cumprod(growth, out=level[1:])
    scale = level[:-1] * first / anchors
    if moving is not None:
        scale[~moving] = 0.0
    return Stretches(starts, ends, scale, flat, level, at, rows, inception)


def _inception(low: Bools, rows: FlowRows) -> int:
    """First snapshot that has a return: the first funded one, or the first after a funding flow."""
    enough = ~low
    first = int(enough.argmax()) if enough.any() else len(low)
    funded = rows.rows[rows.has_base]
    return min(first, int(funded[0])) if len(funded) else first
