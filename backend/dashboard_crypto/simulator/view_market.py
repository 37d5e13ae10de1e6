"""Public market data: time, exchangeInfo, tickers, klines, average price."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import SATOSHI
from dashboard_crypto.simulator.errors import BinanceError, invalid, invalid_symbol
from dashboard_crypto.simulator.klines import INTERVALS_MS, select
from dashboard_crypto.simulator.limits import LIMITS
from dashboard_crypto.simulator.market import divide
from dashboard_crypto.simulator.track import RangeStats, Track
from dashboard_crypto.simulator.world import Request, World, amount

DAY_MS = 86_400_000
STATUSES = ("TRADING", "HALT", "BREAK", "END_OF_DAY", "CANCEL_ONLY")
ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")


def status(track: Track, now_ms: int) -> str | None:
    """None before the symbol was listed, BREAK after its record has ended."""
    if now_ms < track.first_ms:
        return None
    return "TRADING" if now_ms <= track.last_ms else "BREAK"


def listed(world: World, request: Request, *, trading_only: bool) -> list[Track]:
    """The symbols a request asks for: one, some or all, filtered by status; -1121 for one that does not exist."""
    now, wanted = request.now_ms, request.text("symbolStatus")
    if wanted and wanted not in STATUSES:
        raise BinanceError(400, -1122, "Invalid symbolStatus.")
    names = requested_symbols(request)
    if names is None:
        found = [track for track in world.market.tracks.values() if status(track, now)]
    else:
        found = [named(world, name, now) for name in names]
        if trading_only and any(status(track, now) != "TRADING" for track in found):
            raise invalid_symbol()
        if wanted and any(status(track, now) != wanted for track in found):
            raise BinanceError(400, -1220, "The symbol's status does not match the requested symbolStatus.")
    if trading_only:
        found = [track for track in found if status(track, now) == "TRADING"]
    return [track for track in found if not wanted or status(track, now) == wanted]


def named(world: World, name: str, now_ms: int) -> Track:
    """A listed symbol by name."""
    track = world.market.tracks.get(name)
    if track is None or status(track, now_ms) is None:
        raise invalid_symbol()
    return track


def requested_symbols(request: Request) -> list[str] | None:
    """`symbol`, or the JSON list `symbols`; None for all."""
    if "symbol" in request.parameters and "symbols" in request.parameters:
        raise BinanceError(400, -1128, "Combination of optional parameters invalid.")
    if "symbol" in request.parameters:
        return [request.required("symbol")]
    if "symbols" not in request.parameters:
        return None
    try:
        names = json.loads(request.text("symbols"))
    except ValueError:
        raise invalid("symbols") from None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise invalid("symbols")
    return names


def ping(_world: World, _request: Request) -> Any:
    """Nothing, quickly."""
    return {}


def server_time(_world: World, request: Request) -> Any:
    """The exchange's clock."""
    return {"serverTime": request.server_ms}


def exchange_info(world: World, request: Request) -> Any:
    """Every listed symbol with its status, assets and tick."""
    if "symbolStatus" in request.parameters and requested_symbols(request) is not None:
        raise BinanceError(400, -1128, "Combination of optional parameters invalid.")
    return {
        "timezone": "UTC",
        "serverTime": request.server_ms,
        "rateLimits": [
            rate_limit("REQUEST_WEIGHT", "MINUTE", 1, LIMITS["api"]),
            rate_limit("ORDERS", "SECOND", 10, 100),
            rate_limit("ORDERS", "DAY", 1, 200000),
            rate_limit("RAW_REQUESTS", "MINUTE", 5, 300000),
        ],
        "exchangeFilters": [],
        "symbols": [symbol_info(track, request.now_ms) for track in listed(world, request, trading_only=False)],
        "sors": [],
    }


def rate_limit(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    """One entry of `rateLimits`."""
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def symbol_info(track: Track, now_ms: int) -> dict[str, Any]:
    """One entry of `symbols`."""
    tick = Decimal(1).scaleb(-track.tick_decimals)
    price_filter = {
        "filterType": "PRICE_FILTER",
        "priceExponent": track.tick_decimals,
        "minPrice": amount(tick),
        "maxPrice": "1000000.00000000",
        "tickSize": amount(tick),
    }
    modes = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"]
    return {
        "symbol": track.symbol,
        "status": status(track, now_ms),
        "baseAsset": track.base,
        "baseAssetPrecision": 8,
        "quoteAsset": track.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": status(track, now_ms) == "TRADING",
        "isMarginTradingAllowed": False,
        "filters": [price_filter],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": modes,
    }


def ticker_price(world: World, request: Request) -> Any:
    """Last prices of one, some or all trading symbols."""
    tracks = listed(world, request, trading_only=True)
    rows = [{"symbol": track.symbol, "price": price_text(track, request.now_ms)} for track in tracks]
    return rows[0] if "symbol" in request.parameters and rows else rows


def price_text(track: Track, now_ms: int) -> str:
    """The price at an instant, on the wire; the caller knows that there is one."""
    price = track.price(now_ms)
    return amount(price) if price is not None else "0.00000000"


def ticker_day(world: World, request: Request) -> Any:
    """24 hours up to now; `type` FULL or MINI."""
    kind = request.text("type", "FULL")
    if kind not in {"FULL", "MINI"}:
        raise invalid("type")
    tracks = listed(world, request, trading_only=True)
    rows = [day_row(track, request.now_ms, full=kind == "FULL") for track in tracks]
    return rows[0] if "symbol" in request.parameters and rows else rows


def day_row(track: Track, now_ms: int, *, full: bool) -> dict[str, Any]:
    """One symbol's last 24 hours. A symbol that stood still has its last price and no volume."""
    last = track.ticks(now_ms) or 0
    stats = track.stats(now_ms - DAY_MS, now_ms) or RangeStats(last, last, last, last, 0, 0, 0)
    opened = max(now_ms - DAY_MS, track.first_ms)
    price, first = track.decimal(last), track.decimal(stats.open)
    volume, quote = volumes(stats)
    count = stats.covered_ms // 1000 if stats.volume else 0
    mini = {
        "symbol": track.symbol,
        "openPrice": amount(first),
        "highPrice": amount(track.decimal(stats.high)),
        "lowPrice": amount(track.decimal(stats.low)),
        "lastPrice": amount(price),
        "volume": amount(volume),
        "quoteVolume": amount(quote),
        "openTime": opened,
        "closeTime": now_ms,
        "firstId": opened // 1000,
        "lastId": opened // 1000 + count - 1 if count else -1,
        "count": count,
    }
    if not full:
        return mini
    average = divide(quote, volume).quantize(SATOSHI) if volume else price
    tick = Decimal(1).scaleb(-track.tick_decimals)
    extra = {
        "priceChange": amount(price - first),
        "priceChangePercent": f"{divide(100 * (price - first), first):.3f}",
        "weightedAvgPrice": amount(average),
        "prevClosePrice": amount(first),
        "lastQty": "0.00000000",
        "bidPrice": amount(price),
        "bidQty": "1.00000000",
        "askPrice": amount(price + tick),
        "askQty": "1.00000000",
    }
    return mini | extra


def volumes(stats: RangeStats) -> tuple[Decimal, Decimal]:
    """Base and quote volume."""
    return Decimal(stats.volume).scaleb(-8), Decimal(stats.quote_volume).scaleb(-8)


def klines(world: World, request: Request) -> Any:
    """Klines of any interval. Quote volume is volume x typical price of the bar; half of both counts as taker's."""
    track = named(world, request.required("symbol"), request.now_ms)
    interval = request.required("interval")
    if interval not in INTERVALS_MS:
        raise BinanceError(400, -1120, "Invalid interval.")
    start, end = request.integer("startTime"), request.integer("endTime")
    rows = select(track, interval, start, end, limit=request.limit(500, 1000), now_ms=request.now_ms)
    return [kline_row(track, opened, closed, stats) for opened, closed, stats in rows]


def kline_row(track: Track, opened_ms: int, closed_ms: int, stats: RangeStats) -> list[Any]:
    """The twelve elements of a kline."""
    scale: int = 10 ** max(0, 8 - track.tick_decimals)
    if track.tick_decimals <= 8:
        prices = [eight(ticks * scale) for ticks in (stats.open, stats.high, stats.low, stats.close)]
    else:
        prices = [amount(track.decimal(ticks)) for ticks in (stats.open, stats.high, stats.low, stats.close)]
    count = max(1, stats.covered_ms // 1000) if stats.volume else 0
    return [
        opened_ms,
        *prices,
        eight(stats.volume),
        closed_ms - 1,
        eight(stats.quote_volume),
        count,
        eight(stats.volume // 2),
        eight(stats.quote_volume // 2),
        "0",
    ]


def eight(units: int) -> str:
    """A number of 10**-8 with eight decimals."""
    return f"{units // 100_000_000}.{units % 100_000_000:08d}"


def average_price(world: World, request: Request) -> Any:
    """The mean of the last five minutes' closes."""
    track = listed_one(world, request)
    now = request.now_ms
    ticks = [track.ticks(instant) for instant in range(now - 4 * 60_000, now + 1, 60_000)]
    known = [value for value in ticks if value is not None]
    mean = divide(Decimal(sum(known)), Decimal(len(known) or 1)).scaleb(-track.tick_decimals)
    return {"mins": 5, "price": amount(mean.quantize(SATOSHI)), "closeTime": now}


def listed_one(world: World, request: Request) -> Track:
    """The one trading symbol of a request."""
    request.required("symbol")
    return listed(world, request, trading_only=True)[0]


def system_status(_world: World, _request: Request) -> Any:
    """Always normal; maintenance is a fault."""
    return {"status": 0, "msg": "normal"}
