"""Signs of life of a loop."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from dashboard_crypto.core.model import LoopName

_SHORTEST_HEALTH_S = 20.0


@dataclass
class Heartbeat:
    """When a loop last went round, on the monotonic clock. It goes round every `round_s`; its work is due every
    `interval_s`, which is longer where a loop looks often for something that is seldom due."""

    name: LoopName
    round_s: float
    interval_s: float
    at: float | None = None
    failures: int = 0
    thread: threading.Thread | None = field(default=None, repr=False)

    def is_late(self, now: float) -> bool:
        """More than three rounds ago, or the thread died."""
        if self.at is None:
            return False
        dead = self.thread is not None and not self.thread.is_alive()
        return dead or now - self.at > 3 * max(self.round_s, _SHORTEST_HEALTH_S)
