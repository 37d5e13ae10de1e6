"""Reads the account's history page by page into the ledger; each page and its cursor in one transaction.

Several sources are asked side by side, one question each, and what they told is stored together.

Killed at any moment it goes on where the last commit stood. A page that is read twice, late or in another order leaves
the same tables, because records are merged by version (`core.ledger.newer`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from dashboard_crypto.core import ledger
from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.errors import ExchangeDown, ExchangeLimited, KeyRefused, PartialReading, PortfolioError
from dashboard_crypto.core.model import HistoryPage, Span
from dashboard_crypto.core.movement import Context
from dashboard_crypto.core.ports import Clock, HistoryReader
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.db import check_rows, ledger_rows, state_rows
from dashboard_crypto.db.ledger_rows import LedgerRecord, SourceState
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.import_progress import ImportProgress
from dashboard_crypto.services.read_spans import ReadSpans, Spans

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
"""What can hold cash flows comes before what was read equally far back: it is small, and matters most."""
RAREST = ("withdrawal", "rebate", "convert")
"""What the exchange lets us ask most rarely: they decide how long the import takes, so no minute may pass unused."""
STAGES_MS = (32 * DAY_MS, 92 * DAY_MS, 366 * DAY_MS)
"""All sources are read this far back before any goes further: the common part of the past can be shown."""


class LedgerImporter:
    """A step reads a page of some sources. Errors of one are written beside it and do not hold up the others."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        doorbell: Doorbell,
        *,
        crew: Crew = ALONE,
        account_ids: Collection[str] = (),
        own_email: str = "",
    ) -> None:
        self._crew = crew
        self._store = store
        self._clock = clock
        self._doorbell = doorbell
        self._account_ids = frozenset(account_ids)
        self._own_email = own_email
        self._pairs: Mapping[str, tuple[str, str]] = {}
        self._pairs_at: float | None = None
        self._retry_at: dict[str, tuple[float, float]] = {}
        self._wanted_after_ms = 0
        self._needed_until_ms = 0
        self._asked_at: dict[str, int] = {}
        self._read_on: set[str] = set()
        self._turn = 0
        self._told_at: float | None = None
        self.spans = ReadSpans(store)
        self.progress = ImportProgress(clock)

    def want_news(self, after_ms: int) -> None:
        """Something moved: read the sources of cash flows again, up to `after_ms` at least."""
        self._wanted_after_ms = max(self._wanted_after_ms, after_ms)

    def need_until(self, instant_ms: int) -> None:
        """No source may end before this instant, whatever it is about."""
        self._needed_until_ms = max(self._needed_until_ms, instant_ms)

    def rest_s(self, longest_s: float) -> float:
        """How long nothing needs to be asked: until the first source that waits may be asked again."""
        now = self._clock.monotonic()
        return min([longest_s, *(max(1.0, at - now) for at, _ in self._retry_at.values() if at > now)])

    def step(self, reader: HistoryReader, fence: int) -> Mapping[str, bool]:
        """Read one page of each source whose turn it is, side by side; whether each is complete now.

        Empty when nothing is left to read now. A source whose own limit is spent waits, and the next one is asked: the
        limits are apart. Raises what concerns all sources: a ban, no source that may be asked (`ExchangeLimited`), the
        clock, trouble with the database.
        """
        names = self._ordered(reader.sources())
        with self._store.reading() as session:
            states = ledger_rows.load_sources(session, self._store.portfolio_id)
        self.progress.offered(names)
        ordered = [states.get(name, SourceState(name)) for name in names]
        spans = self.progress.spans = self.spans.of(reader, states)
        limited: ExchangeLimited | None = None
        while due := self._due(ordered, spans):
            now_ms, needed_ms = self._clock.now_ms(), self._needed_until_ms
            told = self._crew.run([partial(reader.read, s.name, s.cursor, now_ms, needed_ms) for s in due])
            pages = {state: page for state, page in zip(due, told, strict=True) if isinstance(page, HistoryPage)}
            errors = {state: error for state, error in zip(due, told, strict=True) if isinstance(error, PortfolioError)}
            after = self._keep(reader, pages, errors, now_ms, fence)
            for error in errors.values():
                if isinstance(error, ExchangeLimited):
                    limited = limited or error
                elif not isinstance(error, (ExchangeDown, KeyRefused, PartialReading)):
                    raise error
            if after:
                return after
        if limited is not None:
            raise limited
        self._read_on.clear()
        return {}

    def _keep(
        self,
        reader: HistoryReader,
        pages: Mapping[SourceState, HistoryPage],
        errors: Mapping[SourceState, PortfolioError],
        now_ms: int,
        fence: int,
    ) -> dict[str, bool]:
        """Store what was told and what failed; whether each source of them is complete."""
        failed = dict(errors)
        read: list[tuple[SourceState, SourceState, list[LedgerRecord]]] = []
        for state, page in pages.items():
            try:
                read.append((state, _after(state, page), self._converted(reader, page, now_ms)))
            except (ExchangeDown, PartialReading) as error:
                failed[state] = error
        if read:
            self._store_pages(read, now_ms, fence)
        told = {after.name: after.done for _, after, _ in read}
        for state, trouble in failed.items():
            if isinstance(trouble, ExchangeLimited):
                self._wait(state, trouble)
            elif isinstance(trouble, (ExchangeDown, KeyRefused, PartialReading)):
                self._failed(state, trouble, fence)
                told[state.name] = False
        return told

    def _store_pages(
        self, read: Sequence[tuple[SourceState, SourceState, list[LedgerRecord]]], now_ms: int, fence: int
    ) -> None:
        portfolio_id = self._store.portfolio_id
        is_news = any(not before.done or before.error is not None for before, _, _ in read)
        is_news = is_news and self._may_tell(any(after.done for _, after, _ in read))
        with self._store.writing_as(fence) as session:
            for _, after, records in read:
                ledger_rows.save_records(session, portfolio_id, records)
                ledger_rows.save_source(session, portfolio_id, after, now_ms)
            revision = state_rows.bump(session, portfolio_id)[0] if is_news else 0
        for _, after, _ in read:
            self._retry_at.pop(after.name, None)
        if is_news:
            self._doorbell.ring("status", revision)

    def _may_tell(self, is_done: bool) -> bool:
        """Twenty pages a second would make every listener read the status twenty times."""
        now = self._clock.monotonic()
        if not is_done and self._told_at is not None and now - self._told_at < TELL_EVERY_S:
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
        rest_s = max(1.0, (error.retry_at_ms - self._clock.now_ms()) / 1000)
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

    def _due(self, states: Sequence[SourceState], spans: Spans) -> list[SourceState]:
        """As many as are asked at once: the slowest, then whoever keeps the common part of the past short."""
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        due = [
            state
            for state in states
            if now >= self._retry_at.get(state.name, (now, 0.0))[0] and self._is_due(state, now_ms)
        ]
        due.sort(key=lambda state: self._rank(state.name, spans.get(state.name), now_ms))
        self._turn += 1
        for state in due[: self._crew.size]:
            self._asked_at[state.name] = self._turn
            if state.done:
                self._read_on.add(state.name)
        return due[: self._crew.size]

    def _rank(self, name: str, span: Span | None, now_ms: int) -> tuple[int, int]:
        if name in RAREST:
            return -1, 0
        reach_ms = 0 if span is None else now_ms - span.since_ms
        stage = sum(reach_ms >= stage_ms for stage_ms in STAGES_MS)
        return stage, -1 if name in FLOW_SOURCES else self._asked_at.get(name, 0)

    def _is_due(self, state: SourceState, now_ms: int) -> bool:
        if not state.done or state.read_until_ms is None or now_ms - state.read_until_ms >= REREAD_MS:
            return True
        if state.read_until_ms < self._needed_until_ms <= now_ms and state.name not in self._read_on:
            return True
        return state.name in FLOW_SOURCES and state.read_until_ms < self._wanted_after_ms <= now_ms

    def _ordered(self, names: Sequence[str]) -> list[str]:
        first = [name for name in FLOW_SOURCES if name in names]
        return [*first, *(name for name in names if name not in first and name in ledger.SOURCES)]


def _after(state: SourceState, page: HistoryPage) -> SourceState:
    return replace(
        state,
        cursor=page.cursor,
        done=page.done,
        progress=1.0 if page.done else page.progress,
        read_until_ms=page.until_ms if page.done else state.read_until_ms,
        oldest_ms=page.reach_ms,
        error=None,
    )
