"""Prices of everything that was ever held, fetched piece by piece: only where needed, never twice.

What was fetched is committed before the next piece is asked for, so a restart goes on where the last commit stood.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import numpy as np

from dashboard_crypto.core.crew import Crew
from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.core.ports import HistoryReader
from dashboard_crypto.core.rebuild import Floats, Ints, QuantityHistory
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.db import fetched_rows
from dashboard_crypto.db.store import Store

BARS_AT_ONCE = 1000
"""What the exchange gives in one answer."""
CARRY_MS = DAY_MS
"""While trading is halted the last close stands, for at most this long."""
_AHEAD = 2
"""Pieces per worker between two commits: one may take longer than another."""


class Piece(NamedTuple):
    """Hours that end in `(after_ms, until_ms]`."""

    asset: str
    after_ms: int
    until_ms: int


class PastPrices:
    """`step` fetches some pieces of the hours, `fetch` the prices of single instants; both commit what they fetched."""

    def __init__(self, store: Store, crew: Crew, history: QuantityHistory, instants_ms: Ints) -> None:
        self._store = store
        self._crew = crew
        self.history = history
        self.instants_ms = instants_ms
        self._columns = {name: np.full(len(instants_ms), np.nan) for name in history.names}
        asked = {name: np.zeros(len(instants_ms), dtype=np.bool_) for name in history.names}
        with store.reading() as session:
            kept = fetched_rows.load_closes(session, store.portfolio_id)
            self._known = fetched_rows.load_instants(session, store.portfolio_id)
        for asset, first_ms, closes in kept:
            if asset in asked:
                rows = self._fill(asset, first_ms, closes)
                asked[asset][rows] = True
        self._left = sorted(self._pieces(asked), key=lambda piece: piece.after_ms)
        self._pieces_planned = len(self._left)

    def step(self, reader: HistoryReader, fence: int, now_ms: int) -> bool:
        """Fetch the next pieces; False when everything is there. After an error what is missing is next."""
        pieces = self._left[: _AHEAD * self._crew.size]
        if not pieces:
            return False
        told = self._crew.run([partial(reader.bars, *piece) for piece in pieces])
        store = self._store
        with store.writing_as(fence) as session:
            for piece, bars in zip(pieces, told, strict=True):
                if not isinstance(bars, PortfolioError):
                    closes = _on_the_hour(piece, bars)
                    first_ms = piece.after_ms + HOUR_MS
                    fetched_rows.save_closes(session, store.portfolio_id, piece.asset, first_ms, closes, at_ms=now_ms)
                    self._fill(piece.asset, first_ms, closes)
                    self._left.remove(piece)
        _raise_first(told)
        return True

    def fetch(self, wanted: Mapping[int, Collection[str]], reader: HistoryReader, fence: int, now_ms: int) -> bool:
        """Fetch prices of some of the wanted instants; False when all are known."""
        missing = {at: sorted(set(assets) - self._known.get(at, {}).keys()) for at, assets in wanted.items()}
        batch = [(at, assets) for at, assets in sorted(missing.items()) if assets][: _AHEAD * self._crew.size]
        if not batch:
            return False
        told = self._crew.run([partial(reader.prices_then, assets, at) for at, assets in batch])
        store = self._store
        with store.writing_as(fence) as session:
            for (at, _), prices in zip(batch, told, strict=True):
                if not isinstance(prices, PortfolioError):
                    known = {**self._known.get(at, {}), **prices}
                    fetched_rows.save_instant(session, store.portfolio_id, at, known, at_ms=now_ms)
                    self._known[at] = known
        _raise_first(told)
        return True

    def at(self, asset: str, instant_ms: int) -> Decimal | None:
        """A price that was fetched."""
        return self._known[instant_ms][asset]

    def closes(self, asset: str) -> list[float | None]:
        """What one unit cost at each instant, as far as that was asked for; None where there was no price."""
        column = self._columns.get(asset)
        if column is None:
            return [None] * len(self.instants_ms)
        return [price if math.isfinite(price) else None for price in column.tolist()]

    def closes_after(self, after_ms: int) -> dict[int, dict[str, Decimal]]:
        """The prices of the hours after an instant, by hour and asset. A price that stood still is left out."""
        found: dict[int, dict[str, Decimal]] = {}
        for row in np.flatnonzero(self.instants_ms > after_ms).tolist():
            prices = {asset: float(column[row]) for asset, column in self._columns.items()}
            known = {asset: Decimal(repr(price)) for asset, price in prices.items() if math.isfinite(price)}
            if known:
                found[int(self.instants_ms[row])] = known
        return found

    def share(self, wanted: Collection[int]) -> float:
        """How much of the hours and of the wanted instants is there, 0 to 1; both take about as long."""
        total = self._pieces_planned + len(wanted)
        missing = len(self._left) + sum(at not in self._known for at in wanted)
        return 1.0 - missing / total if total else 1.0

    def matrix(self) -> Floats:
        """One row per instant, one column per asset of the history; NaN where there was no price."""
        columns = [self._carried(self._columns[name]) for name in self.history.names]
        return np.column_stack(columns) if columns else np.empty((len(self.instants_ms), 0))

    def _fill(self, asset: str, first_ms: int, closes: Floats) -> Ints:
        """Put closes into their column; the rows they belong to."""
        hours = first_ms + HOUR_MS * np.arange(len(closes), dtype=np.int64)
        rows = np.searchsorted(self.instants_ms, hours)
        last = len(self.instants_ms) - 1
        inside = (rows <= last) & (self.instants_ms[np.minimum(rows, last)] == hours)
        self._columns[asset][rows[inside]] = closes[inside]
        found: Ints = rows[inside]
        return found

    def _pieces(self, asked: Mapping[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]) -> Iterator[Piece]:
        quantities = self.history.matrix(self.instants_ms)
        for column, (name, asset) in enumerate(self.history.assets.items()):
            is_needed = quantities[:, column] != 0.0
            # Also around every change: what came and went within one hour had a price then.
            rows = np.searchsorted(self.instants_ms, np.array(asset.instants_ms, dtype=np.int64))
            last = len(self.instants_ms) - 1
            is_needed[np.clip(rows, 0, last)] = True
            is_needed[np.clip(rows - 1, 0, last)] = True
            yield from self._spans(name, np.flatnonzero(is_needed & ~asked[name]))

    def _spans(self, name: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[Piece]:
        position = 0
        while position < len(rows):
            first = int(rows[position])
            stop = int(np.searchsorted(rows, first + BARS_AT_ONCE))
            yield Piece(name, int(self.instants_ms[first]) - HOUR_MS, int(self.instants_ms[int(rows[stop - 1])]))
            position = stop

    def _carried(self, column: Floats) -> Floats:
        rows = np.where(np.isfinite(column), np.arange(len(column)), -1)
        latest = np.maximum.accumulate(rows)
        carried = np.where(latest >= 0, column[np.maximum(latest, 0)], np.nan)
        age_ms = self.instants_ms - self.instants_ms[np.maximum(latest, 0)]
        return np.where(age_ms <= CARRY_MS, carried, np.nan)


def _on_the_hour(piece: Piece, bars: Sequence[tuple[int, Decimal]]) -> Floats:
    closes = np.full((piece.until_ms - piece.after_ms) // HOUR_MS, np.nan)
    for at_ms, close in bars:
        closes[(at_ms - piece.after_ms) // HOUR_MS - 1] = float(close)
    return closes


def _raise_first(told: Sequence[object]) -> None:
    error = next((answer for answer in told if isinstance(answer, PortfolioError)), None)
    if error is not None:
        raise error
