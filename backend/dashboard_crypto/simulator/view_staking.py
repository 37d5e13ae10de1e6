"""Redemptions of staked coins: accepted at once, delivered days later. A quarter at a time."""

from __future__ import annotations

from typing import Any

from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.history import Row, Rule, row_page, span
from dashboard_crypto.simulator.view_unused import QUARTER_DAYS
from dashboard_crypto.simulator.world import Request, World, amount

QUARTER = Rule(default_days=30, most_days=QUARTER_DAYS)


def eth_redemptions(world: World, request: Request) -> Any:
    """WBETH and BETH that become ETH."""
    return _redemptions(world, request, "ETH", "conversionRatio")


def sol_redemptions(world: World, request: Request) -> Any:
    """BNSOL that becomes SOL."""
    return _redemptions(world, request, "SOL", "exchangeRate")


def _redemptions(world: World, request: Request, coin: str, rate: str) -> Any:
    found = span(request, QUARTER).of(world.ledger.of_kinds("staking_redeem"))
    rows = [_row(entry, request.now_ms, rate) for entry in found if entry.event.text("to") == coin]
    return row_page(rows, request)


def _row(entry: Entry, now_ms: int, rate: str) -> Row:
    event = entry.event
    (arrival,) = event.consequences
    done_ms = arrival.at_ms + round(float(event.fields.get("record_late_s", 0)) * 1000)
    return {
        "time": entry.at_ms,
        "arrivalTime": event.fields["until"],
        "asset": event.text("asset"),
        "amount": amount(event.decimal("amount")),
        "distributeAsset": event.text("to"),
        "distributeAmount": amount(event.decimal("received")),
        rate: amount(event.decimal("received") / event.decimal("amount")),
        "status": "SUCCESS" if done_ms <= now_ms else "PENDING",
    }
