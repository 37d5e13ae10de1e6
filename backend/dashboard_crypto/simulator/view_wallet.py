"""The wallet endpoints: key permissions, funding, user assets, wallet totals, deposits, withdrawals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.errors import too_wide
from dashboard_crypto.simulator.scenario import Event
from dashboard_crypto.simulator.view_account import spot_balances
from dashboard_crypto.simulator.wallets import IN_TRANSIT, family
from dashboard_crypto.simulator.world import Request, World, amount

DAY_MS = 86_400_000
HISTORY_SPAN_MS = 90 * DAY_MS
PENDING, CREDITED = 0, 1
PROCESSING, COMPLETED = 4, 6
WALLET_NAMES = (
    "Spot",
    "Funding",
    "Cross Margin",
    "Isolated Margin",
    "USDⓈ-M Futures",
    "COIN-M Futures",
    "Earn",
    "Options",
    "Trading Bots",
)
WALLET_OF = {"spot": "Spot", "funding": "Funding", "earn_flexible": "Earn", "earn_locked": "Earn"}
MARGIN_WALLET_OF = {
    "margin": "Cross Margin",
    "margin_debt": "Cross Margin",
    "margin_interest": "Cross Margin",
    "isolated": "Isolated Margin",
    "um_futures": "USDⓈ-M Futures",
    "cm_futures": "COIN-M Futures",
}
NETWORKS = {"BTC": "BTC", "ETH": "ETH", "BNB": "BSC", "SOL": "SOL", "XRP": "XRP", "USDT": "TRX", "USDC": "ETH"}


def api_restrictions(world: World, request: Request) -> Any:
    """What the key may do."""
    has = request.key.permissions if request.key else frozenset[str]()
    return {
        "ipRestrict": bool(request.key and request.key.ip_list),
        "createTime": world.scenario.opened_at_ms,
        "enableReading": "reading" in has,
        "enableWithdrawals": "withdrawals" in has,
        "enableInternalTransfer": "transfer" in has,
        "enableMargin": "margin" in has,
        "enableFutures": "futures" in has,
        "permitsUniversalTransfer": "universal_transfer" in has,
        "enableVanillaOptions": "options" in has,
        "enableFixApiTrade": False,
        "enableFixReadOnly": "reading" in has,
        "enableSpotAndMarginTrading": "trading" in has,
        "enablePortfolioMarginTrading": "portfolio_margin" in has,
    }


def account_info(world: World, request: Request) -> Any:
    """Which further wallets the account has opened."""
    opened = {family(name) for name in world.ledger.wallets(request.now_ms)}
    return {
        "vipLevel": 0,
        "isMarginEnabled": not opened.isdisjoint({"margin", "isolated"}),
        "isFutureEnabled": not opened.isdisjoint({"um_futures", "cm_futures"}),
        "isOptionsEnabled": False,
        "isPortfolioMarginRetailEnabled": world.scenario.portfolio_margin,
    }


def funding_asset(world: World, request: Request) -> Any:
    """The funding wallet, positive balances only."""
    wallet = chosen(world.wallet("funding", request.now_ms), request)
    return [asset_row(world, asset, quantity, request) for asset, quantity in wallet.items()]


def user_asset(world: World, request: Request) -> Any:
    """The spot wallet again, positive balances only, receipts included."""
    wallet = chosen(spot_balances(world, request.now_ms), request)
    return [asset_row(world, asset, quantity, request) | {"ipoable": "0"} for asset, quantity in wallet.items()]


def chosen(wallet: Mapping[str, Decimal], request: Request) -> dict[str, Decimal]:
    """A wallet, or the one asset of it that was asked for."""
    asset = request.text("asset")
    return {name: quantity for name, quantity in wallet.items() if not asset or name == asset}


def asset_row(world: World, asset: str, quantity: Decimal, request: Request) -> dict[str, Any]:
    """One asset with its value in BTC if that was asked for."""
    wanted = request.flag("needBtcValuation")
    valuation = world.in_quote({asset: quantity}, "BTC", request.now_ms) if wanted else Decimal(0)
    return {
        "asset": asset,
        "free": amount(quantity),
        "locked": "0",
        "freeze": "0",
        "withdrawing": "0",
        "btcValuation": amount(valuation) if wanted else "0",
    }


def wallet_balance(world: World, request: Request) -> Any:
    """What each wallet is worth in `quoteAsset` (BTC); receipts are not counted again under Spot."""
    now, quote = request.now_ms, request.text("quoteAsset", "BTC")
    detailed, contents = request.flag("needBalanceDetail"), wallet_contents(world, now)
    rows = []
    for name in WALLET_NAMES:
        assets = contents.get(name, {})
        row: dict[str, Any] = {
            "activate": name in contents,
            "balance": amount(world.in_quote(assets, quote, now)),
            "walletName": name,
        }
        if detailed:
            row["assetBalances"] = [
                asset_row(world, asset, quantity, request) | {"assetName": asset} for asset, quantity in assets.items()
            ]
        rows.append(row)
    return rows


def wallet_contents(world: World, now_ms: int) -> dict[str, dict[str, Decimal]]:
    """What stands in each wallet that is open, debts subtracted."""
    opened: dict[str, dict[str, Decimal]] = {"Spot": {}, "Funding": {}, "Earn": {}}
    for wallet in {*WALLET_OF, *world.ledger.wallets(now_ms)} - {IN_TRANSIT}:
        name = WALLET_OF.get(family(wallet)) or MARGIN_WALLET_OF[family(wallet)]
        total = opened.setdefault(name, {})
        for asset, quantity in world.wallet(wallet, now_ms).items():
            total[asset] = total.get(asset, Decimal(0)) + quantity
    return opened


def deposit_history(world: World, request: Request) -> Any:
    """Crypto deposits, newest first, less than 90 days at a time."""
    rows = [deposit_row(world, event, request.now_ms) for event in history(world, request, "deposit", "insert")]
    return page(rows, request)


def withdrawal_history(world: World, request: Request) -> Any:
    """Crypto withdrawals, newest first, less than 90 days at a time."""
    rows = [withdrawal_row(world, event, request.now_ms) for event in history(world, request, "withdrawal", "apply")]
    order = request.text("withdrawOrderId")
    ids = set(filter(None, request.text("idList").split(",")))
    rows = [row for row in rows if (not order or row["withdrawOrderId"] == order) and (not ids or row["id"] in ids)]
    return page(rows, request)


def history(world: World, request: Request, kind: str, _by: str) -> list[Event]:
    """Events of a kind that began inside the asked window, newest first."""
    now = request.now_ms
    start, end = request.integer("startTime"), request.integer("endTime")
    until = now if end is None else end
    since = until - HISTORY_SPAN_MS + 1 if start is None else start
    if until - since >= HISTORY_SPAN_MS:
        raise too_wide()
    listed = (entry.event for entry in world.ledger.of_kinds(kind) if not entry.event.fields.get("hidden"))
    events = [event for event in listed if event.at_ms <= min(now, until)]
    return sorted((event for event in events if event.at_ms >= since), key=lambda event: -event.at_ms)


def page(rows: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    """Filter by coin, status and txId, then cut by offset and limit."""
    coin, transaction, state = request.text("coin"), request.text("txId"), request.integer("status")
    offset, limit = request.integer("offset") or 0, request.limit(1000, 1000)
    found = [
        row
        for row in rows
        if (not coin or row["coin"] == coin)
        and (not transaction or row["txId"] == transaction)
        and (state is None or row["status"] == state)
    ]
    return found[offset : offset + limit]


def common_row(world: World, event: Event) -> dict[str, Any]:
    """What deposits and withdrawals share."""
    asset, internal = event.text("asset"), bool(event.fields.get("internal"))
    transaction = world.hexadecimal("tx", event.number)
    return {
        "amount": amount(event.decimal("amount")),
        "coin": asset,
        "network": event.text("network", NETWORKS.get(asset, "ETH")),
        "address": "0x" + world.hexadecimal("address", asset)[:40],
        "txId": f"Off-chain transfer {world.number('tx', event.number, digits=12)}" if internal else transaction,
        "transferType": int(internal),
        "walletType": int(event.text("wallet", "spot") == "funding"),
    }


def deposit_row(world: World, event: Event, now_ms: int) -> dict[str, Any]:
    """One deposit: pending until it is credited."""
    credited = event.effect_ms <= now_ms
    row = common_row(world, event) | {
        "id": str(world.number("deposit", event.number, digits=18)),
        "status": CREDITED if credited else PENDING,
        "addressTag": "",
        "insertTime": event.at_ms,
        "confirmTimes": "12/12" if credited else "3/12",
        "unlockConfirm": 12,
        "travelRuleStatus": 0,
    }
    return row | ({"completeTime": event.effect_ms} if credited else {})


def withdrawal_row(world: World, event: Event, now_ms: int) -> dict[str, Any]:
    """One withdrawal: processing until it is completed. Its times are UTC texts without a zone."""
    completed = event.completed_ms <= now_ms
    row = common_row(world, event) | {
        "id": world.hexadecimal("withdrawal", event.number)[:32],
        "transactionFee": amount(event.decimal("fee")),
        "status": COMPLETED if completed else PROCESSING,
        "applyTime": utc_text(event.at_ms),
        "withdrawOrderId": "",
        "info": "",
        "confirmNo": 12 if completed else 0,
        "txKey": "",
    }
    return row | ({"completeTime": utc_text(event.completed_ms)} if completed else {})


def utc_text(instant_ms: int) -> str:
    """`YYYY-MM-DD hh:mm:ss`."""
    return datetime.fromtimestamp(instant_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
