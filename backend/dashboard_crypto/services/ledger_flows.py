"""The ledger's external movements become cash flows, beside the deposits and withdrawals of the balance loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.decisions import Decision
from dashboard_crypto.core.model import EVERYTHING_MS
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.ports import Clock, ExchangeGateway
from dashboard_crypto.core.taxonomy import EVERYTHING, Part, Scope, classify, external_flow, external_parts
from dashboard_crypto.db import balance_rows, decision_rows, flow_rows, ledger_rows
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import returned_flows
from dashboard_crypto.services.flow_decisions import inherited
from dashboard_crypto.services.flow_import import FlowImporter
from dashboard_crypto.services.ledger_import import FLOW_SOURCES
from dashboard_crypto.services.ledger_reading import STATEMENT, counting
from dashboard_crypto.services.read_spans import Spans
from dashboard_crypto.services.returned_flows import MARK, Settled, settle_void

_AT_ONCE = 25
"""Each flow asks for prices: a batch is a few seconds of work, and one transaction."""


class LedgerFlows:
    """Brings the table of cash flows in line with the ledger. The same flow has the same key on both roads."""

    def __init__(
        self, store: Store, clock: Clock, importer: FlowImporter, scope: Scope = EVERYTHING, *, crew: Crew = ALONE
    ) -> None:
        self._crew = crew
        self._store = store
        self._clock = clock
        self._importer = importer
        self._scope = scope

    def step(self, gateway: ExchangeGateway, fence: int, spans: Spans) -> bool:
        """Take over one batch; True if there may be more.

        A source counts for the time that it has told completely: part of that would be a part of the truth. Imported
        files count for the time that all sources of cash flows have told, which may tell the same flows.
        """
        store = self._store
        with store.reading() as session:
            unpriced = balance_rows.load_balances(session, store.portfolio_id).unpriced
            movements = counting(ledger_rows.load_movements(session, store.portfolio_id))
            known = flow_rows.imported_flows(session, store.portfolio_id)
            stored = {flow.external_id: (flow.asset, flow.quantity, flow.reported_ms) for flow in known}
            decisions = decision_rows.load_decisions(session, store.portfolio_id)
            records = ledger_rows.load_records(session, store.portfolio_id, [flow.external_id or "" for flow in known])
        everything = self._parts(movements, _told_since(spans), decisions.values())
        void = {key for key, record in records.items() if key in stored and record.entry.state == "void"}
        settled = self._settled(known, void)
        gone = list(settled.gone)
        counted = {part.key for part in everything}
        # The exchange tells it by now, or another file does better.
        retold = [f for f in known if (f.external_id or "").startswith("statement:") and f.external_id not in counted]
        gone += [flow.external_id or "" for flow in retold]
        heirs = inherited(retold, [part for part in everything if part.key not in stored], decisions)
        if heirs:
            with store.writing_as(fence) as session:
                for decision in heirs:
                    decision_rows.save_decision(session, store.portfolio_id, decision, self._clock.now_ms())
        if gone:
            self._importer.drop(list(dict.fromkeys(gone)), fence)
        if settled.returned:
            kinds = {flow.external_id: returned_flows.KIND for flow in settled.returned}
            self._importer.take(settled.returned, gateway, fence, unpriced, kinds=kinds)
        parts = [part for part in everything if _fact(part) != stored.get(part.key)]
        batch = parts[:_AT_ONCE]
        if batch:
            kinds = {part.key: part.movement.kind for part in batch}
            self._ask_ahead(batch, gateway)
            self._importer.take([external_flow(part) for part in batch], gateway, fence, unpriced, kinds=kinds)
        return len(parts) > len(batch)

    def _ask_ahead(self, batch: Sequence[Part], gateway: ExchangeGateway) -> None:
        """Side by side the prices take a moment instead of seconds in which nothing of the past could be read; the
        gateway keeps them. An error comes again where it matters."""
        if self._crew.size > 1:
            self._crew.run([partial(gateway.price_at, part.movement.asset, part.movement.instant_ms) for part in batch])

    def _settled(self, known: Sequence[FlowRecord], void: Collection[str]) -> Settled:
        """Flows that never happened are forgotten, or balanced where snapshots saw them; so are returns of flows that
        happened after all."""
        back = {key.removesuffix(MARK) for flow in known if (key := flow.external_id or "").endswith(MARK)}
        waiting = [flow for flow in known if flow.external_id in void and flow.external_id not in back]
        revived = tuple(key + MARK for key in back if key not in void)
        if not waiting:
            return Settled(revived, ())
        with self._store.reading() as session:
            found = settle_void(session, self._store.portfolio_id, waiting, self._clock.now_ms())
        return Settled((*found.gone, *revived), found.returned)

    def _parts(
        self, movements: Sequence[Movement], since_ms: Mapping[str, int], decisions: Collection[Decision]
    ) -> tuple[Part, ...]:
        known = [m for m in movements if m.instant_ms >= since_ms.get(_source(m), m.instant_ms + 1)]
        return external_parts(classify(known, self._scope, decisions).parts)


def _told_since(spans: Spans) -> dict[str, int]:
    """By source, and for all imported files together."""
    since_ms = {name: span.since_ms for name, span in spans.items() if span is not None}
    flows = [name for name in spans if name in FLOW_SOURCES]
    if since_ms and all(name in since_ms for name in flows):
        since_ms[STATEMENT] = max((since_ms[name] for name in flows), default=EVERYTHING_MS)
    return since_ms


def _source(movement: Movement) -> str:
    return STATEMENT if movement.source.startswith(STATEMENT) else movement.source


def _fact(part: Part) -> tuple[str | None, object, int]:
    return (part.movement.asset, part.quantity, part.movement.instant_ms)
