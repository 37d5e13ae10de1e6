"""Lists around the account: all coins, daily snapshots, announced delistings, staking tokens."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.errors import BinanceError, invalid
from dashboard_crypto.simulator.history import DAY_MS, Row, Rule, span
from dashboard_crypto.simulator.view_account import spot_balances
from dashboard_crypto.simulator.view_margin import margin_asset
from dashboard_crypto.simulator.view_wallet import NETWORKS
from dashboard_crypto.simulator.world import Request, World, amount

ZERO = Decimal(0)
NOTHING = "0.00000000"
ANNOUNCED_MS = 14 * DAY_MS
SNAPSHOT_DAYS = 30
LEGAL_MONEY = frozenset(
    ["EUR", "GBP", "AUD", "TRY", "BRL", "ARS", "COP", "MXN", "PLN", "RON", "CZK", "JPY", "ZAR", "UAH", "IDR", "USD"]
)


def all_coins(world: World, request: Request) -> Any:
    """GET /sapi/v1/capital/config/getall: every coin that is traded or held."""
    spot = spot_balances(world, request.now_ms)
    held = set(world.holdings(request.now_ms)) | set(spot)
    return [coin_row(coin, spot.get(coin, ZERO)) for coin in sorted(held | world.market.assets)]


def coin_row(coin: str, free: Decimal) -> Row:
    """One coin with its one network."""
    is_money = coin in LEGAL_MONEY
    return {
        "coin": coin,
        "depositAllEnable": True,
        "withdrawAllEnable": True,
        "name": coin,
        "free": amount(free),
        "locked": "0",
        "freeze": "0",
        "withdrawing": "0",
        "ipoing": "0",
        "ipoable": "0",
        "storage": "0",
        "isLegalMoney": is_money,
        "trading": not is_money,
        "networkList": [] if is_money else [network_row(coin)],
    }


def network_row(coin: str) -> Row:
    """The network of a coin."""
    network = NETWORKS.get(coin, "ETH")
    return {
        "network": network,
        "coin": coin,
        "withdrawIntegerMultiple": "0.00000001",
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "name": network,
        "resetAddressStatus": False,
        "addressRegex": "^.+$",
        "memoRegex": "",
        "withdrawFee": "0.0005",
        "withdrawMin": "0.001",
        "withdrawMax": "9999999",
        "minConfirm": 1,
        "unLockConfirm": 0,
        "sameAddress": False,
        "withdrawTag": False,
        "estimatedArrivalTime": 5,
        "busy": False,
    }


def account_snapshot(world: World, request: Request) -> Any:
    """GET /sapi/v1/accountSnapshot: the ends of the last 7 to 30 days, oldest first, one month back at most."""
    kind, limit = request.required("type"), request.integer("limit")
    makers: dict[str, Callable[[World, int], Row]] = {"SPOT": spot_day, "MARGIN": margin_day, "FUTURES": futures_day}
    if kind not in makers:
        raise invalid("type")
    if limit is not None and not 7 <= limit <= 30:
        raise invalid("limit")
    rule = Rule(default_days=SNAPSHOT_DAYS, most_days=SNAPSHOT_DAYS, months=1, refusal=too_long)
    window = span(request, rule)
    first, last = window.since_ms // DAY_MS, window.until_ms // DAY_MS
    ends = [end for day in range(first, last + 1) if window.holds(end := (day + 1) * DAY_MS - 1000)]
    opened = [end for end in ends if end >= world.scenario.opened_at_ms][-(limit or 7) :]
    days = [{"type": kind.lower(), "updateTime": end, "data": makers[kind](world, end)} for end in opened]
    return {"code": 200, "msg": "", "snapshotVos": days}


def too_long() -> BinanceError:
    """The month has an end."""
    return BinanceError(400, -1127, "The query time period must be less than 30 days.")


def spot_day(world: World, end_ms: int) -> Row:
    """The spot wallet at the end of a day, receipts included, worth what it is without them."""
    balances = [
        {"asset": asset, "free": amount(quantity), "locked": NOTHING}
        for asset, quantity in spot_balances(world, end_ms).items()
    ]
    worth = world.in_quote(world.wallet("spot", end_ms), "BTC", end_ms)
    return {"totalAssetOfBtc": amount(worth), "balances": balances}


def margin_day(world: World, end_ms: int) -> Row:
    """The cross-margin wallet at the end of a day."""
    own, debt, interest = (world.wallet(name, end_ms) for name in ("margin", "margin_debt", "margin_interest"))
    worth = world.in_quote(own, "BTC", end_ms)
    owed = -(world.in_quote(debt, "BTC", end_ms) + world.in_quote(interest, "BTC", end_ms))
    return {
        "marginLevel": amount(worth / owed) if owed else "999.00000000",
        "totalAssetOfBtc": amount(worth),
        "totalLiabilityOfBtc": amount(owed),
        "totalNetAssetOfBtc": amount(worth - owed),
        "userAssets": [margin_asset(name, own, debt, interest) for name in sorted({*own, *debt, *interest})],
    }


def futures_day(world: World, end_ms: int) -> Row:
    """The USDⓈ-M wallet at the end of a day."""
    wallet = world.wallet("um_futures", end_ms)
    rows = [{"asset": asset, "marginBalance": amount(q), "walletBalance": amount(q)} for asset, q in wallet.items()]
    return {"assets": rows, "position": []}


def delist_schedule(world: World, request: Request) -> Any:
    """Delistings of the scenario, announced two weeks ahead."""
    now = request.now_ms
    coming = [(at_ms, names) for at_ms, names in world.ledger.delistings if now < at_ms <= now + ANNOUNCED_MS and names]
    return [{"delistTime": at_ms, "symbols": list(names)} for at_ms, names in coming]


def eth_staking(world: World, request: Request) -> Any:
    """WBETH and BETH held anywhere. Their worth in ETH is not told apart: one counts as one."""
    held = world.holdings(request.now_ms)
    wbeth, beth = held.get("WBETH", ZERO), held.get("BETH", ZERO)
    return {
        "holdingInETH": amount(wbeth + beth),
        "holdings": {"wbethAmount": amount(wbeth), "bethAmount": amount(beth)},
        "thirtyDaysProfitInETH": NOTHING,
        "profit": {"amountFromWBETH": NOTHING, "amountFromBETH": NOTHING},
    }


def sol_staking(world: World, request: Request) -> Any:
    """BNSOL held anywhere; one counts as one SOL."""
    held = amount(world.holdings(request.now_ms).get("BNSOL", ZERO))
    return {"bnsolAmount": held, "holdingInSOL": held, "thirtyDaysProfitInSOL": NOTHING}
