"""The body of `/api/portfolio/balances`. Imports no framework: it is also the first answer of a start.

`models.BalancesOut` describes the same body; a test holds the two together.
"""

from __future__ import annotations

import zlib
from typing import Any, Protocol

from dashboard_crypto.api import wire
from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.instants import iso_or_none
from dashboard_crypto.core.model import Balance
from dashboard_crypto.services.views import BalancesView

BALANCES_PATH = "/api/portfolio/balances"


class Balances(Protocol):
    """`services.portfolio.PortfolioService`, or `services.balances_view.BalancesReader` in the first moments."""

    def newest(self) -> BalancesView:
        """The newest complete reading."""
        ...

    def aged(self, view: BalancesView) -> BalancesView:
        """The same with its age and state of this moment."""
        ...


def balances_answer(source: Balances) -> Stored:
    """The newest reading, with its age and state as of the moment of the answer: never those of another reading."""
    view = source.newest()
    body = wire.dump(_lasting(view))

    def ending() -> tuple[str, bytes]:
        now = source.aged(view)
        tail = {"state": now.state, "state_message": now.state_message, "age_seconds": now.age_seconds}
        word = f"{now.state}-{zlib.crc32(now.state_message.encode()):x}"
        return word, b"," + wire.dump(tail)[1:]

    return Stored(body[:-1], ending)


def _lasting(view: BalancesView) -> dict[str, Any]:
    """What holds until the revision moves."""
    return {
        "total_value_usd": view.total_value_usd,
        "timestamp": iso_or_none(view.instant_ms),
        "count": len(view.balances),
        "balances": [_balance(balance) for balance in view.balances],
        "unpriced": view.unpriced,
        "rates": {"EUR": view.rates_usd.get("EUR"), "BTC": view.rates_usd.get("BTC")},
        "revision": view.revision,
    }


def _balance(balance: Balance) -> dict[str, Any]:
    return {
        "asset": balance.asset,
        "balance": balance.quantity,
        "usd_value": balance.usd_value,
        "percentage": balance.percentage,
        "price_usd": balance.price_usd,
        "price_status": balance.price_status,
        "wallets": dict(balance.wallets),
        "change_24h_percent": balance.change_24h_percent,
    }
