"""The simulator's own time: starts anywhere, runs at any pace, stops, jumps."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class VirtualClock:
    """Virtual milliseconds since the epoch as a line through one anchor, re-anchored at each change. Thread-safe.

    `skew_ms` only bends what the exchange says the time is (`server_ms`), not when things happen.
    """

    def __init__(self, now_ms: int, speed: float = 1.0, *, paused: bool = False) -> None:
        self._lock = threading.Lock()
        self._anchor_ms = float(now_ms)
        self._anchor_s = time.monotonic()
        self._speed = speed
        self._paused = paused
        self._skew_ms = 0

    def now_ms(self) -> int:
        """The present of the simulated world."""
        with self._lock:
            return self._now()

    def server_ms(self) -> int:
        """The present as the exchange's own clock shows it."""
        with self._lock:
            return self._now() + self._skew_ms

    def _now(self) -> int:
        elapsed_s = 0.0 if self._paused else time.monotonic() - self._anchor_s
        return int(self._anchor_ms + elapsed_s * 1000 * self._speed)

    def set(
        self,
        *,
        now_ms: int | None = None,
        jump_ms: int = 0,
        speed: float | None = None,
        paused: bool | None = None,
        skew_ms: int | None = None,
    ) -> None:
        """Change any of it in one step."""
        with self._lock:
            present = self._now() if now_ms is None else now_ms
            self._anchor_ms, self._anchor_s = float(present + jump_ms), time.monotonic()
            self._speed = self._speed if speed is None else speed
            self._paused = self._paused if paused is None else paused
            self._skew_ms = self._skew_ms if skew_ms is None else skew_ms

    def state(self) -> dict[str, Any]:
        """What `/_sim/clock` shows."""
        with self._lock:
            now = self._now()
            return {
                "now": iso(now),
                "now_ms": now,
                "speed": self._speed,
                "paused": self._paused,
                "skew_ms": self._skew_ms,
            }


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A checked request to change the clock."""

    values: dict[str, Any]


def parse_change(raw: dict[str, Any]) -> ClockChange:
    """`now` (ISO) or `now_ms`, `jump_s` or `jump_ms`, `speed`, `pause`, `skew_ms`; anything else is refused."""
    names = {"now", "now_ms", "jump", "jump_s", "jump_ms", "speed", "pause", "paused", "skew_ms"}
    if unknown := set(raw) - names:
        raise ValueError(f"unknown field {min(unknown)!r}; known are {', '.join(sorted(names))}")
    values: dict[str, Any] = {}
    if "now" in raw or "now_ms" in raw:
        values["now_ms"] = int(raw["now_ms"]) if "now_ms" in raw else parse_iso(str(raw["now"]))
    jump_ms = raw.get("jump_ms", 0) + 1000 * raw.get("jump_s", raw.get("jump", 0))
    if jump_ms:
        values["jump_ms"] = round(jump_ms)
    if "speed" in raw:
        values["speed"] = float(raw["speed"])
        if values["speed"] < 0:
            raise ValueError("speed must not be negative")
    pause = raw.get("pause", raw.get("paused"))
    if pause is not None:
        if not isinstance(pause, bool):
            raise ValueError("pause must be true or false")
        values["paused"] = pause
    if "skew_ms" in raw:
        values["skew_ms"] = int(raw["skew_ms"])
    return ClockChange(values)


def parse_iso(text: str) -> int:
    """ISO 8601 (or plain epoch milliseconds) as epoch milliseconds; without a zone it is UTC."""
    if text.lstrip("-").isdigit() and len(text) > 8:
        return int(text)
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def iso(instant_ms: int) -> str:
    """ISO 8601 in UTC; milliseconds only where there are any."""
    seconds, rest = divmod(instant_ms, 1000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"
