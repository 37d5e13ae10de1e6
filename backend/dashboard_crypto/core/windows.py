"""Which snapshots a window of N days, or one between two dates, reaches from and to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dashboard_crypto.core.flow_links import TOLERANCE, Floats, Ints
from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.timekeys import DAY_MS


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `base..end` of the snapshots. `offset_ms` is how much earlier than asked for the base is.

    `is_open`: no beginning was asked for, so that it begins wherever the money does.
    """

    base: int
    end: int
    is_partial: bool
    offset_ms: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Dates:
    """A period between two instants. None means the first, or the newest, snapshot."""

    start_ms: int | None = None
    end_ms: int | None = None


Asked = int | Dates
"""What a window is asked by: a number of days before the newest snapshot (0: everything), or two dates."""


def select_window(instants_ms: Ints, asked: Asked) -> Window | None:
    """The rows of the asked window; `days=0` means since the first snapshot.

    It ends at the last snapshot at or before its end, and its base is the last one at or before its beginning; with a
    shorter history that is the first one and the window is partial. None with fewer than two snapshots, or when nothing
    lies between base and end.
    """
    if isinstance(asked, Dates):
        end_ms = asked.end_ms
        end = len(instants_ms) - 1 if end_ms is None else _last_until(instants_ms, end_ms)
        return _from(instants_ms, asked.start_ms, end)
    if asked < 0:
        raise ValueError("days cannot be negative")
    end = len(instants_ms) - 1
    return _from(instants_ms, int(instants_ms[end]) - asked * DAY_MS if asked and end >= 0 else None, end)


def days_asked(instants_ms: Ints, asked: Asked) -> int:
    """How many days were asked for: as given, or the whole days between the dates, at least one."""
    if isinstance(asked, int):
        return asked
    if not len(instants_ms) and (asked.start_ms is None or asked.end_ms is None):
        return 0
    start_ms = int(instants_ms[0]) if asked.start_ms is None else asked.start_ms
    end_ms = int(instants_ms[-1]) if asked.end_ms is None else asked.end_ms
    return max(1, round((end_ms - start_ms) / DAY_MS))


def _from(instants_ms: Ints, target_ms: int | None, end: int) -> Window | None:
    if end < 1:
        return None
    if target_ms is None:
        return Window(0, end, is_partial=False, offset_ms=0, is_open=True)
    base = _last_until(instants_ms, target_ms)
    if base >= end:
        return None
    if base < 0:
        return Window(0, end, is_partial=True, offset_ms=0)
    return Window(base, end, is_partial=False, offset_ms=target_ms - int(instants_ms[base]))


def _last_until(instants_ms: Ints, instant_ms: int) -> int:
    return int(np.searchsorted(instants_ms, instant_ms, side="right")) - 1


def boundary_rows(
    instants_ms: Ints, values: Floats, flows: FlowColumns, window: Window, min_base: float
) -> tuple[int, ...]:
    """The rows whose exact values decide the window's return: its ends, both sides of every flow, edges of gaps."""
    times = flows.instants_ms[flows.between(int(instants_ms[window.base]), int(instants_ms[window.end]))]
    following = np.searchsorted(instants_ms, times)
    part = values[window.base : window.end + 1]
    low = part < min_base - TOLERANCE
    flat = low[:-1] | (part[1:] < -TOLERANCE)
    edges = np.flatnonzero((flat[1:] != flat[:-1]) | (flat[1:] & ~low[1:-1])) + window.base + 1
    rows = np.unique(np.concatenate(([window.base, window.end], following - 1, following, edges)))
    return _as_ints(rows)


def _as_ints(rows: Iterable[np.int64]) -> tuple[int, ...]:
    return tuple(int(row) for row in rows)
