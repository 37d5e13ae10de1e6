"""Money that was on its way out and came back: a withdrawal that the exchange cancelled or refused after all.

The coins were gone from the balances for a while, and readings of that time say so. Were the cash flow forgotten, they
would show a loss, and then a gain, that nobody made. So it stays, and its return at the reading that shows the coins
again becomes a cash flow of its own; together they are nothing. Where no reading saw the coins leave, the cash flow
goes as if it had never been.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from dashboard_crypto.core.model import ExternalFlow
from dashboard_crypto.core.money import EXACT, ZERO, times
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.db import balance_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.services.flow_placing import LATEST_MS, Jump, difference

MARK = "#returned"
KIND = "returned"
_ALMOST = Decimal("0.999")
PATIENCE_MS = 14 * DAY_MS
"""Coins that have not come back by then are not waited for any more."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Keys of flows to forget, and returns to store."""

    gone: tuple[str, ...]
    returned: tuple[ExternalFlow, ...]


def settle_void(session: Session, portfolio_id: int, void: Iterable[FlowRecord], now_ms: int) -> Settled:
    """What becomes of stored flows of which the exchange now says that they never happened."""
    gone: list[str] = []
    returned: list[ExternalFlow] = []
    for flow in void:
        key = flow.external_id or ""
        left, back = _journey(session, portfolio_id, flow, now_ms)
        if left is None or (back is None and now_ms - flow.instant_ms > PATIENCE_MS):
            gone.append(key)
        elif back is not None and flow.asset is not None and flow.quantity is not None:
            back_ms = back[1].instant_ms
            returned.append(ExternalFlow(key + MARK, "deposit", flow.asset, EXACT.minus(flow.quantity), back_ms))
    return Settled(tuple(gone), tuple(returned))


def _journey(session: Session, portfolio_id: int, flow: FlowRecord, now_ms: int) -> tuple[Jump | None, Jump | None]:
    """The readings that show the coins leave, and those that show them again."""
    if flow.asset is None or flow.quantity is None or flow.quantity > 0:
        return None, None
    # The flow may stand exactly at the reading that shows it.
    jumps = list(pairwise(balance_rows.holdings_between(session, portfolio_id, flow.instant_ms - 1, now_ms)))
    size = times(abs(flow.quantity), _ALMOST)
    changes = [difference(jump).get(flow.asset, ZERO) for jump in jumps]
    late_ms = flow.instant_ms + LATEST_MS
    left = next((n for n, j in enumerate(jumps) if -changes[n] >= size and j[1].instant_ms <= late_ms), None)
    if left is None:
        return None, None
    back = next((jump for jump, change in zip(jumps[left:], changes[left:], strict=True) if change >= size), None)
    return jumps[left], back
