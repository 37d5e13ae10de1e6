"""/api/portfolio: what there is right now."""

from __future__ import annotations

from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.balances_answer import BALANCES_PATH, balances_answer
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.models import BalancesOut, RefreshOut


def balances(context: ApiContext, _call: Call) -> Stored:
    """The newest reading; age and state are computed at the moment of the answer."""
    return balances_answer(context.portfolio)


def refresh(context: ApiContext, _call: Call) -> RefreshOut:
    """Answer from the database and ask the loop for an early cycle."""
    asked = context.portfolio.request_refresh()
    view = context.portfolio.balances()
    message = (
        "An early reading was asked for; these are the newest stored numbers."
        if asked
        else "These are the newest stored numbers; no early reading is possible right now."
    )
    return RefreshOut(
        message=message,
        total_value_usd=view.total_value_usd,
        balances_count=len(view.balances),
        refresh_requested=asked,
        state=view.state,
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        BALANCES_PATH,
        "get_balances",
        "Current balances of every wallet",
        "portfolio",
        balances,
        BalancesOut,
        stored=True,
    ),
    Endpoint(
        "POST",
        "/api/portfolio/refresh",
        "refresh_portfolio",
        "Ask for an early reading; answers at once from the cache",
        "portfolio",
        refresh,
        RefreshOut,
    ),
)
