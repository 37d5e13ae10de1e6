"""Deposits and withdrawals as the exchange records them, read whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from dashboard_crypto.core.errors import ExchangeDown
from dashboard_crypto.core.model import ExternalFlow
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange import fields
from dashboard_crypto.exchange.endpoints import Call

_DAY_MS = 86_400_000
WINDOW_MS = 89 * _DAY_MS
"""The exchange refuses, or answers emptily, when a question spans 90 days or more."""

CREDITED = {1, 6}
"""Deposit states in which the money is in the balance (6: credited, cannot be withdrawn yet)."""

LEFT = {2, 4, 6}
"""Withdrawal states in which the money has left the balance."""

_OPENED_MS = 1_498_867_200_000  # 2017-07-01: the exchange has nothing older
_PENDING_DEPOSIT_MS = 14 * _DAY_MS
_PAGE_SIZE = 1000
_MOST_PAGES = 200
_RESUME_S = 900.0

Rows = list[fields.Row]


class FlowReader:
    """Splits a span into windows of 89 days and each window into pages.

    Windows already read are kept for 15 minutes, so that a long history that runs into a rate limit goes on where it
    stopped instead of starting over; they are forgotten as soon as the whole span has been read.
    """

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._kept: dict[tuple[str, int, int], Rows] = {}
        self._kept_at = 0.0

    def read(self, since_ms: int, until_ms: int) -> tuple[ExternalFlow, ...]:
        """Flows in `(since_ms, until_ms]`, oldest first, each once.

        Records appear late and their instants are whole seconds: ask with an overlap, ids make repeats harmless. One
        question costs 18,000 of 180,000 weight per minute for each 89 days; what goes beyond raises ExchangeLimited.
        """
        if until_ms <= since_ms:
            return ()
        if self._clock.monotonic() - self._kept_at > _RESUME_S:
            self._kept.clear()
        # Deposits are filtered by when they were first seen, but count when they are credited, maybe days later.
        since_ms = max(since_ms, _OPENED_MS)
        deposits = self._rows("deposits", since_ms + 1 - _PENDING_DEPOSIT_MS, until_ms)
        withdrawals = self._rows("withdrawals", since_ms + 1, until_ms)
        self._kept.clear()
        flows = {flow.external_id: flow for flow in _parsed(deposits, deposit)}
        flows |= {flow.external_id: flow for flow in _parsed(withdrawals, withdrawal)}
        inside = (flow for flow in flows.values() if since_ms < flow.instant_ms <= until_ms)
        return tuple(sorted(inside, key=lambda flow: (flow.instant_ms, flow.external_id)))

    def _rows(self, endpoint_id: str, start_ms: int, end_ms: int) -> Rows:
        return [row for start, end in windows(start_ms, end_ms) for row in self._window(endpoint_id, start, end)]

    def _window(self, endpoint_id: str, start_ms: int, end_ms: int) -> Rows:
        key = (endpoint_id, start_ms, end_ms)
        if key not in self._kept:
            self._kept[key] = self._pages(endpoint_id, start_ms, end_ms)
            self._kept_at = self._clock.monotonic()
        return self._kept[key]

    def _pages(self, endpoint_id: str, start_ms: int, end_ms: int) -> Rows:
        found: Rows = []
        for _ in range(_MOST_PAGES):
            question = {"startTime": start_ms, "endTime": end_ms, "limit": _PAGE_SIZE, "offset": len(found)}
            page = fields.rows(self._call(endpoint_id, question), endpoint_id)
            found.extend(page)
            if len(page) < _PAGE_SIZE:
                return found
        raise ExchangeDown(f"{endpoint_id}: more than {_MOST_PAGES} pages in one window")


def windows(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Cut `[start_ms, end_ms]` into inclusive windows of at most 89 days, oldest first."""
    while start_ms <= end_ms:
        stop_ms = min(start_ms + WINDOW_MS - 1, end_ms)
        yield start_ms, stop_ms
        start_ms = stop_ms + 1


def deposit(row: fields.Row) -> ExternalFlow | None:
    """A credited deposit, at the instant it was credited; None for one that is not in the balance."""
    where = "deposits"
    if fields.whole(row, "status", where) not in CREDITED:
        return None
    inserted_ms = fields.whole(row, "insertTime", where)
    credited_ms = fields.whole(row, "completeTime", where) if row.get("completeTime") else inserted_ms
    quantity = fields.not_negative(fields.old_amount(row, "amount", where), "amount", where)
    name = fields.identity(row, "id", where) or _fingerprint(row, ("coin", "txId", "address", "insertTime"))
    return ExternalFlow(f"deposit:{name}", "deposit", fields.text(row, "coin", where), quantity, credited_ms)


def withdrawal(row: fields.Row) -> ExternalFlow | None:
    """A withdrawal whose money has left, at the instant it was asked for; its fee is a cost and no part of the flow."""
    where = "withdrawals"
    if fields.whole(row, "status", where) not in LEFT:
        return None
    quantity = fields.not_negative(fields.old_amount(row, "amount", where), "amount", where)
    name = fields.identity(row, "id", where) or _fingerprint(row, ("coin", "txId", "address", "applyTime"))
    asset = fields.text(row, "coin", where)
    return ExternalFlow(f"withdrawal:{name}", "withdrawal", asset, -quantity, _instant_ms(row, where))


def _instant_ms(row: fields.Row, where: str) -> int:
    """`applyTime` is UTC without saying so; old rows hold milliseconds."""
    value: Any = row.get("applyTime")
    if isinstance(value, int):
        return fields.whole(row, "applyTime", where)
    try:
        moment = datetime.strptime(fields.text(row, "applyTime", where), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        fields.refuse(where, "applyTime", "is not a time such as 2019-10-12 11:12:02")
    return int(moment.timestamp()) * 1000


def _fingerprint(row: fields.Row, names: tuple[str, ...]) -> str:
    told = "\x1f".join(str(row.get(name, "")) for name in names)
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _parsed(rows: Rows, parse: Callable[[fields.Row], ExternalFlow | None]) -> Iterator[ExternalFlow]:
    for row in rows:
        flow = parse(row)
        if flow is not None and flow.quantity:
            yield flow
