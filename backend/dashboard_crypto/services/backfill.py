"""History from the first day: the account's past rebuilt from today's balances, the ledger and hourly prices.

It ends where live snapshots begin, and replaces itself when late records or an imported statement tell more. Until all
sources were read to their end no snapshot is written: half a history would be a wrong one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.history_values import ScopeFlow, scope_flows, value_history
from dashboard_crypto.core.model import SPOT, Holding
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.ports import Clock, HistoryReader
from dashboard_crypto.core.rebuild import Gap, QuantityHistory, rebuild
from dashboard_crypto.core.renames import SOURCE as RENAME
from dashboard_crypto.core.renames import unrecorded_swaps
from dashboard_crypto.core.taxonomy import EVERYTHING, Scope
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS, to_key
from dashboard_crypto.db import (
    backfill_rows,
    balance_rows,
    check_rows,
    decision_rows,
    fetched_rows,
    flow_rows,
    ledger_rows,
    price_rows,
)
from dashboard_crypto.db.backfill_rows import Rebuilt
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import past_flows
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_decisions import with_decision
from dashboard_crypto.services.history import History
from dashboard_crypto.services.ledger_reading import counting
from dashboard_crypto.services.past_prices import PastPrices

NAME = "backfill"


@dataclass
class _Plan:
    """One rebuild under way. A restart plans it anew; the prices that were fetched for it are kept."""

    signature: str
    live_from_ms: int
    history: QuantityHistory
    movements: tuple[Movement, ...]
    prices: PastPrices
    waiting: list[FlowRecord | ScopeFlow | Gap] | None = None
    wanted: dict[int, set[str]] = field(default_factory=dict)
    turns: list[NewFlow] = field(default_factory=list)
    updated: list[tuple[FlowRecord, NewFlow]] = field(default_factory=list)
    added: list[NewFlow] = field(default_factory=list)


class Backfill:
    """`step` does one piece of work, small enough that live calls never wait for it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        history: History,
        doorbell: Doorbell,
        scope: Scope = EVERYTHING,
        *,
        crew: Crew = ALONE,
    ) -> None:
        self._crew = crew
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._scope = scope
        self._is_due = True
        self._plan: _Plan | None = None
        self.needs_until_ms = 0
        """Every source must have been read up to this instant at least: the first live snapshot."""
        self.is_complete = False
        """At the last look, everything had been read that a rebuild needs."""

    @property
    def share(self) -> float | None:
        """How much of the rebuild under way is done; None if there is none."""
        return None if self._plan is None else self._plan.prices.share(self._plan.wanted)

    def look_again(self) -> None:
        """The ledger may tell more now."""
        self._is_due = True

    def step(self, reader: HistoryReader, fence: int) -> bool:
        """Do the next piece; False when there is nothing to do. Errors of the exchange leave the piece for later."""
        if self._plan is None:
            if not self._is_due:
                return False
            self.is_complete = self._has_everything(reader)
            if not self.is_complete:
                return False
            self._plan = self._new_plan()
            self._is_due = False
            return self._plan is not None
        plan, now_ms = self._plan, self._clock.now_ms()
        if plan.prices.step(reader, fence, now_ms):
            return True
        if plan.waiting is None:
            self._list_flows(plan)
            return True
        if plan.prices.fetch(plan.wanted, reader, fence, now_ms):
            return True
        for what in plan.waiting:
            self._value(plan, what)
        self._store_all(plan, fence)
        self._plan = None
        return True

    def _has_everything(self, reader: HistoryReader) -> bool:
        """Every source that this account offers was read to its end, at least up to the first live snapshot."""
        store = self._store
        with store.reading() as session:
            live_from_ms = backfill_rows.first_live_ms(session, store.portfolio_id)
            states = ledger_rows.load_sources(session, store.portfolio_id)
        if live_from_ms is None:
            return False
        self.needs_until_ms = live_from_ms
        wanted = [states.get(name) for name in reader.sources()]
        return bool(wanted) and all(
            state is not None and state.done and (state.read_until_ms or 0) >= live_from_ms for state in wanted
        )

    def _new_plan(self) -> _Plan | None:
        store = self._store
        with store.reading() as session:
            live_from_ms = backfill_rows.first_live_ms(session, store.portfolio_id)
            if live_from_ms is None:
                return None
            told = ledger_rows.load_movements(session, store.portfolio_id)
            sets = balance_rows.holdings_between(session, store.portfolio_id, live_from_ms, live_from_ms)
            flows = flow_rows.load_flows(session, store.portfolio_id, None, live_from_ms)
            last = check_rows.load_check(session, store.portfolio_id, NAME)
        past = tuple(movement for movement in counting(told) if movement.instant_ms <= live_from_ms)
        if sets:
            swaps = unrecorded_swaps(sets[-1].quantities, past, live_from_ms)
            past = tuple(sorted([*past, *swaps], key=lambda movement: (movement.instant_ms, movement.key)))
        signature = _signature(live_from_ms, past, flows)
        if not past or not sets or (last is not None and last[1]["signature"] == signature):
            return None
        holdings = [Holding(asset, SPOT, quantity) for asset, quantity in sets[-1].quantities.items()]
        history = rebuild(holdings, past, live_from_ms, self._scope)
        hours = history.hours()
        hours = hours[[to_key(at_ms) < to_key(live_from_ms) for at_ms in hours.tolist()]]
        if not len(hours):
            return None
        prices = PastPrices(store, self._crew, history, hours)
        return _Plan(signature, live_from_ms, history, past, prices)

    def _list_flows(self, plan: _Plan) -> None:
        """Everything that crosses the border of the valued portfolio before the live part."""
        hours = plan.prices.instants_ms
        prices = plan.prices.matrix()
        values = value_history(plan.history, hours, prices)
        crossings = scope_flows(plan.history, hours, prices, plan.movements)
        plan.turns = past_flows.turn_flows(crossings, values)
        with self._store.reading() as session:
            stored = flow_rows.load_flows(session, self._store.portfolio_id, int(hours[0]) + 1, plan.live_from_ms)
        plan.waiting = [
            *(flow for flow in stored if not (flow.external_id or "").startswith(past_flows.DERIVED)),
            *(flow for flow in crossings if flow.price_usd is None),
            *plan.history.gaps,
        ]

        for what in plan.waiting:
            own = set() if isinstance(what, FlowRecord) else {what.asset}
            held = plan.history.before(what.instant_ms).keys()
            plan.wanted[what.instant_ms] = plan.wanted.get(what.instant_ms, set()) | held | own

    def _value(self, plan: _Plan, what: FlowRecord | ScopeFlow | Gap) -> None:
        price_at = plan.prices.at
        if isinstance(what, FlowRecord):
            plan.updated.append((what, past_flows.valued(what, plan.history, price_at)))
        elif isinstance(what, Gap):
            plan.added += past_flows.gap_flow(what, plan.history, price_at)
        else:
            plan.added += past_flows.crossing_flow(what, plan.history, price_at)

    def _store_all(self, plan: _Plan, fence: int) -> None:
        """Snapshots, flows, metrics and the report of it, in one transaction."""
        store, now_ms = self._store, self._clock.now_ms()
        hours = plan.prices.instants_ms
        values = value_history(plan.history, hours, plan.prices.matrix())
        exact = [Decimal(f"{value:.8f}") for value in values.values.tolist()]
        eur_usd, btc_usd = plan.prices.closes("EUR"), plan.prices.closes("BTC")
        past = [Rebuilt(*hour) for hour in zip(hours.tolist(), exact, eur_usd, btc_usd, strict=True)]
        with store.writing_as(fence) as session:
            backfill_rows.replace_backfill(session, store.portfolio_id, past)
            price_rows.add_prices(session, store.portfolio_id, plan.prices.closes_after(now_ms - DAY_MS - HOUR_MS))
            self._replace_flows(session, plan, now_ms)
            report = {
                "signature": plan.signature,
                "start_ms": int(hours[0]),
                "until_ms": plan.live_from_ms,
                "coverage_ratio": None if np.isnan(values.coverage_ratio) else values.coverage_ratio,
                "openings": dict(plan.history.openings),
                "gaps": [[gap.asset, gap.instant_ms, gap.quantity] for gap in plan.history.gaps],
                "unpriced": list(values.unpriced),
                "renames": [[m.asset, m.instant_ms, m.amount] for m in plan.movements if m.source == RENAME],
            }
            check_rows.save_check(session, store.portfolio_id, NAME, now_ms, report)
            fetched_rows.forget_fetched(session, store.portfolio_id)
            state = self._history.rebuilt(session)
        self._history.publish(state)
        self._doorbell.ring("performance", state.revision)

    def _replace_flows(self, session: Session, plan: _Plan, now_ms: int) -> None:
        portfolio_id = self._store.portfolio_id
        for old in flow_rows.imported_flows(session, portfolio_id):
            if (old.external_id or "").startswith(past_flows.DERIVED):
                flow_rows.delete_flow(session, portfolio_id, old, now_ms)
        for old, new in plan.updated:
            # A person may have edited or deleted it while prices were being fetched.
            if flow_rows.load_flow(session, portfolio_id, old.id) == old and new != old.content:
                flow_rows.update_flow(session, portfolio_id, old, new, now_ms)
        derived = (*plan.turns, *plan.added)
        said = decision_rows.load_decisions(session, portfolio_id, [new.external_id or "" for new in derived])
        for new in derived:
            decided = with_decision(new, said.get(new.external_id or ""))
            flow_rows.insert_flow(session, portfolio_id, decided, now_ms)


def _signature(live_from_ms: int, past: tuple[Movement, ...], flows: tuple[FlowRecord, ...]) -> str:
    """Changes whenever a rebuild would give something else."""
    told = hashlib.sha256(str(live_from_ms).encode())
    for movement in past:
        told.update(repr((movement.key, movement.kind, movement.amount, movement.instant_ms)).encode())
    for flow in flows:
        if not (flow.external_id or "").startswith(past_flows.DERIVED):
            told.update(repr((flow.id, flow.instant_ms, flow.quantity)).encode())
    return told.hexdigest()
