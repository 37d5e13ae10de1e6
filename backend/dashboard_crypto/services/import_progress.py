"""How far the reading of the account's history is, and about how long it still takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db.ledger_rows import SourceState
from dashboard_crypto.services.views import HistoryView, SourceView

_SHORTEST_MEASURE_S = 5.0
_LEAST_STEP = 0.01


class ImportProgress:
    """Remembers where this process began, to tell the speed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: tuple[str, ...] = ()
        self._began: tuple[float, float] | None = None

    def offered(self, names: Sequence[str]) -> None:
        """The sources that this account has; only these count."""
        self._names = tuple(names)

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
            )
            for state in shown
        )
        return HistoryView(sources, round(100 * share, 1), self._seconds_left(share))

    def _seconds_left(self, share: float) -> int | None:
        now = self._clock.monotonic()
        if self._began is None or share < self._began[1]:
            self._began = (now, share)
        since, at = self._began
        if share >= 1.0:
            return 0
        if now - since < _SHORTEST_MEASURE_S or share - at < _LEAST_STEP:
            return None
        return round((1.0 - share) * (now - since) / (share - at))
