"""The time-weighted return index over a whole history: the float64 path.

`build_series` gives one index value per snapshot (1.0 at inception). Between two cash flows the index is the value times
a constant, so the work is one multiplication per snapshot and a short chain over the flows. The user-facing account of
the rules is `docs/performance-method.md`; `core.chain` applies the same rules to one window in exact decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.flow_links import TOLERANCE, Bools, Floats, FlowRows, Ints, flow_rows
from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.growable import Growable
from dashboard_crypto.core.model import Flow, Segment
from dashboard_crypto.core.segments import Stretches, make_segments

MIN_BASE_USD = 1.0


@dataclass(frozen=True)
class ReturnSeries:
    """Snapshots, flows and the index `build_series` made of them.

    `index[i]` is NaN before inception (the first moment with at least `min_base` USD), else growth since inception.
    """

    flows: FlowColumns
    min_base: float
    inception: int
    _instants: Growable[np.int64] = field(repr=False)
    _values: Growable[np.float64] = field(repr=False)
    _index: Growable[np.float64] = field(repr=False)

    def __len__(self) -> int:
        return len(self._instants)

    @property
    def instants_ms(self) -> NDArray[np.int64]:
        """Instant of every snapshot, ascending."""
        return self._instants.view

    @property
    def values(self) -> NDArray[np.float64]:
        """Value of every snapshot in USD."""
        return self._values.view

    @property
    def index(self) -> NDArray[np.float64]:
        """Time-weighted growth since inception at every snapshot; NaN before inception."""
        return self._index.view

    @property
    def twr_percent(self) -> NDArray[np.float64]:
        """`100 * (index - 1)`: what a stored snapshot carries as `twr`; NaN (store NULL) before inception."""
        return (self.index - 1.0) * 100.0

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Constants for rewriting stored metrics, oldest first; together they cover every snapshot."""
        if not len(self):
            return ()
        stretches = _stretches(self.instants_ms, self.values, self.flows, self.min_base)
        return make_segments(self.instants_ms, self.values, self.flows, stretches, self.inception)

    @cached_property
    def capital(self) -> NDArray[np.float64]:
        """First value plus net flows so far, at every snapshot (USD)."""
        result = np.empty(len(self))
        for segment in self.segments:
            low, high = np.searchsorted(self.instants_ms, (segment.after_ms, segment.until_ms), side="right")
            result[low:high] = float(segment.capital_usd)
        return result


def build_series(
    instants_ms: NDArray[np.int64],
    values: NDArray[np.float64],
    flows: Sequence[Flow] | FlowColumns = (),
    min_base: float = MIN_BASE_USD,
) -> ReturnSeries:
    """Index of `values` at strictly ascending `instants_ms`, cut at every flow.

    A flow stamped with a snapshot's instant is already inside that snapshot's value. Flows at or before the first
    snapshot change nothing; flows after the last one wait for `extend`. Pass `FlowColumns` to skip the conversion.
    """
    instants = np.ascontiguousarray(instants_ms, dtype=np.int64)
    worth = np.ascontiguousarray(values, dtype=np.float64)
    columns = flow_columns(flows)
    stretches = _stretches(instants, worth, columns, min_base)
    index = _index(worth, stretches)
    inception = _inception(worth, stretches.flow_rows, min_base - TOLERANCE)
    index[:inception] = np.nan
    return ReturnSeries(columns, min_base, inception, Growable(instants), Growable(worth), Growable(index))


def extend(series: ReturnSeries, instant_ms: int, value: float, flows: Sequence[Flow] = ()) -> ReturnSeries:
    """`series` with one later snapshot, in constant time; `flows` are new ones after its last snapshot.

    The new series shares the old one's memory; the old one stays valid and unchanged.
    """
    columns = flow_columns((*series.flows.records, *flows)) if flows else series.flows
    if not len(series):
        return build_series(np.array([instant_ms]), np.array([value]), columns, series.min_base)
    last_ms, count = int(series.instants_ms[-1]), len(series)
    if instant_ms <= last_ms:
        raise ValueError("a snapshot can only be appended after the last one")
    growth, begins = _step(series, columns.after(last_ms), instant_ms, value)
    begun = series.inception < count
    inception = series.inception if begun else count + (not begins)
    index = float(series.index[-1]) * growth if begun else growth if begins else np.nan
    return ReturnSeries(
        columns,
        series.min_base,
        inception,
        series._instants.with_item(instant_ms),
        series._values.with_item(value),
        series._index.with_item(index),
    )


def _step(series: ReturnSeries, flows: Sequence[Flow], instant_ms: int, value: float) -> tuple[float, bool]:
    """Growth from the last snapshot to a new one, and whether the new one can carry a return of its own."""
    instants = np.array([series.instants_ms[-1], instant_ms])
    pair = build_series(instants, np.array([series.values[-1], value]), flows, series.min_base)
    begins = pair.inception < 2
    return (float(pair.index[1]) if begins else 1.0), begins


def _stretches(instants: Ints, values: Floats, flows: FlowColumns, min_base: float) -> Stretches:
    rows = flow_rows(instants, values, flows, min_base - TOLERANCE)
    low = values < min_base - TOLERANCE
    if low.any():
        starts, flat = _starts_with_gaps(values, rows.rows, low)
    else:
        starts = _starts(rows.rows, len(values))
        flat = None
    return _linked(values, starts, flat, rows)


def _starts(rows: Ints, count: int) -> Ints:
    """First row of every stretch when no value is below the floor: a flow row is a stretch of its own."""
    candidates = np.empty(2 * len(rows) + 1, dtype=np.int64)
    keep = np.ones(len(candidates), dtype=np.bool_)
    candidates[0] = 0
    candidates[1::2] = rows
    candidates[2::2] = rows + 1
    keep[2:-1:2] = candidates[2:-1:2] != candidates[3::2]
    keep[-1] = candidates[-1] < count
    return candidates[keep]


def _starts_with_gaps(values: Floats, rows: Ints, low: Bools) -> tuple[Ints, Bools]:
    flat = np.empty(len(values), dtype=np.bool_)
    flat[0] = low[0]
    np.logical_or(low[:-1], values[1:] < -TOLERANCE, out=flat[1:])
    flat[rows] = False
    change = np.empty(len(values), dtype=np.bool_)
    change[0] = True
    np.not_equal(flat[1:], flat[:-1], out=change[1:])
    change[rows] = True
    after = rows + 1
    change[after[after < len(values)]] = True
    starts = np.flatnonzero(change)
    return starts, flat[starts]


def _linked(values: Floats, starts: Ints, flat: Bools | None, rows: FlowRows) -> Stretches:
    positions = np.searchsorted(starts, rows.rows)
    anchors = values[np.maximum(starts - 1, 0)]
    ends = np.append(starts[1:], len(values)) - 1
    moving = np.ones(len(starts), dtype=np.bool_) if flat is None else ~flat
    moving[positions] = False
    growth = np.ones(len(starts))
    np.divide(values[ends], anchors, out=growth, where=moving)
    growth[positions] = rows.growth
    np.maximum(growth, 0.0, out=growth)
    level = np.empty(len(starts) + 1)
    level[0] = 1.0
    np.cumprod(growth, out=level[1:])
    return Stretches(starts, ends, anchors, moving, level, positions, rows, has_gaps=flat is not None)


def _index(values: Floats, stretches: Stretches) -> Floats:
    scale = np.zeros(len(stretches.starts))
    np.divide(stretches.level[:-1], stretches.anchors, out=scale, where=stretches.moving)
    lengths = stretches.ends - stretches.starts + 1
    index = np.repeat(scale, lengths)
    index *= values
    if stretches.has_gaps:
        flat = ~stretches.moving
        flat[stretches.positions] = False
        index += np.repeat(np.where(flat, stretches.level[:-1], 0.0), lengths)
    rows = stretches.flow_rows.rows
    index[rows] = stretches.level[1:][stretches.positions]
    return index


def _inception(values: Floats, rows: FlowRows, floor: float) -> int:
    """First snapshot that has a return: the first funded one, or the first after a funding flow."""
    enough = values >= floor
    first = int(enough.argmax()) if enough.any() else len(values)
    funded = rows.rows[rows.has_base]
    return min(first, int(funded[0])) if len(funded) else first
