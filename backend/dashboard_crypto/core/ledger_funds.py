"""Records of coins that cross the account's boundary: deposits, withdrawals, Pay, sub-accounts."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.model import EARN_FLEXIBLE, FUNDING, SPOT
from dashboard_crypto.core.money import ZERO
from dashboard_crypto.core.movement import (
    CM_FUTURES,
    ELSEWHERE,
    MARGIN,
    OPTIONS,
    UM_FUTURES,
    Context,
    Entry,
    Event,
    Kind,
    Movement,
    booked,
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
    utc_instant,
)

_DEPOSIT_FINALITY = {0: 0, 8: 0, 7: 1, 2: 2, 6: 3, 1: 4}
_CREDITED = {1, 6}
_DEPOSIT_VOID = {2, 7}
_WITHDRAWAL_FINALITY = {0: 0, 2: 1, 4: 2, 1: 3, 3: 3, 5: 3, 6: 4}
_DEBITED = {2, 4, 6}
_WITHDRAWAL_VOID = {1, 3, 5}
_MOVED = {"SUCCESS", "CONFIRMED"}
_MOVING = {"PENDING", "PROCESS", "INIT"}
_SUB_ACCOUNT_WALLETS = {
    "SPOT": SPOT,
    "MARGIN": MARGIN,
    "ISOLATED_MARGIN": ELSEWHERE,
    "USDT_FUTURE": UM_FUTURES,
    "COIN_FUTURE": CM_FUTURES,
    "FUNDING": FUNDING,
    "OPTION": OPTIONS,
}
_PAY_WALLETS = {"1": FUNDING, "2": SPOT, "5": EARN_FLEXIBLE}


def deposit(record: Record, _: Context) -> Entry:
    """Counts with status 1 and 6 (credited, not yet withdrawable), at the credit's time where it is told."""
    status = int(text(record, "status"))
    coin = text(record, "coin")
    external_id = optional_text(record, "id") or _fingerprint(record, ("coin", "txId", "address", "insertTime"))
    when = utc_instant(record, "completeTime", "insertTime")
    event = Event("deposit", f"deposit:{external_id}", external_id, when, optional_text(record, "txId"))
    finality = _DEPOSIT_FINALITY.get(status, 0)
    if status not in _CREDITED:
        return unbooked(event, is_pending=status not in _DEPOSIT_VOID, finality=finality)
    wallet = spot_or_funding(record, "walletType")
    return booked(event, event.leg("", "deposit", coin, positive(record, "amount"), wallet), finality=finality)


def withdrawal(record: Record, _: Context) -> Entry:
    """Leaves the balance when applied for (UTC text). The flow is what arrives outside; the fee comes on top."""
    status = int(text(record, "status"))
    external_id = optional_text(record, "id") or _fingerprint(record, ("coin", "txId", "address", "applyTime"))
    event = Event(
        "withdrawal",
        f"withdrawal:{external_id}",
        external_id,
        utc_instant(record, "applyTime"),
        optional_text(record, "txId"),
    )
    finality = _WITHDRAWAL_FINALITY.get(status, 0)
    if status not in _DEBITED:
        return unbooked(event, is_pending=status not in _WITHDRAWAL_VOID, finality=finality)
    coin = text(record, "coin")
    wallet = spot_or_funding(record, "walletType")
    return booked(
        event,
        event.leg("", "withdrawal", coin, -positive(record, "amount"), wallet),
        event.leg("fee", "withdrawal_fee", coin, -optional_amount(record, "transactionFee"), wallet, is_fee=True),
        finality=finality,
    )


def pay(record: Record, context: Context) -> Entry:
    """Binance Pay. What was really debited is in `fundsDetail`, which may name other coins than the price's."""
    number = text(record, "transactionId")
    event = Event("pay", f"pay:{number}", number, instant(record, "transactionTime"))
    total = amount(record, "amount")
    is_out = _is_payer(record, context, total)
    wallet = _PAY_WALLETS.get(optional_text(record, "walletType"), FUNDING)
    paid = [(text(part, "currency"), abs(amount(part, "amount"))) for part in record.get("fundsDetail") or ()]
    if not paid or not is_out:
        paid = [(text(record, "currency"), abs(total))]
    if is_out:
        return booked(event, *(event.leg(str(n or ""), "pay_out", c, -a, wallet) for n, (c, a) in enumerate(paid)))
    return booked(event, *(event.leg(str(n or ""), "pay_in", c, a, wallet) for n, (c, a) in enumerate(paid)))


def sub_transfer(record: Record, context: Context) -> Entry:
    """A transfer among master and sub-accounts, seen by the owner of `context.own_email` (empty: the master)."""
    number = text(record, "tranId")
    sender, receiver = optional_text(record, "fromEmail"), optional_text(record, "toEmail")
    mine = {"", context.own_email}
    other = receiver if sender in mine else sender
    when = instant(record, "createTimeStamp", "time")
    event = Event("sub_transfer", f"sub_transfer:{number}", number, when, counterparty=other)
    refused = unless_done(event, text(record, "status").upper(), _MOVED, _MOVING)
    if refused is not None:
        return refused
    coin, moved = text(record, "asset"), positive(record, "amount")
    legs: list[Movement] = []
    is_own = sender in mine and receiver in mine
    if sender in mine:
        wallet = _sub_account_wallet(record, "fromAccountType")
        kind: Kind = "transfer" if is_own else "sub_transfer_out"
        legs.append(event.leg("out" if is_own else "", kind, coin, -moved, wallet))
    if receiver in mine:
        wallet = _sub_account_wallet(record, "toAccountType")
        kind = "transfer" if is_own else "sub_transfer_in"
        legs.append(event.leg("in" if is_own else "", kind, coin, moved, wallet))
    return booked(event, *legs)


def sub_history(record: Record, _: Context) -> Entry:
    """The same seen by a sub-account: type 1 is money in, 2 money out."""
    number = text(record, "tranId")
    event = Event(
        "sub_history",
        f"sub_transfer:{number}",
        number,
        instant(record, "time"),
        counterparty=optional_text(record, "counterParty", "email"),
    )
    refused = unless_done(event, text(record, "status").upper(), _MOVED, _MOVING)
    if refused is not None:
        return refused
    coin, moved, direction = text(record, "asset"), positive(record, "qty"), text(record, "type")
    if direction == "1":
        wallet = _sub_account_wallet(record, "toAccountType")
        return booked(event, event.leg("", "sub_transfer_in", coin, moved, wallet))
    if direction == "2":
        wallet = _sub_account_wallet(record, "fromAccountType")
        return booked(event, event.leg("", "sub_transfer_out", coin, -moved, wallet))
    raise MalformedAnswer("type is neither 1 nor 2")


def _sub_account_wallet(record: Record, name: str) -> str:
    return _SUB_ACCOUNT_WALLETS.get(optional_text(record, name).upper(), SPOT)


def _fingerprint(record: Record, names: tuple[str, ...]) -> str:
    """Identity of a record so old that it has no id. Live readings of deposits make the same one."""
    told = "\x1f".join(str(record.get(name, "")) for name in names)
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _is_payer(record: Record, context: Context, total: Decimal) -> bool:
    if total < ZERO:
        return True
    for side, answer in (("payerInfo", True), ("receiverInfo", False)):
        person = record.get(side) or {}
        ids = {optional_text(person, name) for name in ("binanceId", "accountId", "email")} - {""}
        if ids & (context.account_ids | ({context.own_email} - {""})):
            return answer
    return False
