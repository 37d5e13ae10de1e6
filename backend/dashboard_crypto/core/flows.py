"""Cash flows as columns: sorted, and netted per instant, so their order can never matter.

Built once per change of the flows, not once per calculation: turning thousands of records into arrays costs more than
the whole return series.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.money import total


@dataclass(frozen=True, slots=True, eq=False)
class FlowColumns:
    """One entry per distinct instant, oldest first. The float columns mirror the exact ones.

    `value_before` is NaN (None in the exact column) where the portfolio was not valued just before the flow.
    `counts` says how many recorded flows an entry nets.
    """

    instants_ms: NDArray[np.int64]
    amounts: NDArray[np.float64]
    value_before: NDArray[np.float64]
    counts: NDArray[np.int64]
    exact_amounts: tuple[Decimal, ...]
    exact_before: tuple[Decimal | None, ...]
    records: tuple[Flow, ...]

    def __len__(self) -> int:
        return len(self.exact_amounts)

    def between(self, after_ms: int, until_ms: int) -> slice:
        """The entries with an instant in `(after_ms, until_ms]`."""
        low, high = np.searchsorted(self.instants_ms, (after_ms, until_ms), side="right")
        return slice(int(low), max(int(low), int(high)))

    def after(self, instant_ms: int) -> tuple[Flow, ...]:
        """The recorded flows later than `instant_ms`; at once where there are none, as every snapshot asks twice."""
        if not self.records or self.records[-1].instant_ms <= instant_ms:
            return ()
        return self.records[bisect_right(self.records, instant_ms, key=attrgetter("instant_ms")) :]


def flow_columns(flows: Sequence[Flow] | FlowColumns) -> FlowColumns:
    """Sort and net `flows`; columns are returned as they are.

    Flows of one instant are one flow. If they carry different valuations for it, the valuation is not trusted and
    counts as unknown.
    """
    if isinstance(flows, FlowColumns):
        return flows
    records = tuple(sorted(flows, key=attrgetter("instant_ms")))
    groups = [(instant, tuple(group)) for instant, group in groupby(records, key=attrgetter("instant_ms"))]
    amounts = tuple(total(flow.amount for flow in group) for _, group in groups)
    before = tuple(_agreed_valuation(group) for _, group in groups)
    return FlowColumns(
        instants_ms=np.array([instant for instant, _ in groups], dtype=np.int64),
        amounts=np.array([float(amount) for amount in amounts], dtype=np.float64),
        value_before=np.array([np.nan if item is None else float(item) for item in before], dtype=np.float64),
        counts=np.array([len(group) for _, group in groups], dtype=np.int64),
        exact_amounts=amounts,
        exact_before=before,
        records=records,
    )


def _agreed_valuation(group: tuple[Flow, ...]) -> Decimal | None:
    known = {flow.value_before for flow in group if flow.value_before is not None}
    return known.pop() if len(known) == 1 else None
