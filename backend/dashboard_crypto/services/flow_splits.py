"""An imported cash flow in parts: some of it money from outside, some not. The import stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dashboard_crypto.core.decisions import Split, SplitPart, SplitUnit, checked_split
from dashboard_crypto.core.errors import Conflict, InvalidInput, NotFound
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db import flow_rows
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_decisions import store_decided
from dashboard_crypto.services.flow_views import flow_row
from dashboard_crypto.services.history import History
from dashboard_crypto.services.views import CashFlowRow


class FlowSplits:
    """Every change recomputes what follows from it in the same transaction."""

    def __init__(self, store: Store, clock: Clock, history: History, doorbell: Doorbell) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell

    def split(self, cash_flow_id: int, unit: SplitUnit, parts: Sequence[SplitPart]) -> CashFlowRow:
        """Put parts in place of those before. NotFound; InvalidInput for a flow entered by hand, or parts that do not
        add up to the import exactly; Conflict for a reclassified one."""

        def wanted(flow: FlowRecord) -> Split:
            if flow.flow_class != "external":
                raise Conflict("This cash flow has another class. Call it external again, then split it.")
            imported_usd = flow.amount_usd if flow.imported_amount_usd is None else flow.imported_amount_usd
            return checked_split(unit, parts, flow.quantity, imported_usd)

        return self._change(cash_flow_id, wanted)

    def undo(self, cash_flow_id: int) -> CashFlowRow:
        """The whole of it counts again. NotFound; Conflict if it is not split."""

        def wanted(flow: FlowRecord) -> None:
            if flow.split is None:
                raise Conflict("This cash flow is not split.")

        return self._change(cash_flow_id, wanted)

    def _change(self, cash_flow_id: int, wanted: Callable[[FlowRecord], Split | None]) -> CashFlowRow:
        portfolio_id = self._store.portfolio_id
        with self._store.session() as session:
            old = flow_rows.load_flow(session, portfolio_id, cash_flow_id)
            if old is None:
                raise NotFound("There is no such cash flow.")
            if old.source != "exchange":
                raise InvalidInput("This was entered by hand; change it, or enter several.", "/id", "manual")
            new = replace(old.content, split=wanted(old))
            before = self._history.synced(session)
            record = store_decided(session, portfolio_id, old, new, self._clock.now_ms())
            state = self._history.after_flow_change(session, before, (record,))
        self._history.publish(state)
        self._doorbell.ring("performance", state.revision)
        return flow_row(record)
