"""JSON as the exchange means it: exact decimals, no NaN, no repeated names, nothing but one whole document."""

from __future__ import annotations

import json
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from dashboard_crypto.core.errors import MalformedAnswer


def loads(body: bytes, keep: Collection[str] | None = None) -> Any:
    """Parse `body`: fractions become Decimal, whole numbers int.

    With `keep`, objects lose every other name while they are read, so that a large answer of which little is needed
    never stands in memory whole. Raises MalformedAnswer.
    """
    if not body.strip():
        raise MalformedAnswer("the answer is empty")
    kept = None if keep is None else frozenset(keep)

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) != len(pairs):
            raise MalformedAnswer(f"a name is repeated in one object: {_repeated(pairs)}")
        return record if kept is None else {name: value for name, value in pairs if name in kept}

    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=build, parse_constant=_refuse_constant, parse_float=_decimal
        )
    except (ValueError, RecursionError) as error:
        problem = MalformedAnswer(f"the answer is not JSON ({describe(body)}): {type(error).__name__}")
    raise problem


def describe(body: bytes) -> str:
    """What an unreadable body looks like, for logs: never more than 80 characters, never markup."""
    start = body[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<")):
        return "HTML; maintenance?"
    return f"{len(body)} bytes"


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        problem = MalformedAnswer("a number is out of range")
    raise problem


def _refuse_constant(name: str) -> Any:
    raise MalformedAnswer(f"{name} is not a number")


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    names = [name for name, _ in pairs]
    return repr(next(name for name in names if names.count(name) > 1)[:40])
