"""Redemptions of staked coins, BFUSD and RWUSD: accepted at once, delivered later. A quarter at a time."""

from __future__ import annotations

from typing import Any

from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.history import Row, Rule, row_page, span
from dashboard_crypto.simulator.view_unused import QUARTER_DAYS, View
from dashboard_crypto.simulator.world import Request, World, amount

QUARTER = Rule(default_days=30, most_days=QUARTER_DAYS)


def eth_redemptions(world: World, request: Request) -> Any:
    """WBETH and BETH that become ETH."""
    return _redemptions(world, request, "ETH", "conversionRatio")


def sol_redemptions(world: World, request: Request) -> Any:
    """BNSOL that becomes SOL."""
    return _redemptions(world, request, "SOL", "exchangeRate")


def _redemptions(world: World, request: Request, coin: str, rate: str) -> Any:
    found = _found(world, request)
    rows = [_row(entry, request.now_ms, rate) for entry in found if entry.event.text("to") == coin]
    return row_page(rows, request)


def dollar_redemptions(token: str) -> View:
    """BFUSD or RWUSD that becomes a stablecoin."""

    def view(world: World, request: Request) -> Any:
        rows = [_dollar_row(entry, request.now_ms) for entry in _found(world, request) if _token(entry) == token]
        return row_page(rows, request)

    return view


def _found(world: World, request: Request) -> list[Entry]:
    return list(span(request, QUARTER).of(world.ledger.of_kinds("staking_redeem")))


def _token(entry: Entry) -> str:
    return entry.event.text("asset")


def _row(entry: Entry, now_ms: int, rate: str) -> Row:
    event = entry.event
    return {
        "time": entry.at_ms,
        "arrivalTime": event.fields["until"],
        "asset": event.text("asset"),
        "amount": amount(event.decimal("amount")),
        "distributeAsset": event.text("to"),
        "distributeAmount": amount(event.decimal("received")),
        rate: amount(event.decimal("received") / event.decimal("amount")),
        "status": _status(entry, now_ms),
    }


def _dollar_row(entry: Entry, now_ms: int) -> Row:
    event = entry.event
    return {
        "time": entry.at_ms,
        "asset": event.text("asset"),
        "amount": amount(event.decimal("amount")),
        "receiveAsset": event.text("to"),
        "receiveAmount": amount(event.decimal("received")),
        "fee": amount(event.decimal("amount") - event.decimal("received")),
        "arrivalTime": event.fields["until"],
        "status": _status(entry, now_ms),
    }


def _status(entry: Entry, now_ms: int) -> str:
    (arrival,) = entry.event.consequences
    done_ms = arrival.at_ms + round(float(entry.event.fields.get("record_late_s", 0)) * 1000)
    return "SUCCESS" if done_ms <= now_ms else "PENDING"
