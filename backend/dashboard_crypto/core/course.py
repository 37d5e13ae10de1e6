"""The course of one window for drawing: return, value and profit at every snapshot, in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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

    `twr_percent` is NaN while there is no money yet: a return begins where the money does. `rates_usd` has USD per unit
    of other currencies at the same instants, NaN where not known. `currency`: the return is in that one, and `pnl` the
    profit in it.
    """

    instants_ms: Ints
    twr_percent: Floats
    value_usd: Floats
    pnl_usd: Floats
    rates_usd: Mapping[str, Floats] = field(default_factory=dict)
    currency: str = "USD"
    pnl: Floats | None = None

    def __len__(self) -> int:
        return len(self.instants_ms)


def course_of(series: ReturnSeries, window: Window, rates_usd: Mapping[str, Floats] | None = None) -> Course:
    """Every snapshot of the window; `rates_usd` has one entry per snapshot of the whole series."""
    part = slice(window.base, window.end + 1)
    instants, values = series.instants_ms[part], series.values[part]
    shown, growth = window_index(series, window)
    percent = np.full(len(instants), np.nan)
    percent[len(instants) - len(shown) :] = (growth - 1.0) * 100.0
    net = _net_flows(series.flows, instants)
    rates = {name: column[part] for name, column in (rates_usd or {}).items()}
    return Course(instants, percent, values, (values - values[0]) - (net - net[0]), rates)


def thinned(course: Course, max_points: int) -> Course:
    """At most `max_points` entries (0: all; at least 12), with the highest and lowest of each of the three lines.

    Also of the value in every other currency, which may stand elsewhere.
    """
    if max_points == 0 or len(course) <= max(4 * LINES, max_points):
        return course
    lines = (course.twr_percent, course.value_usd, course.pnl_usd if course.pnl is None else course.pnl)
    others = _extremes(course)
    kept = np.unique(np.concatenate([*(thin(line, (max_points - len(others)) // LINES) for line in lines), others]))
    return replace(
        course,
        instants_ms=course.instants_ms[kept],
        twr_percent=course.twr_percent[kept],
        value_usd=course.value_usd[kept],
        pnl_usd=course.pnl_usd[kept],
        pnl=None if course.pnl is None else course.pnl[kept],
        rates_usd={name: rates[kept] for name, rates in course.rates_usd.items()},
    )


def _extremes(course: Course) -> Ints:
    """Where the value is lowest and highest in each of the other currencies, as far as their rates are known."""
    found = []
    for rates in course.rates_usd.values():
        known = np.flatnonzero(np.isfinite(rates))
        if len(known):
            values = course.value_usd[known] / rates[known]
            found += [known[values.argmin()], known[values.argmax()]]
    return np.array(found, dtype=np.int64)


def gaps(instants_ms: Ints, longest_ms: int) -> Sequence[tuple[int, int]]:
    """Neighbouring snapshots that are more than `longest_ms` apart."""
    before = np.flatnonzero(np.diff(instants_ms) > longest_ms)
    return list(zip(instants_ms[before].tolist(), instants_ms[before + 1].tolist(), strict=True))


def _net_flows(flows: FlowColumns, instants_ms: Ints) -> Floats:
    """Net flows up to and including each instant. Summed exactly and rounded once."""
    sums = np.array([float(amount) for amount in accumulate(flows.exact_amounts, EXACT.add, initial=ZERO)])
    return sums[np.searchsorted(flows.instants_ms, instants_ms, side="right")]
