"""/api/performance: returns, profits and totals of windows counted in days."""

from __future__ import annotations

import numpy as np
import orjson

from dashboard_crypto.api import examples
from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso
from dashboard_crypto.api.inputs import CurrencyQuery, DaysPath, ExplainQuery, HistoryQuery
from dashboard_crypto.api.measure_shapes import explain_out, pnl_view_out, stats_out, twr_view_out
from dashboard_crypto.api.models_windows import ExplainOut, PnlOut, PointOut, StatsOut, TwrOut
from dashboard_crypto.services.views import TwrHistory
from dashboard_crypto.services.window_views import WindowView

PERCENT_DECIMALS = 8


def twr(context: ApiContext, call: Call) -> TwrOut:
    """Time-weighted return of one window."""
    return twr_view_out(_window(context, call))


def explain(context: ApiContext, call: Call) -> ExplainOut:
    """The sub-periods behind a return, one page of them."""
    query = call.query_as(ExplainQuery)
    return explain_out(context.performance.working(call.path_as(DaysPath).days, query.currency), query)


def pnl(context: ApiContext, call: Call) -> PnlOut:
    """Profit and loss of one window."""
    return pnl_view_out(_window(context, call))


def _window(context: ApiContext, call: Call) -> WindowView:
    return context.performance.window(call.path_as(DaysPath).days, call.query_as(CurrencyQuery).currency)


def stats(context: ApiContext, call: Call) -> StatsOut:
    """Counts and totals over the whole history."""
    return stats_out(context.performance.stats(call.query_as(CurrencyQuery).currency))


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
        query_model=CurrencyQuery,
        stored=True,
        example=examples.TWR,
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
        example=examples.EXPLAIN,
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
        query_model=CurrencyQuery,
        stored=True,
        example=examples.PNL,
    ),
    Endpoint(
        "GET",
        "/api/performance/stats",
        "get_stats",
        "Counts and totals over the whole history",
        "performance",
        stats,
        StatsOut,
        query_model=CurrencyQuery,
        stored=True,
        example=examples.WINDOWS["stats"],
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
