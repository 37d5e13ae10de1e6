"""What the services say about windows of the history. Frozen, like the other views."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.course import Course
from dashboard_crypto.core.currency_pnl import CurrencyPnl
from dashboard_crypto.core.model import Currency, WindowPnl, WindowReturn
from dashboard_crypto.services.views import StatsView


@dataclass(frozen=True, slots=True)
class OwnMeasures:
    """Return and profit of one window in one currency; None, with `rate_unknown`, where a rate is missing."""

    currency: Currency
    twr: WindowReturn
    pnl: CurrencyPnl


@dataclass(frozen=True, slots=True)
class WorkingView:
    """A return with its sub-periods. They and it are in `currency`: USD where a rate of one of them is not known."""

    window: WindowReturn
    currency: Currency | None = None


@dataclass(frozen=True, slots=True)
class WindowView:
    """Return and profit over the same window, in USD; `own`: in the currency that was asked for, if one was."""

    twr: WindowReturn
    pnl: WindowPnl
    own: OwnMeasures | None = None


@dataclass(frozen=True, slots=True)
class WindowsView:
    """Windows in the order they were asked for, and the totals of the same moment."""

    windows: tuple[WindowView, ...]
    stats: StatsView


@dataclass(frozen=True, slots=True, eq=False)
class CourseView:
    """What a chart draws. `course` is None without two snapshots in the window.

    `gaps` are pairs of neighbouring stored snapshots more than `gap_ms` apart, whatever was thinned; `live_from_ms` is
    where the rebuilt past ends, None if nothing in the window was rebuilt; `total_points` counts before thinning.
    """

    course: Course | None
    gaps: tuple[tuple[int, int], ...]
    live_from_ms: int | None
    gap_ms: int
    total_points: int


@dataclass(frozen=True, slots=True)
class PreviewWindowView:
    """One window before and after a change."""

    days: int
    before: WindowView
    after: WindowView


@dataclass(frozen=True, slots=True)
class PreviewView:
    """What a change of a cash flow would do. `amount_usd` and `valuation_method` are of the flow it is about.

    `flags` are those the change brings; `snapshots_changed` counts the stored snapshots that get new metrics. `amount`
    is the same amount in `currency`, if one was asked for; None, with `reason`, where its rate is missing.
    """

    amount_usd: Decimal | None
    valuation_method: str
    snapshots_changed: int
    flags: tuple[str, ...]
    windows: tuple[PreviewWindowView, ...]
    currency: Currency | None = None
    amount: Decimal | None = None
    reason: str | None = None
