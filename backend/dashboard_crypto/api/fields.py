"""The types of single fields: how money, instants and identifiers look on the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from dashboard_crypto.api.instants import EPOCH
from dashboard_crypto.api.instants import iso as iso  # noqa: PLC0414 - with the other forms of a field
from dashboard_crypto.api.instants import iso_or_none as iso_or_none  # noqa: PLC0414
from dashboard_crypto.core.movement import FlowClass

LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)([Zz]|[+-]\d{2}:?\d{2})", re.ASCII)
_KEY = re.compile(r"\d{12}", re.ASCII)
_TIME_HINT = "must be a time such as 2026-01-05T10:00:00Z or 202601051000 (UTC)"


def _instant(value: object) -> int:
    """Epoch milliseconds from ISO 8601 with an offset, or from YYYYMMDDHHmm as text or integer."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) > 40:
        raise PydanticCustomError("time_type", "{hint}", {"hint": _TIME_HINT})
    try:
        moment = _moment(text).astimezone(UTC)
        return (moment - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise PydanticCustomError("time", "{hint}", {"hint": _TIME_HINT}) from None


def _moment(text: str) -> datetime:
    if _KEY.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, clock, offset = match.groups()
    return datetime.fromisoformat(f"{day}T{clock.replace(',', '.')}{offset.upper()}")


def _cursor(value: object) -> object:
    """The instant a page ended at, as the page before gave it."""
    number = _digits(value)
    if not isinstance(number, int) or not 0 <= number < LATEST_MS:
        raise PydanticCustomError("cursor", "must be the next_cursor of the page before")
    return number


def _query_instant(value: object) -> int:
    # A "+" that a client did not escape arrives as a blank; only an offset can follow a blank here.
    if isinstance(value, str):
        value = re.sub(r" (\d{2}:?\d{2})$", r"+\1", value)
    return _instant(value)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("number_type", "must be a number")
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not -(10**15) <= number <= 10**15 or (number and isinstance(exponent, int) and exponent < -18):
        raise PydanticCustomError("number_range", "must be at most 1e15 in size, with at most 18 decimals")
    return number


def _digits(value: object) -> object:
    """Text of a path or query to an integer, strictly; anything else is left for the validator to refuse."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        return int(value)
    return value


_TIME_SCHEMA: dict[str, Any] = {
    "type": "string",
    "format": "date-time",
    "description": "ISO 8601 with an offset or Z, or YYYYMMDDHHmm in UTC",
}
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""An exact decimal, written as a JSON number with its own digits."""

InstantOut = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 in UTC with Z."""

_LIMIT = 10**15
Amount = Annotated[
    Decimal | None, BeforeValidator(_number), WithJsonSchema({"type": "number", "minimum": -_LIMIT, "maximum": _LIMIT})
]
"""A signed amount that may be left out but is never null."""

Quantity = Annotated[
    Decimal | None,
    BeforeValidator(_number),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": _LIMIT}),
]
"""As `Amount`, above 0 (checked beside the other rules of a cash flow)."""

Override = Annotated[
    Decimal | None,
    BeforeValidator(lambda value: None if value is None else _number(value)),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": _LIMIT}, {"type": "null"}]}),
]
"""An amount above 0, or null to take it back."""

Instant = Annotated[int | None, BeforeValidator(_instant), WithJsonSchema(_TIME_SCHEMA)]
QueryInstant = Annotated[int, BeforeValidator(_query_instant), WithJsonSchema(_TIME_SCHEMA)]
Cursor = Annotated[int, BeforeValidator(_cursor), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,14}$"})]
"""Digits to everybody but us."""
Days = Annotated[int, Field(ge=0, le=36500, description="0 means since the first snapshot"), BeforeValidator(_digits)]
RecordId = Annotated[int, Field(ge=1, le=2**53 - 1), BeforeValidator(_digits)]


_ONE_DAYS = "(0|[1-9][0-9]{0,3}|[12][0-9]{4}|3[0-5][0-9]{3}|36[0-4][0-9]{2}|36500)"
_DAYS_LIST = f"^{_ONE_DAYS}(,{_ONE_DAYS}){{0,11}}$"


def _days_list(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_DAYS_LIST, value):
        raise PydanticCustomError("days_list", "must be up to 12 numbers from 0 to 36500, with commas between them")
    return tuple(int(part) for part in value.split(","))


DaysList = Annotated[
    tuple[int, ...], BeforeValidator(_days_list), WithJsonSchema({"type": "string", "pattern": _DAYS_LIST})
]
"""Several windows in one parameter, such as `7,30,0`."""


def query_int(low: int, high: int, description: str) -> Any:
    """The type of an integer in a query string."""
    return Annotated[int, Field(ge=low, le=high, description=description), BeforeValidator(_digits)]


def _given(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null_type", "must not be null; leave it out instead")
    return value


_ASSET: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 30, "pattern": r"^[^\s\x00-\x1f\x7f]+$"}
_NOTE: dict[str, Any] = {"type": "string", "maxLength": 500, "pattern": r"^[^\x00]*$"}
_AssetText = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=_ASSET["pattern"])]
NoteText = Annotated[str, StringConstraints(max_length=500, pattern=_NOTE["pattern"])]
Asset = Annotated[_AssetText | None, BeforeValidator(_given), WithJsonSchema(_ASSET)]
Note = Annotated[NoteText | None, BeforeValidator(_given), WithJsonSchema(_NOTE)]
FlowType = Literal["DEPOSIT", "WITHDRAW"]
FlowTypeChange = Annotated[
    FlowType | None, BeforeValidator(_given), WithJsonSchema({"type": "string", "enum": ["DEPOSIT", "WITHDRAW"]})
]
_CLASSES = ["external", "income", "cost", "internal", "exchange"]
FlowClassChange = Annotated[
    FlowClass | None, BeforeValidator(_given), WithJsonSchema({"type": "string", "enum": _CLASSES})
]
