"""The spot account's trades, each of which is an order of its own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from dashboard_crypto.simulator.entries import Entry, Fill
from dashboard_crypto.simulator.errors import BinanceError, too_wide
from dashboard_crypto.simulator.history import DAY_MS, Row
from dashboard_crypto.simulator.view_market import named
from dashboard_crypto.simulator.world import Request, World, amount

LEGAL_TRADE_QUERIES: tuple[set[str], ...] = (
    set(),
    {"orderId"},
    {"startTime"},
    {"endTime"},
    {"fromId"},
    {"startTime", "endTime"},
    {"orderId", "fromId"},
)


def my_trades(world: World, request: Request) -> Any:
    """GET /api/v3/myTrades: the fills of one symbol, oldest first."""
    fills = traded(world, request)
    filters = {name: request.integer(name) for name in ("orderId", "startTime", "endTime", "fromId")}
    given = {name for name, value in filters.items() if value is not None}
    if given not in LEGAL_TRADE_QUERIES:
        raise BinanceError(400, -1128, "Combination of optional parameters invalid.")
    first_id, order = world.number("trade", request.text("symbol"), digits=8), filters["orderId"]
    found = within_day(fills, filters["startTime"], filters["endTime"], request.now_ms)
    found = found[max(0, (filters["fromId"] or 0) - first_id) :]
    if order is not None:
        found = [index for index in found if order_id(world, fills[index]) == order]
    limit = request.limit(500, 1000)
    page = found[:limit] if given & {"startTime", "fromId"} else found[-limit:]
    return [trade_row(world, first_id + index, fills[index]) for index in page]


def all_orders(world: World, request: Request) -> Any:
    """GET /api/v3/allOrders: the orders of one symbol, oldest first; all of them filled at once."""
    fills, order = traded(world, request), request.integer("orderId")
    start, end = request.integer("startTime"), request.integer("endTime")
    found = within_day(fills, start, end, request.now_ms)
    if order is not None:
        found = [index for index in found if order_id(world, fills[index]) >= order]
    limit = request.limit(500, 1000)
    page = found[:limit] if order is not None or start is not None else found[-limit:]
    return [order_row(world, fills[index]) for index in page]


def traded(world: World, request: Request) -> list[Entry]:
    """All fills of the symbol asked for, in order of time; -1121 for a symbol that never was."""
    symbol = request.required("symbol")
    if symbol not in world.ledger.fills:
        named(world, symbol, request.now_ms)
        return []
    return world.ledger.fills[symbol]


def within_day(fills: list[Entry], start: int | None, end: int | None, now_ms: int) -> list[int]:
    """The places of the fills in a window of at most 24 hours (or without an end of its own)."""
    if start is not None and end is not None and end - start > DAY_MS:
        raise too_wide("More than 24 hours between startTime and endTime.")
    low = 0 if start is None else bisect_left(fills, start, key=effect_ms)
    high = bisect_right(fills, now_ms if end is None else min(end, now_ms), key=effect_ms)
    return list(range(low, high))


def effect_ms(entry: Entry) -> int:
    """When an entry took effect."""
    return entry.at_ms


def order_id(world: World, entry: Entry) -> int:
    """The number of the order behind a fill."""
    return world.number("order", entry.event.number, digits=10)


def fill_of(entry: Entry) -> Fill:
    """The fill of an entry that is known to have one."""
    if entry.fill is None:
        raise TypeError(f"event {entry.event.number} is no trade")
    return entry.fill


def trade_row(world: World, trade_id: int, entry: Entry) -> Row:
    """One fill, written once and then remembered."""
    remembered, key = world.ledger.rows, ("trade", entry.event.number)
    if key not in remembered:
        remembered[key] = new_trade_row(world, trade_id, entry, fill_of(entry))
    return remembered[key]


def new_trade_row(world: World, trade_id: int, entry: Entry, fill: Fill) -> Row:
    """One fill as it is listed."""
    return {
        "symbol": fill.symbol,
        "id": trade_id,
        "orderId": order_id(world, entry),
        "orderListId": -1,
        "price": amount(fill.price),
        "qty": amount(fill.quantity),
        "quoteQty": amount(fill.quote_quantity),
        "commission": amount(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": entry.at_ms,
        "isBuyer": fill.side == "BUY",
        "isMaker": False,
        "isBestMatch": True,
    }


def order_row(world: World, entry: Entry) -> Row:
    """The order behind a fill, written once and then remembered."""
    remembered, key = world.ledger.rows, ("order", entry.event.number)
    if key not in remembered:
        remembered[key] = new_order_row(world, entry)
    return remembered[key]


def new_order_row(world: World, entry: Entry) -> Row:
    """The order behind a fill as it is listed."""
    fill, number = fill_of(entry), order_id(world, entry)
    return {
        "symbol": fill.symbol,
        "orderId": number,
        "orderListId": -1,
        "clientOrderId": f"web_{number}",
        "price": "0.00000000",
        "origQty": amount(fill.quantity),
        "executedQty": amount(fill.quantity),
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": amount(fill.quote_quantity),
        "status": "FILLED",
        "timeInForce": "GTC",
        "type": "MARKET",
        "side": fill.side,
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": entry.at_ms,
        "updateTime": entry.at_ms,
        "isWorking": True,
        "workingTime": entry.at_ms,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }


def order_rate(_world: World, _request: Request) -> Any:
    """GET /api/v3/rateLimit/order: nobody orders anything here."""
    limits = (("SECOND", 10, 100), ("DAY", 1, 200000))
    return [
        {"rateLimitType": "ORDERS", "interval": interval, "intervalNum": number, "limit": limit, "count": 0}
        for interval, number, limit in limits
    ]
