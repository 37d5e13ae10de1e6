"""The course of one window for drawing: return, value and profit at every snapshot, in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from dashboard_crypto.core.flow_links import Floats, Ints
from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.core.returns import ReturnSeries
from dashboard_crypto.core.thinning import thin
from dashboard_crypto.core.window_return import window_index
from dashboard_crypto.core.windows import Window

LINES = 3
"""Return, value and profit: each keeps its own extremes, so each gets a third of the points."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One entry per snapshot of a window, base first. Return (percent) and profit (USD) count from the base.

    `twr_percent` is NaN while there is no money yet: a return begins where the money does.
    """

    instants_ms: Ints
    twr_percent: Floats
    value_usd: Floats
    pnl_usd: Floats

    def __len__(self) -> int:
        return len(self.instants_ms)


def course_of(series: ReturnSeries, window: Window) -> Course:
    """Every snapshot of the window."""
    part = slice(window.base, window.end + 1)
    instants, values = series.instants_ms[part], series.values[part]
    shown, growth = window_index(series, window)
    percent = np.full(len(instants), np.nan)
    percent[len(instants) - len(shown) :] = (growth - 1.0) * 100.0
    net = _net_flows(series.flows, instants)
    return Course(instants, percent, values, (values - values[0]) - (net - net[0]))


def thinned(course: Course, max_points: int) -> Course:
    """At most `max_points` entries (0: all; at least 12), with the highest and lowest of each of the three lines."""
    if max_points == 0 or len(course) <= max(4 * LINES, max_points):
        return course
    lines = (course.twr_percent, course.value_usd, course.pnl_usd)
    kept = np.unique(np.concatenate([thin(line, max_points // LINES) for line in lines]))
    return Course(course.instants_ms[kept], course.twr_percent[kept], course.value_usd[kept], course.pnl_usd[kept])


def gaps(instants_ms: Ints, longest_ms: int) -> Sequence[tuple[int, int]]:
    """Neighbouring snapshots that are more than `longest_ms` apart."""
    before = np.flatnonzero(np.diff(instants_ms) > longest_ms)
    return list(zip(instants_ms[before].tolist(), instants_ms[before + 1].tolist(), strict=True))


def _net_flows(flows: FlowColumns, instants_ms: Ints) -> Floats:
    """Net flows up to and including each instant. Summed exactly and rounded once."""
    sums = np.array([float(amount) for amount in accumulate(flows.exact_amounts, EXACT.add, initial=ZERO)])
    return sums[np.searchsorted(flows.instants_ms, instants_ms, side="right")]
