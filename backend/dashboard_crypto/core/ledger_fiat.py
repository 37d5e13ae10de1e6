"""Records of government money: bank orders, card payments, and person-to-person trades."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.model import FUNDING, SPOT
from dashboard_crypto.core.money import EXACT
from dashboard_crypto.core.movement import Context, Entry, Event, booked, unbooked, unless_done
from dashboard_crypto.core.record_fields import (
    Record,
    has_time,
    instant,
    optional_amount,
    optional_text,
    positive,
    text,
)

_FIAT_DONE = {"successful", "finished"}
_PAYMENT_DONE = {"completed"}
_UNDER_WAY = {"processing", "pending", "refunding"}


def fiat_deposit(record: Record, _: Context) -> Entry:
    """`amount` is what was credited; a fee that the bank side kept never reached the account."""
    event = _fiat_event(record, "fiat_deposit", ("updateTime", "createTime"))
    refused = _unless_done(event, record, _FIAT_DONE)
    if refused is not None:
        return refused
    currency = text(record, "fiatCurrency")
    return booked(
        event,
        event.leg("", "fiat_deposit", currency, positive(record, "amount"), SPOT),
        changed_ms=_changed(record),
    )


def fiat_withdrawal(record: Record, _: Context) -> Entry:
    """`amount` arrives outside, `totalFee` comes on top; both leave when the order is made."""
    event = _fiat_event(record, "fiat_withdrawal", ("createTime", "updateTime"))
    refused = _unless_done(event, record, _FIAT_DONE)
    if refused is not None:
        return refused
    currency = text(record, "fiatCurrency")
    return booked(
        event,
        event.leg("", "fiat_withdrawal", currency, -positive(record, "amount"), SPOT),
        event.leg("fee", "withdrawal_fee", currency, -optional_amount(record, "totalFee"), SPOT, is_fee=True),
        changed_ms=_changed(record),
    )


def fiat_buy(record: Record, _: Context) -> Entry:
    """Coins bought with money from outside are a flow; bought from the "Cash Balance" they are a conversion."""
    event = _payment_event(record, "fiat_buy")
    refused = _unless_done(event, record, _PAYMENT_DONE)
    if refused is not None:
        return refused
    coin, fiat = text(record, "cryptoCurrency"), text(record, "fiatCurrency")
    coins, money = positive(record, "obtainAmount"), positive(record, "sourceAmount")
    if not _is_cash_balance(record):
        return booked(event, event.leg("", "card_buy", coin, coins, SPOT), changed_ms=_changed(record))
    fee = optional_amount(record, "totalFee")
    spent = money if _is_fee_on_top(record, coins, money, fee) else EXACT.subtract(money, fee)
    return booked(
        event,
        event.leg("out", "convert", fiat, -spent, SPOT),
        event.leg("in", "convert", coin, coins, SPOT),
        event.leg("fee", "fee", fiat, -fee, SPOT, is_fee=True),
        changed_ms=_changed(record),
    )


def fiat_sell(record: Record, _: Context) -> Entry:
    """Coins sold for money outside; which of the two amounts is the coins is told by the price."""
    event = _payment_event(record, "fiat_sell")
    refused = _unless_done(event, record, _PAYMENT_DONE)
    if refused is not None:
        return refused
    coin, fiat = text(record, "cryptoCurrency"), text(record, "fiatCurrency")
    coins, money = _coins_and_money(record)
    if not _is_cash_balance(record):
        return booked(event, event.leg("", "card_sell", coin, -coins, SPOT), changed_ms=_changed(record))
    return booked(
        event,
        event.leg("out", "convert", coin, -coins, SPOT),
        event.leg("in", "convert", fiat, money, SPOT),
        changed_ms=_changed(record),
    )


def c2c(record: Record, _: Context) -> Entry:
    """A P2P order in the funding wallet: BUY is money in, SELL money out, only COMPLETED counts."""
    number = text(record, "orderNumber")
    event = Event("c2c", f"c2c:{number}", number, instant(record, "createTime"))
    status = text(record, "orderStatus").upper()
    if status != "COMPLETED":
        return unbooked(event, is_pending=not status.startswith("CANCEL"))
    coin, coins = text(record, "asset"), positive(record, "amount")
    is_taker = optional_text(record, "advertisementRole").upper() == "TAKER"
    fee = optional_amount(record, "takerCommission" if is_taker else "commission")
    fee_leg = event.leg("fee", "fee", coin, -abs(fee), FUNDING, is_fee=True)
    side = text(record, "tradeType").upper()
    if side == "BUY":
        return booked(event, event.leg("", "p2p_buy", coin, coins, FUNDING), fee_leg)
    if side == "SELL":
        return booked(event, event.leg("", "p2p_sell", coin, -coins, FUNDING), fee_leg)
    raise MalformedAnswer("tradeType is neither BUY nor SELL")


def _fiat_event(record: Record, source: str, times: tuple[str, str]) -> Event:
    number = text(record, "orderNo")
    return Event(source, f"fiat_order:{number}", number, instant(record, *times), optional_text(record, "method"))


def _payment_event(record: Record, source: str) -> Event:
    number = text(record, "orderNo")
    when = instant(record, "updateTime", "createTime")
    return Event(source, f"fiat_payment:{number}", number, when, optional_text(record, "paymentMethod"))


def _unless_done(event: Event, record: Record, done: set[str]) -> Entry | None:
    return unless_done(event, text(record, "status").lower(), done, _UNDER_WAY, changed_ms=_changed(record))


def _changed(record: Record) -> int:
    return instant(record, "updateTime") if has_time(record, "updateTime") else 0


def _is_cash_balance(record: Record) -> bool:
    return optional_text(record, "paymentMethod").replace(" ", "").lower() == "cashbalance"


def _is_fee_on_top(record: Record, coins: Decimal, money: Decimal, fee: Decimal) -> bool:
    cost = EXACT.multiply(coins, optional_amount(record, "price"))
    return cost > 0 and abs(cost - money) < abs(cost - (money - fee))


def _coins_and_money(record: Record) -> tuple[Decimal, Decimal]:
    source, obtained = positive(record, "sourceAmount"), positive(record, "obtainAmount")
    price = optional_amount(record, "price")
    if price <= 0:
        return source, obtained
    if_source, if_obtained = abs(source * price - obtained), abs(obtained * price - source)
    return (source, obtained) if if_source * source <= if_obtained * obtained else (obtained, source)
