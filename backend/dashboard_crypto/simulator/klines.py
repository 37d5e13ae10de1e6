"""Kline windows of every interval, and which of them a request gets."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from functools import cache

import numpy as np

from dashboard_crypto.simulator.track import RangeStats, Track

SECOND_MS = 1000
DAY_MS = 86_400_000
WEEK_OFFSET_MS = 4 * DAY_MS  # the epoch was a Thursday; weeks start on Monday

INTERVALS_MS = {
    "1s": SECOND_MS,
    "1m": 60 * SECOND_MS,
    "3m": 180 * SECOND_MS,
    "5m": 300 * SECOND_MS,
    "15m": 900 * SECOND_MS,
    "30m": 1800 * SECOND_MS,
    "1h": 3600 * SECOND_MS,
    "2h": 7200 * SECOND_MS,
    "4h": 14400 * SECOND_MS,
    "6h": 21600 * SECOND_MS,
    "8h": 28800 * SECOND_MS,
    "12h": 43200 * SECOND_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
    "1M": 0,
}

Kline = tuple[int, int, RangeStats]


def window(interval: str, instant_ms: int) -> tuple[int, int]:
    """The kline `[start, end)` that contains an instant."""
    if interval == "1M":
        starts = month_starts()
        index = bisect_right(starts, instant_ms)
        return starts[index - 1], starts[index]
    step = INTERVALS_MS[interval]
    offset = WEEK_OFFSET_MS if interval == "1w" else 0
    start = (instant_ms - offset) // step * step + offset
    return start, start + step


@cache
def month_starts() -> tuple[int, ...]:
    """The first instants of all months that can occur."""
    months = (datetime(year, month, 1, tzinfo=UTC) for year in range(1970, 2200) for month in range(1, 13))
    return tuple(round(month.timestamp() * 1000) for month in months)


def select(
    track: Track, interval: str, start_ms: int | None, end_ms: int | None, *, limit: int, now_ms: int
) -> list[Kline]:
    """`(open, end, stats)` of the klines asked for, oldest first; the last one is cut at `now_ms`.

    With a start: the oldest from there. Without: the newest. Klines without any bar are absent.
    """
    last_open = min(now_ms - 1, now_ms if end_ms is None else end_ms)
    if start_ms is not None and start_ms > last_open:
        return []
    if start_ms is None:
        return backward(track, interval, last_open, limit=limit, now_ms=now_ms)
    return forward(track, interval, start_ms, last_open, limit=limit, now_ms=now_ms)


def forward(track: Track, interval: str, first_open: int, last_open: int, *, limit: int, now_ms: int) -> list[Kline]:
    """Klines that open in `[first_open, last_open]`, oldest first, until the limit."""
    start, end = window(interval, max(first_open, track.first_ms - 1))
    if start < first_open:
        start, end = window(interval, end)
    found = whole_bars(track, INTERVALS_MS[interval], start, min(last_open, now_ms - INTERVALS_MS[interval]), limit)
    if found:
        start, end = window(interval, found[-1][1])
    while start <= last_open and len(found) < limit:
        stats = track.stats(start, min(end, now_ms))
        if stats:
            found.append((start, end, stats))
            start, end = window(interval, end)
            continue
        following = int(np.searchsorted(track.pieces.start, end, side="left"))
        if following == len(track.pieces):
            break
        start, end = window(interval, int(track.pieces.start[following]))
    return found


def whole_bars(track: Track, interval_ms: int, first_open: int, last_open: int, limit: int) -> list[Kline]:
    """The same, read straight off the record as long as its bars are the klines; nothing if the first one is not."""
    pieces = track.pieces
    first = int(pieces.start.searchsorted(first_open, side="left"))
    if not interval_ms or (first and int(pieces.end[first - 1]) > first_open):
        return []
    after = min(first + limit, int(pieces.start.searchsorted(last_open, side="right")))
    return recorded(track, interval_ms, first, after)


def last_bars(track: Track, interval_ms: int, last_open: int, limit: int) -> list[Kline]:
    """The newest `limit` klines that open at or before `last_open`, if all of them are bars of the record."""
    after = int(track.pieces.start.searchsorted(last_open, side="right"))
    if not interval_ms or after < limit:
        return []
    found = recorded(track, interval_ms, after - limit, after)
    return found if len(found) == limit else []


def recorded(track: Track, interval_ms: int, first: int, after: int) -> list[Kline]:
    """Bars of the record as klines, up to the first that is none."""
    some = track.pieces.take(slice(first, after))
    fits = (some.start == some.bar_open) & (some.end - some.start == interval_ms) & (some.bar_length == interval_ms)
    other = np.flatnonzero(~(fits & (some.start % interval_ms == 0)))
    count = int(other[0]) if len(other) else len(some)
    opens = some.start[:count].tolist()
    return [(start, start + interval_ms, bar) for start, bar in zip(opens, track.bars(first, count), strict=True)]


def backward(track: Track, interval: str, last_open: int, *, limit: int, now_ms: int) -> list[Kline]:
    """The newest klines that open at or before `last_open`, given oldest first."""
    found: list[Kline] = []
    start, end = window(interval, min(last_open, track.last_ms - 1))
    step, current = INTERVALS_MS[interval], track.stats(start, now_ms) if end > now_ms else None
    unfinished: list[Kline] = [(start, end, current)] if current else []
    bars = last_bars(track, step, start - step if end > now_ms else start, limit - len(unfinished))
    if bars:
        return [*bars, *unfinished]
    while len(found) < limit and end > track.first_ms:
        stats = track.stats(start, min(end, now_ms))
        if stats:
            found.append((start, end, stats))
            start, end = window(interval, start - 1)
            continue
        before = int(np.searchsorted(track.pieces.end, start, side="right")) - 1
        if before < 0:
            break
        start, end = window(interval, int(track.pieces.end[before]) - 1)
    return found[::-1]
