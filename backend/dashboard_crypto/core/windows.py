"""Which snapshots a window of N days reaches from and to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dashboard_crypto.core.flow_links import TOLERANCE, Floats, Ints
from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.timekeys import DAY_MS


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `base..end` of the snapshots. `offset_ms` is how much earlier than asked for the base is."""

    base: int
    end: int
    is_partial: bool
    offset_ms: int


def select_window(instants_ms: Ints, days: int) -> Window | None:
    """The window that ends at the last snapshot and begins `days` before it; `days=0` means since the first one.

    The base is the last snapshot at or before the target; with a shorter history it is the first one and the window
    is partial. None with fewer than two snapshots, or when nothing lies between base and end.
    """
    if days < 0:
        raise ValueError("days cannot be negative")
    end = len(instants_ms) - 1
    if end < 1:
        return None
    if days == 0:
        return Window(0, end, is_partial=False, offset_ms=0)
    target_ms = int(instants_ms[end]) - days * DAY_MS
    base = int(np.searchsorted(instants_ms, target_ms, side="right")) - 1
    if base < 0:
        return Window(0, end, is_partial=True, offset_ms=0)
    return Window(base, end, is_partial=False, offset_ms=target_ms - int(instants_ms[base]))


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
