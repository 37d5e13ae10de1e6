"""What a cash flow was worth, and what the portfolio was worth just before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from dashboard_crypto.core.money import ZERO, times, total
from dashboard_crypto.core.ports import ExchangeGateway
from dashboard_crypto.db import balance_rows
from dashboard_crypto.db.records import FlowRecord, HoldingSet, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.flow_placing import (
    LATEST_MS,
    MINUTE_MS,
    Jump,
    Movement,
    Placed,
    difference,
    place_jump,
    place_movement,
)
from dashboard_crypto.services.flow_rates import with_rates
from dashboard_crypto.services.history import HistoryState

IMPORT_EARLIEST_MS = 2 * MINUTE_MS
MANUAL_EARLIEST_MS = LATEST_MS
_AMOUNT_TOLERANCE = Decimal("0.02")


class FlowValuer:
    """Finds the moment of a flow in the log of holdings, and values the portfolio there.

    Asks the exchange for prices and the database for holdings; holds no transaction open meanwhile. Its errors are the
    exchange's: then the flow stays pending and the next cycle tries again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def valued(
        self,
        flow: NewFlow,
        gateway: ExchangeGateway,
        state: HistoryState,
        others: Sequence[FlowRecord],
        unpriced: Collection[str],
    ) -> NewFlow:
        """`flow` at its true instant and with the value before it, as far as both can be known now."""
        if flow.amount_usd is None or is_before_tracking(flow.reported_ms, state):
            return replace(flow, valuation_pending=False)
        flow = with_rates(flow, gateway.price_at)
        placed = self._place(flow, gateway, others)
        before = None
        if placed.holdings is not None:
            before = worth(placed.holdings, placed.instant_ms, gateway, unpriced)
        at = replace(flow, instant_ms=placed.instant_ms, value_before_usd=before, valuation_pending=not placed.is_final)
        return replace(at, valuation_method=method_of(at, state))

    def _place(self, flow: NewFlow, gateway: ExchangeGateway, others: Sequence[FlowRecord]) -> Placed:
        at_ms = flow.reported_ms
        with self._store.reading() as session:
            sets = balance_rows.holdings_between(
                session, self._store.portfolio_id, at_ms - MANUAL_EARLIEST_MS, at_ms + LATEST_MS
            )
        earliest_ms = IMPORT_EARLIEST_MS if flow.source == "exchange" else MANUAL_EARLIEST_MS
        if flow.asset is not None and flow.quantity is not None:
            movement = Movement(flow.asset, flow.quantity, at_ms)
            return place_movement(movement, sets, _movements(others, flow), earliest_ms=earliest_ms)
        return _place_amount(flow, sets, gateway)


def worth(
    holdings: Mapping[str, Decimal], instant_ms: int, gateway: ExchangeGateway, unpriced: Collection[str]
) -> Decimal | None:
    """Value of `holdings` at an instant; None if an asset that counts has no price there."""
    parts: list[Decimal] = []
    for asset, quantity in holdings.items():
        if asset in unpriced or not quantity:
            continue
        price = gateway.price_at(asset, instant_ms)
        if price is None:
            return None
        parts.append(times(quantity, price))
    return total(parts)


def is_before_tracking(instant_ms: int, state: HistoryState) -> bool:
    """The flow's money is already inside the first snapshot (or will be: there is none yet)."""
    return state.first_ms is None or instant_ms <= state.first_ms


def method_of(flow: NewFlow, state: HistoryState) -> str:
    """How the return treats this flow, for display."""
    if flow.amount_usd is None:
        return "unvalued"
    if is_before_tracking(flow.instant_ms, state):
        return "pre_tracking"
    instants = state.series.instants_ms
    row = int(instants.searchsorted(flow.instant_ms))
    if row < len(instants) and int(instants[row]) == flow.instant_ms:
        return "at_snapshot"
    if flow.value_before_usd is not None:
        return "exact"
    base = float(state.series.values[row - 1])
    return "modified_dietz" if -0.5 * base <= float(flow.amount_usd) <= base else "mixed"


def _movements(others: Sequence[FlowRecord], flow: NewFlow) -> list[Movement]:
    return [
        Movement(other.asset, other.quantity, other.reported_ms)
        for other in others
        if other.asset is not None
        and other.quantity is not None
        and (other.external_id is None or other.external_id != flow.external_id)
    ]


def _place_amount(flow: NewFlow, sets: Sequence[HoldingSet], gateway: ExchangeGateway) -> Placed:
    """A flow known in USD only: the change of holdings nearby that is worth as much."""
    amount = ZERO if flow.amount_usd is None else flow.amount_usd
    tolerance = max(Decimal(1), _AMOUNT_TOLERANCE * abs(amount))

    def matches(jump: Jump) -> bool:
        value = worth(difference(jump), jump[1].instant_ms, gateway, ())
        return value is not None and abs(value - amount) <= tolerance

    found = place_jump(flow.reported_ms, sets, matches, earliest_ms=MANUAL_EARLIEST_MS)
    if found is not None:
        return found
    seen_until_ms = sets[-1].confirmed_until_ms if sets else 0
    return Placed(flow.reported_ms, None, is_final=not sets or seen_until_ms >= flow.reported_ms + LATEST_MS)
