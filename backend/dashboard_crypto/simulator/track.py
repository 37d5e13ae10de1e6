"""The price of one symbol as a pure function of time.

A track is a list of pieces. A piece is a recorded bar, or the part of one that is valid: `[start, end)` lies inside
`[bar_open, bar_open + bar_length)`. Prices are integers scaled by `10 ** decimals`, volumes by `10 ** 8`; everything
is computed in integers, so equal questions have equal answers to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]

VOLUME_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Pieces:
    """Columns of equal length, ordered by `start`, never overlapping. `linear`: only the close was recorded."""

    start: Integers
    end: Integers
    bar_open: Integers
    bar_length: Integers
    open: Integers
    high: Integers
    low: Integers
    close: Integers
    volume: Integers
    linear: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def take(self, selection: Any) -> Pieces:
        """The pieces of a numpy selection (mask, index array or slice)."""
        return Pieces(*(getattr(self, name)[selection] for name in self.__slots__))

    def clipped(self, from_ms: int, until_ms: int) -> Pieces:
        """What of the pieces lies inside `[from_ms, until_ms)`."""
        inside = self.take((self.end > from_ms) & (self.start < until_ms))
        start, end = np.maximum(inside.start, from_ms), np.minimum(inside.end, until_ms)
        return replace(inside, start=start, end=end)

    def shifted(self, delta_ms: int) -> Pieces:
        """The same pieces, later by `delta_ms`."""
        return replace(self, start=self.start + delta_ms, end=self.end + delta_ms, bar_open=self.bar_open + delta_ms)

    def scaled(self, factor: int) -> Pieces:
        """Every price multiplied by a whole number."""
        prices = {name: getattr(self, name) * factor for name in ("open", "high", "low", "close")}
        return replace(self, **prices)

    @staticmethod
    def joined(parts: list[Pieces]) -> Pieces:
        """Pieces of several lists in one, ordered by start."""
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Pieces.__slots__]
        order = np.argsort(columns[0], kind="stable")
        return Pieces(*(column[order] for column in columns))


@dataclass(frozen=True, slots=True)
class RangeStats:
    """Open, high, low, close in ticks, volumes in units of 10**-8, over `[start, end)`."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    covered_ms: int


@dataclass(frozen=True, slots=True)
class Track:
    """One symbol: its two assets, its tick and its pieces."""

    symbol: str
    base: str
    quote: str
    decimals: int
    tick_decimals: int
    pieces: Pieces

    @property
    def first_ms(self) -> int:
        """The first instant with a price."""
        return int(self.pieces.start[0])

    @property
    def last_ms(self) -> int:
        """The last instant with a price."""
        return int(self.pieces.end[-1])

    def price(self, instant_ms: int) -> Decimal | None:
        """Price at an instant; None before the first bar and after the last one."""
        ticks = self.ticks(instant_ms)
        return None if ticks is None else self.decimal(ticks)

    def decimal(self, ticks: int) -> Decimal:
        """A number of ticks as a price."""
        return Decimal(ticks).scaleb(-self.tick_decimals)

    def ticks(self, instant_ms: int) -> int | None:
        """Price in ticks. At a boundary the bar just ended wins; in a hole the last close stands still."""
        pieces, count = self.pieces, len(self.pieces)
        index = int(np.searchsorted(pieces.start, instant_ms, side="left")) - 1
        following = index + 1
        starts_here = following < count and int(pieces.start[following]) == instant_ms
        if index < 0:
            return self.path(following, instant_ms) if starts_here else None
        end = int(pieces.end[index])
        if instant_ms < end or (instant_ms == end and not (starts_here and self._is_cut(index))):
            return self.path(index, instant_ms)
        if starts_here:
            return self.path(following, instant_ms)
        return self.path(index, end) if following < count else None

    def _is_cut(self, index: int) -> bool:
        """True if the piece ends before its bar does, so its end is no close."""
        pieces = self.pieces
        return int(pieces.end[index]) < int(pieces.bar_open[index]) + int(pieces.bar_length[index])

    def path(self, index: int, instant_ms: int) -> int:
        """Ticks at an instant on the path of one bar: open, nearer extreme, other extreme, close at thirds."""
        pieces = self.pieces
        length, elapsed = int(pieces.bar_length[index]), instant_ms - int(pieces.bar_open[index])
        first, last = int(pieces.open[index]), int(pieces.close[index])
        if pieces.linear[index]:
            return self._round(first * length + (last - first) * elapsed, length)
        low, high = int(pieces.low[index]), int(pieces.high[index])
        near, far = (low, high) if first - low <= high - first else (high, low)
        corners = (first, near, far, last, last)
        third, rest = divmod(3 * elapsed, length)
        before, after = corners[third], corners[third + 1]
        return self._round(before * length + (after - before) * rest, length)

    def _round(self, numerator: int, denominator: int) -> int:
        denominator *= 10 ** (self.decimals - self.tick_decimals)
        ticks, rest = divmod(numerator, denominator)
        return ticks + (2 * rest > denominator or (2 * rest == denominator and ticks % 2))

    def stats(self, start_ms: int, end_ms: int) -> RangeStats | None:
        """What a kline over `[start_ms, end_ms)` shows; None if no bar lies in it."""
        pieces = self.pieces
        first = int(np.searchsorted(pieces.end, start_ms, side="right"))
        after = int(np.searchsorted(pieces.start, end_ms, side="left"))
        if first >= after:
            return None
        parts = [self._clip(first, start_ms, end_ms)]
        if after - first > 1:
            parts += self._whole(first + 1, after - 1)
            parts.append(self._clip(after - 1, start_ms, end_ms))
        return RangeStats(
            open=parts[0].open,
            high=max(part.high for part in parts),
            low=min(part.low for part in parts),
            close=parts[-1].close,
            volume=sum(part.volume for part in parts),
            quote_volume=sum(part.quote_volume for part in parts),
            covered_ms=sum(part.covered_ms for part in parts),
        )

    def bars(self, first: int, count: int) -> list[RangeStats]:
        """Whole bars from a place on: what `stats` gives for exactly the time of each."""
        some = self.pieces.take(slice(first, first + count))
        exact = self.decimals == self.tick_decimals
        columns = [column.tolist() for column in (some.open, some.high, some.low, some.close)]
        prices = [column if exact else [self._round(value, 1) for value in column] for column in columns]
        typical, unit = (some.high + some.low + some.close).tolist(), 3 * 10**self.decimals
        rows = zip(*prices, some.volume.tolist(), typical, some.bar_length.tolist(), strict=True)
        return [RangeStats(o, h, low, c, v, v * mean // unit, length) for o, h, low, c, v, mean, length in rows]

    def _whole(self, first: int, after: int) -> list[RangeStats]:
        """Pieces `first..after-1` together, if there are any: all of them lie inside the range."""
        if first >= after:
            return []
        inner = self.pieces.take(slice(first, after))
        if bool(((inner.end - inner.start) != inner.bar_length).any()):
            return [self._clip(i, int(inner.start[i - first]), int(inner.end[i - first])) for i in range(first, after)]
        typical = inner.high + inner.low + inner.close
        quote = sum(v * t // 3 for v, t in zip(inner.volume.tolist(), typical.tolist(), strict=True))
        return [
            RangeStats(
                open=self._round(int(inner.open[0]), 1),
                high=self._round(int(inner.high.max()), 1),
                low=self._round(int(inner.low.min()), 1),
                close=self._round(int(inner.close[-1]), 1),
                volume=int(inner.volume.sum()),
                quote_volume=quote // 10**self.decimals,
                covered_ms=int((inner.end - inner.start).sum()),
            )
        ]

    def _clip(self, index: int, start_ms: int, end_ms: int) -> RangeStats:
        """One piece inside a range: its ends and every corner of the path between them."""
        pieces = self.pieces
        start, end = max(start_ms, int(pieces.start[index])), min(end_ms, int(pieces.end[index]))
        opened, length = int(pieces.bar_open[index]), int(pieces.bar_length[index])
        seen = [self.path(index, start), self.path(index, end)]
        if not pieces.linear[index]:
            inner = [corner for corner in (1, 2) if 3 * (start - opened) < corner * length < 3 * (end - opened)]
            seen += [self._corner(index, corner) for corner in inner]
        recorded, typical = int(pieces.volume[index]), self._typical(index)
        volume = recorded * (end - opened) // length - recorded * (start - opened) // length
        quote = volume * typical // (3 * 10**self.decimals)
        return RangeStats(seen[0], max(seen), min(seen), seen[1], volume, quote, end - start)

    def _corner(self, index: int, corner: int) -> int:
        pieces = self.pieces
        first, low, high = int(pieces.open[index]), int(pieces.low[index]), int(pieces.high[index])
        near, far = (low, high) if first - low <= high - first else (high, low)
        return self._round(near if corner == 1 else far, 1)

    def _typical(self, index: int) -> int:
        pieces = self.pieces
        return int(pieces.high[index]) + int(pieces.low[index]) + int(pieces.close[index])
