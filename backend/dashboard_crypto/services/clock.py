"""Clocks. The only module that asks the machine for the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """The present, epoch milliseconds UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a clock that never steps."""
        return time.monotonic()


class SteppedClock:
    """Stands still until told to move; `monotonic` moves along with forward steps only.

    Used where time is simulated (the demo's fast-forward, tests).
    """

    def __init__(self, now_ms: int) -> None:
        self._lock = threading.Lock()
        self._now_ms = now_ms
        self._monotonic_s = 0.0

    def now_ms(self) -> int:
        """The instant last set."""
        return self._now_ms

    def monotonic(self) -> float:
        """Seconds stepped forward so far."""
        return self._monotonic_s

    def set(self, now_ms: int) -> None:
        """Jump to an instant, forward or backward."""
        with self._lock:
            self._monotonic_s += max(0, now_ms - self._now_ms) / 1000
            self._now_ms = now_ms

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self.set(self._now_ms + round(seconds * 1000))


class ExchangeClock:
    """Runs at the machine's monotonic pace from a time that the exchange told.

    `read_time_ms` is asked on `sync()` only; until the first success the machine's clock is used.
    """

    def __init__(self, read_time_ms: Callable[[], int]) -> None:
        self._read_time_ms = read_time_ms
        self._anchor: tuple[int, float] | None = None

    def sync(self) -> None:
        """Ask the exchange; its errors pass through and leave the old offset in force."""
        told = self._read_time_ms()
        self._anchor = (told, time.monotonic())

    def now_ms(self) -> int:
        """The exchange's present as far as known."""
        anchor = self._anchor
        if anchor is None:
            return time.time_ns() // 1_000_000
        told, at = anchor
        return told + round((time.monotonic() - at) * 1000)

    def monotonic(self) -> float:
        """Seconds on a clock that never steps."""
        return time.monotonic()
