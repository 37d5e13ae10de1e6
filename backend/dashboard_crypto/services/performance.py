"""Snapshots, cash flows and the numbers made from them: the one door for the api."""

from __future__ import annotations

from collections.abc import Callable

from dashboard_crypto.core.model import WindowPnl, WindowReturn
from dashboard_crypto.core.ports import Clock, ExchangeGateway
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.views import (
    CashFlowChange,
    CashFlowList,
    CashFlowRow,
    NewCashFlow,
    SnapshotPage,
    SnapshotRow,
    StatsView,
    TwrHistory,
)


class PerformanceService:
    """Every method is safe to call from any thread. Errors are those of `core.errors`."""

    def snapshots(
        self,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
        after_ms: int | None = None,
    ) -> SnapshotPage:
        """Snapshots with `start_ms <= instant <= end_ms`, oldest first; at most `limit`, after the cursor `after_ms`."""
        raise NotImplementedError

    def create_snapshot(self) -> SnapshotRow:
        """Store the current balances as a manual snapshot. Conflict if their minute has one, NotReady if stale or partial."""
        raise NotImplementedError

    def cash_flows(self, start_ms: int | None = None, end_ms: int | None = None) -> CashFlowList:
        """Cash flows with `start_ms <= instant <= end_ms`, oldest first, with their totals."""
        raise NotImplementedError

    def add_cash_flow(self, new: NewCashFlow, idempotency_key: str | None = None) -> CashFlowRow:
        """Store a flow and recompute everything after it, in one transaction. InvalidInput, Conflict, NotReady."""
        raise NotImplementedError

    def edit_cash_flow(self, cash_flow_id: int, change: CashFlowChange) -> CashFlowRow:
        """Change a flow and recompute. NotFound, InvalidInput; Conflict for an imported flow (its note may change)."""
        raise NotImplementedError

    def delete_cash_flow(self, cash_flow_id: int) -> None:
        """Remove a flow and recompute. NotFound; Conflict for an imported flow."""
        raise NotImplementedError

    def twr(self, days: int) -> WindowReturn:
        """Time-weighted return of the last `days` days before the newest snapshot; 0 is the whole history."""
        raise NotImplementedError

    def pnl(self, days: int) -> WindowPnl:
        """Profit and loss over the same window."""
        raise NotImplementedError

    def stats(self) -> StatsView:
        """Counts and totals over the whole history."""
        raise NotImplementedError

    def twr_history(self, days: int, max_points: int = 2000) -> TwrHistory:
        """Percent since the window's base; thinned to `max_points` keeping the extremes, 0 gives every point."""
        raise NotImplementedError
