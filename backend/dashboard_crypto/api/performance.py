"""/api/performance: snapshots and the returns made from them."""

from __future__ import annotations

from decimal import Context, Decimal

import numpy as np
import orjson

from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso, iso_or_none
from dashboard_crypto.api.inputs import DaysPath, ExplainQuery, HistoryQuery
from dashboard_crypto.api.models import ExplainOut, PeriodOut, PnlOut, PointOut, StatsOut, TwrOut
from dashboard_crypto.core.model import SubPeriod, WindowReturn
from dashboard_crypto.services.views import TwrHistory

PERCENT_DECIMALS = 8


def twr(context: ApiContext, call: Call) -> TwrOut:
    """Time-weighted return of one window."""
    window = context.performance.twr(call.path_as(DaysPath).days)
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
    )


def _percent(ratio: Decimal | None) -> Decimal | None:
    # A context of its own: the default one would cut a 34-digit ratio to 28 digits.
    return None if ratio is None else ratio.scaleb(2, Context(prec=80))


def explain(context: ApiContext, call: Call) -> ExplainOut:
    """The sub-periods behind a return, one page of them."""
    query = call.query_as(ExplainQuery)
    window: WindowReturn = context.performance.twr(call.path_as(DaysPath).days)
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


def pnl(context: ApiContext, call: Call) -> PnlOut:
    """Profit and loss of one window."""
    window = context.performance.pnl(call.path_as(DaysPath).days)
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


def stats(context: ApiContext, _call: Call) -> StatsOut:
    """Counts and totals over the whole history."""
    view = context.performance.stats()
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
    )


def twr_history(context: ApiContext, call: Call) -> Stored:
    """The chart's points."""
    query = call.query_as(HistoryQuery)
    return Stored(history_body(context.performance.twr_history(query.days, query.max_points)))


def history_body(history: TwrHistory) -> bytes:
    """`[{"x": ..., "y": ...}]`, made column-wise: 87,600 points cost some ten milliseconds."""
    milliseconds = history.instants_ms.astype(np.int64)
    if np.any(milliseconds % 1000):
        times = [iso(int(instant)) for instant in milliseconds]
    else:
        times = [f"{text}Z" for text in np.datetime_as_string(milliseconds.astype("datetime64[ms]"), unit="s").tolist()]
    values = np.round(history.percent, PERCENT_DECIMALS).tolist()
    return orjson.dumps([{"x": x, "y": y} for x, y in zip(times, values, strict=True)])


_POINTS = {"type": "array", "items": {"$ref": "#/components/schemas/PointOut"}}
EXTRA_MODELS = (PointOut,)

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/performance/twr/{days}",
        "get_twr",
        "Time-weighted return of the last days; 0 is the whole history",
        "performance",
        twr,
        TwrOut,
        path_model=DaysPath,
        stored=True,
    ),
    Endpoint(
        "GET",
        "/api/performance/twr/{days}/explain",
        "explain_twr",
        "The sub-periods behind a time-weighted return",
        "performance",
        explain,
        ExplainOut,
        path_model=DaysPath,
        query_model=ExplainQuery,
        stored=True,
    ),
    Endpoint(
        "GET",
        "/api/performance/pnl/{days}",
        "get_pnl",
        "Profit and loss of the last days; 0 is the whole history",
        "performance",
        pnl,
        PnlOut,
        path_model=DaysPath,
        stored=True,
    ),
    Endpoint(
        "GET",
        "/api/performance/stats",
        "get_stats",
        "Counts and totals over the whole history",
        "performance",
        stats,
        StatsOut,
        stored=True,
    ),
    Endpoint(
        "GET",
        "/api/performance/twr-history",
        "get_twr_history",
        "The return's course: percent since the window's base",
        "performance",
        twr_history,
        _POINTS,
        query_model=HistoryQuery,
        stored=True,
    ),
)
