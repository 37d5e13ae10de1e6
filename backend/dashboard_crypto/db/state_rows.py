"""`portfolios`, `exchange_state` and `lease`: small rows that coordinate threads and processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from dashboard_crypto.core.errors import LeaseLost
from dashboard_crypto.db.current_rows import load_status as load_status  # noqa: PLC0414 - belongs here
from dashboard_crypto.db.driver import Spoken, cursor, rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import Lease
from dashboard_crypto.db.tables import exchange_state, lease, portfolios

WRITER = "writer"
_REVISION = "SELECT revision, history_revision FROM portfolios WHERE id = :portfolio_id"
_BUMP = (
    "UPDATE portfolios SET revision = revision + 1, history_revision = history_revision + :history "
    "WHERE id = :portfolio_id RETURNING revision, history_revision"
)
_LOCK = f"{_REVISION} FOR UPDATE"
_STANDING = (
    "SELECT revision, history_revision, (SELECT fence FROM lease WHERE name = 'writer') "
    "FROM portfolios WHERE id = :portfolio_id"
)
_LOST = "Another process took over as the writer; nothing was written here."
_MOVE_ON = "UPDATE portfolios SET revision = :revision WHERE id = :portfolio_id"
_FENCE = "SELECT fence FROM lease WHERE name = 'writer'"


def bump(session: Spoken, portfolio_id: int, *, history: bool = False) -> tuple[int, int]:
    """Tell every reader that something changed (`history`: stored metrics or flows did); the new revisions."""
    parameters = {"portfolio_id": portfolio_id, "history": int(history)}
    revision, history_revision = rows(session, _BUMP, parameters)[0]
    return revision, history_revision


def move_on(session: Spoken, portfolio_id: int, revision: int) -> int:
    """As `bump`, behind `stand` in one transaction, which told `revision`: it need not be read back (SQLite makes a
    table for every RETURNING). The new one."""
    cursor(session, _MOVE_ON, {"portfolio_id": portfolio_id, "revision": revision + 1}).close()
    return revision + 1


def load_revision(session: Spoken, portfolio_id: int) -> tuple[int, int]:
    """Both revisions as this session sees them."""
    revision, history_revision = rows(session, _REVISION, {"portfolio_id": portfolio_id})[0]
    return revision, history_revision


def lock_portfolio(session: Spoken, portfolio_id: int) -> None:
    """Wait for every other writer of this portfolio. SQLite's write transaction has done so already."""
    if session.dialect.name != "sqlite":
        rows(session, _LOCK, {"portfolio_id": portfolio_id})


def load_account_id(session: Session, portfolio_id: int) -> str | None:
    """The exchange account this history belongs to; None before the first reading."""
    found = session.execute(sa.select(portfolios.c.account_id).where(portfolios.c.id == portfolio_id)).scalar_one()
    return None if found is None else str(found)


def save_account_id(session: Session, portfolio_id: int, account_id: str) -> None:
    """Tie this history to an exchange account, once."""
    session.execute(
        sa.update(portfolios)
        .where(portfolios.c.id == portfolio_id, portfolios.c.account_id.is_(None))
        .values(account_id=account_id)
    )


def claim_refresh(session: Session, portfolio_id: int, now_ms: int, pause_ms: int) -> bool:
    """Note that a refresh was asked for; False if one was asked for less than `pause_ms` ago."""
    column = portfolios.c.refresh_requested_ms
    # A request from the future is left over from a clock that was wrong.
    due = sa.or_(column <= now_ms - pause_ms, column > now_ms)
    done = session.execute(
        sa.update(portfolios).where(portfolios.c.id == portfolio_id, due).values(refresh_requested_ms=now_ms)
    )
    return bool(done.rowcount)


def refresh_requested_ms(session: Session, portfolio_id: int) -> int:
    """When a refresh was last asked for; 0 never."""
    query = sa.select(portfolios.c.refresh_requested_ms).where(portfolios.c.id == portfolio_id)
    return int(session.execute(query).scalar_one())


def save_status(session: Session, portfolio_id: int, changes: Mapping[str, Any]) -> None:
    """Change the named fields of `ExchangeStatus`."""
    values = dict(changes)
    if values.get("permissions") is not None:
        values["permissions"] = orjson.dumps(values["permissions"]).decode()
    session.execute(sa.update(exchange_state).where(exchange_state.c.portfolio_id == portfolio_id).values(values))


def load_lease(session: Session) -> Lease:
    """Who holds the writer's lease."""
    row = session.execute(sa.select(lease).where(lease.c.name == WRITER)).one()
    return Lease(row.holder, row.fence, row.expires_at_ms)


def claim_lease(session: Session, holder: str, now_ms: int, expires_at_ms: int, *, longest_ms: int) -> int | None:
    """Take a free or expired lease; the new fencing number, or None while somebody else holds it.

    A lease that would end more than `longest_ms` from now was written under a clock that was wrong, and counts as
    expired.
    """
    free = sa.or_(
        lease.c.expires_at_ms <= now_ms, lease.c.expires_at_ms > now_ms + longest_ms, lease.c.holder == holder
    )
    return session.execute(
        sa.update(lease)
        .where(lease.c.name == WRITER, free)
        .values(holder=holder, fence=lease.c.fence + 1, expires_at_ms=expires_at_ms)
        .returning(lease.c.fence)
    ).scalar()


def renew_lease(session: Session, holder: str, fence: int, expires_at_ms: int) -> bool:
    """Keep a lease that is still ours."""
    done = session.execute(
        sa.update(lease)
        .where(lease.c.name == WRITER, lease.c.holder == holder, lease.c.fence == fence)
        .values(expires_at_ms=expires_at_ms)
    )
    return bool(done.rowcount)


def release_lease(session: Session, holder: str, fence: int) -> None:
    """Let the next one take over at once."""
    renew_lease(session, holder, fence, 0)


def check_fence(session: Spoken, fence: int) -> None:
    """LeaseLost unless `fence` is still the newest number; holds the lease row until the transaction ends."""
    # SQLite's write transaction already excludes everyone else; PostgreSQL needs the row lock.
    sql = _FENCE if session.dialect.name == "sqlite" else f"{_FENCE} FOR SHARE"
    if rows(session, sql, {}) != [(fence,)]:
        raise LeaseLost(_LOST)


def stand(session: Spoken, portfolio_id: int, fence: int | None) -> tuple[int, int]:
    """`lock_portfolio`, `check_fence` (unless None) and `load_revision` in one: on SQLite a single statement."""
    of_portfolio = {"portfolio_id": portfolio_id}
    if session.dialect.name == "sqlite":
        revision, history_revision, newest = rows(session, _STANDING, of_portfolio)[0]
        if fence is not None and fence != newest:
            raise LeaseLost(_LOST)
        return revision, history_revision
    revision, history_revision = rows(session, _LOCK, of_portfolio)[0]
    if fence is not None:
        check_fence(session, fence)
    return revision, history_revision
