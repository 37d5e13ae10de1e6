"""Which of Binance's own CSV exports a file is, told by its header; and how its columns, times and amounts are written.

Vintages known: column names with `_` or spaces, `Date(UTC)` and `UTC_Time` (UTC) or `Date`, `Time` (the time zone that
was chosen when the file was made, usually in its name: `...(UTC+7)...`), years of four or two digits, a French header.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.timekeys import from_datetime

StatementFormat = Literal["transactions", "deposits", "withdrawals", "trades", "converts"]

_COLUMNS: Mapping[str, str] = {
    "userid": "user", "identifiantutilisateur": "user",
    "time": "time", "date": "time", "durée": "time", "utctime": "time",
    "account": "account", "compte": "account", "wallet": "wallet",
    "operation": "operation", "opération": "operation",
    "coin": "coin", "jeton": "coin", "change": "change", "remark": "remark", "remarque": "remark",
    "network": "network", "amount": "amount", "transactionfee": "transaction_fee", "fee": "fee", "feecoin": "fee_coin",
    "address": "address", "txid": "txid", "sourceaddress": "source_address", "paymentid": "payment_id",
    "status": "status",
    "pair": "pair", "market": "pair", "side": "side", "type": "type", "price": "price", "executed": "executed",
    "total": "total", "sell": "sell", "buy": "buy", "inverseprice": "inverse_price", "dateupdated": "updated",
    "orderno": "order_number", "avgtradingprice": "average_price", "averageprice": "average_price",
}  # fmt: skip
_ZONE_IN_HEADER = re.compile(r"^(date|time)\(utc\*?([+-]\d{1,2})?\)$")
_ZONE_IN_NAME = re.compile(r"\(UTC-?([+-])(\d{1,2})(?::?(\d{2}))?\)", re.IGNORECASE)
_TIME = re.compile(r"^(\d{4}|\d{2})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$", re.ASCII)
_AMOUNT = re.compile(r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?$", re.ASCII)
_QUANTITY = re.compile(r"^([+-]?[\d,]*\.?\d+)\s*(\D\S*)?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a file are, and how far its clock is ahead of UTC."""

    format: StatementFormat
    columns: Mapping[str, int]
    utc_offset_minutes: int

    def cell(self, row: Sequence[str], name: str) -> str:
        """The trimmed text of a column; empty when the file has no such column or the row is short."""
        position = self.columns.get(name)
        return row[position].strip() if position is not None and position < len(row) else ""


def recognise(
    header: Sequence[str],
    *,
    file_name: str = "",
    utc_offset_minutes: int | None = None,
    direction: Literal["in", "out"] | None = None,
) -> Layout:
    """The layout of a file. InvalidInput, with the reason and what to do, if it is unknown or ambiguous.

    Nothing that could turn a deposit into a withdrawal or shift a flow is guessed: what the header leaves open must
    be in the file name as Binance wrote it, or told by the caller.
    """
    columns, offset = _columns(header)
    if "time" not in columns and "updated" in columns:
        columns["time"] = columns["updated"]
    kind = _format(columns, file_name, direction)
    if offset is None:
        offset = utc_offset_minutes if utc_offset_minutes is not None else offset_in_name(file_name)
    if offset is None:
        raise InvalidInput(
            "the file does not say its time zone: give the UTC offset that was chosen when it was exported",
            "/utc_offset_minutes",
            "time_zone",
        )
    return Layout(kind, columns, offset)


def offset_in_name(file_name: str) -> int | None:
    """Minutes ahead of UTC from a name like `...(UTC+7)...` or `...(UTC--6)...`; None if it has none."""
    found = _ZONE_IN_NAME.search(file_name)
    if found is None:
        return 0 if "(utc)" in file_name.lower() else None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return -minutes if found[1] == "-" else minutes


def read_time(written: str, utc_offset_minutes: int) -> int:
    """Epoch milliseconds. ValueError for any other writing: a file saved by a spreadsheet may have days and months
    swapped, and nobody can tell afterwards."""
    found = _TIME.match(written)
    if found is None:
        raise ValueError(f"the time {written[:30]!r} is not written YYYY-MM-DD hh:mm:ss")
    year = int(found[1]) + (2000 if len(found[1]) == 2 else 0)
    parts = [int(found[number]) for number in range(2, 7)]
    micros = int((found[7] or "0").ljust(6, "0"))
    moment = datetime(year, *parts, micros, tzinfo=UTC)  # type: ignore[arg-type,misc]
    return from_datetime(moment - timedelta(minutes=utc_offset_minutes))


def read_amount(written: str) -> Decimal:
    """An exact decimal; commas only between thousands. ValueError otherwise."""
    if not written or not _AMOUNT.match(written):
        raise ValueError(f"{written[:30]!r} is not an amount")
    try:
        return Decimal(written.replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"{written[:30]!r} is not an amount") from None


def read_quantity(written: str, coins: Sequence[str] = ()) -> tuple[Decimal, str]:
    """Amount and coin of a cell like `0.5BTC`, `155.155 EUR`; the coin is empty when none is written.

    `coins` that may be meant are tried first, longest first, since a coin may begin with digits (`5001INCH`).
    """
    for coin in sorted(coins, key=len, reverse=True):
        if coin and written.endswith(coin):
            return read_amount(written.removesuffix(coin).strip()), coin
    digits = _QUANTITY.match(written)
    if digits is None:
        raise ValueError(f"{written[:30]!r} is not an amount with its coin")
    return read_amount(digits[1]), digits[2] or ""


def _columns(header: Sequence[str]) -> tuple[dict[str, int], int | None]:
    columns: dict[str, int] = {}
    offset: int | None = None
    for position, title in enumerate(header):
        plain = title.replace("\ufeff", "").strip().strip('"').casefold().replace(" ", "").replace("_", "")
        zone = _ZONE_IN_HEADER.match(plain)
        if zone or plain == "utctime":
            offset = int(zone[2]) * 60 if zone and zone[2] else 0
        name = "time" if zone else _COLUMNS.get(plain)
        if name is not None:
            columns.setdefault(name, position)
    return columns, offset


def _format(columns: Mapping[str, int], file_name: str, direction: str | None) -> StatementFormat:
    found = columns.keys()
    if {"time", "account", "operation", "coin", "change"} <= found:
        return "transactions"
    if "order_number" in found or "average_price" in found:
        raise InvalidInput("an order history has no fees; export the trade history instead", "/file", "order_history")
    if {"time", "sell", "buy", "status"} <= found:
        return "converts"
    if {"time", "pair", "fee"} <= found and ({"side", "executed"} <= found or {"type", "amount", "total"} <= found):
        return "trades"
    if {"time", "coin", "amount", "txid", "status"} <= found:
        return _direction(columns, file_name.lower(), direction)
    raise InvalidInput("this is none of the exports that can be read: see the documentation", "/file", "unknown_format")


def _direction(columns: Mapping[str, int], file_name: str, direction: str | None) -> StatementFormat:
    if direction is not None:
        return "deposits" if direction == "in" else "withdrawals"
    is_in, is_out = "deposit" in file_name, "withdraw" in file_name
    if is_in != is_out:
        return "deposits" if is_in else "withdrawals"
    if "transaction_fee" in columns:
        raise InvalidInput(
            "deposit and withdrawal exports of this age look the same: say which one it is", "/direction", "direction"
        )
    return "withdrawals" if "fee" in columns else "deposits"
