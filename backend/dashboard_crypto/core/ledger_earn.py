"""Records of Simple Earn and staking.

The principal of a product is a wallet of its own here (`earn_flexible`, `earn_locked`): subscribing moves coins, it
does not spend them. The `LD` receipts that flexible products leave in the spot wallet are not booked at all. Staking
swaps one coin for another (ETH for WBETH) and is booked as an exchange.

Records without an id (rewards, staking) are told apart by everything they say, the amount included: two rewards of one
moment are two, and nobody has seen such a record change.
"""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, FUNDING, SPOT, Redemption
from dashboard_crypto.core.money import EXACT, ZERO, plain
from dashboard_crypto.core.movement import IN_TRANSIT, Context, Entry, EntryState, Event, Movement, booked, unbooked
from dashboard_crypto.core.record_fields import (
    Record,
    has_time,
    instant,
    optional_amount,
    optional_text,
    positive,
    spot_or_funding,
    text,
)

_DONE = {"SUCCESS", "PAID", "COMPLETED", "CONFIRMED", "REDEEMED", "SUCCEED", ""}
_FAILED = {"FAILED", "FAIL", "FAILURE", "CANCELED", "CANCELLED", "REJECTED"}


def flexible_subscription(record: Record, _: Context) -> Entry:
    """Coins move from spot and/or funding into the product."""
    return _subscription(record, "flexible_subscription", EARN_FLEXIBLE)


def locked_subscription(record: Record, _: Context) -> Entry:
    """The same for a locked product; it leaves no receipt."""
    return _subscription(record, "locked_subscription", EARN_LOCKED)


def flexible_redemption(record: Record, _: Context) -> Entry:
    """Coins come back, sometimes a little more than principal and rewards: see `taxonomy.redemption_residues`."""
    number = text(record, "redeemId")
    event = Event("flexible_redemption", f"flexible_redemption:{number}", number, instant(record, "time"))
    refused = _unfinished(event, record)
    if refused is not None:
        return refused
    coin, moved = text(record, "asset"), positive(record, "amount")
    target = spot_or_funding(record, "destAccount")
    return booked(
        event,
        event.leg("out", "earn_redeem", coin, -moved, EARN_FLEXIBLE),
        event.leg("in", "earn_redeem", coin, moved, target),
    )


def locked_redemption(record: Record, _: Context) -> Entry:
    """Back at delivery. Redeeming early can cost rewards already paid: `lossAmount`."""
    number = f"{text(record, 'positionId')}:{text(record, 'redeemId')}"
    when = instant(record, "deliverDate", "time")
    event = Event("locked_redemption", f"locked_redemption:{number}", number, when)
    refused = _unfinished(event, record)
    if refused is not None:
        return refused
    coin, moved = text(record, "asset"), positive(record, "amount")
    return booked(
        event,
        event.leg("out", "earn_redeem", coin, -moved, EARN_LOCKED),
        event.leg("in", "earn_redeem", coin, moved, SPOT),
        event.leg("loss", "earn_loss", coin, -optional_amount(record, "lossAmount"), EARN_LOCKED, is_fee=True),
    )


def flexible_reward(record: Record, _: Context) -> Entry:
    """Real-time interest grows the position; bonus and older rewards are paid to spot. The record has no id."""
    asset, kind, when = text(record, "asset"), optional_text(record, "type").upper(), instant(record, "time")
    product, paid = optional_text(record, "projectId", "productId"), positive(record, "rewards")
    event = Event(
        "flexible_reward", f"flexible_reward:{product}:{asset}:{kind}:{when}:{plain(paid)}", "", when, reference=kind
    )
    wallet = EARN_FLEXIBLE if kind == "REALTIME" else SPOT
    return booked(event, event.leg("in", "earn_reward", asset, paid, wallet))


def locked_reward(record: Record, _: Context) -> Entry:
    """Rewards of locked products are paid to spot."""
    position, asset, when = optional_text(record, "positionId"), text(record, "asset"), instant(record, "time")
    kind, paid = optional_text(record, "type"), positive(record, "amount")
    key = f"locked_reward:{position}:{asset}:{kind}:{when}:{plain(paid)}"
    event = Event("locked_reward", key, position, when, reference=kind)
    return booked(event, event.leg("in", "earn_reward", asset, paid, SPOT))


def soft_staking_reward(record: Record, _: Context) -> Entry:
    """Soft staking leaves the principal in spot, so only its rewards are records."""
    asset, when = optional_text(record, "rewardAsset") or text(record, "asset"), instant(record, "time")
    held, paid = text(record, "asset"), positive(record, "rewards")
    event = Event("soft_staking_reward", f"soft_staking_reward:{held}:{asset}:{when}:{plain(paid)}", "", when)
    return booked(event, event.leg("in", "staking_reward", asset, paid, SPOT))


def boost_reward(record: Record, _: Context) -> Entry:
    """An extra token paid to holders of BNSOL."""
    asset, when, paid = text(record, "token"), instant(record, "time"), positive(record, "amount")
    event = Event("boost_reward", f"boost_reward:{asset}:{when}:{plain(paid)}", "", when)
    refused = _unfinished(event, record)
    return refused or booked(event, event.leg("in", "staking_reward", asset, paid, SPOT))


def eth_staking(record: Record, _: Context) -> Entry:
    """ETH becomes WBETH (or BETH)."""
    return _swap(record, "eth_staking", "asset", "amount", "distributeAsset", "distributeAmount")


def eth_redemption(record: Record, _: Context) -> Entry:
    """WBETH becomes ETH, days later; in between the ETH is owned but in transit."""
    return _swap(record, "eth_redemption", "asset", "amount", "distributeAsset", "distributeAmount")


def sol_staking(record: Record, _: Context) -> Entry:
    """SOL becomes BNSOL."""
    return _swap(record, "sol_staking", "asset", "amount", "distributeAsset", "distributeAmount")


def sol_redemption(record: Record, _: Context) -> Entry:
    """BNSOL becomes SOL, days later."""
    return _swap(record, "sol_redemption", "asset", "amount", "distributeAsset", "distributeAmount")


def redemption(source: str, record: Record) -> Redemption | None:
    """A record of a list of redemptions for a live reading; None if it failed. `source` names it as in the ledger."""
    state = _state(record)
    if state == "void":
        return None
    asked_ms, given, amount = instant(record, "time"), text(record, "asset"), positive(record, "amount")
    arrival_ms = instant(record, "arrivalTime") if has_time(record, "arrivalTime") else asked_ms
    # BFUSD and RWUSD name the same fields otherwise than staking does.
    comes = optional_amount(record, "distributeAmount") or optional_amount(record, "receiveAmount")
    return Redemption(
        key=_swap_key(source, given, asked_ms, amount),
        source=source,
        asked_ms=asked_ms,
        asset=text(record, "distributeAsset", "receiveAsset") if comes else given,
        quantity=comes or amount,
        arrival_ms=arrival_ms,
        is_pending=state == "pending",
        has_amount=bool(comes),
    )


def wbeth_wrap(record: Record, _: Context) -> Entry:
    """BETH to WBETH."""
    return _swap(record, "wbeth_wrap", "fromAsset", "fromAmount", "toAsset", "toAmount")


def wbeth_unwrap(record: Record, _: Context) -> Entry:
    """WBETH to BETH."""
    return _swap(record, "wbeth_unwrap", "fromAsset", "fromAmount", "toAsset", "toAmount")


def _subscription(record: Record, source: str, product_wallet: str) -> Entry:
    number = text(record, "purchaseId")
    event = Event(source, f"{source}:{number}", number, instant(record, "time"))
    refused = _unfinished(event, record)
    if refused is not None:
        return refused
    coin, moved = text(record, "asset"), positive(record, "amount")
    from_funding = _from_funding(record, moved)
    from_spot = EXACT.subtract(moved, from_funding)
    return booked(
        event,
        event.leg("spot", "earn_subscribe", coin, -from_spot, SPOT),
        event.leg("funding", "earn_subscribe", coin, -from_funding, FUNDING),
        event.leg("in", "earn_subscribe", coin, moved, product_wallet),
    )


def _from_funding(record: Record, moved: Decimal) -> Decimal:
    if record.get("amtFromFunding") not in (None, ""):
        return min(optional_amount(record, "amtFromFunding"), moved)
    return moved if spot_or_funding(record, "sourceAccount") == FUNDING else ZERO


def _swap(record: Record, source: str, given: str, given_amount: str, got: str, got_amount: str) -> Entry:  # noqa: PLR0917
    when, asset = instant(record, "time"), text(record, given)
    event = Event(source, _swap_key(source, asset, when, positive(record, given_amount)), "", when)
    refused = _unfinished(event, record)
    arrival = instant(record, "arrivalTime") if has_time(record, "arrivalTime") else when
    if refused is not None and not (refused.state == "pending" and arrival > when):
        return refused
    legs = [event.leg("out", "stake", asset, -positive(record, given_amount), SPOT)]
    legs += _arrival(event, text(record, got), positive(record, got_amount), arrival)
    return booked(event, *legs)


def _swap_key(source: str, asset: str, when_ms: int, given: Decimal) -> str:
    return f"{source}:{asset}:{when_ms}:{plain(given)}"


def _arrival(event: Event, asset: str, received: Decimal, arrival_ms: int) -> list[Movement]:
    if arrival_ms <= event.instant_ms:
        return [event.leg("in", "stake", asset, received, SPOT)]
    return [
        event.leg("owed", "stake", asset, received, IN_TRANSIT),
        event.leg("arrive", "stake", asset, -received, IN_TRANSIT, instant_ms=arrival_ms),
        event.leg("in", "stake", asset, received, SPOT, instant_ms=arrival_ms),
    ]


def _unfinished(event: Event, record: Record) -> Entry | None:
    state = _state(record)
    return None if state == "booked" else unbooked(event, is_pending=state == "pending")


def _state(record: Record) -> EntryState:
    status = optional_text(record, "status").upper()
    if status in _DONE:
        return "booked"
    return "void" if status in _FAILED else "pending"
