"""The exchange's time, from a few questions to /api/v3/time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.ports import Clock

REFRESH_S = 3600.0
_RETRY_S = 60.0
_SAMPLES = 3
_EARLIEST_MS = 1_498_867_200_000  # 2017-07-01, the month the exchange opened
_LATEST_MS = 3_155_760_000_000  # 2070-01-01


class ServerClock:
    """Our clock plus a skew: the median of three readings, each corrected for half the round trip."""

    def __init__(self, clock: Clock, ask_ms: Callable[[], int]) -> None:
        self._clock = clock
        self._ask_ms = ask_ms
        self._due_at: float | None = None
        self._lock = threading.Lock()
        self.skew_ms = 0

    def now_ms(self) -> int:
        """The exchange's present, epoch milliseconds, without asking it."""
        return self._clock.now_ms() + self.skew_ms

    def keep_fresh(self) -> None:
        """Ask again if the last answer is an hour old."""
        if self._is_due():
            with self._lock:
                if self._is_due():
                    self.resync()

    def _is_due(self) -> bool:
        return self._due_at is None or self._clock.monotonic() >= self._due_at

    def resync(self) -> None:
        """Measure the skew. Absurd answers are ignored and the last skew kept."""
        samples = [skew for skew in (self._sample() for _ in range(_SAMPLES)) if skew is not None]
        if samples:
            self.skew_ms = sorted(samples)[(len(samples) - 1) // 2]
        self._due_at = self._clock.monotonic() + (REFRESH_S if samples else _RETRY_S)

    def _sample(self) -> int | None:
        before_ms = self._clock.now_ms()
        try:
            server_ms = self._ask_ms()
        except MalformedAnswer:
            return None
        middle_ms = (before_ms + self._clock.now_ms()) // 2
        return server_ms - middle_ms


def believable(server_ms: object) -> int:
    """`server_ms` if it can be the exchange's time, else MalformedAnswer."""
    if isinstance(server_ms, bool) or not isinstance(server_ms, int):
        raise MalformedAnswer("time: field 'serverTime' is not a whole number")
    if not _EARLIEST_MS <= server_ms < _LATEST_MS:
        raise MalformedAnswer("time: field 'serverTime' is absurd")
    return server_ms
