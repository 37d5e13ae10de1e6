"""/api/portfolio: what there is right now."""

from __future__ import annotations

import zlib

from dashboard_crypto.api import wire
from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso_or_none
from dashboard_crypto.api.models import BalanceOut, BalancesOut, RatesOut, RefreshOut
from dashboard_crypto.core.model import Balance
from dashboard_crypto.services.views import BalancesView


def balances(context: ApiContext, _call: Call) -> Stored:
    """The newest reading; age and state are computed at the moment of the answer."""
    view = context.portfolio.balances()
    body = wire.dump(balances_out(view).model_dump(exclude={"state", "state_message", "age_seconds"}))

    def ending() -> tuple[str, bytes]:
        now = context.portfolio.balances()
        tail = {"state": now.state, "state_message": now.state_message, "age_seconds": now.age_seconds}
        word = f"{now.state}-{zlib.crc32(now.state_message.encode()):x}"
        return word, b"," + wire.dump(tail)[1:]

    return Stored(body[:-1], ending)


def balances_out(view: BalancesView) -> BalancesOut:
    """The wire form of a reading."""
    return BalancesOut(
        total_value_usd=view.total_value_usd,
        timestamp=iso_or_none(view.instant_ms),
        count=len(view.balances),
        balances=[_balance_out(balance) for balance in view.balances],
        unpriced=list(view.unpriced),
        rates=RatesOut(EUR=view.rates_usd.get("EUR"), BTC=view.rates_usd.get("BTC")),
        revision=view.revision,
        state=view.state,
        state_message=view.state_message,
        age_seconds=view.age_seconds,
    )


def _balance_out(balance: Balance) -> BalanceOut:
    return BalanceOut(
        asset=balance.asset,
        balance=balance.quantity,
        usd_value=balance.usd_value,
        percentage=balance.percentage,
        price_usd=balance.price_usd,
        price_status=balance.price_status,
        wallets=dict(balance.wallets),
    )


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
        "/api/portfolio/balances",
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
