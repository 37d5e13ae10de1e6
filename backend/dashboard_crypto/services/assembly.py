"""Wires the services together, given the world outside. `app.py` chooses what is real."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.auto_refresh import AutoRefresh
from dashboard_crypto.services.backfill import Backfill
from dashboard_crypto.services.balance_cycle import BalanceCycle
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_book import FlowBook
from dashboard_crypto.services.flow_import import FlowImporter
from dashboard_crypto.services.flow_plans import FlowPlanner
from dashboard_crypto.services.flow_previews import FlowPreviews
from dashboard_crypto.services.flow_rates import FlowRateFill
from dashboard_crypto.services.history import History
from dashboard_crypto.services.history_worker import HistoryWorker, Past, ReaderFactory
from dashboard_crypto.services.jump_book import JumpBook
from dashboard_crypto.services.lease import WriterLease
from dashboard_crypto.services.ledger_book import LedgerBook
from dashboard_crypto.services.ledger_flows import LedgerFlows
from dashboard_crypto.services.ledger_import import LedgerImporter
from dashboard_crypto.services.measures import Measures
from dashboard_crypto.services.past_rate_fill import PastRateFill
from dashboard_crypto.services.performance import PerformanceService
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.reconciling import Reconciler
from dashboard_crypto.services.session_manager import GatewayFactory, SessionManager
from dashboard_crypto.services.snapshot_writer import SnapshotRules, SnapshotWriter
from dashboard_crypto.services.status import Checks, StatusService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the api and the command line call."""

    store: Store
    clock: Clock
    doorbell: Doorbell
    session: SessionManager
    history: History
    portfolio: PortfolioService
    performance: PerformanceService
    ledger: LedgerBook
    status: StatusService
    auto_refresh: AutoRefresh
    crew: Crew

    def close(self) -> None:
        """Stop the loops, then close streams, the gateway and the database."""
        self.doorbell.close()
        self.auto_refresh.stop()
        self.crew.close()
        self.session.close()
        self.store.close()


def assemble(
    store: Store,
    clock: Clock,
    gateway_factory: GatewayFactory | None,
    reader_factory: ReaderFactory | None = None,
    *,
    balance_interval_s: float = 30,
    snapshot_interval_s: float = 3600,
    min_base_usd: Decimal = Decimal(1),
    allow_trading_key: bool = False,
    lease_ttl_s: float = 30,
    crew: Crew = ALONE,
) -> Services:
    """Build every service. Nothing touches the network and no thread starts here. The `crew` reads the past."""
    doorbell = Doorbell()
    rules = SnapshotRules(balance_interval_s, snapshot_interval_s)
    sessions = SessionManager(gateway_factory, store, clock, allow_trading_key=allow_trading_key)
    history = History(store, min_base_usd)
    portfolio = PortfolioService(store, clock, doorbell, balance_interval_s=balance_interval_s)
    writer = SnapshotWriter(store, clock, history, doorbell, rules)
    books = _books(store, clock, history, doorbell, sessions)
    importer = FlowImporter(store, clock, history, doorbell)
    ledger = LedgerImporter(store, clock, doorbell, crew=crew)
    lease = WriterLease(store, clock, lease_ttl_s)
    backfill = Backfill(store, clock, history, doorbell, crew=crew)
    flows = LedgerFlows(store, clock, importer, crew=crew)
    past = Past(flows, Reconciler(store, clock), backfill, *_rate_fills(store, clock, doorbell))
    worker = HistoryWorker(store, sessions, clock, ledger, past, make_reader=reader_factory)
    loops = AutoRefresh(
        store,
        sessions,
        portfolio,
        cycle=BalanceCycle(portfolio, importer, history, jumps=books.jumps, ledger=ledger, rules=rules),
        writer=writer,
        worker=worker,
        lease=lease,
        clock=clock,
        doorbell=doorbell,
        balance_interval_s=balance_interval_s,
    )
    checks = Checks(ledger.progress, books.jumps, past.reconciler)
    status = StatusService(store, clock, portfolio, loops, lease, checks=checks, has_key=sessions.has_key)
    performance = _performance(store, history, writer, rules, books)
    owned = LedgerBook(store, clock, history, doorbell, sessions=sessions, importer=importer)
    return Services(store, clock, doorbell, sessions, history, portfolio, performance, owned, status, loops, crew)


def _rate_fills(store: Store, clock: Clock, doorbell: Doorbell) -> tuple[PastRateFill, FlowRateFill]:
    return PastRateFill(store, clock, doorbell), FlowRateFill(store, doorbell)


@dataclass(frozen=True, slots=True)
class _Books:
    planner: FlowPlanner
    flows: FlowBook
    jumps: JumpBook


def _books(store: Store, clock: Clock, history: History, doorbell: Doorbell, sessions: SessionManager) -> _Books:
    planner = FlowPlanner(store, clock, sessions)
    flows = FlowBook(store, clock, history, doorbell, planner)
    return _Books(planner, flows, JumpBook(store, history, flows, doorbell))


def _performance(
    store: Store, history: History, writer: SnapshotWriter, rules: SnapshotRules, books: _Books
) -> PerformanceService:
    measures = Measures(store, history, rules)
    previews = FlowPreviews(store, history, books.planner, measures)
    return PerformanceService(store, measures, writer, book=books.flows, previews=previews, jumps=books.jumps)
