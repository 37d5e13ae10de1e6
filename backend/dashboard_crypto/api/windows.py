"""/api/performance: several windows at once, periods between two dates, and the chart's columns."""

from __future__ import annotations

import numpy as np
import orjson

from dashboard_crypto.api import examples
from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso, iso_or_none
from dashboard_crypto.api.inputs import CurrencyRangeQuery, RangeExplainQuery, RangeQuery, SeriesQuery, WindowsQuery
from dashboard_crypto.api.measure_shapes import explain_out, stats_out, window_out
from dashboard_crypto.api.models_windows import ExplainOut, SeriesOut, WindowOut, WindowsOut
from dashboard_crypto.core.model import Currency
from dashboard_crypto.core.windows import Dates
from dashboard_crypto.services.window_views import CourseView

_DECIMALS = 8
"""Float64 noise of a difference begins behind these; without it the columns are a third shorter."""
DEFAULT_DAYS = 30


def windows(context: ApiContext, call: Call) -> WindowsOut:
    """All asked windows and the totals from one read."""
    query = call.query_as(WindowsQuery)
    further = () if query.since is None else (Dates(query.since),)
    found = context.performance.windows((*query.days, *further), query.currency)
    shown = [window_out(view) for view in found.windows]
    told = {"since": shown.pop()} if further else {}
    return WindowsOut(windows=shown, stats=stats_out(found.stats), **told)


def period(context: ApiContext, call: Call) -> WindowOut:
    """Return and profit between two dates."""
    query = call.query_as(CurrencyRangeQuery)
    return window_out(context.performance.window(_dates(query), query.currency))


def explain_period(context: ApiContext, call: Call) -> ExplainOut:
    """The sub-periods between two dates, one page of them."""
    query = call.query_as(RangeExplainQuery)
    return explain_out(context.performance.working(_dates(query), query.currency), query)


def series(context: ApiContext, call: Call) -> Stored:
    """The chart's columns."""
    query = call.query_as(SeriesQuery)
    dated = query.start_date is not None or query.end_date is not None
    asked = _dates(query) if dated else DEFAULT_DAYS if query.days is None else query.days
    return Stored(series_body(context.performance.course(asked, query.max_points, query.currency), query.currency))


def _dates(query: RangeQuery) -> Dates:
    return Dates(query.start_date, query.end_date)


def series_body(view: CourseView, currency: Currency | None = None) -> bytes:
    """The columns straight from the arrays, NaN as null. A test holds it against `SeriesOut`."""
    course, nothing = view.course, np.empty(0)
    own: dict[str, object] = {}
    if currency is not None:
        profit = None if course is None else course.pnl
        own = {"currency": currency, "pnl": nothing if profit is None else np.round(profit, _DECIMALS)}
    return orjson.dumps(
        {
            "start": None if course is None else iso(int(course.instants_ms[0])),
            "end": None if course is None else iso(int(course.instants_ms[-1])),
            "instants_ms": nothing if course is None else course.instants_ms,
            "twr_percent": nothing if course is None else np.round(course.twr_percent, _DECIMALS),
            "value_usd": nothing if course is None else course.value_usd,
            "pnl_usd": nothing if course is None else np.round(course.pnl_usd, _DECIMALS),
            "eur_usd": nothing if course is None else course.rates_usd["EUR"],
            "btc_usd": nothing if course is None else course.rates_usd["BTC"],
            "live_from": iso_or_none(view.live_from_ms),
            "gap_ms": view.gap_ms,
            "gaps": view.gaps,
            "total_points": view.total_points,
            **own,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/performance/windows",
        "get_windows",
        "Return and profit of several windows, and the totals, as of one moment",
        "performance",
        windows,
        WindowsOut,
        query_model=WindowsQuery,
        stored=True,
        example=examples.WINDOWS,
    ),
    Endpoint(
        "GET",
        "/api/performance/range",
        "get_range",
        "Return and profit between two dates",
        "performance",
        period,
        WindowOut,
        query_model=CurrencyRangeQuery,
        stored=True,
        example=examples.WINDOW,
    ),
    Endpoint(
        "GET",
        "/api/performance/range/explain",
        "explain_range",
        "The sub-periods behind a return between two dates",
        "performance",
        explain_period,
        ExplainOut,
        query_model=RangeExplainQuery,
        stored=True,
        example=examples.EXPLAIN,
    ),
    Endpoint(
        "GET",
        "/api/performance/series",
        "get_series",
        "Return, value and profit over a window as columns, for drawing",
        "performance",
        series,
        SeriesOut,
        query_model=SeriesQuery,
        stored=True,
        example=examples.SERIES,
    ),
)
