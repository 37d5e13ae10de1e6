"""The time-weighted return index over a whole history: the float64 path.

`build_series` gives one index value per snapshot (1.0 at inception). Between two cash flows the index is the value
times a constant, so the work is one multiplication per snapshot and a short chain over the flows. The user-facing
account of the rules is `docs/performance-method.md`; `core.chain` applies them to one window in exact decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.growable import Growable
from dashboard_crypto.core.model import Flow, Segment
from dashboard_crypto.core.segments import make_segments
from dashboard_crypto.core.stretches import cut, series_index

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
    def first_ms(self) -> int:
        """Instant of the oldest snapshot. Only with at least one."""
        return int(self._instants.first)

    @property
    def last_ms(self) -> int:
        """Instant of the newest snapshot. Only with at least one."""
        return int(self._instants.last)

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
        stretches = cut(self.instants_ms, self.values, self.flows, self.min_base)
        return make_segments(self.instants_ms, self.values, self.flows, stretches)

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
    index, inception = series_index(instants, worth, columns, min_base)
    return ReturnSeries(columns, min_base, inception, Growable(instants), Growable(worth), Growable(index))


def extend(series: ReturnSeries, instant_ms: int, value: float, flows: Sequence[Flow] = ()) -> ReturnSeries:
    """`series` with one later snapshot, in constant time; `flows` are new ones after its last snapshot.

    The new series shares the old one's memory; the old one stays valid and unchanged.
    """
    columns = flow_columns((*series.flows.records, *flows)) if flows else series.flows
    count = len(series._instants)
    if not count:
        return build_series(np.array([instant_ms]), np.array([value]), columns, series.min_base)
    last_ms = series.last_ms
    if instant_ms <= last_ms:
        raise ValueError("a snapshot can only be appended after the last one")
    growth, begins = _step(series, columns.after(last_ms), instant_ms, value)
    begun = series.inception < count
    inception = series.inception if begun else count + (not begins)
    index = float(series._index.last) * growth if begun else growth if begins else np.nan
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
    last = float(series._values.last)
    if not flows and last >= series.min_base and value >= 0:
        return (1.0 / last) * value, True  # what the two-row series below would say, without building it
    instants = np.array([series.instants_ms[-1], instant_ms])
    pair = build_series(instants, np.array([series.values[-1], value]), flows, series.min_base)
    begins = pair.inception < 2
    return (float(pair.index[1]) if begins else 1.0), begins
