"""From the services' records about windows to the wire."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from dashboard_crypto.api.fields import iso, iso_or_none
from dashboard_crypto.api.inputs import ExplainQuery, RangeExplainQuery
from dashboard_crypto.api.models_windows import ExplainOut, MeasuresOut, PeriodOut, PnlOut, StatsOut, TwrOut, WindowOut
from dashboard_crypto.core.currency_pnl import CurrencyPnl
from dashboard_crypto.core.currency_rates import RATE_UNKNOWN
from dashboard_crypto.core.model import Currency, SubPeriod, WindowPnl, WindowReturn
from dashboard_crypto.services.views import OwnTotals, StatsView
from dashboard_crypto.services.window_views import WindowView, WorkingView


def window_out(view: WindowView) -> WindowOut:
    """Return and profit of one window."""
    return WindowOut(days=view.twr.period_days, twr=twr_view_out(view), pnl=pnl_view_out(view))


def measures_out(view: WindowView) -> MeasuresOut:
    """The same without the window's length."""
    return MeasuresOut(twr=twr_view_out(view), pnl=pnl_view_out(view))


def twr_view_out(view: WindowView) -> TwrOut:
    """A time-weighted return, in the currency that was asked for."""
    return twr_out(view.twr) if view.own is None else twr_out(view.own.twr, currency=view.own.currency)


def twr_out(window: WindowReturn, **currency: Currency) -> TwrOut:
    """A time-weighted return; `currency` is told only where one was asked for."""
    return TwrOut(
        period_days=window.period_days,
        actual_days=window.actual_days,
        twr=window.twr,
        twr_percent=_percent(window.twr),
        twr_annualized=window.twr_annualized,
        twr_annualized_percent=_percent(window.twr_annualized),
        annualization=window.annualization,
        start_date=iso_or_none(window.start_ms),
        end_date=iso_or_none(window.end_ms),
        start_value=window.start_value,
        end_value=window.end_value,
        is_partial=window.is_partial,
        flow_count=window.flow_count,
        approximate_flows=window.approximate_flows,
        segments=window.segments,
        gap_days=window.gap_days,
        base_offset_seconds=window.base_offset_seconds,
        flags=list(window.flags),
        reason=window.reason,
        **currency,
    )


def _percent(ratio: Decimal | None) -> Decimal | None:
    # A context of its own: the default one would cut a 34-digit ratio to 28 digits.
    return None if ratio is None else ratio.scaleb(2, Context(prec=80))


def explain_out(working: WorkingView, query: ExplainQuery | RangeExplainQuery) -> ExplainOut:
    """One page of the sub-periods behind a return."""
    window, told = working.window, {} if working.currency is None else {"currency": working.currency}
    start = query.cursor or 0
    end = start + query.limit
    page = window.periods[start:end]
    return ExplainOut(
        period_days=window.period_days,
        twr=window.twr,
        periods=[_period_out(period) for period in page],
        count=len(page),
        total_periods=len(window.periods),
        next_cursor=str(end) if end < len(window.periods) else None,
        reason=window.reason,
        **told,
    )


def _period_out(period: SubPeriod) -> PeriodOut:
    return PeriodOut(
        start=iso(period.start_ms),
        end=iso(period.end_ms),
        start_value=period.start_value,
        flow=period.flow,
        end_value=period.end_value,
        factor=period.factor,
        method=period.method,
        flags=list(period.flags),
    )


def pnl_view_out(view: WindowView) -> PnlOut:
    """Profit and loss of one window, in the currency that was asked for."""
    whole, own = pnl_out(view.pnl), view.own
    if own is None:
        return whole
    out = own.pnl.total_withdrawals
    amounts = {name: getattr(own.pnl, name) for name in CurrencyPnl.__dataclass_fields__}
    return whole.model_copy(
        update=amounts | {"total_withdrawals": None if out is None else abs(out), "currency": own.currency}
    )


def pnl_out(window: WindowPnl) -> PnlOut:
    """Profit and loss of one window in USD."""
    return PnlOut(
        pnl_usd=window.pnl_usd,
        pnl_percent=window.pnl_percent,
        pnl_percent_base=window.pnl_percent_base,
        invested_capital=window.invested_capital,
        initial_value=window.initial_value,
        current_value=window.current_value,
        total_deposits=window.total_deposits,
        total_withdrawals=abs(window.total_withdrawals),
        net_cash_flow=window.net_cash_flow,
        period_days=window.period_days,
        actual_days=window.actual_days,
        period_start=iso_or_none(window.start_ms),
        period_end=iso_or_none(window.end_ms),
        reason=window.reason,
    )


def stats_out(view: StatsView) -> StatsOut:
    """Counts and totals over the whole history."""
    own = view.own
    told = {} if own is None else _own_totals(own)
    return StatsOut(
        tracking_days=view.tracking_days,
        total_snapshots=view.total_snapshots,
        total_cashflows=view.total_cashflows,
        total_deposits_usd=view.total_deposits_usd,
        total_withdrawals_usd=view.total_withdrawals_usd,
        first_snapshot_date=iso_or_none(view.first_snapshot_ms),
        last_snapshot_date=iso_or_none(view.last_snapshot_ms),
        latest_snapshot_id=view.latest_snapshot_id,
        history_start=iso_or_none(view.history_start_ms),
        coverage=view.coverage,
        assumed_openings=dict(view.assumed_openings),
        assumed_departures=view.assumed_departures,
        **told,
    )


def _own_totals(own: OwnTotals) -> dict[str, Any]:
    is_known = own.deposits is not None and own.withdrawals is not None
    return {
        "currency": own.currency,
        "total_deposits": own.deposits,
        "total_withdrawals": own.withdrawals,
        "reason": None if is_known else RATE_UNKNOWN,
    }
