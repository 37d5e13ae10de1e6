"""Services that answer from memory, for tests of the HTTP layer alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
from flask import Flask

from dashboard_crypto.api import flask_app
from dashboard_crypto.api.context import ApiContext, Setup
from dashboard_crypto.core.decisions import SplitPart, SplitUnit
from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.core.model import Balance, WindowReturn
from dashboard_crypto.core.windows import Asked
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.export import COLUMNS, Exporter, ExportKind, Row
from dashboard_crypto.services.flow_splits import FlowSplits
from dashboard_crypto.services.ledger_book import LedgerBook
from dashboard_crypto.services.ledger_views import MovementChange, MovementPage, MovementQuery, MovementRow
from dashboard_crypto.services.performance import PerformanceService
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.status import StatusService
from dashboard_crypto.services.views import (
    BalancesView,
    CashFlowChange,
    CashFlowRow,
    NewCashFlow,
    SnapshotPage,
    SnapshotRow,
    TwrHistory,
)

NOW_MS = 1_767_607_230_000
BTC = Balance(
    "BTC", Decimal("0.51200000"), Decimal(92000), Decimal("47104.00"), 100.0, "live", {"spot": Decimal("0.3")}
)


class FakeClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.ms = NOW_MS

    def now_ms(self) -> int:
        """The present."""
        return self.ms

    def monotonic(self) -> float:
        """Seconds."""
        return self.ms / 1000


class FakePortfolio(PortfolioService):
    """One BTC holding. `made` counts how often a body had to be made."""

    def __init__(self, clock: FakeClock) -> None:
        self.fake_clock = clock
        self.now_revision = (1841, 3)
        self.made = 0
        self.error: PortfolioError | None = None
        self.state_message = ""

    def revision(self) -> tuple[int, int]:
        if self.error is not None:
            raise self.error
        return self.now_revision

    def newest(self) -> BalancesView:
        self.made += 1
        revision = self.now_revision[0]
        return BalancesView(Decimal("47104.10"), NOW_MS - 12_000, (BTC,), ("OLD",), "live", "", None, revision)

    def aged(self, view: BalancesView) -> BalancesView:
        age = (self.fake_clock.ms - NOW_MS) // 1000 + 12
        return replace(view, state="live" if age <= 90 else "stale", state_message=self.state_message, age_seconds=age)

    def request_refresh(self) -> bool:
        return True


class FakePerformance(PerformanceService):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.error: PortfolioError | None = None
        self.rows = 3

    def snapshots(
        self,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
        after_ms: int | None = None,
    ) -> SnapshotPage:
        first = 0 if after_ms is None else after_ms // 1000 + 1
        last = min(self.rows, first + (limit or self.rows))
        rows = [
            SnapshotRow(i + 1, i * 1000, Decimal("10.10"), 1.5, Decimal("0.10"), 1.0, "live", "complete")
            for i in range(first, last)
        ]
        return SnapshotPage(rows, rows[-1].instant_ms if last < self.rows else None)

    def snapshot_pages(
        self, start_ms: int | None = None, end_ms: int | None = None, after_ms: int | None = None, rows: int = 2_000
    ) -> Iterator[Sequence[SnapshotRow]]:
        while True:
            page = self.snapshots(start_ms, end_ms, rows, after_ms)
            yield page.rows
            if page.next_after_ms is None:
                return
            after_ms = page.next_after_ms

    def create_snapshot(self) -> SnapshotRow:
        if self.error is not None:
            raise self.error
        return SnapshotRow(9, NOW_MS, Decimal("47104.10"), None, Decimal(0), None, "manual", "complete")

    def add_cash_flow(self, new: NewCashFlow, idempotency_key: str | None = None) -> CashFlowRow:
        self.asked.append((new, idempotency_key))
        if self.error is not None:
            raise self.error
        amount = new.amount_usd or Decimal(1)
        return CashFlowRow(1, NOW_MS, amount, new.type, None, None, None, "manual", new.note, "exact")

    def edit_cash_flow(self, cash_flow_id: int, change: CashFlowChange) -> CashFlowRow:
        self.asked.append((cash_flow_id, change))
        return CashFlowRow(
            cash_flow_id, NOW_MS, Decimal(1), "DEPOSIT", None, None, None, "manual", change.note, "exact"
        )

    def delete_cash_flow(self, cash_flow_id: int) -> None:
        self.asked.append(cash_flow_id)

    def twr(self, days: Asked) -> WindowReturn:
        return WindowReturn(
            period_days=days if isinstance(days, int) else 1,
            actual_days=30.0,
            twr=Decimal("0.0712"),
            twr_annualized=Decimal("1.3094"),
            annualization="extrapolated",
            start_ms=NOW_MS - 30 * 86_400_000,
            end_ms=NOW_MS,
            start_value=Decimal("41000.0"),
            end_value=Decimal("48211.07"),
            is_partial=False,
            flow_count=2,
            approximate_flows=0,
            segments=1,
            gap_days=0.0,
            base_offset_seconds=0,
            flags=(),
            reason=None,
        )

    def twr_history(self, days: int, max_points: int = 2000) -> TwrHistory:
        return TwrHistory(np.array([0, 3_600_000, 7_200_500], dtype=np.int64), np.array([0.0, 0.1 + 0.2, -1.0]))


class FakeLedger(LedgerBook):
    """Two movements. Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.splits = FakeSplits()

    def movements(self, query: MovementQuery) -> MovementPage:
        self.asked.append(query)
        row = MovementRow(
            "dust:1#out:BNB", NOW_MS, "dust", "BNB", Decimal("-1.50"), "spot", "internal", "internal", "1", None, "dust"
        )
        return MovementPage((row,), (NOW_MS, row.id) if query.before is None else None)

    def decide(self, key: str, change: MovementChange) -> MovementRow:
        self.asked.append((key, change))
        return MovementRow(key, NOW_MS, "dust", "BNB", Decimal(1), "spot", "external", "internal", "1", "x", "dust")


class FakeSplits(FlowSplits):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def split(self, cash_flow_id: int, unit: SplitUnit, parts: Sequence[SplitPart]) -> CashFlowRow:
        self.asked.append((cash_flow_id, unit, list(parts)))
        return CashFlowRow(cash_flow_id, NOW_MS, Decimal(3), "DEPOSIT", None, None, None, "exchange", None, "exact")

    def undo(self, cash_flow_id: int) -> CashFlowRow:
        return self.split(cash_flow_id, "quantity", ())


class FakeExports(Exporter):
    """One row of everything."""

    def __init__(self) -> None:
        pass

    def rows(self, what: ExportKind) -> list[Row]:
        return [tuple("=1+1" for _ in COLUMNS[what])]


class FakeStatus(StatusService):
    """Healthy or not."""

    def __init__(self) -> None:
        self.fine = True

    def healthy(self) -> bool:
        return self.fine


class Fakes:
    """One application over fakes, and its parts."""

    def __init__(self, static_dir: Path, **facts: object) -> None:
        self.clock = FakeClock()
        self.portfolio = FakePortfolio(self.clock)
        self.performance = FakePerformance()
        self.ledger = FakeLedger()
        self.status = FakeStatus()
        self.doorbell = Doorbell()
        self.context = ApiContext(
            portfolio=self.portfolio,
            performance=self.performance,
            ledger=self.ledger,
            status=self.status,
            exports=FakeExports(),
            doorbell=self.doorbell,
            clock=self.clock,
            version="0",
            setup=Setup(),
            static_dir=static_dir,
            **facts,  # type: ignore[arg-type]
        )
        self.app: Flask = flask_app.create(self.context, "x" * 32)
        self.client = self.app.test_client()
