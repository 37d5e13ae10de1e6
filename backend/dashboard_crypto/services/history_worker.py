"""What happens beside the balances: reading the past, in steps small enough that live calls never wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from dashboard_crypto.core.errors import DatabaseBusy, DatabaseUnusable, GiveUp, KeyRefused, PortfolioError, Wait
from dashboard_crypto.core.ports import Clock, ExchangeGateway, HistoryReader
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.backfill import Backfill
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
        self._store = store
        self._seen_revision = -1
        self._flows_due = True
        # A movement of any source is a cash flow if the owner has said so; those wait until everything is read.
        self._others_read = False
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
            self._flows_due = self._flows.step(gateway, fence)
            if self._flows_due:
                return True
        self._reconciler.step(reader, fence)
        read = self._importer.step(reader, fence)
        if not read:
            self._flows_due = self._others_read and self._flows.step(gateway, fence)
            self._others_read = False
            return self._flows_due or self._rebuild(reader, fence)
        self._flows_due = any(read[name] for name in FLOW_SOURCES if name in read)
        self._others_read = True
        self._backfill.look_again()
        return True

    def _rebuild(self, reader: HistoryReader, fence: int) -> bool:
        has_more = self._backfill.step(reader, fence)
        self._importer.need_until(self._backfill.needs_until_ms)
        progress, share = self._importer.progress, self._backfill.share
        # Instants to price are known only once the hours are there: what was said is not taken back.
        progress.rebuilt = share if share is None else max(share, progress.rebuilt or 0.0)
        progress.is_over = not has_more and self._backfill.is_complete
        return has_more or (self._backfill.is_complete and self._rates.step(reader, fence))

    def _notice_changes(self) -> None:
        """An import from the command line, or a decision of the owner, may change what follows from the ledger."""
        history_revision = self._store.revision()[1]
        if history_revision != self._seen_revision:
            self._seen_revision = history_revision
            self._flows_due = True
            self._backfill.look_again()
            self._rates.look_again()

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
