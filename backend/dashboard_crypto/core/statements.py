"""Binance's own CSV exports as movements, for history that the API no longer tells.

Every row gets a key from its content and from how often the same content came before in the file, so that importing a
file twice, or two overlapping files, gives the same keys. Errors are listed by line; whether a file with errors is
used at all is the caller's decision (it is not). Rows the API tells as well are found with `twins.statement_twins`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.money import plain, total
from dashboard_crypto.core.movement import ELSEWHERE, Movement
from dashboard_crypto.core.statement_formats import StatementFormat, recognise
from dashboard_crypto.core.statement_operations import product_wallet
from dashboard_crypto.core.statement_rows import READERS, Leg, Row, StatementOptions
from dashboard_crypto.core.taxonomy import CLASSES

__all__ = ["RowError", "Statement", "StatementOptions", "parse_statement", "recompleted"]

_DERIVED = ":other"


@dataclass(frozen=True, slots=True)
class RowError:
    """`line` counts from 1, the header included."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`rows` counts the data rows, `skipped` those that moved nothing (unfinished, receipts)."""

    format: StatementFormat
    movements: tuple[Movement, ...]
    errors: tuple[RowError, ...]
    rows: int
    skipped: int


PLAIN = StatementOptions()


def parse_statement(text: str, options: StatementOptions = PLAIN) -> Statement:
    """All movements of an export. InvalidInput if the file as a whole cannot be read (unknown, ambiguous, empty)."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    header = next(rows, None)
    if not header:
        raise InvalidInput("the file is empty", "/file", "empty")
    layout = recognise(
        header,
        file_name=options.file_name,
        utc_offset_minutes=options.utc_offset_minutes,
        direction=options.direction,
    )
    read: list[Row] = []
    errors: list[RowError] = []
    count = 0
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        try:
            row = READERS[layout.format](layout, cells, options)
        except ValueError as error:
            errors.append(RowError(rows.line_num, str(error)))
        else:
            read.extend([row] if row else [])
    movements = _movements(layout.format, read)
    return Statement(layout.format, movements, tuple(errors), count, count - len(read) - len(errors))


def recompleted(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """The movements of several exports together, with the other sides of internal moves found anew.

    A file may have held one side only and a later one brings the other, which then takes the place of the derived one.
    """
    written = [movement for movement in movements if not movement.key.endswith(_DERIVED)]
    histories = [movement for movement in written if movement.source == "statement_transactions"]
    others = [movement for movement in written if movement.source != "statement_transactions"]
    return tuple(sorted(others + _completed(histories), key=lambda movement: (movement.instant_ms, movement.key)))


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return ";" if first.count(";") > first.count(",") else ","


def _movements(kind: StatementFormat, rows: Sequence[Row]) -> tuple[Movement, ...]:
    seen: Counter[str] = Counter()
    found: list[Movement] = []
    for row in rows:
        digest = _digest(kind, row)
        key = f"statement:{kind}:{digest}:{seen[digest]}"
        seen[digest] += 1
        group = f"statement:{row.instant_ms}:{_family(row)}" if kind == "transactions" else key
        for number, leg in enumerate(row.legs):
            found.append(_movement(f"{key}#{number}", group, f"statement_{kind}", row, leg))
    if kind == "transactions":
        found = _completed(found)
    found.sort(key=lambda movement: (movement.instant_ms, movement.key))
    return tuple(found)


def _family(row: Row) -> str:
    """What the rows of one event have in common: a fill is written as two or three rows with different words."""
    kind = row.legs[0].kind
    return "trade" if kind in {"trade", "fee"} else row.label


def _movement(key: str, group: str, source: str, row: Row, leg: Leg) -> Movement:
    return Movement(
        key=key,
        group=group,
        source=source,
        kind=leg.kind,
        asset=leg.asset,
        amount=leg.amount,
        wallet=leg.wallet,
        instant_ms=row.instant_ms,
        external_id="",
        is_fee=CLASSES[leg.kind] == "cost",
        reference=row.reference,
    )


def _digest(kind: StatementFormat, row: Row) -> str:
    """The row's meaning without the kind, so that a better reading of an operation does not change any key."""
    legs = [(leg.asset, plain(leg.amount), leg.wallet) for leg in row.legs]
    content = repr((kind, row.instant_ms, row.label, row.reference if kind != "transactions" else "", legs))
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def _completed(movements: Sequence[Movement]) -> list[Movement]:
    """Give every internal move its other side, and see a purchase with both sides in the account as a conversion."""
    groups: defaultdict[str, list[Movement]] = defaultdict(list)
    for movement in movements:
        groups[movement.group].append(movement)
    finished: list[Movement] = []
    for group in groups.values():
        finished += _as_conversion(group)
        finished += _other_sides(group)
    return finished


def _as_conversion(group: list[Movement]) -> list[Movement]:
    is_purchase = all(movement.kind in {"card_buy", "card_sell", "convert"} for movement in group)
    if is_purchase and any(m.amount > 0 for m in group) and any(m.amount < 0 for m in group):
        return [replace(movement, kind="convert") for movement in group]
    return group


def _other_sides(group: Sequence[Movement]) -> list[Movement]:
    first = min(group, key=lambda movement: movement.key)
    if CLASSES[first.kind] != "internal":
        return []
    sums: defaultdict[str, list[Decimal]] = defaultdict(list)
    for movement in group:
        sums[movement.asset].append(movement.amount)
    wallet = ELSEWHERE
    if first.kind == "loan":
        wallet = first.wallet
    elif first.kind in {"earn_subscribe", "earn_redeem"}:
        wallet = product_wallet(first.group)
    return [
        replace(first, key=f"{first.key}:{asset}{_DERIVED}", asset=asset, amount=-rest, wallet=wallet)
        for asset, amounts in sums.items()
        if (rest := total(amounts))
    ]
