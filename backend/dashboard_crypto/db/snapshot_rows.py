"""`snapshots`: append, read, rewrite. The hot paths speak to the driver directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from dashboard_crypto.core.model import Segment
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.driver import cursor, rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text
from dashboard_crypto.db.metrics_sql import Inception, Metrics, metrics
from dashboard_crypto.db.records import NewSnapshot, SnapshotRecord, StoredSnapshotSource
from dashboard_crypto.db.tables import snapshots

COMPLETE = "complete"
_VALUE = "CAST(total_value_usd AS {real})"
_LOAD = (
    "SELECT id, instant_ms, CAST(total_value_usd AS {real}) FROM snapshots "
    "WHERE portfolio_id = :portfolio_id AND status = 'complete' ORDER BY timestamp"
)
# The plus keeps the planner off the index on portfolio_id: the few newest ids are what is wanted.
_LOAD_AFTER = (
    "SELECT id, instant_ms, CAST(total_value_usd AS {real}) FROM snapshots "
    "WHERE +portfolio_id = :portfolio_id AND id > :after_id AND status = 'complete' ORDER BY id"
)
_INSERT = (
    "INSERT INTO snapshots (portfolio_id, timestamp, instant_ms, slot, total_value_usd, capital_usd, twr, pnl_percent, "
    "source, status) SELECT :portfolio_id, :timestamp, instant_ms, :slot, total_value_usd, :capital_usd, {twr}, "
    "{pnl_percent}, :source, 'complete' "
    "FROM (SELECT CAST(:instant_ms AS {int}) AS instant_ms, CAST(:total AS {exact}) AS total_value_usd) AS new "
    "RETURNING id, twr, pnl_percent, CAST(total_value_usd AS {real})"
)
_REWRITE = (
    "UPDATE snapshots SET capital_usd = :capital_usd, twr = {twr}, pnl_percent = {pnl_percent} "
    "WHERE portfolio_id = :portfolio_id AND timestamp >= :from_key AND timestamp <= :until_key "
    "AND instant_ms > :after_ms AND instant_ms <= :until_ms"
)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRows:
    """Instants and values of complete snapshots, oldest first, and the largest id among them."""

    instants_ms: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    last_id: int


@dataclass(frozen=True, slots=True)
class Appended:
    """A stored snapshot, and its value as the database reads it into float64."""

    record: SnapshotRecord
    value: float


def load_series(session: Session, portfolio_id: int, after_id: int = 0) -> SeriesRows:
    """The snapshots stored after `after_id` (0: all of them) as columns."""
    template = _LOAD_AFTER if after_id else _LOAD
    parameters = {"portfolio_id": portfolio_id} | ({"after_id": after_id} if after_id else {})
    opened = cursor(session, template, parameters)
    flat = np.fromiter(chain.from_iterable(opened), dtype=np.float64)
    opened.close()
    # Below 2**53 a float64 holds an instant and an id exactly, and one pass is twice as fast as three.
    table = flat.reshape(-1, 3)
    last_id = int(table[:, 0].max()) if len(table) else after_id
    return SeriesRows(table[:, 1].astype(np.int64), np.ascontiguousarray(table[:, 2]), last_id)


def append_snapshot(
    session: Session, portfolio_id: int, new: NewSnapshot, segment: Segment, inception: Inception
) -> Appended:
    """Store one snapshot whose metrics follow `segment`. Minute and slot must be free."""
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
        "source": new.source,
    }
    row_id, twr, pnl_percent, value = rows(session, _filled(_INSERT, sql), parameters)[0]
    record = SnapshotRecord(
        id=row_id,
        instant_ms=new.instant_ms,
        total_value_usd=new.total_value_usd,
        capital_usd=segment.capital_usd,
        twr=twr,
        pnl_percent=pnl_percent,
        source=new.source,
        status=COMPLETE,
    )
    return Appended(record, value)


def rewrite_metrics(
    session: Session, portfolio_id: int, segment: Segment, inception: Inception, rows_from_ms: int
) -> int:
    """Recompute the metrics of every snapshot of a segment (its first row is at `rows_from_ms`); returns how many."""
    sql = metrics(segment, inception, rows_from_ms)
    on_sqlite = session.dialect.name == "sqlite"
    parameters = {
        **sql.parameters,
        "capital_usd": exact_text(segment.capital_usd) if on_sqlite else segment.capital_usd,
        "portfolio_id": portfolio_id,
        "from_key": to_key(rows_from_ms),
        "until_key": to_key(segment.until_ms),
        "after_ms": segment.after_ms,
        "until_ms": segment.until_ms,
    }
    opened = cursor(session, _filled(_REWRITE, sql), parameters)
    count: int = opened.rowcount
    opened.close()
    return count


def slot_taken(session: Session, portfolio_id: int, slot: int) -> bool:
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


def exact_values(session: Session, portfolio_id: int, instants_ms: Sequence[int]) -> dict[int, Decimal]:
    """The exact total at each of these snapshot instants."""
    found: dict[int, Decimal] = {}
    for start in range(0, len(instants_ms), 500):
        keys = [to_key(instant) for instant in instants_ms[start : start + 500]]
        part = session.execute(
            sa.select(snapshots.c.instant_ms, snapshots.c.total_value_usd).where(
                snapshots.c.portfolio_id == portfolio_id, snapshots.c.timestamp.in_(keys)
            )
        )
        found.update((row.instant_ms, row.total_value_usd) for row in part)
    return found


def snapshot_at_key(session: Session, portfolio_id: int, key: int) -> int | None:
    """Instant of the snapshot of this minute (`YYYYMMDDHHmm`)."""
    return session.execute(
        sa.select(snapshots.c.instant_ms).where(snapshots.c.portfolio_id == portfolio_id, snapshots.c.timestamp == key)
    ).scalar()


def count_snapshots(session: Session, portfolio_id: int) -> int:
    """How many there are."""
    query = sa.select(sa.func.count()).select_from(snapshots).where(snapshots.c.portfolio_id == portfolio_id)
    return session.execute(query).scalar_one()


def _filled(template: str, sql: Metrics) -> str:
    return template.replace("{twr}", sql.twr).replace("{pnl_percent}", sql.pnl_percent).replace("{v}", _VALUE)


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
    )
