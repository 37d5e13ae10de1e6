"""Cross and isolated margin: accounts net of debt, loans, interest, transfers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import SATOSHI, Entry
from dashboard_crypto.simulator.errors import invalid, no_margin_account
from dashboard_crypto.simulator.history import Row, Rule, chosen, row_page, span
from dashboard_crypto.simulator.market import divide
from dashboard_crypto.simulator.view_asset import transfer_id
from dashboard_crypto.simulator.wallets import ISOLATED, family, isolated_symbol
from dashboard_crypto.simulator.world import Request, World, amount

ZERO = Decimal(0)
INTEREST = Rule(default_days=7, most_days=30, months=3)
LOANS_OF_ASSET = Rule(default_days=7, most_days=30)
LOANS = Rule(default_days=7, most_days=7)
TRANSFERS = Rule(default_days=7, most_days=30)
UNENDING = "999.00000000"
ACCOUNT_NAMES = {"spot": "SPOT", "funding": "FUNDING", "um_futures": "USDM_FUTURES", "cm_futures": "COINM_FUTURES"}
Quantities = Mapping[str, Decimal]


def has_cross(world: World, now_ms: int) -> bool:
    """Whether the cross-margin wallet was ever used."""
    return "margin" in world.ledger.wallets(now_ms)


def isolated_wallets(world: World, now_ms: int) -> list[str]:
    """Every isolated wallet ever used."""
    return sorted(name for name in world.ledger.wallets(now_ms) if name.startswith(ISOLATED))


def margin_account(world: World, request: Request) -> Any:
    """The cross-margin wallet: every asset, debts beside it, totals in BTC."""
    now = request.now_ms
    if not has_cross(world, now):
        raise no_margin_account()
    own, debt, interest = (world.wallet(name, now) for name in ("margin", "margin_debt", "margin_interest"))
    names = sorted(set(world.market.assets) | set(own) | set(debt) | set(interest))
    worth = world.in_quote(own, "BTC", now)
    owed = -(world.in_quote(debt, "BTC", now) + world.in_quote(interest, "BTC", now))
    dollars = amount(world.in_quote(own, "USDT", now))
    level = amount(divide(worth, owed).quantize(SATOSHI)) if owed else UNENDING
    return {
        "created": True,
        "borrowEnabled": True,
        "marginLevel": level,
        "collateralMarginLevel": level,
        "totalAssetOfBtc": amount(worth),
        "totalLiabilityOfBtc": amount(owed),
        "totalNetAssetOfBtc": amount(worth - owed),
        "TotalCollateralValueInUSDT": dollars,
        "totalCollateralValueInUSDT": dollars,
        "totalOpenOrderLossInUSDT": "0.00000000",
        "tradeEnabled": True,
        "transferInEnabled": True,
        "transferOutEnabled": True,
        "transferEnabled": True,
        "accountType": "MARGIN_1",
        "userAssets": [margin_asset(name, own, debt, interest) for name in names],
    }


def margin_asset(asset: str, own: Quantities, debt: Quantities, interest: Quantities) -> Row:
    """One asset; `netAsset` may be negative."""
    free, borrowed, accrued = own.get(asset, ZERO), -debt.get(asset, ZERO), -interest.get(asset, ZERO)
    return {
        "asset": asset,
        "borrowed": amount(borrowed),
        "free": amount(free),
        "interest": amount(accrued),
        "locked": "0.00000000",
        "netAsset": amount(free - borrowed - accrued),
    }


def isolated_account(world: World, request: Request) -> Any:
    """Every isolated wallet (or up to five named `symbols`); nothing can be borrowed here."""
    now, opened = request.now_ms, isolated_wallets(world, request.now_ms)
    if not opened and not has_cross(world, now):
        raise no_margin_account()
    asked = [symbol for symbol in request.text("symbols").split(",") if symbol]
    if len(asked) > 5:
        raise invalid("symbols")
    wallets = [name for name in opened if not asked or isolated_symbol(name) in asked]
    total = sum((world.in_quote(world.wallet(name, now), "BTC", now) for name in wallets), ZERO)
    totals = {
        "totalAssetOfBtc": amount(total),
        "totalLiabilityOfBtc": "0.00000000",
        "totalNetAssetOfBtc": amount(total),
    }
    return {"assets": [isolated_row(world, name, now) for name in wallets]} | ({} if asked else totals)


def isolated_row(world: World, wallet: str, now_ms: int) -> Row:
    """One isolated wallet."""
    symbol, contents = isolated_symbol(wallet), world.wallet(wallet, now_ms)
    track = world.market.tracks[symbol]
    price = track.price(now_ms) or ZERO
    return {
        "baseAsset": isolated_asset(world, track.base, contents, now_ms),
        "quoteAsset": isolated_asset(world, track.quote, contents, now_ms),
        "symbol": symbol,
        "isolatedCreated": True,
        "enabled": True,
        "marginLevel": UNENDING,
        "marginLevelStatus": "EXCESSIVE",
        "marginRatio": "10.00000000",
        "indexPrice": amount(price),
        "liquidatePrice": "0.00000000",
        "liquidateRate": "0.00000000",
        "tradeEnabled": True,
    }


def isolated_asset(world: World, asset: str, contents: Quantities, now_ms: int) -> Row:
    """One side of an isolated wallet."""
    quantity = contents.get(asset, ZERO)
    return {
        "asset": asset,
        "borrowEnabled": True,
        "borrowed": "0.00000000",
        "free": amount(quantity),
        "interest": "0.00000000",
        "locked": "0.00000000",
        "netAsset": amount(quantity),
        "netAssetOfBtc": amount(world.in_quote({asset: quantity}, "BTC", now_ms)),
        "repayEnabled": True,
        "totalAsset": amount(quantity),
    }


def interest_history(world: World, request: Request) -> Any:
    """Interest of the last three months, 30 days at most, newest first."""
    found = span(request, INTEREST).of(world.ledger.of_kinds("margin_interest"))
    rows = [interest_row(world, entry) for entry in found if not request.text("isolatedSymbol")]
    return row_page(chosen(rows, request, "asset"), request)


def interest_row(world: World, entry: Entry) -> Row:
    """One hour's interest, with the debt it was charged on."""
    asset, charged = entry.event.text("asset"), entry.event.decimal("amount")
    principal = debt_before(world, asset, entry.at_ms)
    return {
        "txId": world.number("interest", entry.event.number, digits=19),
        "interestAccuredTime": entry.at_ms,
        "asset": asset,
        "rawAsset": asset,
        "principal": amount(principal),
        "interest": amount(charged),
        "interestRate": amount(divide(charged, principal).quantize(SATOSHI)) if principal else "0.00000000",
        "type": "PERIODIC",
        "isolatedSymbol": "",
    }


def debt_before(world: World, asset: str, at_ms: int) -> Decimal:
    """How much of an asset was borrowed just before an instant."""
    loans = world.ledger.touching("margin_debt", at_ms - 1)
    changes = (p.amount for loan in loans for p in loan.postings if (p.account, p.asset) == ("margin_debt", asset))
    return -sum(changes, ZERO)


def loan_history(world: World, request: Request) -> Any:
    """What was borrowed or paid back (`type`): 30 days of one asset, or 7 days of all."""
    kinds = {"BORROW": "margin_borrow", "REPAY": "margin_repay"}
    wanted = request.required("type")
    if wanted not in kinds:
        raise invalid("type")
    window = span(request, LOANS_OF_ASSET if request.text("asset") else LOANS)
    found = window.of(world.ledger.of_kinds(kinds[wanted]))
    rows = [loan_row(world, entry, wanted) for entry in found if not request.text("isolatedSymbol")]
    return row_page(chosen(rows, request, "asset", "txId"), request)


def loan_row(world: World, entry: Entry, kind: str) -> Row:
    """One loan, or its repayment: interest first, then principal."""
    value = entry.event.decimal("amount")
    interest = sum((p.amount for p in entry.postings if p.account == "margin_interest"), ZERO)
    return {
        "type": kind,
        "isolatedSymbol": "",
        "amount": amount(value),
        "asset": entry.event.text("asset"),
        "interest": amount(interest),
        "principal": amount(value - interest),
        "status": "CONFIRMED",
        "timestamp": entry.at_ms,
        "txId": world.number("loan", entry.event.number, digits=11),
    }


def margin_transfers(world: World, request: Request) -> Any:
    """Transfers of the cross-margin wallet, or of the isolated one of `isolatedSymbol`."""
    symbol, wanted = request.text("isolatedSymbol"), request.text("type")
    wallet = f"{ISOLATED}{symbol}" if symbol else "margin"
    if wanted not in {"", "ROLL_IN", "ROLL_OUT"}:
        raise invalid("type")
    found = span(request, TRANSFERS).of(world.ledger.of_kinds("transfer"))
    touching = [entry for entry in found if wallet in {entry.event.text("from"), entry.event.text("to")}]
    rows = chosen((margin_transfer_row(world, entry, wallet) for entry in touching), request, "asset")
    return row_page([row for row in rows if wanted in {"", row["type"]}], request)


def margin_transfer_row(world: World, entry: Entry, wallet: str) -> Row:
    """One transfer as a margin wallet sees it."""
    source, target = entry.event.text("from"), entry.event.text("to")
    names = ACCOUNT_NAMES | {"margin": "CROSS_MARGIN", "isolated": "ISOLATED_MARGIN"}
    return {
        "amount": amount(entry.event.decimal("amount")),
        "asset": entry.event.text("asset"),
        "status": "CONFIRMED",
        "timestamp": entry.at_ms,
        "txId": transfer_id(world, entry),
        "type": "ROLL_IN" if target == wallet else "ROLL_OUT",
        "transFrom": names[family(source)],
        "transTo": names[family(target)],
        "fromSymbol": isolated_symbol(source),
        "toSymbol": isolated_symbol(target),
    }
