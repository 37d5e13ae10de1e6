"""Windows with a flow that contradicts the values: what follows from it is not known, so no figure claims it is.

`core.chain` computes such a flow as it was recorded and flags it. Most often it is a typing error, and then return and
profit are wrong by its size. See `core.doubtful_flows` for when a flow is doubted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dashboard_crypto.core.course import Course
from dashboard_crypto.core.doubted_rows import first_doubted_row
from dashboard_crypto.core.doubtful_flows import IMPLAUSIBLE_FLOW
from dashboard_crypto.core.flow_links import Floats, Ints
from dashboard_crypto.core.model import WindowPnl, WindowReturn
from dashboard_crypto.core.returns import ReturnSeries
from dashboard_crypto.core.window_return import window_index
from dashboard_crypto.core.windows import Window


def doubted_from_ms(window: WindowReturn) -> int | None:
    """The instant from which nothing in the window is known: of the first doubted flow, or of the snapshot after it."""
    return next((period.end_ms for period in window.periods if IMPLAUSIBLE_FLOW in period.flags), None)


def believed_return(window: WindowReturn) -> WindowReturn:
    """The return without its figures if it rests on a doubted flow; the sub-periods stay, to show which one."""
    if doubted_from_ms(window) is None:
        return window
    return replace(window, twr=None, twr_annualized=None, annualization="none", reason=IMPLAUSIBLE_FLOW)


def believed_pnl(pnl: WindowPnl, window: WindowReturn) -> WindowPnl:
    """The profit likewise; `window` is the return of the same window. A flow before the first money counts here too."""
    if IMPLAUSIBLE_FLOW not in window.flags:
        return pnl
    return replace(
        pnl,
        pnl_usd=None,
        pnl_percent=None,
        pnl_percent_base=None,
        invested_capital=None,
        reason=IMPLAUSIBLE_FLOW,
    )


def believed_index(series: ReturnSeries, window: Window, measured: Callable[[], WindowReturn]) -> tuple[Ints, Floats]:
    """Instants and growth as `window_index` gives them, up to the first doubted flow.

    `measured` gives the return of the same window; it is only asked if there is a doubted flow at all.
    """
    instants, growth = window_index(series, window)
    if first_doubted_row(series, window.base, window.end) is None:
        return instants, growth
    from_ms = doubted_from_ms(measured())
    known = len(instants) if from_ms is None else int(np.searchsorted(instants, from_ms))
    return instants[:known], growth[:known]


def believed_course(course: Course, window: WindowReturn) -> Course:
    """The lines end at the first doubted flow; values are facts and go on."""
    from_ms = doubted_from_ms(window)
    if from_ms is None:
        return course
    unknown = course.instants_ms >= from_ms
    percent, profit = (np.where(unknown, np.nan, line) for line in (course.twr_percent, course.pnl_usd))
    own = None if course.pnl is None else np.where(unknown, np.nan, course.pnl)
    return replace(course, twr_percent=percent, pnl_usd=profit, pnl=own)
