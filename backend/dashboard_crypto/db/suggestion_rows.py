"""`flow_suggestions`: jumps that no record explains."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dashboard_crypto.core.jumps import Jump
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import Suggestion
from dashboard_crypto.db.tables import flow_suggestions


def add_suggestion(session: Session, portfolio_id: int, jump: Jump) -> None:
    """Store one, unless there is one of the same reading."""
    known = sa.select(flow_suggestions.c.id).where(
        flow_suggestions.c.portfolio_id == portfolio_id, flow_suggestions.c.until_ms == jump.until_ms
    )
    if session.execute(known).first() is None:
        session.execute(
            sa.insert(flow_suggestions).values(
                portfolio_id=portfolio_id,
                after_ms=jump.after_ms,
                until_ms=jump.until_ms,
                amount_usd=jump.amount_usd,
                asset=jump.asset,
                quantity=jump.quantity,
                state="open",
            )
        )


def open_suggestions(session: Session, portfolio_id: int) -> tuple[Suggestion, ...]:
    """Those that wait for an answer, oldest first."""
    query = sa.select(flow_suggestions).where(
        flow_suggestions.c.portfolio_id == portfolio_id, flow_suggestions.c.state == "open"
    )
    return tuple(_suggestion(row) for row in session.execute(query.order_by(flow_suggestions.c.until_ms)))


def load_suggestion(session: Session, portfolio_id: int, suggestion_id: int) -> Suggestion | None:
    """One by id, answered or not."""
    query = sa.select(flow_suggestions).where(
        flow_suggestions.c.portfolio_id == portfolio_id, flow_suggestions.c.id == suggestion_id
    )
    row = session.execute(query).first()
    return None if row is None else _suggestion(row)


def answer_suggestion(
    session: Session, portfolio_id: int, suggestion_id: int, state: str, cash_flow_id: int | None = None
) -> None:
    """Note what became of one."""
    session.execute(
        sa.update(flow_suggestions)
        .where(flow_suggestions.c.portfolio_id == portfolio_id, flow_suggestions.c.id == suggestion_id)
        .values(state=state, cash_flow_id=cash_flow_id)
    )


def drop_suggestion(session: Session, portfolio_id: int, suggestion_id: int) -> None:
    """A record explains it now."""
    session.execute(
        sa.delete(flow_suggestions).where(
            flow_suggestions.c.portfolio_id == portfolio_id, flow_suggestions.c.id == suggestion_id
        )
    )


def _suggestion(row: Any) -> Suggestion:
    return Suggestion(row.id, row.after_ms, row.until_ms, row.amount_usd, row.asset, row.quantity, row.state)
