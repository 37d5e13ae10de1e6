"""The ledger's external movements become cash flows, beside the deposits and withdrawals of the balance loop."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.decisions import Decision
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

    def step(self, gateway: ExchangeGateway, fence: int) -> bool:
        """Take over one batch; True if there may be more.

        Only sources that were read to their end count: part of one would be a part of the truth. Imported files count
        once all sources of cash flows were read, which may tell the same flows.
        """
        store = self._store
        with store.reading() as session:
            sources = ledger_rows.load_sources(session, store.portfolio_id)
            unpriced = balance_rows.load_balances(session, store.portfolio_id).unpriced
            movements = counting(ledger_rows.load_movements(session, store.portfolio_id))
            known = flow_rows.imported_flows(session, store.portfolio_id)
            stored = {flow.external_id: (flow.asset, flow.quantity, flow.reported_ms) for flow in known}
            decisions = decision_rows.load_decisions(session, store.portfolio_id)
            records = ledger_rows.load_records(session, store.portfolio_id, [flow.external_id or "" for flow in known])
        finished = {name for name, source in sources.items() if source.done}
        if finished and all(source.done for name, source in sources.items() if name in FLOW_SOURCES):
            finished.add(STATEMENT)
        everything = self._parts(movements, finished, decisions.values())
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
        self, movements: Sequence[Movement], finished: Collection[str], decisions: Collection[Decision]
    ) -> tuple[Part, ...]:
        has_statements = STATEMENT in finished
        known = [m for m in movements if m.source in finished or (has_statements and m.source.startswith(STATEMENT))]
        return external_parts(classify(known, self._scope, decisions).parts)


def _fact(part: Part) -> tuple[str | None, object, int]:
    return (part.movement.asset, part.quantity, part.movement.instant_ms)
