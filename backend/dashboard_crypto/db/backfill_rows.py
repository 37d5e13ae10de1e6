"""The snapshots of the time before the first live one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.driver import each
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text
from dashboard_crypto.db.tables import snapshots

_INSERT = (
    "INSERT INTO snapshots (portfolio_id, timestamp, instant_ms, total_value_usd, value_float, capital_usd, source, "
    "status) VALUES (:portfolio_id, :timestamp, :instant_ms, :total, :value, :capital, 'backfill', 'complete')"
)
_DELETE = (
    "DELETE FROM snapshots WHERE portfolio_id = :portfolio_id AND instant_ms = :instant_ms AND source = 'backfill'"
)


def first_live_ms(session: Session, portfolio_id: int) -> int | None:
    """Instant of the oldest snapshot that was not rebuilt; None before there is one."""
    query = sa.select(sa.func.min(snapshots.c.instant_ms)).where(
        snapshots.c.portfolio_id == portfolio_id, snapshots.c.source != "backfill"
    )
    return session.execute(query).scalar()


def replace_backfill(session: Session, portfolio_id: int, values: Sequence[tuple[int, Decimal]]) -> None:
    """Make these instants and totals the rebuilt ones; metrics must be rewritten afterwards.

    What stands there already stays as it is: a history that grows only gets older rows.
    """
    rebuilt = (snapshots.c.portfolio_id == portfolio_id, snapshots.c.source == "backfill")
    told = session.execute(sa.select(snapshots.c.instant_ms, snapshots.c.total_value_usd).where(*rebuilt))
    stored = {instant_ms: Decimal(total) for instant_ms, total in told}
    wanted = dict(values)
    stale = [instant_ms for instant_ms, total in stored.items() if wanted.get(instant_ms) != total]
    if len(stale) == len(stored):
        session.execute(sa.delete(snapshots).where(*rebuilt))
    elif stale:
        each(session, _DELETE, [{"portfolio_id": portfolio_id, "instant_ms": instant_ms} for instant_ms in stale])
    on_sqlite = session.dialect.name == "sqlite"
    batch = [
        {
            "portfolio_id": portfolio_id,
            "timestamp": to_key(instant_ms),
            "instant_ms": instant_ms,
            "total": exact_text(total) if on_sqlite else total,
            "value": float(total),
            "capital": "0" if on_sqlite else Decimal(0),
        }
        for instant_ms, total in values
        if stored.get(instant_ms) != total
    ]
    each(session, _INSERT, batch)
