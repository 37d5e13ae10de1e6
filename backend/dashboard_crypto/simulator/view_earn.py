"""Simple Earn: flexible and locked positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.history import row_page
from dashboard_crypto.simulator.scenario import Event
from dashboard_crypto.simulator.world import Request, World, amount

DAY_MS = 86_400_000
DEFAULT_DURATION_DAYS = 60
DEFAULT_APR = "0.03"


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one locked subscription."""

    event: Event
    at_ms: int
    asset: str
    left: Decimal


def flexible_positions(world: World, request: Request) -> Any:
    """One row per asset. The same quantity stands in spot as an `LD` receipt."""
    wallet, asset = world.wallet("earn_flexible", request.now_ms), request.text("asset")
    rewards = flexible_rewards(world, request.now_ms)
    names = [name for name in wallet if not asset or name == asset]
    return row_page([flexible_row(name, wallet[name], rewards.get(name, Decimal(0))) for name in names], request)


def flexible_rewards(world: World, now_ms: int) -> dict[str, Decimal]:
    """Rewards ever paid for flexible positions, by asset."""
    total: dict[str, Decimal] = {}
    for entry in world.ledger.of_kinds("earn_reward"):
        event = entry.event
        if entry.at_ms <= now_ms and event.text("product", "flexible") == "flexible":
            total[event.text("asset")] = total.get(event.text("asset"), Decimal(0)) + event.decimal("amount")
    return total


def flexible_row(asset: str, quantity: Decimal, rewards: Decimal) -> dict[str, Any]:
    """One flexible position."""
    return {
        "totalAmount": amount(quantity),
        "latestAnnualPercentageRate": "0.02599895",
        "asset": asset,
        "canRedeem": True,
        "collateralAmount": "0",
        "productId": f"{asset}001",
        "yesterdayRealTimeRewards": "0",
        "cumulativeBonusRewards": "0",
        "cumulativeRealTimeRewards": amount(rewards),
        "cumulativeTotalRewards": amount(rewards),
        "autoSubscribe": False,
    }


def locked_positions(world: World, request: Request) -> Any:
    """One row per subscription that is not redeemed."""
    asset, position = request.text("asset"), request.integer("positionId")
    rows = [locked_row(world, lot, request.now_ms) for lot in locked_lots(world, request.now_ms)]
    rows = [row for row in rows if not asset or row["asset"] == asset]
    return row_page([row for row in rows if position is None or row["positionId"] == position], request)


class LotBook:
    """Locked subscriptions in order of time; a redemption eats the oldest first, a reward feeds the newest."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []

    def apply(self, entry: Entry) -> list[tuple[Lot, Decimal]]:
        """Follow one entry; what it took from which lot (as the lot was before)."""
        taken: list[tuple[Lot, Decimal]] = []
        for posting in entry.postings:
            if posting.account == "earn_locked" and posting.amount < 0:
                taken += self._reduce(posting.asset, -posting.amount)
            elif posting.account == "earn_locked":
                self._increase(entry, posting.asset, posting.amount)
        return taken

    def _increase(self, entry: Entry, asset: str, quantity: Decimal) -> None:
        """A subscription (or a renamed holding) opens a lot; anything else grows the newest one."""
        newest = next((i for i in reversed(range(len(self.lots))) if self.lots[i].asset == asset), None)
        if newest is None or entry.event.kind == "earn_subscribe":
            self.lots.append(Lot(entry.event, entry.at_ms, asset, quantity))
        else:
            self.lots[newest] = replace(self.lots[newest], left=self.lots[newest].left + quantity)

    def _reduce(self, asset: str, quantity: Decimal) -> list[tuple[Lot, Decimal]]:
        taken, kept = list[tuple[Lot, Decimal]](), list[Lot]()
        for lot in self.lots:
            part = min(lot.left, quantity) if lot.asset == asset else Decimal(0)
            quantity -= part
            taken += [(lot, part)] if part else []
            kept += [replace(lot, left=lot.left - part)] if lot.left > part else []
        self.lots = kept
        return taken


def locked_lots(world: World, now_ms: int) -> list[Lot]:
    """What is left of every locked subscription."""
    book = LotBook()
    for entry in world.ledger.touching("earn_locked", now_ms):
        book.apply(entry)
    return book.lots


def locked_row(world: World, lot: Lot, now_ms: int) -> dict[str, Any]:
    """One locked position."""
    days = int(lot.event.fields.get("duration_days", DEFAULT_DURATION_DAYS))
    accrued = min(days, (now_ms - lot.at_ms) // DAY_MS)
    end_ms = lot.at_ms + days * DAY_MS
    return {
        "positionId": world.number("position", lot.event.number, lot.asset),
        "projectId": f"{lot.asset}*{days}",
        "asset": lot.asset,
        "amount": amount(lot.left),
        "purchaseTime": lot.at_ms,
        "duration": str(days),
        "accrualDays": str(accrued),
        "rewardAsset": lot.asset,
        "APY": str(lot.event.fields.get("apr", DEFAULT_APR)),
        "rewardAmt": "0",
        "nextPay": "0",
        "nextPayDate": (now_ms // DAY_MS + 1) * DAY_MS,
        "payPeriod": "1",
        "redeemAmountEarly": amount(lot.left),
        "rewardsEndDate": end_ms,
        "deliverDate": end_ms + DAY_MS,
        "redeemPeriod": "1",
        "redeemingAmt": "0",
        "redeemTo": "SPOT",
        "canRedeemEarly": True,
        "canFastRedemption": False,
        "autoSubscribe": False,
        "type": "NORMAL",
        "status": "HOLDING",
        "canReStake": False,
    }


def earn_account(world: World, request: Request) -> Any:
    """Totals of both products in BTC and USDT."""
    flexible, locked = (world.wallet(f"earn_{name}", request.now_ms) for name in ("flexible", "locked"))
    result: dict[str, str] = {}
    for quote in ("BTC", "USDT"):
        parts = [world.in_quote(wallet, quote, request.now_ms) for wallet in (flexible, locked)]
        result[f"totalAmountIn{quote}"] = amount(sum(parts, Decimal(0)))
        result[f"totalFlexibleAmountIn{quote}"] = amount(parts[0])
        result[f"totalLockedIn{quote}"] = amount(parts[1])
    return result
