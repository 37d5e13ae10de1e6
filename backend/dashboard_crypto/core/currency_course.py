"""The course of a window in another currency, from the one in USD: what `currency_window` says, at every snapshot."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.course import Course
from dashboard_crypto.core.currency_rates import CurrencyRates, as_rate, converted
from dashboard_crypto.core.currency_window import Link, links_of
from dashboard_crypto.core.flow_links import Floats
from dashboard_crypto.core.model import WindowReturn
from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.core.returns import ReturnSeries
from dashboard_crypto.core.window_return import window_index
from dashboard_crypto.core.windows import Window


def course_in(
    course: Course, window: Window, measured: WindowReturn, series: ReturnSeries, rates: CurrencyRates
) -> Course:
    """`course` of `window` with its return and `pnl` in the currency; NaN from where a rate is missing that they need.

    `measured` is the return of the same window in USD. A snapshot without a rate of its own is a hole in the lines.
    """
    rate = rates.at_snapshots[window.base : window.end + 1]
    growth = np.full(len(course), np.nan)
    shown, grown = window_index(series, window)
    growth[len(course) - len(shown) :] = grown
    links, _ = links_of(measured, series, rates)
    percent = (_growth_in(course, growth, links, rate) - 1.0) * 100.0
    return replace(course, currency=rates.currency, twr_percent=percent, pnl=_profit_in(course, rate, rates))


def _growth_in(course: Course, growth: Floats, links: tuple[Link, ...], rate: Floats) -> Floats:
    own = np.full(len(course), np.nan)
    if links and (links[0].rate_usd is not None or links[0].is_flat):
        # The line begins at the snapshot before the first money, where nothing has grown yet.
        own[np.isfinite(growth) & (course.instants_ms <= links[0].start_ms)] = 1.0
    for link in links:
        low, high = np.searchsorted(course.instants_ms, (link.start_ms, link.end_ms), side="right")
        rows = slice(int(low), int(high))
        before = np.nan if link.growth is None else float(link.growth)
        if link.is_flat or link.growth == 0:
            own[rows] = before
        else:
            start = np.nan if link.rate_usd is None else float(link.rate_usd)
            own[rows] = before * (growth[rows] / float(link.growth_usd)) * (start / rate[rows])
            own[rows][growth[rows] == 0] = 0.0
    return own


def _profit_in(course: Course, rate: Floats, rates: CurrencyRates) -> Floats:
    start_ms, end_ms = int(course.instants_ms[0]), int(course.instants_ms[-1])
    worth = np.where(course.value_usd == 0, 0.0, course.value_usd / rate)
    flows = rates.flows_within(start_ms, end_ms)
    net = np.zeros(len(flows) + 1)
    sum_so_far: Decimal | None = ZERO
    for place, flow in enumerate(flows, 1):
        sum_so_far = _plus(sum_so_far, converted(flow.amount, as_rate(flow.rate_usd)))
        net[place] = np.nan if sum_so_far is None else float(sum_so_far)
    times = np.array([each.instant_ms for each in flows], dtype=np.int64)
    profit: Floats = (worth - worth[0]) - net[np.searchsorted(times, course.instants_ms, side="right")]
    return profit


def _plus(before: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """Behind a flow whose rate is not known, no sum is."""
    return None if before is None or amount is None else EXACT.add(before, amount)
