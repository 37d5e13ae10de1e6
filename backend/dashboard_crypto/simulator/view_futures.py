"""USDⓈ-M and COIN-M futures: what stands in the wallets and where it came from. There are no positions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import SATOSHI, Entry
from dashboard_crypto.simulator.errors import refused_key
from dashboard_crypto.simulator.history import Row, Rule, chosen, span
from dashboard_crypto.simulator.market import divide
from dashboard_crypto.simulator.view_asset import transfer_id
from dashboard_crypto.simulator.world import Request, World, amount

UM_INCOME = Rule(default_days=7, months=3)
CM_INCOME = Rule(default_days=7, most_days=366)
UM_COINS = ("USDT", "USDC", "BTC", "ETH", "BNB", "FDUSD", "BNFCR")
CM_COINS = ("BTC", "ETH", "BNB", "SOL", "XRP")
ZERO = Decimal(0)
NOTHING = "0.00000000"
USED_UP = {"maintMargin": NOTHING, "initialMargin": NOTHING}
NO_ORDERS = {"positionInitialMargin": NOTHING, "openOrderInitialMargin": NOTHING}


def is_open(world: World, now_ms: int) -> bool:
    """Whether the account ever used futures."""
    return not {"um_futures", "cm_futures"}.isdisjoint(world.ledger.wallets(now_ms))


def contents(world: World, request: Request, wallet: str, coins: tuple[str, ...]) -> dict[str, Decimal]:
    """The wallet, zero rows of the usual coins included; -2015 for an account without futures."""
    if not is_open(world, request.now_ms):
        raise refused_key()
    return dict.fromkeys(coins, ZERO) | world.wallet(wallet, request.now_ms)


def updated_ms(world: World, wallet: str, now_ms: int) -> int:
    """When a wallet last changed."""
    touching = world.ledger.touching(wallet, now_ms)
    return touching[-1].at_ms if touching else 0


def available(world: World, quantities: Mapping[str, Decimal], now_ms: int) -> dict[str, str]:
    """What could be taken out. In multi-assets mode all coins back each other: it is not what one owns."""
    if not world.scenario.multi_assets:
        return {asset: amount(quantity) for asset, quantity in quantities.items()}
    worth = world.usd_value(quantities, now_ms)
    prices = {asset: world.market.usd_price(asset, now_ms) for asset in quantities}
    shares = {asset: divide(worth, price).quantize(SATOSHI) if price else ZERO for asset, price in prices.items()}
    return {asset: amount(share) for asset, share in shares.items()}


def um_account(world: World, request: Request) -> Any:
    """GET /fapi/v3/account. Totals count USDT only, or all coins in USD in multi-assets mode."""
    now, wallet = request.now_ms, contents(world, request, "um_futures", UM_COINS)
    free, updated = available(world, wallet, now), updated_ms(world, "um_futures", now)
    total = amount((world.usd_value(wallet, now) if world.scenario.multi_assets else wallet["USDT"]).quantize(SATOSHI))
    return {
        "totalInitialMargin": NOTHING,
        "totalMaintMargin": NOTHING,
        "totalWalletBalance": total,
        "totalUnrealizedProfit": NOTHING,
        "totalMarginBalance": total,
        "totalPositionInitialMargin": NOTHING,
        "totalOpenOrderInitialMargin": NOTHING,
        "totalCrossWalletBalance": total,
        "totalCrossUnPnl": NOTHING,
        "availableBalance": total,
        "maxWithdrawAmount": total,
        "assets": [account_asset(asset, held, free[asset], updated) for asset, held in wallet.items()],
        "positions": [],
    }


def um_account_v2(world: World, request: Request) -> Any:
    """GET /fapi/v2/account: the same with what the account may do."""
    answer = um_account(world, request)
    flags = {
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "multiAssetsMargin": world.scenario.multi_assets,
    }
    for row in answer["assets"]:
        row["marginAvailable"] = True
    return {"feeTier": 0, **flags, "tradeGroupId": -1, "updateTime": 0, **answer}


def account_asset(asset: str, held: Decimal, free: str, updated: int) -> Row:
    """One asset of a futures wallet; nothing is unrealised without positions."""
    return {
        "asset": asset,
        "walletBalance": amount(held),
        "unrealizedProfit": NOTHING,
        "marginBalance": amount(held),
        **USED_UP,
        **NO_ORDERS,
        "crossWalletBalance": amount(held),
        "crossUnPnl": NOTHING,
        "availableBalance": free,
        "maxWithdrawAmount": amount(held),
        "updateTime": updated if held else 0,
    }


def um_balance(world: World, request: Request) -> Any:
    """GET /fapi/v3/balance and v2."""
    now, wallet = request.now_ms, contents(world, request, "um_futures", UM_COINS)
    free, updated = available(world, wallet, now), updated_ms(world, "um_futures", now)
    return [
        balance_row(world, asset, held, free[asset])
        | {
            "maxWithdrawAmount": amount(held),
            "marginAvailable": True,
            "updateTime": updated if held else 0,
        }
        for asset, held in wallet.items()
    ]


def balance_row(world: World, asset: str, held: Decimal, free: str) -> Row:
    """What the balance lists of both kinds of futures share."""
    return {
        "accountAlias": world.hexadecimal("alias")[:6],
        "asset": asset,
        "balance": amount(held),
        "crossWalletBalance": amount(held),
        "crossUnPnl": NOTHING,
        "availableBalance": free,
    }


def cm_account(world: World, request: Request) -> Any:
    """GET /dapi/v1/account."""
    now, wallet = request.now_ms, contents(world, request, "cm_futures", CM_COINS)
    updated = updated_ms(world, "cm_futures", now)
    return {
        "assets": [account_asset(asset, held, amount(held), updated) for asset, held in wallet.items()],
        "positions": [],
        "canDeposit": True,
        "canTrade": True,
        "canWithdraw": True,
        "feeTier": 0,
        "updateTime": updated,
    }


def cm_balance(world: World, request: Request) -> Any:
    """GET /dapi/v1/balance."""
    now, wallet = request.now_ms, contents(world, request, "cm_futures", CM_COINS)
    updated = updated_ms(world, "cm_futures", now)
    return [
        balance_row(world, asset, held, amount(held))
        | {"withdrawAvailable": amount(held), "updateTime": updated if held else 0}
        for asset, held in wallet.items()
    ]


def um_income(world: World, request: Request) -> Any:
    """GET /fapi/v1/income: the last three months."""
    return income_rows(world, request, "um_futures", UM_INCOME)


def cm_income(world: World, request: Request) -> Any:
    """GET /dapi/v1/income: at most a year at once. Its numbers are texts."""
    rows = income_rows(world, request, "cm_futures", CM_INCOME)
    return [row | {"tranId": str(row["tranId"])} for row in rows]


def income_rows(world: World, request: Request, wallet: str, rule: Rule) -> list[Row]:
    """Every change of a futures wallet, transfers included. With a start the oldest come first to the limit,
    without one only the newest are given; always in order of time.
    """
    if not is_open(world, request.now_ms):
        raise refused_key()
    found = span(request, rule).of(world.ledger.touching(wallet, request.now_ms))[::-1]
    rows = [row for entry in found if (row := income_row(world, entry, wallet))["asset"]]
    rows = chosen(rows, request, "symbol", "incomeType")
    limit, page = request.limit(100, 1000), request.limit(1, 10**9, "page")
    if "startTime" in request.parameters or "page" in request.parameters:
        return rows[(page - 1) * limit : page * limit]
    return rows[-limit:]


def income_row(world: World, entry: Entry, wallet: str) -> Row:
    """One change of a futures wallet."""
    event = entry.event
    change = next((p for p in entry.postings if p.account == wallet and p.amount), None)
    is_transfer = event.kind == "transfer"
    number = transfer_id(world, entry) if is_transfer else world.number("income", event.number, digits=18)
    kind = "TRANSFER" if is_transfer else event.text("income_type", "REALIZED_PNL")
    return {
        "symbol": event.text("symbol"),
        "incomeType": kind,
        "income": amount(change.amount) if change else NOTHING,
        "asset": change.asset if change else "",
        "info": kind,
        "time": entry.at_ms,
        "tranId": number,
        "tradeId": "",
    }
