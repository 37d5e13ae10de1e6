"""Cash flows that a person enters, changes and removes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from dashboard_crypto.core.errors import Conflict
from dashboard_crypto.core.money import plain
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.core.twins import Twin
from dashboard_crypto.db import flow_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, StoredAnswer
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import flow_decisions
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_plans import FlowPlan, FlowPlanner
from dashboard_crypto.services.history import History, HistoryState
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow

REMEMBER_ANSWERS_MS = 7 * DAY_MS


class FlowBook:
    """Carries out what `FlowPlanner` decides: stores and recomputes, all in one transaction."""

    def __init__(self, store: Store, clock: Clock, history: History, doorbell: Doorbell, planner: FlowPlanner) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._planner = planner

    def add(self, new: NewCashFlow, idempotency_key: str | None) -> FlowRecord:
        """Store a flow. The same key and content give the first answer again; with other content Conflict."""
        digest = _digest(new)
        if idempotency_key is not None:
            with self._store.reading() as session:
                known = self._answered(session, idempotency_key, digest)
            if known is not None:
                return known
        finish = self._planner.adding(new)
        with self._store.session() as session:
            if idempotency_key is not None and (known := self._answered(session, idempotency_key, digest)):
                return known
            before = self._history.synced(session)
            record, state = self._carried_out(session, before, finish(session, before))
            if idempotency_key is not None:
                self._remember(session, idempotency_key, digest, record)
        self._done(state)
        return record

    def edit(self, cash_flow_id: int, change: CashFlowChange) -> FlowRecord:
        """Change a flow; of an imported one only the note, the class and an amount beside the imported one."""
        finish = self._planner.editing(cash_flow_id, change)
        with self._store.session() as session:
            before = self._history.synced(session)
            record, state = self._carried_out(session, before, finish(session, before))
        self._done(state)
        return record

    def delete(self, cash_flow_id: int) -> None:
        """Remove a flow; Conflict for an imported one."""
        finish = self._planner.deleting(cash_flow_id)
        with self._store.session() as session:
            before = self._history.synced(session)
            _, state = self._carried_out(session, before, finish(session, before))
        self._done(state)

    def twins(self) -> list[tuple[FlowRecord, FlowRecord, Twin]]:
        """Pairs of a manual flow and an imported one that look like the same."""
        flows = self._history.current().flows
        return flow_decisions.twins(flows)

    def link(self, cash_flow_id: int, imported_id: int | None) -> FlowRecord:
        """Let the imported flow stand for a manual one; None undoes it."""
        with self._store.session() as session:
            manual = self._planner.found(session, cash_flow_id)
            if imported_id is not None:
                imported = self._planner.found(session, imported_id)
                flow_decisions.check_link(manual, imported, flow_rows.load_flows(session, self._store.portfolio_id))
            before = self._history.synced(session)
            plan = FlowPlan(manual, replace(manual.content, linked_id=imported_id))
            record, state = self._carried_out(session, before, plan)
        self._done(state)
        return record

    def _carried_out(self, session: Session, before: HistoryState, plan: FlowPlan) -> tuple[FlowRecord, HistoryState]:
        """Write a plan; the flow as it is stored now (or was), and the history after it."""
        portfolio_id, now_ms = self._store.portfolio_id, self._clock.now_ms()
        if plan.new is not None:
            if plan.old is None:
                record = flow_rows.insert_flow(session, portfolio_id, plan.new, now_ms)
            elif plan.old.source == "exchange":
                record = flow_decisions.store_decided(session, portfolio_id, plan.old, plan.new, now_ms)
            else:
                record = flow_rows.update_flow(session, portfolio_id, plan.old, plan.new, now_ms)
            return record, self._history.after_flow_change(session, before, (record,))
        if plan.old is None:
            raise ValueError("a plan without a flow")
        flow_rows.delete_flow(session, portfolio_id, plan.old, now_ms)
        return plan.old, self._history.after_flow_change(session, before, (), {plan.old.id})

    def _answered(self, session: Session, key: str, digest: str) -> FlowRecord | None:
        stored = flow_rows.load_answer(session, self._store.portfolio_id, key)
        if stored is None:
            return None
        if stored.body_digest != digest:
            raise Conflict("This Idempotency-Key was used for another request.")
        return flow_rows.flow_from_json(stored.answer)

    def _remember(self, session: Session, key: str, digest: str, record: FlowRecord) -> None:
        portfolio_id, now_ms = self._store.portfolio_id, self._clock.now_ms()
        flow_rows.forget_answers(session, portfolio_id, now_ms - REMEMBER_ANSWERS_MS)
        answer = StoredAnswer(digest, flow_rows.flow_json(record))
        flow_rows.save_answer(session, portfolio_id, key, answer, cash_flow_id=record.id, now_ms=now_ms)

    def _done(self, state: HistoryState) -> None:
        self._history.publish(state)
        self._doorbell.ring("performance", state.revision)


def _digest(new: NewCashFlow) -> str:
    parts = (
        new.type,
        new.instant_ms,
        None if new.amount_usd is None else plain(new.amount_usd),
        new.asset,
        None if new.quantity is None else plain(new.quantity),
        new.note,
        *(() if new.in_snapshot is None else (new.in_snapshot,)),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()
