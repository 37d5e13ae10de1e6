"""Reads single fields of the exchange's answers. A wrong type refuses the whole answer and names the field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact
from functools import reduce
from typing import Any, NoReturn

from dashboard_crypto.core.errors import MalformedAnswer

Row = Mapping[str, Any]

_AMOUNT = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_LARGEST = Decimal(10) ** 30
_EXACT = Context(prec=200, traps=[Inexact])  # wide enough for any sum of amounts; a rounded one would raise
_LONGEST_NAME = 200


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; the ordinary context would round after 28 digits."""
    return reduce(_EXACT.add, amounts, Decimal(0))


def refuse(where: str, field: str, problem: str) -> NoReturn:
    """Raise MalformedAnswer for one field."""
    raise MalformedAnswer(f"{where}: field {field!r} {problem}")


def rows(value: Any, where: str) -> list[Row]:
    """A list of objects."""
    if not isinstance(value, list):
        raise MalformedAnswer(f"{where}: expected a list")
    for row in value:
        if not isinstance(row, dict):
            raise MalformedAnswer(f"{where}: a row is not an object")
    return value


def text(row: Row, field: str, where: str) -> str:
    """A name: non-empty, at most 200 characters, storable as UTF-8, without control characters."""
    value = row.get(field)
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NAME:
        refuse(where, field, "is not a short text")
    if any(sign < " " or "\ud800" <= sign <= "\udfff" or sign == "\x7f" for sign in value):
        refuse(where, field, "holds characters that cannot be stored")
    return value


def amount(row: Row, field: str, where: str) -> Decimal:
    """A decimal number written as text, as current answers write amounts."""
    value = row.get(field)
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        refuse(where, field, "is not a decimal number in quotes")
    return _bounded(Decimal(value), field, where)


def old_amount(row: Row, field: str, where: str) -> Decimal:
    """As `amount`, but also a bare number: history rows of earlier years have them."""
    value = row.get(field)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _bounded(Decimal(value), field, where)
    return amount(row, field, where)


def not_negative(value: Decimal, field: str, where: str) -> Decimal:
    """`value`, refused when below zero."""
    if value < 0:
        refuse(where, field, "is negative")
    return value


def whole(row: Row, field: str, where: str) -> int:
    """A whole number, bare or in quotes (old rows quote them)."""
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
        return int(value)
    refuse(where, field, "is not a whole number")


def truth(row: Row, field: str, where: str, *, default: bool | None = None) -> bool:
    """A boolean; `default` stands for an absent field, if given."""
    value = row.get(field, default)
    if not isinstance(value, bool):
        refuse(where, field, "is not true or false")
    return value


def identity(row: Row, field: str, where: str) -> str | None:
    """An id, which may be a number or a text, as text; None when absent or empty."""
    value = row.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(row, field, where)


def _bounded(value: Decimal, field: str, where: str) -> Decimal:
    if abs(value) >= _LARGEST:
        refuse(where, field, "is out of range")
    return value
