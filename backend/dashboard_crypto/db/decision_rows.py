"""`ledger_decisions`: what the owner says about movements, whatever happens to the movements themselves."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from dashboard_crypto.core.decisions import Decision, Split, SplitPart
from dashboard_crypto.core.money import plain
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.ledger_rows import upsert
from dashboard_crypto.db.tables import ledger_decisions

_CHUNK = 400


def load_decisions(session: Session, portfolio_id: int, keys: Collection[str] | None = None) -> dict[str, Decision]:
    """Decisions by key of their movement: all of them, or those about the named ones."""
    query = sa.select(ledger_decisions).where(ledger_decisions.c.portfolio_id == portfolio_id)
    if keys is None:
        return {row.movement_key: _decision(row) for row in session.execute(query)}
    found: dict[str, Decision] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), _CHUNK):
        part = query.where(ledger_decisions.c.movement_key.in_(wanted[start : start + _CHUNK]))
        found.update((row.movement_key, _decision(row)) for row in session.execute(part))
    return found


def save_decision(session: Session, portfolio_id: int, decision: Decision, now_ms: int) -> None:
    """Put a decision in place of the one before; an empty one takes it back."""
    if decision.is_empty:
        session.execute(
            sa.delete(ledger_decisions).where(
                ledger_decisions.c.portfolio_id == portfolio_id,
                ledger_decisions.c.movement_key == decision.movement_key,
            )
        )
        return
    values = {
        "portfolio_id": portfolio_id,
        "movement_key": decision.movement_key,
        "flow_class": decision.flow_class,
        "override_usd": decision.override_usd,
        "split": split_text(decision.split),
        "note": decision.note,
        "changed_at_ms": now_ms,
    }
    session.execute(upsert(session, ledger_decisions, ("portfolio_id", "movement_key")), [values])


def split_text(split: Split | None) -> str | None:
    """A split as JSON text with exact numbers."""
    return None if split is None else json.dumps(asdict(split), default=plain, sort_keys=True, ensure_ascii=False)


def split_from_text(text: str | None) -> Split | None:
    """The inverse of `split_text`."""
    return None if text is None else split_of(json.loads(text))


def split_of(fields: Mapping[str, Any] | None) -> Split | None:
    """A split from its JSON object."""
    if fields is None:
        return None
    parts = tuple(SplitPart(Decimal(part["share"]), part["flow_class"], part["note"]) for part in fields["parts"])
    quantity = fields["quantity"]
    return Split(fields["unit"], None if quantity is None else Decimal(quantity), parts)


def _decision(row: Any) -> Decision:
    return Decision(row.movement_key, row.flow_class, row.override_usd, split_from_text(row.split), row.note)
