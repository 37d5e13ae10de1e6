"""`account_checks`: the newest result of each check, and other facts about the account, as small documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.ledger_rows import upsert
from dashboard_crypto.db.tables import account_checks

COUNTS_TRANSIT = "counts_transit"
"""Since when the stored quantities hold what is under way; those of earlier programs did not."""

TRANSIT = "transit"
"""What was under way at the newest reading, and what of it had arrived: it is judged by, and stored with, readings."""


def load_check(session: Session, portfolio_id: int, name: str) -> tuple[int, dict[str, Any]] | None:
    """When it was made, and what it says; None if never. Exact numbers are text in it."""
    query = sa.select(account_checks.c.at_ms, account_checks.c.content)
    row = session.execute(
        query.where(account_checks.c.portfolio_id == portfolio_id, account_checks.c.name == name)
    ).first()
    return None if row is None else (row.at_ms, json.loads(row.content))


def say_once(session: Session, portfolio_id: int, name: str, at_ms: int) -> None:
    """Note that something holds from an instant on, unless that was noted before."""
    if load_check(session, portfolio_id, name) is None:
        save_check(session, portfolio_id, name, at_ms, {})


def save_check(session: Session, portfolio_id: int, name: str, at_ms: int, content: Mapping[str, Any]) -> None:
    """Put a new result in place of the last one."""
    text = json.dumps(content, default=str, sort_keys=True)
    values = {"portfolio_id": portfolio_id, "name": name, "at_ms": at_ms, "content": text}
    session.execute(upsert(session, account_checks, ("portfolio_id", "name")), [values])
