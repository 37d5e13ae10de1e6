"""The ledger for its owner: every movement that counts, and what it shall count as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dashboard_crypto.core.decisions import Decision, class_of, meaning
from dashboard_crypto.core.errors import Conflict, NotFound, NotReady, PortfolioError
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.taxonomy import EVERYTHING, Part, Scope, classify, external_flow
from dashboard_crypto.db import balance_rows, decision_rows, flow_rows, ledger_rows, state_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_decisions import store_decided
from dashboard_crypto.services.flow_import import FlowImporter
from dashboard_crypto.services.flow_splits import FlowSplits
from dashboard_crypto.services.history import History, HistoryState
from dashboard_crypto.services.ledger_reading import counting
from dashboard_crypto.services.ledger_views import MovementChange, MovementPage, MovementQuery, MovementRow
from dashboard_crypto.services.session_manager import SessionManager


class LedgerBook:
    """A movement that the owner calls money from outside becomes a cash flow, and stops being one when called back."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        history: History,
        doorbell: Doorbell,
        *,
        sessions: SessionManager,
        importer: FlowImporter,
        scope: Scope = EVERYTHING,
    ) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._sessions = sessions
        self._importer = importer
        self._scope = scope
        self.splits = FlowSplits(store, clock, history, doorbell)
        self._listed: tuple[int, tuple[MovementRow, ...]] | None = None

    def movements(self, query: MovementQuery) -> MovementPage:
        """The movements asked for, newest first; what several sources tell is there once."""
        found = [row for row in self._rows() if _matches(row, query)]
        page = found[: query.limit]
        there_is_more = len(found) > len(page)
        return MovementPage(tuple(page), (page[-1].instant_ms, page[-1].id) if there_is_more else None)

    def decide(self, key: str, change: MovementChange) -> MovementRow:
        """Keep what the owner says, and recompute in the same transaction.

        NotFound; Conflict if the movement's cash flow is split, or somebody was faster; NotReady if the exchange is
        needed for a price and cannot be asked.
        """
        part, decision, flow = self._found(key)
        wanted = _changed(part, decision, change)
        counts_as = wanted.flow_class or part.imported_class
        if flow is not None and flow.split is not None and counts_as != flow.flow_class:
            raise Conflict("This cash flow is split. Undo the split first, then give the whole of it a class.")
        becomes_flow = flow is None and counts_as == "external" and part.imported_class != "external"
        new = self._valued(part, wanted) if becomes_flow else None
        state: HistoryState | None = None
        with self._store.session() as session:
            if self._flow(session, key) != flow:
                raise Conflict("This movement was changed by somebody else meanwhile. Reload and try again.")
            state = self._write(session, part, wanted, flow, new)
            revision = state.revision if state else state_rows.bump(session, self._store.portfolio_id)[0]
        if state is not None:
            self._history.publish(state)
        self._doorbell.ring("performance", revision)
        return _row(replace(part, flow_class=counts_as), wanted)

    def _write(
        self, session: Session, part: Part, wanted: Decision, flow: FlowRecord | None, new: NewFlow | None
    ) -> HistoryState | None:
        portfolio_id, now_ms = self._store.portfolio_id, self._clock.now_ms()
        before = self._history.synced(session)
        counts_as = wanted.flow_class or part.imported_class
        decision_rows.save_decision(session, portfolio_id, wanted, now_ms)
        if flow is not None and "external" not in {counts_as, part.imported_class}:
            flow_rows.delete_flow(session, portfolio_id, flow, now_ms)
            return self._history.after_flow_change(session, before, (), {flow.id})
        if flow is not None:
            decided = replace(flow.content, flow_class=counts_as, note=wanted.note)
            written = store_decided(session, portfolio_id, flow, decided, now_ms)
        elif new is not None:
            written = flow_rows.insert_flow(session, portfolio_id, new, now_ms)
        else:
            return None
        return self._history.after_flow_change(session, before, (written,))

    def _valued(self, part: Part, wanted: Decision) -> NewFlow:
        gateway = self._sessions.gateway()
        if gateway is None:
            raise NotReady("Without an API key no price can be looked up for this movement.")
        with self._store.reading() as session:
            unpriced = balance_rows.load_balances(session, self._store.portfolio_id).unpriced
        try:
            kinds = {part.key: part.movement.kind}
            (flow,) = self._importer.valued([external_flow(part)], gateway, unpriced, kinds=kinds)
        except PortfolioError as error:
            raise NotReady("The exchange cannot be asked for the price now. Try again later.") from error
        return replace(flow, note=wanted.note)

    def _found(self, key: str) -> tuple[Part, Decision, FlowRecord | None]:
        with self._store.reading() as session:
            parts = self._parts(session, ())
            part = next((part for part in parts if part.key == key), None)
            if part is None:
                raise NotFound("There is no such movement.")
            said = decision_rows.load_decisions(session, self._store.portfolio_id, [key])
            return part, said.get(key, Decision(key)), self._flow(session, key)

    def _flow(self, session: Session, key: str) -> FlowRecord | None:
        return flow_rows.flows_by_external_id(session, self._store.portfolio_id, [key]).get(key)

    def _parts(self, session: Session, decisions: Iterable[Decision]) -> tuple[Part, ...]:
        told = ledger_rows.load_movements(session, self._store.portfolio_id)
        return classify(counting(told), self._scope, decisions).parts

    def _rows(self) -> tuple[MovementRow, ...]:
        """Newest first; made anew only when something has changed."""
        revision = self._store.revision()[0]
        if self._listed is None or self._listed[0] != revision:
            with self._store.reading() as session:
                said = decision_rows.load_decisions(session, self._store.portfolio_id)
                parts = self._parts(session, said.values())
            rows = [_row(part, said.get(part.key)) for part in reversed(parts)]
            self._listed = (revision, tuple(rows))
        return self._listed[1]


def _changed(part: Part, decision: Decision, change: MovementChange) -> Decision:
    flow_class, note = decision.flow_class, decision.note
    if change.sets_class:
        flow_class = None if change.flow_class is None else class_of(change.flow_class, part.quantity)
        if flow_class is not None and meaning(flow_class) == meaning(part.imported_class):
            flow_class = None
    if change.note is not None:
        note = change.note or None
    return replace(decision, flow_class=flow_class, note=note)


def _row(part: Part, decision: Decision | None) -> MovementRow:
    movement = part.movement
    return MovementRow(
        id=part.key,
        instant_ms=movement.instant_ms,
        kind=movement.kind,
        asset=movement.asset,
        quantity=movement.amount,
        wallet=movement.wallet,
        flow_class=meaning(part.flow_class),
        imported_class=meaning(part.imported_class),
        exchange_id=movement.external_id,
        note=None if decision is None else decision.note,
        source=movement.source,
    )


def _matches(row: MovementRow, query: MovementQuery) -> bool:
    return (
        (query.kind is None or row.kind == query.kind)
        and (query.asset is None or row.asset == query.asset)
        and (query.wallet is None or row.wallet == query.wallet)
        and (query.start_ms is None or row.instant_ms >= query.start_ms)
        and (query.end_ms is None or row.instant_ms <= query.end_ms)
        and (query.before is None or (row.instant_ms, row.id) < query.before)
    )
