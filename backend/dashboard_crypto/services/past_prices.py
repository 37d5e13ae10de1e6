"""Hourly prices of everything that was ever held, fetched piece by piece: only where needed, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from dashboard_crypto.core.ports import HistoryReader
from dashboard_crypto.core.rebuild import Floats, Ints, QuantityHistory
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS

BARS_AT_ONCE = 1000
"""What the exchange gives in one answer."""
CARRY_MS = DAY_MS
"""While trading is halted the last close stands, for at most this long."""


@dataclass
class PastPrices:
    """`step` fetches one piece; `matrix` is what `history_values` takes, NaN where there was no price."""

    history: QuantityHistory
    instants_ms: Ints
    _columns: dict[str, Floats] = field(default_factory=dict)
    _left: list[tuple[str, int, int]] | None = None

    def step(self, reader: HistoryReader) -> bool:
        """Fetch the next piece; False when everything is there. After an error the same piece is next."""
        if self._left is None:
            self._left = list(self._pieces())
        if not self._left:
            return False
        asset, start_ms, end_ms = self._left[0]
        column = self._columns.setdefault(asset, np.full(len(self.instants_ms), np.nan))
        for at_ms, close in reader.bars(asset, start_ms, end_ms):
            row = int(np.searchsorted(self.instants_ms, at_ms))
            if row < len(self.instants_ms) and self.instants_ms[row] == at_ms:
                column[row] = float(close)
        self._left.pop(0)
        return True

    def matrix(self) -> Floats:
        """One row per instant, one column per asset of the history."""
        nothing = np.full(len(self.instants_ms), np.nan)
        columns = [self._carried(self._columns.get(name, nothing)) for name in self.history.names]
        return np.column_stack(columns) if columns else np.empty((len(self.instants_ms), 0))

    def _pieces(self) -> Iterator[tuple[str, int, int]]:
        quantities = self.history.matrix(self.instants_ms)
        for column, (name, asset) in enumerate(self.history.assets.items()):
            is_needed = quantities[:, column] != 0.0
            # Also around every change: what came and went within one hour had a price then.
            rows = np.searchsorted(self.instants_ms, np.array(asset.instants_ms, dtype=np.int64))
            last = len(self.instants_ms) - 1
            is_needed[np.clip(rows, 0, last)] = True
            is_needed[np.clip(rows - 1, 0, last)] = True
            yield from self._spans(name, np.flatnonzero(is_needed))

    def _spans(self, name: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[tuple[str, int, int]]:
        position = 0
        while position < len(rows):
            first = int(rows[position])
            stop = int(np.searchsorted(rows, first + BARS_AT_ONCE))
            yield name, int(self.instants_ms[first]) - HOUR_MS, int(self.instants_ms[int(rows[stop - 1])])
            position = stop

    def _carried(self, column: Floats) -> Floats:
        rows = np.where(np.isfinite(column), np.arange(len(column)), -1)
        latest = np.maximum.accumulate(rows)
        carried = np.where(latest >= 0, column[np.maximum(latest, 0)], np.nan)
        age_ms = self.instants_ms - self.instants_ms[np.maximum(latest, 0)]
        return np.where(age_ms <= CARRY_MS, carried, np.nan)
