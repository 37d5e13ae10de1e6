"""What a rebuild of the past rests on: quantities, the hours to value, and the prices that are fetched for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.coverage import sound_from_ms
from dashboard_crypto.core.crew import Crew
from dashboard_crypto.core.history_values import ScopeFlow, ValueHistory
from dashboard_crypto.core.model import EVERYTHING_MS, SPOT, Holding
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.rebuild import Gap, Ints, QuantityHistory, rebuild
from dashboard_crypto.core.renames import unrecorded_swaps
from dashboard_crypto.core.taxonomy import Scope
from dashboard_crypto.core.timekeys import HOUR_MS, to_key
from dashboard_crypto.db import backfill_rows, balance_rows, check_rows, flow_rows, ledger_rows
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import past_flows
from dashboard_crypto.services.ledger_reading import counting
from dashboard_crypto.services.past_prices import CARRY_MS, PastPrices
from dashboard_crypto.services.read_spans import Spans

NAME = "backfill"
"""The report of the newest rebuild, among the checks of the account."""


@dataclass
class Plan:
    """One rebuild under way. A restart plans it anew; the prices that were fetched for it are kept.

    `is_whole`: every source was read to its end. `first_row` is the first of the hours that is shown; those before only
    carry prices. `values` are those of the shown hours, once all their prices are there.
    """

    signature: str
    live_from_ms: int
    is_whole: bool
    history: QuantityHistory
    movements: tuple[Movement, ...]
    prices: PastPrices
    first_row: int = 0
    values: ValueHistory | None = None
    waiting: list[FlowRecord | ScopeFlow | Gap] = field(default_factory=list)
    wanted: dict[int, set[str]] = field(default_factory=dict)
    turns: list[NewFlow] = field(default_factory=list)
    updated: list[tuple[FlowRecord, NewFlow]] = field(default_factory=list)
    added: list[NewFlow] = field(default_factory=list)

    @property
    def shown_ms(self) -> Ints:
        """The hours that become snapshots."""
        return self.prices.instants_ms[self.first_row :]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the database knows of the time before the first live snapshot."""

    live_from_ms: int
    past: tuple[Movement, ...]
    quantities: Mapping[str, Decimal]
    flows: tuple[FlowRecord, ...]
    has_transit: bool
    report: Mapping[str, Any] | None


def is_growing(report: Mapping[str, Any]) -> bool:
    """Whether the rebuild that the report is about ends where unread records begin."""
    return not report.get("is_whole", True)


def make_plan(store: Store, crew: Crew, scope: Scope, since_ms: int, spans: Spans) -> Plan | None:
    """A rebuild of what was read since `since_ms`; None if there is nothing to rebuild, or nothing new."""
    told = _load(store)
    if told is None or not told.past:
        return None
    if since_ms == EVERYTHING_MS:
        return _whole(store, crew, scope, told)
    if told.report is not None and not is_growing(told.report):
        return None  # everything was read once: what is read anew must not shorten it
    history = _rebuilt(told, told.past, scope)
    known = {name: span for name, span in spans.items() if span is not None}
    sound_ms = sound_from_ms(since_ms, history, told.past, told.quantities, known)
    return _part(store, crew, told, history, sound_ms)


def _load(store: Store) -> _Told | None:
    with store.reading() as session:
        live_from_ms = backfill_rows.first_live_ms(session, store.portfolio_id)
        if live_from_ms is None:
            return None
        movements = ledger_rows.load_movements(session, store.portfolio_id)
        sets = balance_rows.holdings_between(session, store.portfolio_id, live_from_ms, live_from_ms)
        flows = flow_rows.load_flows(session, store.portfolio_id, None, live_from_ms)
        report = check_rows.load_check(session, store.portfolio_id, NAME)
        counted = check_rows.load_check(session, store.portfolio_id, check_rows.COUNTS_TRANSIT)
    if not sets:
        return None
    past = tuple(movement for movement in counting(movements) if movement.instant_ms <= live_from_ms)
    has_transit = counted is not None and counted[0] <= sets[-1].instant_ms
    return _Told(live_from_ms, past, sets[-1].quantities, flows, has_transit, None if report is None else report[1])


def _whole(store: Store, crew: Crew, scope: Scope, told: _Told) -> Plan | None:
    swaps = unrecorded_swaps(told.quantities, told.past, told.live_from_ms)
    past = tuple(sorted([*told.past, *swaps], key=lambda movement: (movement.instant_ms, movement.key)))
    signature = _signature(told.live_from_ms, past, told.flows)
    if told.report is not None and told.report["signature"] == signature:
        return None
    history = _rebuilt(told, past, scope)
    hours = _hours(history, told.live_from_ms)
    if not len(hours):
        return None
    prices = PastPrices(store, crew, history, hours)
    return Plan(signature, told.live_from_ms, True, history, past, prices)


def _part(store: Store, crew: Crew, told: _Told, history: QuantityHistory, sound_ms: int) -> Plan | None:
    hours = _hours(history, told.live_from_ms)
    hours = hours[hours >= sound_ms]
    first_row = CARRY_MS // HOUR_MS + 1  # the prices of the hours before may have to be carried on
    if len(hours) <= first_row:
        return None
    shown_from_ms = int(hours[first_row])
    if told.report is not None and shown_from_ms >= told.report["start_ms"]:
        return None
    past = tuple(movement for movement in told.past if movement.instant_ms > shown_from_ms)
    signature = _signature(told.live_from_ms, past, told.flows)
    prices = PastPrices(store, crew, history, hours, goes_on=True)
    return Plan(signature, told.live_from_ms, False, history, past, prices, first_row)


def _rebuilt(told: _Told, past: Sequence[Movement], scope: Scope) -> QuantityHistory:
    holdings = [Holding(asset, SPOT, quantity) for asset, quantity in told.quantities.items()]
    return rebuild(holdings, past, told.live_from_ms, scope, has_transit=told.has_transit)


def _hours(history: QuantityHistory, live_from_ms: int) -> Ints:
    hours = history.hours()
    return hours[[to_key(at_ms) < to_key(live_from_ms) for at_ms in hours.tolist()]]


def _signature(live_from_ms: int, past: tuple[Movement, ...], flows: tuple[FlowRecord, ...]) -> str:
    """Changes whenever a rebuild would give something else."""
    told = hashlib.sha256(str(live_from_ms).encode())
    for movement in past:
        told.update(repr((movement.key, movement.kind, movement.amount, movement.instant_ms)).encode())
    for flow in flows:
        if not (flow.external_id or "").startswith(past_flows.DERIVED):
            told.update(repr((flow.id, flow.instant_ms, flow.quantity)).encode())
    return told.hexdigest()
