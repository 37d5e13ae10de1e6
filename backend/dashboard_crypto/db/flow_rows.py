"""`cash_flows`, its audit, and the idempotency keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.decision_rows import split_from_text, split_of, split_text
from dashboard_crypto.db.driver import Spoken, cursor, rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import ExactDecimal, exact_text
from dashboard_crypto.db.records import FlowRecord, NewFlow, StoredAnswer
from dashboard_crypto.db.tables import cash_flows, idempotency

_COLUMNS = tuple(column.name for column in cash_flows.columns)
_EXACT = frozenset(column.name for column in cash_flows.columns if isinstance(column.type, ExactDecimal))
_FIELDS = tuple(FlowRecord.__dataclass_fields__)
_GIVEN = tuple(name for name in _COLUMNS if name != "id")
_INSERT = (
    f"INSERT INTO cash_flows ({', '.join(_GIVEN)}) "  # noqa: S608 - our names
    f"VALUES ({', '.join(f':{name}' for name in _GIVEN)}) RETURNING {', '.join(_COLUMNS)}"
)
_AUDIT = (
    "INSERT INTO flow_audit (portfolio_id, cash_flow_id, at_ms, action, before, after) "
    "VALUES (:portfolio_id, :cash_flow_id, :at_ms, :action, :before, :after)"
)
_LOAD = f"SELECT {', '.join(_COLUMNS)} FROM cash_flows WHERE portfolio_id = :portfolio_id"  # noqa: S608 - our names


def load_flows(
    session: Spoken, portfolio_id: int, start_ms: int | None = None, end_ms: int | None = None
) -> tuple[FlowRecord, ...]:
    """Flows with `start_ms <= instant <= end_ms`, oldest first."""
    after = "" if start_ms is None else " AND instant_ms >= :start_ms"
    until = "" if end_ms is None else " AND instant_ms <= :end_ms"
    bounds = {"portfolio_id": portfolio_id, "start_ms": start_ms, "end_ms": end_ms}
    found = rows(session, f"{_LOAD}{after}{until} ORDER BY instant_ms, id", bounds)
    return tuple(map(_record, found))


def load_flow(session: Session, portfolio_id: int, cash_flow_id: int) -> FlowRecord | None:
    """One flow by id."""
    found = session.execute(
        sa.select(cash_flows).where(cash_flows.c.portfolio_id == portfolio_id, cash_flows.c.id == cash_flow_id)
    ).first()
    return None if found is None else _record(found)


def pending_flows(session: Session, portfolio_id: int, limit: int) -> tuple[FlowRecord, ...]:
    """Flows whose valuation has not been tried to the end yet, oldest first."""
    pending = session.execute(
        sa.select(cash_flows)
        .where(cash_flows.c.portfolio_id == portfolio_id, cash_flows.c.valuation_pending == 1)
        .order_by(cash_flows.c.instant_ms, cash_flows.c.id)
        .limit(limit)
    )
    return tuple(map(_record, pending))


def flows_by_external_id(session: Session, portfolio_id: int, external_ids: Sequence[str]) -> dict[str, FlowRecord]:
    """Those of the named imported flows that are stored."""
    found = session.execute(
        sa.select(cash_flows).where(
            cash_flows.c.portfolio_id == portfolio_id, cash_flows.c.external_id.in_(external_ids)
        )
    )
    return {record.external_id: record for record in map(_record, found) if record.external_id is not None}


def imported_flows(session: Session, portfolio_id: int) -> tuple[FlowRecord, ...]:
    """Every flow that the exchange told, oldest first."""
    return tuple(flow for flow in load_flows(session, portfolio_id) if flow.external_id is not None)


def insert_flow(session: Session, portfolio_id: int, flow: NewFlow, now_ms: int) -> FlowRecord:
    """Store a new flow with its audit row."""
    values = {**_columns(flow), "portfolio_id": portfolio_id, "created_at_ms": now_ms, "updated_at_ms": now_ms}
    texts = {name: exact_text(values[name]) for name in _EXACT if values[name] is not None}
    record = _record(rows(session, _INSERT, values | texts)[0])
    _audit(session, portfolio_id, "add", None, record, now_ms=now_ms)
    return record


def update_flow(session: Session, portfolio_id: int, old: FlowRecord, new: NewFlow, now_ms: int) -> FlowRecord:
    """Replace a flow's content with its audit row."""
    record = _record(
        session.execute(
            sa.update(cash_flows)
            .where(cash_flows.c.portfolio_id == portfolio_id, cash_flows.c.id == old.id)
            .values({**_columns(new), "updated_at_ms": now_ms})
            .returning(cash_flows)
        ).one()
    )
    _audit(session, portfolio_id, "edit", old, record, now_ms=now_ms)
    return record


def delete_flow(session: Session, portfolio_id: int, old: FlowRecord, now_ms: int) -> None:
    """Remove a flow; its audit row keeps what it said."""
    session.execute(sa.delete(cash_flows).where(cash_flows.c.portfolio_id == portfolio_id, cash_flows.c.id == old.id))
    _audit(session, portfolio_id, "delete", old, None, now_ms=now_ms)


def load_answer(session: Session, portfolio_id: int, key: str) -> StoredAnswer | None:
    """What this idempotency key answered before."""
    row = session.execute(
        sa.select(idempotency.c.body_digest, idempotency.c.answer).where(
            idempotency.c.portfolio_id == portfolio_id, idempotency.c.key == key
        )
    ).first()
    return None if row is None else StoredAnswer(row.body_digest, row.answer)


def save_answer(
    session: Session, portfolio_id: int, key: str, stored: StoredAnswer, *, cash_flow_id: int, now_ms: int
) -> None:
    """Remember an answer."""
    session.execute(
        sa.insert(idempotency).values(
            portfolio_id=portfolio_id,
            key=key,
            body_digest=stored.body_digest,
            cash_flow_id=cash_flow_id,
            answer=stored.answer,
            created_at_ms=now_ms,
        )
    )


def forget_answers(session: Session, portfolio_id: int, before_ms: int) -> None:
    """Drop idempotency keys older than `before_ms`."""
    session.execute(
        sa.delete(idempotency).where(
            idempotency.c.portfolio_id == portfolio_id, idempotency.c.created_at_ms < before_ms
        )
    )


def flow_json(record: FlowRecord) -> str:
    """A flow as JSON text with exact numbers, for the audit and the idempotency table."""
    return orjson.dumps(asdict(record), default=_exact).decode()


def flow_from_json(text: str) -> FlowRecord:
    """The inverse of `flow_json`."""
    fields = orjson.loads(text)
    for name in ("amount_usd", "quantity", "price_usd", "value_before_usd", "imported_amount_usd"):
        fields[name] = None if fields.get(name) is None else Decimal(fields[name])
    fields["split"] = split_of(fields.get("split"))
    return FlowRecord(**fields)


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return exact_text(value)
    raise TypeError(type(value).__name__)


def _columns(flow: NewFlow) -> dict[str, Any]:
    return {
        "timestamp": to_key(flow.reported_ms),
        "instant_ms": flow.instant_ms,
        "reported_ms": flow.reported_ms,
        "amount_usd": flow.amount_usd,
        "type": flow.type,
        "asset": flow.asset,
        "quantity": flow.quantity,
        "price_usd": flow.price_usd,
        "value_before_usd": flow.value_before_usd,
        "valuation_method": flow.valuation_method,
        "valuation_pending": int(flow.valuation_pending),
        "source": flow.source,
        "external_id": flow.external_id,
        "note": flow.note,
        "kind": flow.kind,
        "flow_class": flow.flow_class,
        "imported_amount_usd": flow.imported_amount_usd,
        "linked_id": flow.linked_id,
        "split": split_text(flow.split),
        "eur_usd": flow.eur_usd,
        "btc_usd": flow.btc_usd,
        "rates_pending": int(flow.rates_pending),
    }


def _record(row: Sequence[Any]) -> FlowRecord:
    """A row of `_COLUMNS`, from the driver or from SQLAlchemy."""
    told = dict(zip(_COLUMNS, row, strict=True))
    for name in _EXACT:
        told[name] = None if told[name] is None else Decimal(told[name])
    for name in ("valuation_pending", "rates_pending"):
        told[name] = bool(told[name])
    told["split"] = split_from_text(told["split"])
    return FlowRecord(**{name: told[name] for name in _FIELDS})


def _audit(
    session: Session, portfolio_id: int, action: str, old: FlowRecord | None, new: FlowRecord | None, *, now_ms: int
) -> None:
    subject = new if new is not None else old
    assert subject is not None  # noqa: S101 - one of the two is always given
    row = {
        "portfolio_id": portfolio_id,
        "cash_flow_id": subject.id,
        "at_ms": now_ms,
        "action": action,
        "before": None if old is None else flow_json(old),
        "after": None if new is None else flow_json(new),
    }
    cursor(session, _AUDIT, row).close()
