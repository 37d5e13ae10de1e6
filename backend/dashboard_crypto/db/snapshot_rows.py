"""`snapshots`: append, read, rewrite. The hot paths speak to the driver directly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from dashboard_crypto.core.model import Segment
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.driver import Spoken, cursor, each, rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text
from dashboard_crypto.db.metrics_sql import Inception, Metrics, metrics
from dashboard_crypto.db.records import NewSnapshot, SnapshotRecord, StoredSnapshotSource
from dashboard_crypto.db.tables import snapshots

COMPLETE = "complete"
UNRECONCILED = "unreconciled"
"""Complete by itself, but the exchange's own total differs. It counts: the same wallets are valued before and after."""
_LOAD = (
    "SELECT id, instant_ms, value_float FROM snapshots "
    "WHERE portfolio_id = :portfolio_id AND status IN ('complete', 'unreconciled') ORDER BY timestamp"
)
# The plus keeps the planner off the index on portfolio_id: the few newest ids are what is wanted.
_LOAD_AFTER = (
    "SELECT id, instant_ms, value_float FROM snapshots "
    "WHERE +portfolio_id = :portfolio_id AND id > :after_id AND status IN ('complete', 'unreconciled') ORDER BY id"
)
_EXACT = (
    "SELECT instant_ms, total_value_usd FROM snapshots WHERE portfolio_id = :portfolio_id AND timestamp IN ({keys})"
)
_INSERT = (
    "INSERT INTO snapshots (portfolio_id, timestamp, instant_ms, slot, total_value_usd, value_float, capital_usd, twr, "
    "pnl, pnl_percent, source, status, eur_usd, btc_usd) "
    "VALUES (:portfolio_id, :timestamp, {instant}, :slot, :total, {value}, :capital_usd, {twr}, "
    "{value} - :capital, {pnl_percent}, :source, :status, :eur_usd, :btc_usd) "
    "ON CONFLICT DO NOTHING{returning_id}"
)
_NEW_ROW = {"value": "CAST(:value AS {real})", "instant": "CAST(:instant_ms AS {int})"}
_REWRITE = (
    "UPDATE {or_fail}snapshots SET capital_usd = :capital_usd, twr = {twr}, pnl = {value} - :capital, "
    "pnl_percent = {pnl_percent} WHERE "
)
_STORED_ROW = {"value": "value_float", "instant": "instant_ms"}
_BY_TIME = "portfolio_id = :portfolio_id AND timestamp BETWEEN :from_key AND :until_key"
# Rows one beside the other in the table, without looking each one up in the index: a tenth of a whole rewrite.
_BY_ID = "id BETWEEN :from_id AND :until_id"


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRows:
    """Ids, instants and values of complete snapshots, oldest first, and the largest id among them."""

    ids: npt.NDArray[np.int64]
    instants_ms: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    last_id: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of a segment: the instant of its first one, and the first and last id where exactly these are the ids
    between (history that was filled in later lies elsewhere in the table)."""

    segment: Segment
    from_ms: int
    ids: tuple[int, int] | None


def load_series(session: Spoken, portfolio_id: int, after_id: int = 0) -> SeriesRows:
    """The snapshots stored after `after_id` (0: all of them) as columns."""
    template = _LOAD_AFTER if after_id else _LOAD
    parameters = {"portfolio_id": portfolio_id} | ({"after_id": after_id} if after_id else {})
    opened = cursor(session, template, parameters)
    flat = np.fromiter(chain.from_iterable(opened), dtype=np.float64)
    opened.close()
    # Below 2**53 a float64 holds an instant and an id exactly, and one pass is twice as fast as three.
    table = flat.reshape(-1, 3)
    last_id = int(table[:, 0].max()) if len(table) else after_id
    ids, instants_ms = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    return SeriesRows(ids, instants_ms, np.ascontiguousarray(table[:, 2]), last_id)


def append_snapshot(
    session: Spoken, portfolio_id: int, new: NewSnapshot, segment: Segment, inception: Inception
) -> int | None:
    """Store one snapshot whose metrics follow `segment`: its id, or None if its minute or its slot is taken."""
    sql = metrics(segment, inception, new.instant_ms)
    on_sqlite = session.dialect.name == "sqlite"
    parameters = {
        **sql.parameters,
        "portfolio_id": portfolio_id,
        "timestamp": to_key(new.instant_ms),
        "instant_ms": new.instant_ms,
        "slot": new.slot,
        "total": exact_text(new.total_value_usd) if on_sqlite else new.total_value_usd,
        "capital_usd": exact_text(segment.capital_usd) if on_sqlite else segment.capital_usd,
        "value": float(new.total_value_usd),
        "source": new.source,
        "status": new.status,
        "eur_usd": new.eur_usd,
        "btc_usd": new.btc_usd,
    }
    opened = cursor(session, _filled(_INSERT, sql, _NEW_ROW), parameters)
    row_id: int | None = None
    if opened.rowcount == 1:
        row_id = opened.lastrowid if on_sqlite else opened.fetchone()[0]
    opened.close()
    return row_id


def rewrite_metrics(session: Session, portfolio_id: int, stretches: Iterable[Stretch], inception: Inception) -> None:
    """Recompute the metrics of every snapshot of these stretches.

    The instants of the first and the last row are exact borders also as minutes: a minute holds one snapshot.
    """
    on_sqlite = session.dialect.name == "sqlite"
    batches: dict[str, list[dict[str, Any]]] = {}
    for stretch in stretches:
        segment = stretch.segment
        sql = metrics(segment, inception, stretch.from_ms)
        parameters = sql.parameters
        parameters["capital_usd"] = exact_text(segment.capital_usd) if on_sqlite else segment.capital_usd
        if stretch.ids is None:
            parameters["portfolio_id"] = portfolio_id
            parameters["from_key"], parameters["until_key"] = to_key(stretch.from_ms), to_key(segment.until_ms)
        else:
            parameters["from_id"], parameters["until_id"] = stretch.ids
        place = _BY_TIME if stretch.ids is None else _BY_ID
        batches.setdefault(_filled(_REWRITE + place, sql, _STORED_ROW), []).append(parameters)
    for statement, batch in batches.items():
        each(session, statement, batch)


def slot_taken(session: Spoken, portfolio_id: int, slot: int) -> bool:
    """A snapshot of this slot exists."""
    sql = "SELECT 1 FROM snapshots WHERE portfolio_id = :portfolio_id AND slot = :slot"
    return bool(rows(session, sql, {"portfolio_id": portfolio_id, "slot": slot}))


def page_snapshots(
    session: Session, portfolio_id: int, start_ms: int | None, end_ms: int | None, limit: int | None
) -> list[SnapshotRecord]:
    """Rows with `start_ms <= instant <= end_ms`, oldest first, at most `limit`."""
    query = sa.select(snapshots).where(snapshots.c.portfolio_id == portfolio_id)
    if start_ms is not None:
        query = query.where(snapshots.c.timestamp >= to_key(start_ms), snapshots.c.instant_ms >= start_ms)
    if end_ms is not None:
        query = query.where(snapshots.c.timestamp <= to_key(end_ms), snapshots.c.instant_ms <= end_ms)
    query = query.order_by(snapshots.c.timestamp)
    if limit is not None:
        query = query.limit(limit)
    return [_record(row) for row in session.execute(query)]


def mark(session: Session, portfolio_id: int, start_ms: int, end_ms: int, status: str) -> None:
    """Give the snapshots that were taken in `[start_ms, end_ms)` a status."""
    session.execute(
        sa.update(snapshots)
        .where(
            snapshots.c.portfolio_id == portfolio_id,
            snapshots.c.timestamp.between(to_key(start_ms), to_key(end_ms)),
            snapshots.c.instant_ms >= start_ms,
            snapshots.c.instant_ms < end_ms,
            snapshots.c.source != "backfill",
        )
        .values(status=status)
    )


def load_snapshot(session: Session, portfolio_id: int, row_id: int) -> SnapshotRecord:
    """One snapshot by its id."""
    query = sa.select(snapshots).where(snapshots.c.portfolio_id == portfolio_id, snapshots.c.id == row_id)
    return _record(session.execute(query).one())


def exact_values(session: Spoken, portfolio_id: int, instants_ms: Sequence[int]) -> dict[int, Decimal]:
    """The exact total at each of these snapshot instants."""
    found: dict[int, Decimal] = {}
    for start in range(0, len(instants_ms), 500):
        keys = {f"k{n}": to_key(instant) for n, instant in enumerate(instants_ms[start : start + 500])}
        sql = _EXACT.format(keys=", ".join(f":{name}" for name in keys))
        part = rows(session, sql, {**keys, "portfolio_id": portfolio_id})
        found.update((instant_ms, Decimal(total)) for instant_ms, total in part)
    return found


def snapshot_at_key(session: Session, portfolio_id: int, key: int) -> int | None:
    """Instant of the snapshot of this minute (`YYYYMMDDHHmm`)."""
    return session.execute(
        sa.select(snapshots.c.instant_ms).where(snapshots.c.portfolio_id == portfolio_id, snapshots.c.timestamp == key)
    ).scalar()


def newest_id(session: Session, portfolio_id: int) -> int | None:
    """Id of the snapshot with the latest instant."""
    query = sa.select(snapshots.c.id).where(snapshots.c.portfolio_id == portfolio_id)
    return session.execute(query.order_by(snapshots.c.timestamp.desc()).limit(1)).scalar()


def _filled(template: str, sql: Metrics, row: Mapping[str, str]) -> str:
    return _statement(template, sql.twr, sql.pnl_percent, row["value"], row["instant"])


@lru_cache(maxsize=64)
def _statement(template: str, twr: str, pnl_percent: str, value: str, instant: str) -> str:
    text = template.replace("{twr}", twr).replace("{pnl_percent}", pnl_percent)
    return text.replace("{value}", value).replace("{instant}", instant)


def _record(row: Any) -> SnapshotRecord:
    return SnapshotRecord(
        id=row.id,
        instant_ms=row.instant_ms,
        total_value_usd=row.total_value_usd,
        capital_usd=row.capital_usd,
        twr=row.twr,
        pnl_percent=row.pnl_percent,
        source=cast("StoredSnapshotSource", row.source),
        status=row.status,
        eur_usd=row.eur_usd,
        btc_usd=row.btc_usd,
    )
