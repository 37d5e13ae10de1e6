"""Which part of the past each source has told completely by now: it lies in the cursors, and moves with the commit."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard_crypto.core.model import EVERYTHING_MS, Span
from dashboard_crypto.core.ports import HistoryReader
from dashboard_crypto.db import ledger_rows
from dashboard_crypto.db.ledger_rows import SourceState
from dashboard_crypto.db.store import Store

Spans = Mapping[str, Span | None]
"""By source, of all that were ever asked; None where no part is complete."""


class ReadSpans:
    """Looks into a cursor only when it has moved."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[str, Span | None]] = {}

    def load(self, reader: HistoryReader) -> Spans:
        """As the database has it."""
        with self._store.reading() as session:
            return self.of(reader, ledger_rows.load_sources(session, self._store.portfolio_id))

    def of(self, reader: HistoryReader, states: Mapping[str, SourceState]) -> Spans:
        """The same for states that were loaded."""
        return {name: self._span(reader, state) for name, state in states.items()}

    def _span(self, reader: HistoryReader, state: SourceState) -> Span | None:
        if state.done:
            return Span(EVERYTHING_MS, state.read_until_ms or 0)
        if not state.cursor:
            return None
        known = self._known.get(state.name)
        if known is None or known[0] != state.cursor:
            known = self._known[state.name] = (state.cursor, reader.span(state.name, state.cursor))
        return known[1]
