"""Binance's own CSV exports, for what its API tells no more. A file is taken whole or not at all, ever so often."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.movement import Entry, Movement
from dashboard_crypto.core.statements import RowError, StatementOptions, parse_statement
from dashboard_crypto.db import check_rows, ledger_rows, state_rows
from dashboard_crypto.db.ledger_rows import LedgerRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.ledger_reading import counting

_DERIVED = ":other"
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. `told_before`: movements that the API or another file tells as well; kept, not counted."""

    format: str
    rows: int
    skipped: int
    added: int
    told_before: int


class StatementRefused(InvalidInput):
    """Some rows cannot be read, so nothing of the file was taken. `rows` has every one of them."""

    def __init__(self, message: str, rows: tuple[RowError, ...] = ()) -> None:
        super().__init__(message, "/file", "rows")
        self.rows = rows


class StatementImport:
    """Stores the movements of a file in the ledger, beside what the exchange's API told."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, text: str, options: StatementOptions) -> Imported:
        """Read and store one file. StatementRefused with every bad row; InvalidInput if it is no statement at all."""
        store = self._store
        with store.reading() as session:
            kept = check_rows.load_check(session, store.portfolio_id, "pairs")
        known = {} if kept is None else {name: (pair[0], pair[1]) for name, pair in kept[1].items()}
        pairs = {**known, **options.pairs}
        bases = options.base_assets | {base for base, _ in pairs.values()}
        statement = parse_statement(text, replace(options, pairs=pairs, base_assets=frozenset(bases)))
        if statement.errors:
            raise StatementRefused(_listed(statement.errors), statement.errors)
        written = [movement for movement in statement.movements if not movement.key.endswith(_DERIVED)]
        with store.session() as session:
            added = ledger_rows.save_records(session, store.portfolio_id, map(_record, written))
            everything = ledger_rows.load_movements(session, store.portfolio_id)
            if added:
                state_rows.bump(session, store.portfolio_id, history=True)
        counted = {movement.key for movement in counting(everything)}
        told_before = sum(movement.key not in counted for movement in written)
        return Imported(statement.format, statement.rows, statement.skipped, added, told_before)


def _record(movement: Movement) -> LedgerRecord:
    entry = Entry(movement.source, movement.key, "booked", (movement,), (0, 1, 0))
    return LedgerRecord(entry, json.dumps(asdict(movement), default=str, sort_keys=True))


def _listed(errors: tuple[RowError, ...]) -> str:
    shown = [f"line {error.line}: {error.message}" for error in errors[:_MOST_SHOWN]]
    rest = [f"and {len(errors) - _MOST_SHOWN} more"] if len(errors) > _MOST_SHOWN else []
    return "\n".join(["Nothing was imported, because some rows cannot be read:", *shown, *rest])
