"""JSON as this API reads and writes it: strict in, exact out."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

MAX_DEPTH = 16
MAX_NUMBER_CHARACTERS = 64


class BrokenJsonError(ValueError):
    """The bytes are not JSON that this API reads; the message says why, without echoing them."""


def parse(raw: bytes) -> Any:
    """Read one JSON text. Numbers with a fraction or exponent become Decimal.

    Raises `BrokenJsonError` for bad UTF-8, syntax, a repeated key, NaN or Infinity, deep nesting and endless numbers.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenJsonError("The body is not valid UTF-8.") from error
    _check_depth(text)
    try:
        return json.loads(
            text, parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_unique
        )
    except BrokenJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise BrokenJsonError("The body is not valid JSON.") from error


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BrokenJsonError("The body is nested too deeply.")
        elif character in "]}":
            depth -= 1


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise BrokenJsonError("A number in the body is too long.")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise BrokenJsonError("A number in the body is too long.")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BrokenJsonError("A number in the body is out of every range.") from error


def _constant(_text: str) -> NoReturn:
    raise BrokenJsonError("NaN and Infinity are not JSON.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BrokenJsonError("A key appears twice in one object.")
    return found


def dump(value: object) -> bytes:
    """Write JSON in UTF-8; a Decimal prints its own digits."""
    return orjson.dumps(value, default=_exact, option=orjson.OPT_SERIALIZE_NUMPY)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")
