"""Profit and loss in USD, and its percentage of the capital that was really at work.

`pnl = V_end - V_start - net flows in (start, end]`: exact, additive, and defined even where a return is not. The
percentage divides by the average invested capital (each flow weighted by the time it was there). Where that average
is meaningless, because nearly everything was withdrawn early, it divides by everything ever put in; else it is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import Literal

from dashboard_crypto.core.flow_links import TOLERANCE, Ints
from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.model import Flow, Segment, WindowPnl
from dashboard_crypto.core.money import EXACT, RATIO, ZERO, total
from dashboard_crypto.core.points import ExactValues
from dashboard_crypto.core.returns import MIN_BASE_USD
from dashboard_crypto.core.segments import Capital, running_capital
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.core.windows import Asked, Window, days_asked, select_window

PercentBase = Literal["average_capital", "total_inflows"]
SMALLEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class StoredMetrics:
    """What a snapshot carries: percentages, and exact capital (`pnl` is value minus capital; None if it is doubted)."""

    twr_percent: float | None
    capital_usd: Decimal
    pnl_usd: Decimal | None
    pnl_percent: float | None


def window_pnl(
    asked: Asked,
    instants_ms: Ints,
    flows: Sequence[Flow] | FlowColumns,
    exact_values: ExactValues,
    *,
    min_base: float = MIN_BASE_USD,
) -> WindowPnl:
    """P&L of the last days (0: since the first snapshot), or of two dates. `exact_values` is asked for two rows."""
    columns = flow_columns(flows)
    window, days = select_window(instants_ms, asked), days_asked(instants_ms, asked)
    if window is None:
        return _undefined(days)
    start_ms, end_ms = int(instants_ms[window.base]), int(instants_ms[window.end])
    initial, current = exact_values((window.base, window.end))
    capital = running_capital(columns, start_ms, end_ms, initial)[-1]
    pnl = EXACT.subtract(EXACT.subtract(current, initial), capital.net)
    base, name = invested_capital(float(initial), capital, end_ms - start_ms, min_base)
    deposits, withdrawals = recorded_totals(columns, start_ms, end_ms)
    return WindowPnl(
        period_days=days,
        actual_days=(end_ms - start_ms) / DAY_MS,
        pnl_usd=pnl,
        pnl_percent=None if base is None else percent_of(pnl, base),
        pnl_percent_base=name,
        invested_capital=None if base is None else Decimal(repr(base)),
        initial_value=initial,
        current_value=current,
        total_deposits=deposits,
        total_withdrawals=withdrawals,
        net_cash_flow=capital.net,
        start_ms=start_ms,
        end_ms=end_ms,
        reason=None if base is not None else "no_capital",
    )


def invested_capital(
    first_value: float, capital: Capital, elapsed_ms: int, min_base: float
) -> tuple[float | None, PercentBase | None]:
    """What the percentage divides by, and which of the two bases it is.

    The average capital, unless that is below `min_base` or below a tenth of the largest capital employed; then the
    first value plus all inflows; None if even that is below `min_base`.
    """
    return _base(
        first_value,
        float(capital.net),
        float(capital.moment),
        elapsed_ms,
        largest=float(capital.largest),
        inflows=float(capital.inflows),
        min_base=min_base,
    )


def segment_metrics(
    segment: Segment, instant_ms: int, value: Decimal, first: tuple[int, float], min_base: float = MIN_BASE_USD
) -> StoredMetrics:
    """Metrics of one snapshot from its segment: the definition that the database's UPDATE has to agree with.

    `first` is instant and value of the very first snapshot.
    """
    if segment.is_doubted:
        return StoredMetrics(None, segment.capital_usd, None, None)
    first_ms, first_value = first
    base, _ = _base(
        first_value,
        segment.flow_sum,
        segment.flow_moment,
        instant_ms - first_ms,
        largest=segment.largest_capital,
        inflows=segment.inflows,
        min_base=min_base,
    )
    index = segment.index_offset + segment.index_per_usd * float(value)
    pnl = EXACT.subtract(value, segment.capital_usd)
    return StoredMetrics(
        twr_percent=None if isnan(index) else (max(index, 0.0) - 1.0) * 100.0,
        capital_usd=segment.capital_usd,
        pnl_usd=pnl,
        pnl_percent=None if base is None else percent_of(pnl, base),
    )


def percent_of(pnl: Decimal, base: float) -> float:
    """`pnl` as a percentage of `base`."""
    return float(pnl) / base * 100.0


def recorded_totals(flows: FlowColumns, start_ms: int, end_ms: int) -> tuple[Decimal, Decimal]:
    """Deposits and withdrawals (negative) as recorded, in `(start_ms, end_ms]`."""
    inside = [flow.amount for flow in flows.after(start_ms) if flow.instant_ms <= end_ms]
    return total(a for a in inside if a > 0), total(a for a in inside if a < 0)


def modified_dietz(
    instants_ms: Ints, flows: Sequence[Flow] | FlowColumns, exact_values: ExactValues, window: Window
) -> Decimal | None:
    """P&L over average capital, as a ratio and without any fallback; None if the average is not positive."""
    columns = flow_columns(flows)
    start_ms, end_ms = int(instants_ms[window.base]), int(instants_ms[window.end])
    initial, current = exact_values((window.base, window.end))
    capital = running_capital(columns, start_ms, end_ms, initial)[-1]
    late = RATIO.divide(capital.moment, Decimal(end_ms - start_ms))
    average = EXACT.subtract(EXACT.add(initial, capital.net), late)
    pnl = EXACT.subtract(EXACT.subtract(current, initial), capital.net)
    return RATIO.divide(pnl, average) if average > 0 else None


def _base(
    first_value: float,
    flow_sum: float,
    flow_moment: float,
    elapsed_ms: int,
    *,
    largest: float,
    inflows: float,
    min_base: float,
) -> tuple[float | None, PercentBase | None]:
    average = first_value + (flow_sum - flow_moment / elapsed_ms if elapsed_ms > 0 else 0.0)
    if average >= min_base - TOLERANCE and average >= SMALLEST_SHARE * largest - TOLERANCE:
        return average, "average_capital"
    everything = first_value + inflows
    return (everything, "total_inflows") if everything >= min_base - TOLERANCE else (None, None)


def _undefined(days: int) -> WindowPnl:
    return WindowPnl(
        period_days=days,
        actual_days=0.0,
        pnl_usd=None,
        pnl_percent=None,
        pnl_percent_base=None,
        invested_capital=None,
        initial_value=None,
        current_value=None,
        total_deposits=ZERO,
        total_withdrawals=ZERO,
        net_cash_flow=ZERO,
        start_ms=None,
        end_ms=None,
        reason="insufficient_data",
    )
