"""How long we wait."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a connection may take, and seconds a whole call may take."""

    connect_s: float = 5.0
    total_s: float = 15.0
