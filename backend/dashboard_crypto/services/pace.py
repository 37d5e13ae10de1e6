"""When to try again: the normal interval, a growing pause while the exchange is down, or the time it told us."""

from __future__ import annotations

import random

from dashboard_crypto.core.errors import ExchangeDown, KeyRefused, PortfolioError, Wait
from dashboard_crypto.core.ports import Clock

LONGEST_PAUSE_S = 300.0
KEY_REFUSED_PAUSE_S = 30.0
LONGEST_KEY_PAUSE_S = 900.0
"""A key that works again is noticed soon, and one that does not is not tried all the time."""


class Pace:
    """Counts failures and says how long to wait. Pauses are spread by chance, so that clients do not march in step."""

    def __init__(self, clock: Clock, interval_s: float, chance: random.Random | None = None) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._chance = random.Random() if chance is None else chance
        self.failures = 0
        self.delay_s = interval_s
        self.held_until_ms = 0

    def succeeded(self) -> None:
        """The cycle went through."""
        self.failures = 0
        self.held_until_ms = 0
        self.delay_s = self._interval_s

    def failed(self, error: Exception) -> None:
        """The cycle ended with `error`."""
        self.failures += 1
        self.held_until_ms = error.retry_at_ms if isinstance(error, Wait) else 0
        self.delay_s = self._delay_after(error)

    def must_hold(self) -> bool:
        """The exchange told us to stay away, and that time is not over: not even an asked-for cycle may run."""
        return self.held_until_ms > self._clock.now_ms()

    def _delay_after(self, error: Exception) -> float:
        if isinstance(error, Wait):
            return max(1.0, (error.retry_at_ms - self._clock.now_ms()) / 1000)
        if isinstance(error, KeyRefused):
            pause_s = KEY_REFUSED_PAUSE_S * 2.0 ** min(self.failures - 1, 9)
            return max(self._interval_s, min(LONGEST_KEY_PAUSE_S, pause_s))
        if isinstance(error, ExchangeDown) or not isinstance(error, PortfolioError):
            longest = min(LONGEST_PAUSE_S, 2.0 ** min(self.failures, 9))
            return longest * self._chance.uniform(0.5, 1.0)
        return self._interval_s
