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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.ledger import is_receipt
from dashboard_crypto.core.model import SPOT
from dashboard_crypto.core.money import plain, total
from dashboard_crypto.core.movement import ELSEWHERE, Kind, Movement
from dashboard_crypto.core.statement_formats import (
    Layout,
    StatementFormat,
    read_amount,
    read_quantity,
    read_time,
    recognise,
)
from dashboard_crypto.core.statement_operations import kind_of, product_wallet, wallet_of
from dashboard_crypto.core.taxonomy import CLASSES

_DONE = {"completed", "success", "successful", "credited", "finished"}
_UNDONE = {
    "pending", "processing", "failed", "failure", "cancelled", "canceled", "rejected", "expired", "refunded", "email sent",
    "awaiting approval", "wrong deposit", "process",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementOptions:
    """What a file does not say about itself. `operations` books words of newer exports: name in lower case ->
    (kind of a row that adds, kind of a row that takes away)."""

    file_name: str = ""
    utc_offset_minutes: int | None = None
    direction: Literal["in", "out"] | None = None
    base_assets: frozenset[str] = frozenset()
    pairs: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    operations: Mapping[str, tuple[Kind, Kind]] = field(default_factory=lambda: MappingProxyType({}))


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


@dataclass(frozen=True, slots=True)
class _Leg:
    kind: Kind
    asset: str
    amount: Decimal
    wallet: str


@dataclass(frozen=True, slots=True)
class _Row:
    instant_ms: int
    label: str
    legs: tuple[_Leg, ...]
    reference: str = ""


_Reader = Callable[[Layout, Sequence[str], StatementOptions], _Row | None]
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
    read: list[_Row] = []
    errors: list[RowError] = []
    count = 0
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        try:
            row = _READERS[layout.format](layout, cells, options)
        except ValueError as error:
            errors.append(RowError(rows.line_num, str(error)))
        else:
            read.extend([row] if row else [])
    movements = _movements(layout.format, read)
    return Statement(layout.format, movements, tuple(errors), count, count - len(read) - len(errors))


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return ";" if first.count(";") > first.count(",") else ","


def _movements(kind: StatementFormat, rows: Sequence[_Row]) -> tuple[Movement, ...]:
    seen: Counter[str] = Counter()
    found: list[Movement] = []
    for row in rows:
        digest = _digest(kind, row)
        key = f"statement:{kind}:{digest}:{seen[digest]}"
        seen[digest] += 1
        group = f"statement:{row.instant_ms}:{row.label}" if kind == "transactions" else key
        for number, leg in enumerate(row.legs):
            found.append(_movement(f"{key}#{number}", group, f"statement_{kind}", row, leg))
    if kind == "transactions":
        found = _completed(found)
    found.sort(key=lambda movement: (movement.instant_ms, movement.key))
    return tuple(found)


def _movement(key: str, group: str, source: str, row: _Row, leg: _Leg) -> Movement:
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
        counterparty=row.label if row.label.startswith("@") else "",
    )


def _digest(kind: StatementFormat, row: _Row) -> str:
    legs = [(leg.asset, plain(leg.amount), leg.wallet, leg.kind) for leg in row.legs]
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
    is_purchase = group[0].kind in {"card_buy", "card_sell"}
    if is_purchase and any(m.amount > 0 for m in group) and any(m.amount < 0 for m in group):
        return [replace(movement, kind="convert") for movement in group]
    return group


def _other_sides(group: Sequence[Movement]) -> list[Movement]:
    first = group[0]
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
        replace(first, key=f"{first.key}:{asset}:other", asset=asset, amount=-rest, wallet=wallet)
        for asset, amounts in sums.items()
        if (rest := total(amounts))
    ]


def _transaction(layout: Layout, cells: Sequence[str], options: StatementOptions) -> _Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    operation, coin = layout.cell(cells, "operation"), _coin(layout, cells)
    change = read_amount(layout.cell(cells, "change"))
    kind = kind_of(operation, is_in=change > 0, extra=options.operations)
    wallet = wallet_of(layout.cell(cells, "account"))
    if not change or (kind in {"earn_subscribe", "earn_redeem"} and is_receipt(coin, options.base_assets)):
        return None
    if options.base_assets and is_receipt(coin, options.base_assets):
        return None
    remark = layout.cell(cells, "remark")
    return _Row(instant, " ".join(operation.casefold().split()), (_Leg(kind, coin, change, wallet),), remark)


def _deposit(layout: Layout, cells: Sequence[str], _: StatementOptions) -> _Row | None:
    amount = read_amount(layout.cell(cells, "amount"))
    return _crossing(layout, cells, (_Leg("deposit", _coin(layout, cells), amount, SPOT),))


def _withdrawal(layout: Layout, cells: Sequence[str], _: StatementOptions) -> _Row | None:
    coin, amount = _coin(layout, cells), read_amount(layout.cell(cells, "amount"))
    written = layout.cell(cells, "fee") or layout.cell(cells, "transaction_fee")
    fee = read_quantity(written, (coin,))[0] if written else Decimal(0)
    legs = [_Leg("withdrawal", coin, -amount, SPOT)]
    return _crossing(layout, cells, (*legs, *([_Leg("withdrawal_fee", coin, -fee, SPOT)] if fee else [])))


def _crossing(layout: Layout, cells: Sequence[str], legs: tuple[_Leg, ...]) -> _Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    if any((leg.amount < 0 and leg.kind == "deposit") or (leg.amount > 0 and leg.kind != "deposit") for leg in legs):
        raise ValueError("the amount is negative")
    if not _is_done(layout.cell(cells, "status")) or not legs[0].amount:
        return None
    return _Row(instant, legs[0].kind, legs, layout.cell(cells, "txid"))


def _trade(layout: Layout, cells: Sequence[str], options: StatementOptions) -> _Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    pair = layout.cell(cells, "pair").replace("/", "").replace("_", "").upper()
    is_new = "executed" in layout.columns
    written = [layout.cell(cells, name) for name in (("executed", "amount") if is_new else ("amount", "total"))]
    base, quote = _pair(pair, written[0], written[1], options)
    bought, paid = read_quantity(written[0], (base,))[0], read_quantity(written[1], (quote,))[0]
    side = (layout.cell(cells, "side") or layout.cell(cells, "type")).upper()
    if side not in {"BUY", "SELL"}:
        raise ValueError(f"the side {side[:20]!r} is neither BUY nor SELL")
    sign = 1 if side == "BUY" else -1
    legs = [_Leg("trade", base, sign * bought, SPOT), _Leg("trade", quote, -sign * paid, SPOT)]
    fee_coin = layout.cell(cells, "fee_coin")
    fee, suffix = read_quantity(layout.cell(cells, "fee") or "0", (fee_coin, base, quote, "BNB"))
    if fee and not (suffix or fee_coin):
        raise ValueError("the fee does not name its coin")
    if fee:
        legs.append(_Leg("fee", suffix or fee_coin, -fee, SPOT))
    return _Row(instant, pair, tuple(legs))


def _pair(pair: str, executed: str, amount: str, options: StatementOptions) -> tuple[str, str]:
    if pair in options.pairs:
        return options.pairs[pair]
    for cut in range(1, len(pair)):
        if executed.endswith(pair[:cut]) and amount.endswith(pair[cut:]):
            return pair[:cut], pair[cut:]
    raise ValueError(f"the pair {pair[:20]!r} is not known, so its two coins cannot be told apart")


def _conversion(layout: Layout, cells: Sequence[str], _: StatementOptions) -> _Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    if not _is_done(layout.cell(cells, "status")):
        return None
    (sold, given), (bought, got) = (read_quantity(layout.cell(cells, name)) for name in ("sell", "buy"))
    if not given or not got:
        raise ValueError("an amount does not name its coin")
    wallet = layout.cell(cells, "wallet")
    place = wallet_of(wallet) if wallet else SPOT
    return _Row(instant, "convert", (_Leg("convert", given, -sold, place), _Leg("convert", got, bought, place)))


def _coin(layout: Layout, cells: Sequence[str]) -> str:
    coin = layout.cell(cells, "coin")
    if not coin:
        raise ValueError("the row names no coin")
    return coin


def _is_done(status: str) -> bool:
    word = status.casefold()
    if word in _DONE:
        return True
    if word in _UNDONE:
        return False
    raise ValueError(f"the status {status[:30]!r} is not known")


_READERS: Mapping[StatementFormat, _Reader] = {
    "transactions": _transaction,
    "deposits": _deposit,
    "withdrawals": _withdrawal,
    "trades": _trade,
    "converts": _conversion,
}
