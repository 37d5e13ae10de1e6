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


def first_live_ms(session: Session, portfolio_id: int) -> int | None:
    """Instant of the oldest snapshot that was not rebuilt; None before there is one."""
    query = sa.select(sa.func.min(snapshots.c.instant_ms)).where(
        snapshots.c.portfolio_id == portfolio_id, snapshots.c.source != "backfill"
    )
    return session.execute(query).scalar()


def replace_backfill(session: Session, portfolio_id: int, values: Sequence[tuple[int, Decimal]]) -> None:
    """Put these instants and totals in place of the rebuilt ones; their metrics must be rewritten afterwards."""
    session.execute(
        sa.delete(snapshots).where(snapshots.c.portfolio_id == portfolio_id, snapshots.c.source == "backfill")
    )
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
    ]
    each(session, _INSERT, batch)
