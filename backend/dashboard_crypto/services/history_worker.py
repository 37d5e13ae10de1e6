"""What happens beside the balances: reading the past, in steps small enough that live calls never wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from dashboard_crypto.core.errors import (
    DatabaseBusy,
    DatabaseUnusable,
    ExchangeLimited,
    GiveUp,
    KeyRefused,
    PortfolioError,
    Wait,
)
from dashboard_crypto.core.model import EVERYTHING_MS
from dashboard_crypto.core.ports import Clock, ExchangeGateway, HistoryReader
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.backfill import Backfill
from dashboard_crypto.services.flow_rates import FlowRateFill
from dashboard_crypto.services.ledger_flows import LedgerFlows
from dashboard_crypto.services.ledger_import import FLOW_SOURCES, LedgerImporter
from dashboard_crypto.services.past_rate_fill import PastRateFill
from dashboard_crypto.services.reconciling import Reconciler
from dashboard_crypto.services.session_manager import SessionManager

log = logging.getLogger(__name__)

ReaderFactory = Callable[[ExchangeGateway], HistoryReader]

BREATH_S = 0.01
"""Between two pages: the other threads get their turn."""
IDLE_S = 5.0
TROUBLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Past:
    """What is made of the records that were read."""

    flows: LedgerFlows
    reconciler: Reconciler
    backfill: Backfill
    rates: PastRateFill
    flow_rates: FlowRateFill


class HistoryWorker:
    """One tick is one step of work; it answers how long to rest. Without a reader there is nothing to do."""

    def __init__(
        self,
        store: Store,
        sessions: SessionManager,
        clock: Clock,
        importer: LedgerImporter,
        past: Past,
        *,
        make_reader: ReaderFactory | None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._importer = importer
        self._flows = past.flows
        self._reconciler = past.reconciler
        self._backfill = past.backfill
        self._rates = past.rates
        self._flow_rates = past.flow_rates
        self._store = store
        self._seen_revision = -1
        self._flows_due = True
        # A movement of any source is a cash flow if the owner has said so; those wait until everything is read.
        self._others_read = False
        self._rebuilds_first = True
        self._make_reader = make_reader
        self._reader: tuple[ExchangeGateway, HistoryReader] | None = None

    @property
    def is_configured(self) -> bool:
        """There is a key, and a way to read history with it."""
        return self._make_reader is not None and self._sessions.has_key

    def tick(self, fence: int) -> float:
        """Do one step. Seconds to rest before the next; errors of the exchange only make the rest longer."""
        both = self._current_reader()
        if both is None:
            return IDLE_S
        try:
            return BREATH_S if self._step(*both, fence) else self._importer.rest_s(IDLE_S)
        except (GiveUp, DatabaseBusy, DatabaseUnusable):
            raise
        except Wait as error:
            return max(1.0, (error.retry_at_ms - self._clock.now_ms()) / 1000)
        except PortfolioError as error:
            log.warning("the account's history cannot be read now: %s", error)
            if isinstance(error, KeyRefused):
                self._sessions.distrust()
            return TROUBLE_S

    def _step(self, gateway: ExchangeGateway, reader: HistoryReader, fence: int) -> bool:
        self._notice_changes()
        if self._flows_due:
            self._flows_due = self._flows.step(gateway, fence, self._importer.spans.load(reader))
            if self._flows_due:
                return True
        self._reconciler.step(reader, fence)
        limited: ExchangeLimited | None = None
        self._rebuilds_first = not self._rebuilds_first
        for work in (self._rebuild, self._read, self._rebuild)[0 if self._rebuilds_first else 1 :]:
            # Their limits are apart: while one waits for the next minute, the other goes on.
            try:
                if work(gateway, reader, fence):
                    return True
            except ExchangeLimited as error:
                is_sooner = limited is None or error.retry_at_ms < limited.retry_at_ms
                limited = error if is_sooner else limited
        if limited is not None:
            raise limited
        return self._flow_rates.step(reader, fence)

    def _read(self, gateway: ExchangeGateway, reader: HistoryReader, fence: int) -> bool:
        read = self._importer.step(reader, fence)
        if not read:
            has_news, self._others_read = self._others_read, False
            self._flows_due = has_news and self._flows.step(gateway, fence, self._importer.spans.load(reader))
            return self._flows_due
        self._flows_due = any(read[name] for name in FLOW_SOURCES if name in read)
        self._others_read = True
        self._backfill.look_again()
        return True

    def _rebuild(self, gateway: ExchangeGateway, reader: HistoryReader, fence: int) -> bool:
        if not self._backfill.is_under_way:
            spans = self._importer.spans.load(reader)
            since_ms = self._backfill.since_ms(reader, spans)
            self._importer.need_until(self._backfill.needs_until_ms)
            if since_ms == EVERYTHING_MS and self._others_read:
                return False  # once, when nothing is left to read now
            if since_ms is not None:
                if self._flows.step(gateway, fence, spans):
                    return True
                self._backfill.begin(since_ms, spans)
        has_more = self._backfill.step(reader, fence)
        progress = self._importer.progress
        share = self._backfill.share if self._backfill.is_complete else None  # a part is there within moments
        # Instants to price are known only once the hours are there: what was said is not taken back.
        progress.rebuilt = share if share is None else max(share, progress.rebuilt or 0.0)
        progress.is_over = not self._backfill.is_under_way and self._backfill.is_complete
        return has_more or (progress.is_over and self._rates.step(reader, fence))

    def _notice_changes(self) -> None:
        """An import from the command line, or a decision of the owner, may change what follows from the ledger."""
        history_revision = self._store.revision()[1]
        if history_revision != self._seen_revision:
            self._seen_revision = history_revision
            self._flows_due = True
            self._backfill.look_again()
            self._rates.look_again()
            self._flow_rates.look_again()

    def _current_reader(self) -> tuple[ExchangeGateway, HistoryReader] | None:
        """A reader over the gateway that the balances use, once that was looked at."""
        if self._make_reader is None or not self._sessions.is_verified:
            return None
        gateway = self._sessions.gateway()
        if gateway is None:
            return None
        if self._reader is None or self._reader[0] is not gateway:
            self._reader = (gateway, self._make_reader(gateway))
        return self._reader
