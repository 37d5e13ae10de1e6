"""`ledger_records`, `movements` and `import_sources`: the account's history as it was told and as it counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from dashboard_crypto.core.ledger import newer
from dashboard_crypto.core.movement import Entry, Movement
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.tables import import_sources, ledger_records, movements

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """One record: what it means, and the JSON text of what the exchange said."""

    entry: Entry
    raw: str


@dataclass(frozen=True, slots=True)
class SourceState:
    """How far one source of history has been read. `done`: nothing is missing up to `read_until_ms`.

    `oldest_ms` is the oldest instant that the exchange still tells of, 0 when it tells everything.
    """

    name: str
    cursor: str | None = None
    done: bool = False
    progress: float = 0.0
    read_until_ms: int | None = None
    oldest_ms: int = 0
    error: str | None = None


def raw_json(record: Mapping[str, Any]) -> str:
    """A record as text: exact, and the same for the same content in any order of fields."""
    return json.dumps(record, default=str, sort_keys=True, separators=(",", ":"))


def save_records(session: Session, portfolio_id: int, told: Iterable[LedgerRecord]) -> int:
    """Merge records with what is stored: of two versions the newer one stays, whatever order they come in.

    Returns how many records changed their meaning.
    """
    newest: dict[str, LedgerRecord] = {}
    for one in told:
        record = replace(one, entry=replace(one.entry, movements=_ordered(one.entry.movements)))
        key = record.entry.record_key
        newest[key] = _better(newest[key], record) if key in newest else record
    known = load_records(session, portfolio_id, list(newest))
    merged = {key: _better(known[key], record) if key in known else record for key, record in newest.items()}
    changed = {key: record for key, record in merged.items() if record != known.get(key)}
    if changed:
        _upsert(session, [_record_values(portfolio_id, record) for record in changed.values()])
    meant = [key for key, record in changed.items() if key not in known or not _means_same(record, known[key])]
    _replace_movements(session, portfolio_id, {key: changed[key].entry for key in meant})
    return len(meant)


def load_records(session: Session, portfolio_id: int, keys: Sequence[str]) -> dict[str, LedgerRecord]:
    """Those of the named records that are stored."""
    found: dict[str, LedgerRecord] = {}
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        legs: dict[str, list[Movement]] = {}
        query = sa.select(movements).where(movements.c.portfolio_id == portfolio_id, movements.c.record_key.in_(part))
        for row in session.execute(query):
            legs.setdefault(row.record_key, []).append(_movement(row))
        query = sa.select(ledger_records).where(
            ledger_records.c.portfolio_id == portfolio_id, ledger_records.c.record_key.in_(part)
        )
        for row in session.execute(query):
            entry = Entry(
                row.source,
                row.record_key,
                row.state,
                _ordered(legs.get(row.record_key, ())),
                (row.seen_ms, row.finality, row.changed_ms),
            )
            found[row.record_key] = LedgerRecord(entry, row.raw)
    return found


def load_movements(session: Session, portfolio_id: int, since_ms: int | None = None) -> tuple[Movement, ...]:
    """Movements after `since_ms` (None: all), oldest first; those of one instant by key."""
    query = sa.select(movements).where(movements.c.portfolio_id == portfolio_id)
    if since_ms is not None:
        query = query.where(movements.c.instant_ms > since_ms)
    found = [_movement(row) for row in session.execute(query)]
    # Sorted here: the order of text in SQL depends on the server's locale.
    return tuple(sorted(found, key=lambda movement: (movement.instant_ms, movement.key)))


def load_sources(session: Session, portfolio_id: int) -> dict[str, SourceState]:
    """Every source ever read, by name."""
    rows = session.execute(sa.select(import_sources).where(import_sources.c.portfolio_id == portfolio_id))
    return {
        row.name: SourceState(
            row.name, row.cursor, bool(row.done), row.progress, row.read_until_ms, row.oldest_ms, row.error
        )
        for row in rows
    }


def has_unread(session: Session, portfolio_id: int) -> bool:
    """Whether any source was begun that has never been read to its end."""
    query = sa.select(import_sources.c.name).where(
        import_sources.c.portfolio_id == portfolio_id, import_sources.c.read_until_ms.is_(None)
    )
    return session.execute(query.limit(1)).first() is not None


def save_source(session: Session, portfolio_id: int, state: SourceState, now_ms: int) -> None:
    """Remember how far a source was read."""
    values = {
        "portfolio_id": portfolio_id,
        "name": state.name,
        "cursor": state.cursor,
        "done": int(state.done),
        "progress": state.progress,
        "read_until_ms": state.read_until_ms,
        "oldest_ms": state.oldest_ms,
        "error": state.error,
        "changed_at_ms": now_ms,
    }
    session.execute(upsert(session, import_sources, ("portfolio_id", "name")), [values])


def upsert(session: Session, table: sa.Table, keys: Sequence[str]) -> Any:
    """INSERT that replaces the row with the same `keys`."""
    statement = _insert(session.dialect.name)(table)
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=rest)


def _insert(dialect: str) -> Any:
    # Imported where it is spoken: PostgreSQL's words cost 2 MB and 20 ms of a start.
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def _better(one: LedgerRecord, other: LedgerRecord) -> LedgerRecord:
    if one.entry == other.entry:
        return max(one, other, key=lambda record: record.raw)
    return one if newer(one.entry, other.entry) is one.entry else other


def _means_same(one: LedgerRecord, other: LedgerRecord) -> bool:
    return (one.entry.state, one.entry.movements) == (other.entry.state, other.entry.movements)


def _ordered(legs: Iterable[Movement]) -> tuple[Movement, ...]:
    return tuple(sorted(legs, key=lambda movement: movement.key))


def _upsert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    session.execute(upsert(session, ledger_records, ("portfolio_id", "record_key")), rows)


def _replace_movements(session: Session, portfolio_id: int, entries: Mapping[str, Entry]) -> None:
    keys = list(entries)
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        session.execute(
            sa.delete(movements).where(movements.c.portfolio_id == portfolio_id, movements.c.record_key.in_(part))
        )
    rows = [_movement_values(portfolio_id, key, leg) for key, entry in entries.items() for leg in entry.movements]
    if rows:
        session.execute(sa.insert(movements), rows)


def _record_values(portfolio_id: int, record: LedgerRecord) -> dict[str, Any]:
    seen_ms, finality, changed_ms = record.entry.version
    return {
        "portfolio_id": portfolio_id,
        "record_key": record.entry.record_key,
        "source": record.entry.source,
        "state": record.entry.state,
        "seen_ms": seen_ms,
        "finality": finality,
        "changed_ms": changed_ms,
        "raw": record.raw,
    }


def _movement_values(portfolio_id: int, record_key: str, leg: Movement) -> dict[str, Any]:
    return {
        "portfolio_id": portfolio_id,
        "key": leg.key,
        "record_key": record_key,
        "group_key": leg.group,
        "source": leg.source,
        "kind": leg.kind,
        "asset": leg.asset,
        "amount": leg.amount,
        "wallet": leg.wallet,
        "instant_ms": leg.instant_ms,
        "external_id": leg.external_id,
        "is_fee": int(leg.is_fee),
        "reference": leg.reference,
        "counterparty": leg.counterparty,
    }


def _movement(row: Any) -> Movement:
    return Movement(
        row.key,
        row.group_key,
        row.source,
        row.kind,
        row.asset,
        Decimal(row.amount),
        row.wallet,
        row.instant_ms,
        row.external_id,
        bool(row.is_fee),
        row.reference,
        row.counterparty,
    )
