"""Movements inside the account and gifts: transfers, dust, dividends, conversions; and what a sub-account sees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import SATOSHI, Entry
from dashboard_crypto.simulator.errors import invalid, mandatory
from dashboard_crypto.simulator.history import Row, Rule, chosen, paged, span
from dashboard_crypto.simulator.market import divide
from dashboard_crypto.simulator.wallets import TRANSFER_TYPES, family, isolated_symbol
from dashboard_crypto.simulator.world import Request, World, amount

TRANSFERS = Rule(default_days=7, months=6)
DUST = Rule(default_days=36_500)
DIVIDENDS = Rule(default_days=180, most_days=180)
CONVERSIONS = Rule(default_days=30, most_days=30)
SUB_ACCOUNT = Rule(default_days=30, most_days=30)
DUST_KEPT = 100
FURTHER_TYPES = frozenset(
    {"MAIN_OPTION", "OPTION_MAIN", "UMFUTURE_OPTION", "OPTION_UMFUTURE", "MARGIN_OPTION", "OPTION_MARGIN"}
    | {"FUNDING_OPTION", "OPTION_FUNDING", "MAIN_PORTFOLIO_MARGIN", "PORTFOLIO_MARGIN_MAIN"}
)
DIVIDEND_NAMES = {"staking_reward": "ETH 2.0 Staking Rewards", "referral": "Referral commission", "dividend": "Airdrop"}


def transfer_type(entry: Entry) -> str:
    """What the exchange calls a transfer."""
    return TRANSFER_TYPES[family(entry.event.text("from")), family(entry.event.text("to"))]


def transfer_id(world: World, entry: Entry) -> int:
    """The number of a transfer, the same wherever it is listed."""
    return world.number("transfer", entry.event.number, digits=11)


def transfers(world: World, request: Request) -> Any:
    """Transfers of one `type`, of the last six months, newest first. No rows at all when there are none."""
    kind, window = request.required("type"), span(request, TRANSFERS)
    if kind not in TRANSFER_TYPES.values() and kind not in FURTHER_TYPES:
        raise invalid("type")
    ends = {"from": request.text("fromSymbol"), "to": request.text("toSymbol")}
    for name, starts in (("from", kind.startswith("ISOLATEDMARGIN")), ("to", kind.endswith("_ISOLATEDMARGIN"))):
        if starts and not ends[name]:
            raise mandatory(f"{name}Symbol")
    found = [
        entry
        for entry in window.of(world.ledger.of_kinds("transfer"))
        if transfer_type(entry) == kind
        and all(not symbol or isolated_symbol(entry.event.text(name)) == symbol for name, symbol in ends.items())
    ]
    rows = [transfer_row(world, entry) for entry in found]
    return {"total": len(rows)} | ({"rows": paged(rows, request)} if rows else {})


def transfer_row(world: World, entry: Entry) -> Row:
    """One transfer."""
    return {
        "asset": entry.event.text("asset"),
        "amount": amount(entry.event.decimal("amount")),
        "type": transfer_type(entry),
        "status": "CONFIRMED",
        "tranId": transfer_id(world, entry),
        "timestamp": entry.at_ms,
    }


def dust_log(world: World, request: Request) -> Any:
    """Small balances turned into BNB: only the last 100 times are remembered."""
    until_now = [entry for entry in world.ledger.of_kinds("dust") if entry.at_ms <= request.now_ms and entry.postings]
    rows = [dust_row(world, entry) for entry in span(request, DUST).of(until_now[-DUST_KEPT:])]
    return {"total": len(rows), "userAssetDribblets": rows}


def dust_row(world: World, entry: Entry) -> Row:
    """One conversion of several assets, free of charge."""
    number, target = entry.event.number, entry.event.text("to", "BNB")
    pairs = [(entry.postings[i], entry.postings[i + 3]) for i in range(0, len(entry.postings), 4)]
    details = [
        {
            "transId": world.number("dust", number, given.asset),
            "serviceChargeAmount": "0.00000000",
            "amount": amount(-given.amount),
            "operateTime": entry.at_ms,
            "transferedAmount": amount(got.amount),
            "fromAsset": given.asset,
            "targetAsset": target,
        }
        for given, got in pairs
    ]
    return {
        "operateTime": entry.at_ms,
        "totalTransferedAmount": amount(sum((got.amount for _, got in pairs), Decimal(0))),
        "totalServiceChargeAmount": "0.00000000",
        "transId": world.number("dust", number, digits=11),
        "userAssetDribbletDetails": details,
    }


def dividends(world: World, request: Request) -> Any:
    """Everything handed out, newest first: the newest `limit` (20, at most 500) of at most 180 days; no pages."""
    entries = span(request, DIVIDENDS).of(world.ledger.of_kinds(*DIVIDEND_NAMES))
    rows = chosen((dividend_row(world, entry) for entry in entries), request, "asset")
    return {"rows": rows[: request.limit(20, 500)], "total": len(rows)}


def dividend_row(world: World, entry: Entry) -> Row:
    """One gift."""
    event = entry.event
    return {
        "id": world.number("dividend", event.number, digits=10),
        "amount": amount(event.decimal("amount")),
        "asset": event.text("asset"),
        "divTime": entry.at_ms,
        "enInfo": event.text("note", DIVIDEND_NAMES[event.kind]),
        "tranId": world.number("gift", event.number, digits=10),
        "direction": 1,
    }


def conversions(world: World, request: Request) -> Any:
    """Conversions, newest first; no pages: `moreData` says that older ones of the window were left out."""
    request.required("startTime")
    request.required("endTime")
    entries, limit = span(request, CONVERSIONS).of(world.ledger.of_kinds("convert")), request.limit(100, 1000)
    return {
        "list": [conversion_row(world, entry) for entry in entries[:limit]],
        "startTime": request.integer("startTime"),
        "endTime": request.integer("endTime"),
        "limit": limit,
        "moreData": len(entries) > limit,
    }


def conversion_row(world: World, entry: Entry) -> Row:
    """One conversion."""
    given, got = -entry.postings[0].amount, entry.postings[3].amount
    return {
        "quoteId": world.hexadecimal("quote", entry.event.number)[:32],
        "orderId": world.number("convert", entry.event.number, digits=18),
        "orderStatus": "SUCCESS",
        "fromAsset": entry.event.text("from_asset"),
        "fromAmount": amount(given),
        "toAsset": entry.event.text("to_asset"),
        "toAmount": amount(got),
        "ratio": amount(divide(got, given).quantize(SATOSHI)),
        "inverseRatio": amount(divide(given, got).quantize(SATOSHI)) if got else "0",
        "createTime": entry.at_ms,
    }


def sub_account_history(world: World, request: Request) -> Any:
    """Transfers with the master account: `type` 1 in, 2 out (the default), 30 days at most."""
    kinds = {"1": "sub_transfer_in", "2": "sub_transfer_out"}
    wanted = request.text("type", "2")
    if wanted not in kinds:
        raise invalid("type")
    entries = span(request, SUB_ACCOUNT).of(world.ledger.of_kinds(kinds[wanted]))
    rows = chosen((sub_account_row(world, entry, int(wanted)) for entry in entries), request, "asset")
    return rows[: request.limit(500, 500)]


def sub_account_row(world: World, entry: Entry, direction: int) -> Row:
    """One transfer with the master account."""
    own = "FUNDING" if entry.event.text("wallet") == "funding" else "SPOT"
    return {
        "counterParty": "master",
        "email": "master@example.com",
        "type": direction,
        "asset": entry.event.text("asset"),
        "qty": amount(entry.event.decimal("amount")),
        "fromAccountType": "SPOT" if direction == 1 else own,
        "toAccountType": own if direction == 1 else "SPOT",
        "status": "SUCCESS",
        "tranId": world.number("sub", entry.event.number, digits=11),
        "time": entry.at_ms,
    }
