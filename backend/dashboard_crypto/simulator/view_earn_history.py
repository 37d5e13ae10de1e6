"""What happened in Simple Earn: subscriptions, redemptions, rewards. Thirty days at a time, else -6021."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.errors import invalid, range_too_large
from dashboard_crypto.simulator.history import Row, Rule, chosen, row_page, span
from dashboard_crypto.simulator.scenario import Event
from dashboard_crypto.simulator.view_earn import DEFAULT_DURATION_DAYS, Lot, LotBook
from dashboard_crypto.simulator.world import Request, World, amount

MONTH = Rule(default_days=30, most_days=30, follows_start=True, refusal=range_too_large)
REWARD_TYPES = ("BONUS", "REALTIME", "REWARDS", "ALL")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one redemption took from one lot."""

    entry: Entry
    lot: Lot
    quantity: Decimal


def entries_of(world: World, request: Request, kind: str, product: str) -> list[Entry]:
    """The asked entries of a kind and product, newest first."""
    found = span(request, MONTH).of(world.ledger.of_kinds(kind))
    return [entry for entry in found if entry.event.text("product", "flexible") == product]


def source_fields(event: Event) -> Row:
    """Which wallet a subscription was paid from."""
    value, funding = event.decimal("amount"), event.text("wallet", "spot") == "funding"
    return {
        "sourceAccount": "FUNDING" if funding else "SPOT",
        "amtFromSpot": amount(Decimal(0) if funding else value),
        "amtFromFunding": amount(value if funding else Decimal(0)),
        "status": "SUCCESS",
    }


def flexible_subscriptions(world: World, request: Request) -> Any:
    """Money into flexible products."""
    rows = [
        {
            "amount": amount(entry.event.decimal("amount")),
            "asset": entry.event.text("asset"),
            "time": entry.at_ms,
            "purchaseId": world.number("purchase", entry.event.number, digits=10),
            "productId": f"{entry.event.text('asset')}001",
            "type": "NORMAL",
        }
        | source_fields(entry.event)
        for entry in entries_of(world, request, "earn_subscribe", "flexible")
    ]
    return row_page(chosen(rows, request, "asset", "productId", "purchaseId"), request)


def flexible_redemptions(world: World, request: Request) -> Any:
    """Money out of flexible products."""
    rows = [
        {
            "amount": amount(entry.event.decimal("amount")),
            "asset": entry.event.text("asset"),
            "time": entry.at_ms,
            "projectId": f"{entry.event.text('asset')}001",
            "redeemId": world.number("redeem", entry.event.number, digits=10),
            "destAccount": "FUNDING" if entry.event.text("wallet", "spot") == "funding" else "SPOT",
            "status": "SUCCESS",
        }
        for entry in entries_of(world, request, "earn_redeem", "flexible")
    ]
    return row_page(chosen(rows, request, "asset", "redeemId"), request)


def flexible_rewards(world: World, request: Request) -> Any:
    """Interest: what grows the position is REALTIME, what is paid to another wallet a BONUS. `type` is mandatory."""
    wanted = request.required("type")
    if wanted not in REWARD_TYPES:
        raise invalid("type")
    rows = [
        {
            "asset": entry.event.text("asset"),
            "rewards": amount(entry.event.decimal("amount")),
            "projectId": f"{entry.event.text('asset')}001",
            "type": "REALTIME" if entry.event.text("wallet") == "earn_flexible" else "BONUS",
            "time": entry.at_ms,
        }
        for entry in entries_of(world, request, "earn_reward", "flexible")
    ]
    return row_page([row for row in chosen(rows, request, "asset") if wanted in {"ALL", row["type"]}], request)


def locked_subscriptions(world: World, request: Request) -> Any:
    """Money into locked products."""
    rows = []
    for entry in entries_of(world, request, "earn_subscribe", "locked"):
        event, asset = entry.event, entry.event.text("asset")
        row = {
            "positionId": world.number("position", event.number, asset),
            "purchaseId": str(world.number("purchase", event.number, digits=10)),
            "projectId": f"{asset}*{duration(event)}",
            "time": entry.at_ms,
            "asset": asset,
            "amount": amount(event.decimal("amount")),
            "lockPeriod": str(duration(event)),
            "type": "NORMAL",
        }
        rows.append(row | source_fields(event))
    return row_page(chosen(rows, request, "asset", "purchaseId"), request)


def duration(event: Event) -> int:
    """For how many days a subscription locks."""
    return int(event.fields.get("duration_days", DEFAULT_DURATION_DAYS))


def locked_redemptions(world: World, request: Request) -> Any:
    """Money out of locked products, one row for each position that gave some; delivered at once."""
    window, book, found = span(request, MONTH), LotBook(), list[Taken]()
    for entry in world.ledger.touching("earn_locked", request.now_ms):
        taken = book.apply(entry)
        if entry.event.kind == "earn_redeem" and window.holds(entry.at_ms):
            found += [Taken(entry, lot, quantity) for lot, quantity in taken]
    rows = [locked_redemption_row(world, part) for part in reversed(found)]
    return row_page(chosen(rows, request, "asset", "positionId", "redeemId"), request)


def locked_redemption_row(world: World, part: Taken) -> Row:
    """What came back from one position."""
    return {
        "positionId": world.number("position", part.lot.event.number, part.lot.asset),
        "redeemId": world.number("redeem", part.entry.event.number, digits=10),
        "time": part.entry.at_ms,
        "asset": part.lot.asset,
        "lockPeriod": str(duration(part.lot.event)),
        "amount": amount(part.quantity),
        "originalAmount": amount(part.lot.left),
        "type": "NORMAL",
        "deliverDate": part.entry.at_ms,
        "lossAmount": "0",
        "isComplete": part.quantity == part.lot.left,
        "rewardAsset": part.lot.asset,
        "rewardAmt": "0",
        "status": "PAID",
    }


def locked_rewards(world: World, request: Request) -> Any:
    """Interest of locked products; the newest position of the asset stands for all of them."""
    rows = []
    for entry in entries_of(world, request, "earn_reward", "locked"):
        lot = newest_lot(world, entry)
        rows.append(
            {
                "positionId": world.number("position", lot.number, entry.event.text("asset")) if lot else 0,
                "time": entry.at_ms,
                "asset": entry.event.text("asset"),
                "lockPeriod": str(duration(lot) if lot else DEFAULT_DURATION_DAYS),
                "amount": amount(entry.event.decimal("amount")),
                "type": "Locked Rewards",
            }
        )
    return row_page(chosen(rows, request, "asset", "positionId"), request)


def newest_lot(world: World, reward: Entry) -> Event | None:
    """The last locked subscription of a reward's asset before it."""
    asset = reward.event.text("asset")
    return next(
        (
            entry.event
            for entry in reversed(world.ledger.touching("earn_locked", reward.at_ms))
            if entry.event.kind == "earn_subscribe" and entry.event.text("asset") == asset
        ),
        None,
    )
