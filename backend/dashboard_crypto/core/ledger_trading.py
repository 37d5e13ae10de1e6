"""Records of exchanges inside the account and of what trading costs or pays: trades, convert, dust, margin, futures."""

from __future__ import annotations

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.model import FUNDING, SPOT
from dashboard_crypto.core.money import plain
from dashboard_crypto.core.movement import (
    CM_FUTURES,
    MARGIN,
    OPTIONS,
    PORTFOLIO_MARGIN,
    UM_FUTURES,
    Context,
    Entry,
    Event,
    Kind,
    booked,
    isolated,
    unbooked,
    unless_done,
)
from dashboard_crypto.core.record_fields import (
    Record,
    amount,
    instant,
    optional_amount,
    optional_text,
    positive,
    spot_or_funding,
    text,
)

_ENDPOINTS = {
    "MAIN": SPOT,
    "FUNDING": FUNDING,
    "MARGIN": MARGIN,
    "ISOLATEDMARGIN": "isolated",
    "ISOLATED_MARGIN": "isolated",
    "UMFUTURE": UM_FUTURES,
    "CMFUTURE": CM_FUTURES,
    "OPTION": OPTIONS,
    "PORTFOLIO_MARGIN": PORTFOLIO_MARGIN,
}
_TRANSFER_ECHOES = {"TRANSFER", "INTERNAL_TRANSFER", "STRATEGY_UMFUTURES_TRANSFER", "CROSS_COLLATERAL_TRANSFER"}
_SWAPS = {"COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "AUTO_EXCHANGE"}
_FEES = {"COMMISSION", "POSITION_LIMIT_INCREASE_FEE"}
_REBATE_WORDS = ("rebate", "referral", "commission", "kickback")
_STAKING_WORDS = ("staking", "beth", "bnsol")
_EARN_WORDS = ("flexible", "locked", "earn", "saving")


def trade(record: Record, context: Context) -> Entry:
    """One fill. The fee is its own leg, since it may be in a third asset (BNB)."""
    symbol, number = text(record, "symbol"), text(record, "id")
    event = Event("trade", f"trade:{symbol}:{number}", number, instant(record, "time"))
    if symbol not in context.pairs:
        raise MalformedAnswer(f"a trade of the unknown pair {symbol[:20]}")
    base, quote = context.pairs[symbol]
    bought, paid = positive(record, "qty"), positive(record, "quoteQty")
    if not _is_true(record, "isBuyer"):
        bought, paid = -bought, -paid
    wallet = _trade_wallet(record)
    legs = [event.leg("base", "trade", base, bought, wallet), event.leg("quote", "trade", quote, -paid, wallet)]
    fee = optional_amount(record, "commission")
    if fee:
        legs.append(event.leg("fee", "fee", text(record, "commissionAsset"), -fee, wallet, is_fee=True))
    return booked(event, *legs)


def convert(record: Record, _: Context) -> Entry:
    """Binance Convert; needs no trading pair to exist. Only SUCCESS counts."""
    number = text(record, "orderId")
    event = Event("convert", f"convert:{number}", number, instant(record, "createTime"))
    refused = unless_done(event, text(record, "orderStatus").upper(), {"SUCCESS"}, {"PROCESS", "ACCEPT_SUCCESS"})
    if refused is not None:
        return refused
    wallet = spot_or_funding(record, "walletType")
    return booked(
        event,
        event.leg("out", "convert", text(record, "fromAsset"), -positive(record, "fromAmount"), wallet),
        event.leg("in", "convert", text(record, "toAsset"), positive(record, "toAmount"), wallet),
    )


def dust(record: Record, _: Context) -> Entry:
    """Small balances turned into BNB. `transferedAmount` is already net of the service charge."""
    number = text(record, "transId")
    event = Event("dust", f"dust:{number}", number, instant(record, "operateTime"))
    legs = []
    for row in record.get("userAssetDribbletDetails") or ():
        name, target = text(row, "fromAsset"), optional_text(row, "targetAsset") or "BNB"
        legs.append(event.leg(f"out:{name}", "dust", name, -positive(row, "amount"), SPOT))
        legs.append(event.leg(f"in:{name}", "dust", target, positive(row, "transferedAmount"), SPOT))
    return booked(event, *legs)


def dividend(record: Record, _: Context) -> Entry:
    """Anything Binance hands out: airdrops, launchpool, interest, rebates. Income, never a flow."""
    number, info = text(record, "id"), optional_text(record, "enInfo")
    event = Event("dividend", f"dividend:{number}", number, instant(record, "divTime"), reference=info)
    received = amount(record, "amount")
    if optional_text(record, "direction") in {"-1", "0"}:
        received = -abs(received)
    return booked(event, event.leg("in", _dividend_kind(info), text(record, "asset"), received, SPOT))


def rebate(record: Record, _: Context) -> Entry:
    """A spot commission rebate or referral kickback. The record has no id."""
    asset, when, kind = text(record, "asset"), instant(record, "updateTime"), optional_text(record, "type")
    paid = amount(record, "amount")
    event = Event("rebate", f"rebate:{asset}:{kind}:{when}:{plain(paid)}", "", when)
    return booked(event, event.leg("in", "rebate", asset, paid, SPOT))


def transfer(record: Record, _: Context) -> Entry:
    """Between two wallets of this account: never a flow while both are valued."""
    number, route = text(record, "tranId"), text(record, "type")
    event = Event("transfer", f"transfer:{route}:{number}", number, instant(record, "timestamp"), reference=route)
    refused = unless_done(event, text(record, "status").upper(), {"CONFIRMED"}, {"PENDING"})
    if refused is not None:
        return refused
    source, target = _route(route, record)
    coin, moved = text(record, "asset"), positive(record, "amount")
    return booked(
        event, event.leg("out", "transfer", coin, -moved, source), event.leg("in", "transfer", coin, moved, target)
    )


def margin_interest(record: Record, _: Context) -> Entry:
    """Interest adds to the debt, so it lowers the net asset of the margin wallet."""
    number = text(record, "txId")
    when = instant(record, "interestAccuredTime", "interestAccruedTime")
    event = Event("margin_interest", f"margin_interest:{number}", number, when)
    owed = positive(record, "interest")
    return booked(event, event.leg("out", "interest", text(record, "asset"), -owed, _margin(record), is_fee=True))


def margin_loan(record: Record, _: Context) -> Entry:
    """Borrowing or repaying changes free coins and debt alike: two legs that cancel, never a deposit."""
    number, kind = text(record, "txId"), text(record, "type").upper()
    event = Event("margin_loan", f"margin_loan:{kind}:{number}", number, instant(record, "timestamp"), reference=kind)
    refused = unless_done(event, text(record, "status").upper(), {"CONFIRMED"}, {"PENDING"})
    if refused is not None:
        return refused
    coin, wallet = text(record, "asset"), _margin(record)
    moved = positive(record, "amount") if kind == "BORROW" else -positive(record, "amount")
    return booked(
        event, event.leg("coins", "loan", coin, moved, wallet), event.leg("debt", "loan", coin, -moved, wallet)
    )


def um_income(record: Record, _: Context) -> Entry:
    """A change of a USDⓈ-M futures wallet. Transfers are left to the transfer records, or they would count twice."""
    return _income(record, "um_income", UM_FUTURES)


def cm_income(record: Record, _: Context) -> Entry:
    """A change of a COIN-M futures wallet."""
    return _income(record, "cm_income", CM_FUTURES)


def _income(record: Record, source: str, wallet: str) -> Entry:
    kind, number = text(record, "incomeType").upper(), text(record, "tranId")
    symbol = optional_text(record, "symbol")
    event = Event(source, f"{source}:{kind}:{number}:{symbol}", number, instant(record, "time"), reference=kind)
    if kind in _TRANSFER_ECHOES:
        return unbooked(event, is_pending=False)
    booked_as: Kind = "swap" if kind in _SWAPS else "fee" if kind in _FEES else "futures_income"
    change = event.leg(
        "change", booked_as, text(record, "asset"), amount(record, "income"), wallet, is_fee=kind in _FEES
    )
    return booked(event, change)


def _is_true(record: Record, name: str) -> bool:
    value = record.get(name)
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return bool(value == "true")
    raise MalformedAnswer(f"{name} is neither true nor false")


def _trade_wallet(record: Record) -> str:
    if str(record.get("isIsolated", "")).lower() == "true":
        return isolated(text(record, "symbol"))
    return MARGIN if "isIsolated" in record else SPOT


def _dividend_kind(info: str) -> Kind:
    words = info.lower()
    if any(word in words for word in _REBATE_WORDS):
        return "rebate"
    if any(word in words for word in _STAKING_WORDS):
        return "staking_reward"
    return "earn_reward" if any(word in words for word in _EARN_WORDS) else "dividend"


def _margin(record: Record) -> str:
    symbol = optional_text(record, "isolatedSymbol")
    return isolated(symbol) if symbol else MARGIN


def _route(route: str, record: Record) -> tuple[str, str]:
    for name, wallet in _ENDPOINTS.items():
        rest = route.removeprefix(f"{name}_")
        if rest != route and rest in _ENDPOINTS:
            source = isolated(optional_text(record, "fromSymbol")) if wallet == "isolated" else wallet
            target = _ENDPOINTS[rest]
            return source, isolated(optional_text(record, "toSymbol")) if target == "isolated" else target
    raise MalformedAnswer(f"an unknown kind of transfer: {route[:40]}")
