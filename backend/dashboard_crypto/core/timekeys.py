"""Instants and their written forms. Everything is UTC; arithmetic is done on epoch milliseconds only.

A *key* is the integer `YYYYMMDDHHmm` of the minute an instant falls into. It is for reading and sorting: the
difference of two keys is not a time (202602010000 and 202601312359 are one minute apart).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_datetime(instant_ms: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(milliseconds=instant_ms)


def from_datetime(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime; a fraction of a millisecond is cut off. ValueError if naive."""
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset or Z")
    return (moment - _EPOCH) // _MILLISECOND


def to_key(instant_ms: int) -> int:
    """`YYYYMMDDHHmm` of the minute that contains the instant."""
    moment = to_datetime(instant_ms)
    date = (moment.year * 100 + moment.month) * 100 + moment.day
    return (date * 100 + moment.hour) * 100 + moment.minute


def from_key(key: int) -> int:
    """Epoch milliseconds of the start of the minute `YYYYMMDDHHmm`. ValueError for an impossible time."""
    date, clock = divmod(key, 10_000)
    year_month, day = divmod(date, 100)
    year, month = divmod(year_month, 100)
    hour, minute = divmod(clock, 100)
    return from_datetime(datetime(year, month, day, hour, minute, tzinfo=UTC))


def to_iso(instant_ms: int) -> str:
    """ISO 8601 with `Z`; milliseconds only when there are any."""
    precision = "milliseconds" if instant_ms % 1000 else "seconds"
    return to_datetime(instant_ms).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def from_iso(text: str) -> int:
    """Epoch milliseconds of ISO 8601 text with an offset or `Z`; a bare date is midnight UTC.

    ValueError for anything else, also for a time of day without an offset, which would be ambiguous.
    """
    try:
        moment = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
    return from_datetime(moment)
