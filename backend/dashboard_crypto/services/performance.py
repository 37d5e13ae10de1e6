"""Snapshots, cash flows and the numbers made from them: the one door for the api."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.model import WindowPnl, WindowReturn
from dashboard_crypto.core.money import EXACT, ZERO, total
from dashboard_crypto.core.pnl import window_pnl
from dashboard_crypto.core.points import ExactValues
from dashboard_crypto.core.thinning import thin
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.core.window_return import window_index, window_return
from dashboard_crypto.core.windows import select_window
from dashboard_crypto.db import check_rows, flow_rows, snapshot_rows
from dashboard_crypto.db.records import FlowRecord, SnapshotRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.flow_book import FlowBook
from dashboard_crypto.services.flow_views import flow_row
from dashboard_crypto.services.history import History, HistoryState
from dashboard_crypto.services.jump_book import JumpBook
from dashboard_crypto.services.snapshot_writer import SnapshotWriter
from dashboard_crypto.services.views import (
    CashFlowChange,
    CashFlowList,
    CashFlowRow,
    NewCashFlow,
    SnapshotPage,
    SnapshotRow,
    StatsView,
    SuggestionView,
    TwinView,
    TwrHistory,
)


class PerformanceService:
    """Every method is safe to call from any thread. Errors are those of `core.errors`."""

    def __init__(self, store: Store, history: History, writer: SnapshotWriter, book: FlowBook, jumps: JumpBook) -> None:
        self._store = store
        self._history = history
        self._writer = writer
        self._book = book
        self._jumps = jumps

    def revision(self) -> tuple[int, int]:
        """`(revision, history_revision)`; see `PortfolioService.revision`."""
        return self._store.revision()

    def snapshots(
        self,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
        after_ms: int | None = None,
    ) -> SnapshotPage:
        """Snapshots with `start_ms <= instant <= end_ms`, oldest first; at most `limit`, later than `after_ms`."""
        if after_ms is not None:
            start_ms = after_ms + 1 if start_ms is None else max(start_ms, after_ms + 1)
        one_more = None if limit is None else limit + 1
        with self._store.reading() as session:
            records = snapshot_rows.page_snapshots(session, self._store.portfolio_id, start_ms, end_ms, limit=one_more)
        there_is_more = limit is not None and len(records) > limit
        rows = [_snapshot_row(record) for record in records[:limit]]
        return SnapshotPage(rows, rows[-1].instant_ms if there_is_more and rows else None)

    def create_snapshot(self) -> SnapshotRow:
        """Store the current balances as a manual snapshot.

        Conflict if their minute has one already, NotReady if they are stale or partial.
        """
        return _snapshot_row(self._writer.write_manual())

    def cash_flows(self, start_ms: int | None = None, end_ms: int | None = None) -> CashFlowList:
        """Cash flows with `start_ms <= instant <= end_ms`, oldest first, with their totals."""
        with self._store.reading() as session:
            records = flow_rows.load_flows(session, self._store.portfolio_id, start_ms, end_ms)
        deposits, withdrawals = _totals(records)
        return CashFlowList(tuple(flow_row(record) for record in records), deposits, withdrawals)

    def add_cash_flow(self, new: NewCashFlow, idempotency_key: str | None = None) -> CashFlowRow:
        """Store a flow and recompute everything after it, in one transaction. InvalidInput, Conflict, NotReady."""
        return flow_row(self._book.add(new, idempotency_key))

    def edit_cash_flow(self, cash_flow_id: int, change: CashFlowChange) -> CashFlowRow:
        """Change a flow and recompute. NotFound, InvalidInput; Conflict for what is not the owner's to change."""
        return flow_row(self._book.edit(cash_flow_id, change))

    def delete_cash_flow(self, cash_flow_id: int) -> None:
        """Remove a flow and recompute. NotFound; Conflict for an imported flow."""
        self._book.delete(cash_flow_id)

    def twins(self) -> tuple[TwinView, ...]:
        """Manual flows that look like an imported one, nearest first; both count until they are linked."""
        return tuple(
            TwinView(flow_row(manual), flow_row(imported), twin.apart_ms // 1000, float(100 * twin.difference_ratio))
            for manual, imported, twin in self._book.twins()
        )

    def link_cash_flow(self, cash_flow_id: int, imported_id: int | None) -> CashFlowRow:
        """Say that a manual flow is the imported one (None: that it is not): only the imported one counts then."""
        return flow_row(self._book.link(cash_flow_id, imported_id))

    def suggestions(self) -> tuple[SuggestionView, ...]:
        """Unexplained changes of balances that wait for an answer, oldest first."""
        return tuple(
            SuggestionView(one.id, one.after_ms, one.until_ms, one.amount_usd, one.asset, one.quantity)
            for one in self._jumps.waiting()
        )

    def accept_suggestion(self, suggestion_id: int) -> CashFlowRow:
        """Store the suggested cash flow. NotFound; Conflict if it was answered before; NotReady without a price."""
        return flow_row(self._jumps.accept(suggestion_id))

    def dismiss_suggestion(self, suggestion_id: int) -> None:
        """It was performance after all. NotFound, Conflict."""
        self._jumps.dismiss(suggestion_id)

    def twr(self, days: int) -> WindowReturn:
        """Time-weighted return of the last `days` days before the newest snapshot; 0 is the whole history."""
        state = self._history.current()
        series = state.series
        return window_return(
            days,
            series.instants_ms,
            series.values,
            series.flows,
            self._exact_values(state),
            min_base=series.min_base,
        )

    def pnl(self, days: int) -> WindowPnl:
        """Profit and loss over the same window."""
        state = self._history.current()
        series = state.series
        return window_pnl(days, series.instants_ms, series.flows, self._exact_values(state), min_base=series.min_base)

    def stats(self) -> StatsView:
        """Counts and totals over the whole history."""
        state = self._history.current()
        first_ms, last_ms = state.first_ms, state.last_ms
        with self._store.reading() as session:
            rebuilt = check_rows.load_check(session, self._store.portfolio_id, "backfill")
            latest_id = snapshot_rows.newest_id(session, self._store.portfolio_id)
        past = {} if rebuilt is None else rebuilt[1]
        deposits, withdrawals = _totals(state.flows)
        return StatsView(
            tracking_days=0.0 if first_ms is None or last_ms is None else (last_ms - first_ms) / DAY_MS,
            total_snapshots=len(state.series),
            total_cashflows=len(state.flows),
            total_deposits_usd=deposits,
            total_withdrawals_usd=withdrawals,
            first_snapshot_ms=first_ms,
            last_snapshot_ms=last_ms,
            latest_snapshot_id=latest_id,
            history_start_ms=past.get("start_ms"),
            coverage=past.get("coverage_ratio"),
            assumed_openings={asset: Decimal(text) for asset, text in past.get("openings", {}).items()},
            assumed_departures=len(past.get("gaps", ())),
        )

    def twr_history(self, days: int, max_points: int = 2000) -> TwrHistory:
        """Percent since the window's base; thinned to `max_points` keeping the extremes, 0 gives every point."""
        series = self._history.current().series
        window = select_window(series.instants_ms, days)
        if window is None:
            return TwrHistory(np.empty(0, dtype=np.int64), np.empty(0))
        instants, growth = window_index(series, window)
        percent = (growth - 1.0) * 100.0
        if max_points and len(percent) > max_points:
            kept = thin(percent, max_points)
            instants, percent = instants[kept], percent[kept]
        return TwrHistory(instants, percent)

    def _exact_values(self, state: HistoryState) -> ExactValues:
        """Reads the few rows that decide a window, digit for digit, in one query."""

        def read(rows: Sequence[int]) -> list[Decimal]:
            instants = [int(state.series.instants_ms[row]) for row in rows]
            with self._store.reading() as session:
                found = snapshot_rows.exact_values(session, self._store.portfolio_id, instants)
            return [found[instant] for instant in instants]

        return read


def _totals(records: Sequence[FlowRecord]) -> tuple[Decimal, Decimal]:
    amounts = [amount for record in records if (amount := record.counted_usd) is not None]
    out = total(amount for amount in amounts if amount < 0)
    return total(amount for amount in amounts if amount > 0), EXACT.minus(out) if out else ZERO


def _snapshot_row(record: SnapshotRecord) -> SnapshotRow:
    return SnapshotRow(
        id=record.id,
        instant_ms=record.instant_ms,
        total_value_usd=record.total_value_usd,
        twr=record.twr,
        pnl=EXACT.subtract(record.total_value_usd, record.capital_usd),
        pnl_percent=record.pnl_percent,
        source=record.source,
        status=record.status,
    )
