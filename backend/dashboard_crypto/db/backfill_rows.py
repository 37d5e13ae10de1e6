"""The snapshots of the time before the first live one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.driver import each
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text
from dashboard_crypto.db.tables import snapshots

_INSERT = (
    "INSERT INTO snapshots (portfolio_id, timestamp, instant_ms, total_value_usd, value_float, capital_usd, source, "
    "status, eur_usd, btc_usd) "
    "VALUES (:portfolio_id, :timestamp, :instant_ms, :total, :value, :capital, 'backfill', 'complete', "
    ":eur_usd, :btc_usd)"
)
_DELETE = (
    "DELETE FROM snapshots WHERE portfolio_id = :portfolio_id AND instant_ms = :instant_ms AND source = 'backfill'"
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The account at one instant before the first live snapshot.

    The rates, in the order of `DISPLAY_CURRENCIES`, are USD per unit; None where not known.
    """

    instant_ms: int
    total_value_usd: Decimal
    eur_usd: float | None = None
    btc_usd: float | None = None


def first_live_ms(session: Session, portfolio_id: int) -> int | None:
    """Instant of the oldest snapshot that was not rebuilt; None before there is one."""
    query = sa.select(sa.func.min(snapshots.c.instant_ms)).where(
        snapshots.c.portfolio_id == portfolio_id, snapshots.c.source != "backfill"
    )
    return session.execute(query).scalar()


def replace_backfill(session: Session, portfolio_id: int, past: Sequence[Rebuilt]) -> None:
    """Make these instants and totals the rebuilt ones; metrics must be rewritten afterwards.

    What stands there already stays as it is: a history that grows only gets older rows. A rate that was known stays
    known.
    """
    rebuilt = (snapshots.c.portfolio_id == portfolio_id, snapshots.c.source == "backfill")
    columns = (snapshots.c.instant_ms, snapshots.c.total_value_usd, snapshots.c.eur_usd, snapshots.c.btc_usd)
    stored = {row.instant_ms: Rebuilt(*row) for row in session.execute(sa.select(*columns).where(*rebuilt))}
    wanted = {hour.instant_ms: _with_rates(hour, stored.get(hour.instant_ms)) for hour in past}
    stale = [instant_ms for instant_ms, hour in stored.items() if wanted.get(instant_ms) != hour]
    if len(stale) == len(stored):
        session.execute(sa.delete(snapshots).where(*rebuilt))
    elif stale:
        each(session, _DELETE, [{"portfolio_id": portfolio_id, "instant_ms": instant_ms} for instant_ms in stale])
    on_sqlite = session.dialect.name == "sqlite"
    batch = [
        {
            "portfolio_id": portfolio_id,
            "timestamp": to_key(hour.instant_ms),
            "instant_ms": hour.instant_ms,
            "total": exact_text(hour.total_value_usd) if on_sqlite else hour.total_value_usd,
            "value": float(hour.total_value_usd),
            "capital": "0" if on_sqlite else Decimal(0),
            "eur_usd": hour.eur_usd,
            "btc_usd": hour.btc_usd,
        }
        for hour in wanted.values()
        if stored.get(hour.instant_ms) != hour
    ]
    each(session, _INSERT, batch)


def _with_rates(hour: Rebuilt, stored: Rebuilt | None) -> Rebuilt:
    if stored is None:
        return hour
    return replace(
        hour,
        eur_usd=stored.eur_usd if hour.eur_usd is None else hour.eur_usd,
        btc_usd=stored.btc_usd if hour.btc_usd is None else hour.btc_usd,
    )
