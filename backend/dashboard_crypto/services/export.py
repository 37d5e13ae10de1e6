"""Everything the owner has, as rows for a file: cash flows, ledger, snapshots, holdings over time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

import orjson

from dashboard_crypto.core.decisions import Decision
from dashboard_crypto.core.money import plain
from dashboard_crypto.core.taxonomy import CLASSES
from dashboard_crypto.core.timekeys import to_iso
from dashboard_crypto.db import balance_rows, decision_rows, flow_rows, ledger_rows, snapshot_rows
from dashboard_crypto.db.decision_rows import split_text
from dashboard_crypto.db.store import Store

ExportKind = Literal["flows", "ledger", "snapshots", "holdings"]
Cell = str | int | float | bool | Decimal | None
Row = tuple[Cell, ...]

COLUMNS: dict[ExportKind, tuple[str, ...]] = {
    "flows": (
        "id", "time", "type", "amount_usd", "asset", "quantity", "price_usd", "source", "kind", "flow_class",
        "imported_amount_usd", "linked_id", "value_before_usd", "valuation_method", "external_id", "note",
        "counted_usd", "parts", "counted_at", "eur_usd", "btc_usd",
    ),
    "ledger": (
        "key", "time", "source", "kind", "asset", "amount", "wallet", "is_fee", "external_id", "reference",
        "counterparty", "flow_class", "imported_class", "note",
    ),
    "snapshots": (
        "id", "time", "total_value_usd", "capital_usd", "twr", "pnl_percent", "source", "status", "eur_usd", "btc_usd",
    ),
    "holdings": ("time", "confirmed_until", "asset", "quantity"),
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_LATEST_MS = 4_102_444_800_000


class Exporter:
    """Reads one consistent picture and writes it piece by piece."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self, what: ExportKind) -> list[Row]:
        """The rows below `COLUMNS[what]`, oldest first."""
        read = {
            "flows": self._flows,
            "ledger": self._ledger,
            "snapshots": self._snapshots,
            "holdings": self._holdings,
        }
        return list(read[what]())

    def csv(self, what: ExportKind) -> Iterator[str]:
        """CSV with a header. No cell can act as a formula in a spreadsheet."""
        return _csv_lines(COLUMNS[what], self.rows(what))

    def json(self, what: ExportKind) -> Iterator[str]:
        """A JSON array of objects; exact numbers are text."""
        return _json_items(COLUMNS[what], self.rows(what))

    def _flows(self) -> Iterator[Row]:
        with self._store.reading() as session:
            flows = flow_rows.load_flows(session, self._store.portfolio_id)
        for f in flows:
            yield (
                f.id, to_iso(f.reported_ms), f.type, f.amount_usd, f.asset, f.quantity, f.price_usd, f.source, f.kind,
                f.flow_class, f.imported_amount_usd, f.linked_id, f.value_before_usd, f.valuation_method,
                f.external_id, f.note, f.counted_usd, split_text(f.split),
                to_iso(f.instant_ms), f.eur_usd, f.btc_usd,
            )  # fmt: skip

    def _ledger(self) -> Iterator[Row]:
        with self._store.reading() as session:
            movements = ledger_rows.load_movements(session, self._store.portfolio_id)
            decisions = decision_rows.load_decisions(session, self._store.portfolio_id)
        for m in movements:
            said = decisions.get(m.key, Decision(m.key))
            yield (
                m.key, to_iso(m.instant_ms), m.source, m.kind, m.asset, m.amount, m.wallet, m.is_fee, m.external_id,
                m.reference, m.counterparty, said.flow_class or CLASSES[m.kind], CLASSES[m.kind], said.note,
            )  # fmt: skip

    def _snapshots(self) -> Iterator[Row]:
        with self._store.reading() as session:
            records = snapshot_rows.page_snapshots(session, self._store.portfolio_id, None, None, None)
        for s in records:
            yield (
                s.id, to_iso(s.instant_ms), s.total_value_usd, s.capital_usd, s.twr, s.pnl_percent, s.source, s.status,
                s.eur_usd, s.btc_usd,
            )  # fmt: skip

    def _holdings(self) -> Iterator[Row]:
        with self._store.reading() as session:
            sets = balance_rows.holdings_between(session, self._store.portfolio_id, 0, _LATEST_MS)
        for held in sets:
            for asset, quantity in sorted(held.quantities.items()):
                yield (to_iso(held.instant_ms), to_iso(held.confirmed_until_ms), asset, quantity)


def inert(cell: Cell) -> str:
    """A cell as text that no spreadsheet will run: text that looks like a formula gets an apostrophe in front."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return plain(cell)
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow([inert(cell) for cell in row])
        if number % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _json_items(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    opening = "["
    for row in rows:
        cells = (plain(cell) if isinstance(cell, Decimal) else cell for cell in row)
        yield opening + orjson.dumps(dict(zip(columns, cells, strict=True))).decode()
        opening = ",\n"
    yield "]\n" if opening != "[" else "[]\n"
