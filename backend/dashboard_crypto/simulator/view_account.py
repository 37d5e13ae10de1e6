"""The spot account: balances and trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import Entry, Fill
from dashboard_crypto.simulator.errors import BinanceError, too_wide
from dashboard_crypto.simulator.view_market import named
from dashboard_crypto.simulator.world import Request, World, amount

DAY_MS = 86_400_000
ZERO = Decimal(0)
LEGAL_TRADE_QUERIES: tuple[set[str], ...] = (
    set(),
    {"orderId"},
    {"startTime"},
    {"endTime"},
    {"fromId"},
    {"startTime", "endTime"},
    {"orderId", "fromId"},
)


def spot_balances(world: World, now_ms: int) -> dict[str, Decimal]:
    """The spot wallet as the exchange shows it: with an `LD` receipt for every flexible Earn position."""
    balances = world.wallet("spot", now_ms)
    receipts = {f"LD{asset}": quantity for asset, quantity in world.wallet("earn_flexible", now_ms).items()}
    return balances | receipts


def account(world: World, request: Request) -> Any:
    """GET /api/v3/account."""
    balances = spot_balances(world, request.now_ms)
    if not request.flag("omitZeroBalances"):
        balances = dict.fromkeys(sorted(world.market.assets), ZERO) | balances
    entries = world.ledger.entries_between(-1, request.now_ms)
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": entries[-1].at_ms if entries else world.scenario.opened_at_ms,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": amount(quantity), "locked": "0.00000000"} for asset, quantity in balances.items()
        ],
        "permissions": ["SPOT"],
        "uid": world.uid,
    }


def my_trades(world: World, request: Request) -> Any:
    """GET /api/v3/myTrades: the fills of one symbol, oldest first."""
    symbol = request.required("symbol")
    if symbol not in {entry.fill.symbol for entry in world.ledger.entries if entry.fill}:
        named(world, symbol, request.now_ms)
    filters = {name: request.integer(name) for name in ("orderId", "startTime", "endTime", "fromId")}
    given = {name for name, value in filters.items() if value is not None}
    if given not in LEGAL_TRADE_QUERIES:
        raise BinanceError(400, -1128, "Combination of optional parameters invalid.")
    start, end = filters["startTime"], filters["endTime"]
    if start is not None and end is not None and end - start > DAY_MS:
        raise too_wide("More than 24 hours between startTime and endTime.")
    rows = [row for row in trade_rows(world, symbol, request.now_ms) if wanted(row, filters)]
    limit = request.limit(500, 1000)
    return rows[:limit] if "startTime" in given or "fromId" in given else rows[-limit:]


def wanted(row: dict[str, Any], filters: dict[str, int | None]) -> bool:
    """Whether a trade passes the filters that were sent."""
    order, start, end, first = (filters[name] for name in ("orderId", "startTime", "endTime", "fromId"))
    return (
        (order is None or row["orderId"] == order)
        and (start is None or row["time"] >= start)
        and (end is None or row["time"] <= end)
        and (first is None or row["id"] >= first)
    )


def trade_rows(world: World, symbol: str, now_ms: int) -> list[dict[str, Any]]:
    """All fills of a symbol until now, with ids that count up."""
    first_id = world.number("trade", symbol, digits=8)
    found = [
        (entry, entry.fill)
        for entry in world.ledger.entries_between(-1, now_ms)
        if entry.fill and entry.fill.symbol == symbol
    ]
    return [trade_row(world, first_id + index, entry, fill) for index, (entry, fill) in enumerate(found)]


def trade_row(world: World, trade_id: int, entry: Entry, fill: Fill) -> dict[str, Any]:
    """One fill."""
    return {
        "symbol": fill.symbol,
        "id": trade_id,
        "orderId": world.number("order", entry.event.number, digits=10),
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


def gone(_world: World, _request: Request) -> Any:
    """The user data stream's listen keys were removed in 2026."""
    raise BinanceError(410, 0, "Gone")
