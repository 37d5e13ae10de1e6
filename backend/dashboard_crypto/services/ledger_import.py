"""Reads the account's history page by page into the ledger; each page and its cursor in one transaction.

Killed at any moment it goes on where the last commit stood. A page that is read twice, late or in another order leaves
the same tables, because records are merged by version (`core.ledger.newer`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from dashboard_crypto.core import ledger
from dashboard_crypto.core.errors import ExchangeDown, ExchangeLimited, KeyRefused, PartialReading, PortfolioError
from dashboard_crypto.core.model import HistoryPage
from dashboard_crypto.core.movement import Context
from dashboard_crypto.core.ports import Clock, HistoryReader
from dashboard_crypto.db import check_rows, ledger_rows, state_rows
from dashboard_crypto.db.ledger_rows import LedgerRecord, SourceState
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.import_progress import ImportProgress

log = logging.getLogger(__name__)

REREAD_MS = 3_600_000
"""A source that was read to its end is asked for news this often, and at once when something asks for it."""
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 3600.0
PAIRS_EVERY_S = 86_400.0
TELL_EVERY_S = 1.0
FLOW_SOURCES = (
    "deposit",
    "withdrawal",
    "fiat_deposit",
    "fiat_withdrawal",
    "fiat_buy",
    "fiat_sell",
    "c2c",
    "pay",
    "sub_transfer",
    "sub_history",
)
"""What can hold cash flows comes first: it is small, and matters most."""


class LedgerImporter:
    """One step reads one page. Errors of one source are written beside it and do not hold up the others."""

    def __init__(
        self, store: Store, clock: Clock, doorbell: Doorbell, *, account_ids: Collection[str] = (), own_email: str = ""
    ) -> None:
        self._store = store
        self._clock = clock
        self._doorbell = doorbell
        self._account_ids = frozenset(account_ids)
        self._own_email = own_email
        self._pairs: Mapping[str, tuple[str, str]] = {}
        self._pairs_at: float | None = None
        self._retry_at: dict[str, tuple[float, float]] = {}
        self._wanted_after_ms = 0
        self._told_at: float | None = None
        self.progress = ImportProgress(clock)

    def want_news(self, after_ms: int) -> None:
        """Something moved: read the sources of cash flows again, up to `after_ms` at least."""
        self._wanted_after_ms = max(self._wanted_after_ms, after_ms)

    def step(self, reader: HistoryReader, fence: int) -> str | None:
        """Read one page of the source that is next; its name, or None when nothing is left to read now.

        A source whose own limit is spent waits, and the next one is asked: the limits are apart. Raises what concerns
        all sources: a ban, no source that may be asked (`ExchangeLimited`), the clock, trouble with the database.
        """
        names = self._ordered(reader.sources())
        with self._store.reading() as session:
            states = ledger_rows.load_sources(session, self._store.portfolio_id)
        self.progress.offered(names)
        ordered = [states.get(name, SourceState(name)) for name in names]
        limited: ExchangeLimited | None = None
        while (state := self._next(ordered)) is not None:
            try:
                self._read(reader, state, fence)
            except ExchangeLimited as error:
                limited = limited or error
                self._wait(state, error)
                continue
            except (ExchangeDown, KeyRefused, PartialReading) as error:
                self._failed(state, error, fence)
            return state.name
        if limited is not None:
            raise limited
        return None

    def _read(self, reader: HistoryReader, state: SourceState, fence: int) -> None:
        now_ms = self._clock.now_ms()
        page = reader.read(state.name, state.cursor, now_ms)
        records = self._converted(reader, page, now_ms)
        self._retry_at.pop(state.name, None)
        after = replace(
            state,
            cursor=page.cursor,
            done=page.done,
            progress=1.0 if page.done else page.progress,
            read_until_ms=now_ms if page.done else state.read_until_ms,
            oldest_ms=page.reach_ms,
            error=None,
        )
        with self._store.writing_as(fence) as session:
            ledger_rows.save_records(session, self._store.portfolio_id, records)
            ledger_rows.save_source(session, self._store.portfolio_id, after, now_ms)
            is_news = (not state.done or state.error is not None) and self._may_tell(after)
            revision = state_rows.bump(session, self._store.portfolio_id)[0] if is_news else 0
        if is_news:
            self._doorbell.ring("status", revision)

    def _may_tell(self, after: SourceState) -> bool:
        """Twenty pages a second would make every listener read the status twenty times."""
        now = self._clock.monotonic()
        if not after.done and self._told_at is not None and now - self._told_at < TELL_EVERY_S:
            return False
        self._told_at = now
        return True

    def _converted(self, reader: HistoryReader, page: HistoryPage, seen_ms: int) -> list[LedgerRecord]:
        pairs = self._known_pairs(reader) if page.source == "trade" and page.records else {}
        context = Context(pairs, self._account_ids, self._own_email, seen_ms)
        return [
            LedgerRecord(ledger.convert(page.source, record, context), ledger_rows.raw_json(record))
            for record in page.records
        ]

    def _known_pairs(self, reader: HistoryReader) -> Mapping[str, tuple[str, str]]:
        """The pairs of today and of every day before: delisted ones are told no more, but their trades are."""
        now = self._clock.monotonic()
        if self._pairs_at is not None and now - self._pairs_at < PAIRS_EVERY_S:
            return self._pairs
        with self._store.reading() as session:
            kept = check_rows.load_check(session, self._store.portfolio_id, "pairs")
        before = {} if kept is None else {name: (pair[0], pair[1]) for name, pair in kept[1].items()}
        merged = {**before, **reader.pairs()}
        if merged != before:
            with self._store.session() as session:
                check_rows.save_check(session, self._store.portfolio_id, "pairs", self._clock.now_ms(), merged)
        self._pairs, self._pairs_at = merged, now
        return merged

    def _wait(self, state: SourceState, error: ExchangeLimited) -> None:
        rest_s = max(0.0, (error.retry_at_ms - self._clock.now_ms()) / 1000)
        self._retry_at[state.name] = (self._clock.monotonic() + rest_s, FIRST_PAUSE_S / 2)

    def _failed(self, state: SourceState, error: PortfolioError, fence: int) -> None:
        """The cursor stays; the other sources go on, and this one tries again after a growing pause."""
        _, pause = self._retry_at.get(state.name, (0.0, FIRST_PAUSE_S / 2))
        pause = min(LONGEST_PAUSE_S, pause * 2)
        self._retry_at[state.name] = (self._clock.monotonic() + pause, pause)
        log.warning("history of %s stands still: %s", state.name, error)
        with self._store.writing_as(fence) as session:
            after = replace(state, error=str(error))
            ledger_rows.save_source(session, self._store.portfolio_id, after, self._clock.now_ms())
            revision, _ = state_rows.bump(session, self._store.portfolio_id)
        self._doorbell.ring("status", revision)

    def _next(self, states: Sequence[SourceState]) -> SourceState | None:
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        for state in states:
            if now >= self._retry_at.get(state.name, (now, 0.0))[0] and self._is_due(state, now_ms):
                return state
        return None

    def _is_due(self, state: SourceState, now_ms: int) -> bool:
        if not state.done or state.read_until_ms is None or now_ms - state.read_until_ms >= REREAD_MS:
            return True
        return state.name in FLOW_SOURCES and state.read_until_ms < self._wanted_after_ms <= now_ms

    def _ordered(self, names: Sequence[str]) -> list[str]:
        first = [name for name in FLOW_SOURCES if name in names]
        return [*first, *(name for name in names if name not in first and name in ledger.SOURCES)]
