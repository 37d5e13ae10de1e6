"""A stored cash flow as the services hand it out."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.decisions import meaning
from dashboard_crypto.core.money import EXACT
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.services.views import CashFlowPart, CashFlowRow


def flow_row(record: FlowRecord) -> CashFlowRow:
    """The row, with its parts if it is split."""
    return CashFlowRow(
        id=record.id,
        instant_ms=record.reported_ms,
        amount_usd=record.amount_usd,
        type=record.type,
        asset=record.asset,
        quantity=record.quantity,
        price_usd=record.price_usd,
        source=record.source,
        note=record.note,
        valuation_method=record.valuation_method,
        kind=record.kind,
        flow_class=record.flow_class,
        imported_amount_usd=record.imported_amount_usd,
        linked_id=record.linked_id,
        counted_usd=record.counted_usd,
        counted_ms=record.instant_ms,
        parts=flow_parts(record),
        parts_apply=record.split is None or record.is_split,
        rates_usd=record.rates_usd,
    )


def flow_parts(record: FlowRecord) -> tuple[CashFlowPart, ...]:
    """What the owner has split a flow into; nothing for a whole one."""
    split = record.split
    if split is None:
        return ()
    in_coins = split.unit == "quantity"
    is_out = record.type == "WITHDRAW"
    return tuple(
        CashFlowPart(
            None if record.amount_usd is None else split.worth(part.share, record.amount_usd),
            _signed(part.share, is_out=is_out) if in_coins else None,
            meaning(part.flow_class),
            part.note,
        )
        for part in split.parts
    )


def _signed(size: Decimal, *, is_out: bool) -> Decimal:
    return EXACT.minus(size) if is_out else size
