"""Reading single fields out of the exchange's records, whose types drift between endpoints and years.

Ids, times and amounts come as text or as numbers. Everything raises MalformedAnswer that names the field, never its
content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.model import FUNDING, SPOT
from dashboard_crypto.core.money import ZERO
from dashboard_crypto.core.timekeys import from_datetime

Record = Mapping[str, Any]

_AMOUNT = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$", re.ASCII)
_EARLIEST_MS = 1_400_000_000_000
_LATEST_MS = 4_102_444_800_000


def text(record: Record, *names: str) -> str:
    """The first of `names` that is there and not empty, as text (whole numbers become their digits)."""
    found = optional_text(record, *names)
    if not found:
        raise MalformedAnswer(f"a record has no {names[0]}")
    return found


def optional_text(record: Record, *names: str) -> str:
    """Like `text`, but empty when there is none."""
    for name in names:
        value = record.get(name)
        if type(value) is str:
            found = value.strip()
        elif isinstance(value, int) and not isinstance(value, bool):
            found = str(value)
        elif isinstance(value, Decimal) and value == value.to_integral_value():
            found = str(int(value))
        elif value is None:
            continue
        else:
            raise MalformedAnswer(f"{name} is neither text nor a whole number")
        if found:
            return found
    return ""


def spot_or_funding(record: Record, name: str) -> str:
    """The wallet that a field names, by word or by number; spot where it names none."""
    return FUNDING if optional_text(record, name).upper() in {"FUNDING", "1"} else SPOT


def amount(record: Record, name: str) -> Decimal:
    """A finite decimal, exactly as written. Binary floats are refused: they are not what the exchange wrote."""
    value = record.get(name)
    if type(value) is str and _AMOUNT.match(value):
        return Decimal(value)
    if (type(value) is Decimal and value.is_finite()) or type(value) is int:
        return Decimal(value)
    raise MalformedAnswer(f"{name} is not an amount")


def positive(record: Record, name: str) -> Decimal:
    """An amount that cannot be negative where the direction is told by another field."""
    result = amount(record, name)
    if result < 0:
        raise MalformedAnswer(f"{name} is negative")
    return result


def optional_amount(record: Record, name: str) -> Decimal:
    """An amount, or zero when the field is missing, null or empty."""
    return ZERO if record.get(name) in (None, "") else amount(record, name)


def has_time(record: Record, name: str) -> bool:
    """Whether the field holds a time at all (it may be missing, null, empty or 0)."""
    return record.get(name) not in (None, "", 0, "0")


def instant(record: Record, *names: str) -> int:
    """Epoch milliseconds from the first of `names` that is there, written as number or digits."""
    for name in names:
        if has_time(record, name):
            digits = text(record, name)
            if not digits.isascii() or not digits.isdigit() or not _EARLIEST_MS <= int(digits) <= _LATEST_MS:
                raise MalformedAnswer(f"{name} is not a time in milliseconds")
            return int(digits)
    raise MalformedAnswer(f"a record has no {names[0]}")


def utc_instant(record: Record, *names: str) -> int:
    """Like `instant`, for fields written `YYYY-MM-DD hh:mm:ss` without a zone: that text is UTC, never local time."""
    for name in names:
        if has_time(record, name):
            written = text(record, name)
            return instant(record, name) if written.isdigit() else _from_utc_text(written, name)
    raise MalformedAnswer(f"a record has no {names[0]}")


def _from_utc_text(written: str, name: str) -> int:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise MalformedAnswer(f"{name} is not a time") from None
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
