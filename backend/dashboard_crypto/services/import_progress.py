"""How far the reading of the account's history is, and about how long it still takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard_crypto.core.model import EVERYTHING_MS, Span
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db.ledger_rows import SourceState
from dashboard_crypto.services.status_views import HistoryView, SourceView

_SHORTEST_MEASURE_S = 5.0
_LEAST_STEP = 0.01


class ImportProgress:
    """Remembers where each source stood when this process first looked, to tell the speed.

    `rebuilt` is the share of the prices of the past that are there, None while there is nothing to rebuild; `is_over`
    says that everything was read and rebuilt. `spans` is what each source has told completely.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: tuple[str, ...] = ()
        self._began: dict[str, tuple[float, float]] = {}
        self.spans: Mapping[str, Span | None] = {}
        self.rebuilt: float | None = None
        self.is_over = False

    def offered(self, names: Sequence[str]) -> None:
        """The sources that this account has; only these count."""
        self._names = tuple(names)

    def known_until_ms(self, since_ms: int) -> int:
        """Until when every record since an instant has been read, of all sources; 0 if a source has not told it all."""
        spans = [self.spans.get(name) for name in self._names]
        told = [0 if span is None or span.since_ms > since_ms else span.until_ms for span in spans]
        return min(told, default=0)

    def view(self, states: Mapping[str, SourceState]) -> HistoryView:
        """The stored states as one picture."""
        names = self._names or tuple(states)
        shown = [states.get(name, SourceState(name)) for name in names]
        share = sum(1.0 if state.done else state.progress for state in shown) / len(shown) if shown else 0.0
        sources = tuple(
            SourceView(
                state.name,
                1.0 if state.done else state.progress,
                state.done,
                state.oldest_ms or None,
                state.read_until_ms,
                state.error,
                self._covered_from_ms(state),
            )
            for state in shown
        )
        return HistoryView(sources, round(100 * share, 1), self._seconds_left(sources))

    def _covered_from_ms(self, state: SourceState) -> int | None:
        span = None if state.done else self.spans.get(state.name)
        return None if span is None or not EVERYTHING_MS < span.since_ms < span.until_ms else span.since_ms

    def _seconds_left(self, sources: Sequence[SourceView]) -> int | None:
        """Until the slowest source is read: they are read side by side, each as fast as its own limit allows."""
        now = self._clock.monotonic()
        reading = [source for source in sources if not source.done]
        self._began = {s.name: self._began.get(s.name, (now, s.progress)) for s in reading}
        longest_s = 0.0
        for source in reading:
            since, at = self._began[source.name]
            if now - since < _SHORTEST_MEASURE_S or source.progress - at < _LEAST_STEP:
                return None
            longest_s = max(longest_s, (1.0 - source.progress) * (now - since) / (source.progress - at))
        return round(longest_s) if sources else None
