"""Metrics of a snapshot at the moment it is taken, in constant time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.money import EXACT
from dashboard_crypto.core.pnl import StoredMetrics, invested_capital, percent_of
from dashboard_crypto.core.returns import MIN_BASE_USD, ReturnSeries, build_series, extend
from dashboard_crypto.core.segments import Capital, running_capital


@dataclass(frozen=True, slots=True)
class PerformanceTracker:
    """A return series together with the running capital. Immutable: `record` gives the next tracker.

    `first_value` is the exact value of the very first snapshot (None while there is none).
    """

    series: ReturnSeries
    first_value: Decimal | None
    capital: Capital | None

    @classmethod
    def of(
        cls,
        instants_ms: NDArray[np.int64],
        values: NDArray[np.float64],
        flows: Sequence[Flow] | FlowColumns,
        first_value: Decimal | None,
        min_base: float = MIN_BASE_USD,
    ) -> PerformanceTracker:
        """Start from a whole history."""
        series = build_series(instants_ms, values, flows, min_base)
        if not len(series) or first_value is None:
            return cls(series, None, None)
        first_ms, last_ms = int(series.instants_ms[0]), int(series.instants_ms[-1])
        return cls(series, first_value, running_capital(series.flows, first_ms, last_ms, first_value)[-1])

    def record(
        self, instant_ms: int, value: Decimal, flows: Sequence[Flow] = ()
    ) -> tuple[PerformanceTracker, StoredMetrics]:
        """The tracker with one later snapshot, and that snapshot's metrics. `flows` are new since the last snapshot."""
        series = extend(self.series, instant_ms, float(value), flows)
        if self.first_value is None or self.capital is None:
            capital = running_capital(series.flows, instant_ms, instant_ms, value)[-1]
            return self._next(series, value, capital, value)
        last_ms = int(self.series.instants_ms[-1])
        capital = running_capital(
            series.flows,
            last_ms,
            instant_ms,
            self.first_value,
            first_ms=int(series.instants_ms[0]),
            state=self.capital,
        )[-1]
        return self._next(series, self.first_value, capital, value)

    def _next(
        self, series: ReturnSeries, first_value: Decimal, capital: Capital, value: Decimal
    ) -> tuple[PerformanceTracker, StoredMetrics]:
        elapsed_ms = int(series.instants_ms[-1] - series.instants_ms[0])
        base, _ = invested_capital(float(first_value), capital, elapsed_ms, series.min_base)
        employed = EXACT.add(first_value, capital.net)
        pnl = EXACT.subtract(value, employed)
        index = float(series.index[-1])
        metrics = StoredMetrics(
            twr_percent=None if np.isnan(index) else (index - 1.0) * 100.0,
            capital_usd=employed,
            pnl_usd=pnl,
            pnl_percent=None if base is None else percent_of(pnl, base),
        )
        return PerformanceTracker(series, first_value, capital), metrics
