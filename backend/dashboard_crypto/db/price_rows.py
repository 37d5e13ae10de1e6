"""`price_sets`: the prices of what was held, for a little longer than a day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import orjson

from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.db.driver import each, rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text

Prices = Mapping[str, Decimal]

EVERY_MS = 900_000
"""One set per quarter of an hour: the one nearest to an instant is seldom more than half as far away."""
TOLERANCE_MS = 1_800_000
"""Prices further away than this from the instant that is asked for are not those of that instant."""
_KEPT_MS = DAY_MS + TOLERANCE_MS + EVERY_MS

_NEAREST = (
    "SELECT prices FROM price_sets WHERE portfolio_id = :portfolio_id AND instant_ms BETWEEN :from_ms AND :until_ms "
    "ORDER BY abs(instant_ms - :instant_ms), instant_ms LIMIT 1"
)
_NEWEST = "SELECT max(instant_ms) FROM price_sets WHERE portfolio_id = :portfolio_id"
_INSERT = (
    "INSERT INTO price_sets (portfolio_id, instant_ms, prices) VALUES (:portfolio_id, :instant_ms, :prices) "
    "ON CONFLICT DO NOTHING"
)
_FORGET = (
    "DELETE FROM price_sets WHERE portfolio_id = :portfolio_id AND (instant_ms < :from_ms OR instant_ms > :until_ms)"
)


def prices_near(session: Session, portfolio_id: int, instant_ms: int) -> Prices:
    """USD prices of the set nearest to an instant; empty without one within the tolerance."""
    asked = {
        "portfolio_id": portfolio_id,
        "instant_ms": instant_ms,
        "from_ms": instant_ms - TOLERANCE_MS,
        "until_ms": instant_ms + TOLERANCE_MS,
    }
    found = rows(session, _NEAREST, asked)
    return {asset: Decimal(text) for asset, text in orjson.loads(found[0][0]).items()} if found else {}


def keep_prices(session: Session, portfolio_id: int, instant_ms: int, prices: Prices) -> None:
    """Keep the prices of a reading if it is the first of its quarter of an hour, and forget what is too old."""
    of_portfolio = {"portfolio_id": portfolio_id}
    ((newest_ms,),) = rows(session, _NEWEST, of_portfolio)
    if newest_ms is not None and newest_ms // EVERY_MS == instant_ms // EVERY_MS:
        return
    add_prices(session, portfolio_id, {instant_ms: prices})
    # A set of the future is left over from a clock that was wrong.
    each(session, _FORGET, [of_portfolio | {"from_ms": instant_ms - _KEPT_MS, "until_ms": instant_ms}])


def add_prices(session: Session, portfolio_id: int, sets: Mapping[int, Prices]) -> None:
    """Keep prices by their instants; where there is a set already, that one stays."""
    batch = [
        {"portfolio_id": portfolio_id, "instant_ms": instant_ms, "prices": _text(prices)}
        for instant_ms, prices in sets.items()
    ]
    each(session, _INSERT, batch)


def _text(prices: Prices) -> str:
    return orjson.dumps({asset: exact_text(price) for asset, price in prices.items()}).decode()
