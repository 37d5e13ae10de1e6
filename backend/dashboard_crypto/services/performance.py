"""Snapshots, cash flows and the numbers made from them: the one door for the api."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboard_crypto.core.model import Currency, WindowPnl, WindowReturn
from dashboard_crypto.core.money import EXACT
from dashboard_crypto.core.windows import Asked
from dashboard_crypto.db import flow_rows, snapshot_rows
from dashboard_crypto.db.records import SnapshotRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.flow_book import FlowBook
from dashboard_crypto.services.flow_previews import FlowPreviews
from dashboard_crypto.services.flow_views import flow_row
from dashboard_crypto.services.jump_book import JumpBook
from dashboard_crypto.services.measures import Measures, totals
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
from dashboard_crypto.services.window_views import CourseView, PreviewView, WindowsView, WindowView, WorkingView


class PerformanceService:
    """Every method is safe to call from any thread. Errors are those of `core.errors`."""

    def __init__(
        self,
        store: Store,
        measures: Measures,
        writer: SnapshotWriter,
        *,
        book: FlowBook,
        previews: FlowPreviews,
        jumps: JumpBook,
    ) -> None:
        self._store = store
        self._measures = measures
        self._previews = previews
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
            doubted_ms = self._measures.doubted_from_ms(session)
        there_is_more = limit is not None and len(records) > limit
        rows = [_snapshot_row(record, doubted_ms) for record in records[:limit]]
        return SnapshotPage(rows, rows[-1].instant_ms if there_is_more and rows else None)

    def snapshot_pages(
        self, start_ms: int | None = None, end_ms: int | None = None, after_ms: int | None = None, rows: int = 2_000
    ) -> Iterator[Sequence[SnapshotRow]]:
        """The same without a limit, at most `rows` at a time, all from one picture of the database.

        The picture is held until the last page was taken, so take them without waiting for anybody.
        """
        with self._store.reading() as session:
            doubted_ms = self._measures.doubted_from_ms(session)
            while True:
                first_ms = start_ms if after_ms is None else max(after_ms + 1, start_ms or 0)
                found = snapshot_rows.page_snapshots(session, self._store.portfolio_id, first_ms, end_ms, limit=rows)
                if found:
                    yield [_snapshot_row(record, doubted_ms) for record in found]
                if len(found) < rows:
                    return
                after_ms = found[-1].instant_ms

    def create_snapshot(self) -> SnapshotRow:
        """Store the current balances as a manual snapshot.

        Conflict if their minute has one already, NotReady if they are stale or partial.
        """
        record = self._writer.write_manual()
        with self._store.reading() as session:
            return _snapshot_row(record, self._measures.doubted_from_ms(session))

    def cash_flows(self, start_ms: int | None = None, end_ms: int | None = None) -> CashFlowList:
        """Cash flows with `start_ms <= instant <= end_ms`, oldest first, with their totals."""
        with self._store.reading() as session:
            records = flow_rows.load_flows(session, self._store.portfolio_id, start_ms, end_ms)
        deposits, withdrawals = totals(records)
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

    def preview_add(self, new: NewCashFlow, currency: Currency | None = None) -> PreviewView:
        """What `add_cash_flow` would do, in the currency too, if one is named; writes nothing, raises the same."""
        return self._previews.add(new, currency)

    def preview_edit(self, cash_flow_id: int, change: CashFlowChange, currency: Currency | None = None) -> PreviewView:
        """What `edit_cash_flow` would do."""
        return self._previews.edit(cash_flow_id, change, currency)

    def preview_delete(self, cash_flow_id: int, currency: Currency | None = None) -> PreviewView:
        """What `delete_cash_flow` would do."""
        return self._previews.delete(cash_flow_id, currency)

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

    def twr(self, days: Asked) -> WindowReturn:
        """Time-weighted return of the last `days` days before the newest snapshot (0: everything), or of two dates."""
        return self._measures.twr(days)

    def pnl(self, days: Asked) -> WindowPnl:
        """Profit and loss over the same window."""
        return self._measures.pnl(days)

    def working(self, asked: Asked, currency: Currency | None = None) -> WorkingView:
        """The return with its sub-periods, in the currency as far as its rates are known."""
        return self._measures.working(asked, currency)

    def window(self, asked: Asked, currency: Currency | None = None) -> WindowView:
        """Return and profit of one window, as of one moment; in the currency too, if one is named."""
        return self._measures.window(asked, currency)

    def windows(self, windows: Sequence[Asked], currency: Currency | None = None) -> WindowsView:
        """Return and profit of several windows and the totals, all as of one moment."""
        return self._measures.windows(windows, currency)

    def stats(self, currency: Currency | None = None) -> StatsView:
        """Counts and totals over the whole history; the totals in the currency too, if one is named."""
        return self._measures.stats(currency)

    def twr_history(self, days: int, max_points: int = 2000) -> TwrHistory:
        """Percent since the window's base; thinned to `max_points` keeping the extremes, 0 gives every point."""
        return self._measures.twr_history(days, max_points)

    def course(self, asked: Asked, max_points: int = 2000, currency: Currency | None = None) -> CourseView:
        """Return, value and profit at the snapshots of a window, thinned likewise."""
        return self._measures.course(asked, max_points, currency)


def _snapshot_row(record: SnapshotRecord, doubted_ms: int | None) -> SnapshotRow:
    is_doubted = doubted_ms is not None and record.instant_ms >= doubted_ms
    return SnapshotRow(
        id=record.id,
        instant_ms=record.instant_ms,
        total_value_usd=record.total_value_usd,
        twr=record.twr,
        pnl=None if is_doubted else EXACT.subtract(record.total_value_usd, record.capital_usd),
        pnl_percent=record.pnl_percent,
        source=record.source,
        status=record.status,
    )
