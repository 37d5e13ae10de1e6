"""How an instant is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(instant_ms: int) -> str:
    """`2026-01-05T10:00:30Z`; milliseconds only when there are any."""
    moment = EPOCH + timedelta(milliseconds=instant_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{instant_ms % 1000:03d}" if instant_ms % 1000 else "") + "Z"


def iso_or_none(instant_ms: int | None) -> str | None:
    """`iso`, or None for None."""
    return None if instant_ms is None else iso(instant_ms)
