"""/api/ledger: every movement of the account and what it counts as; and cash flows in parts."""

from __future__ import annotations

from dashboard_crypto.api.cashflows import cashflow_out
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso
from dashboard_crypto.api.inputs import IdPath
from dashboard_crypto.api.ledger_models import (
    LedgerOut,
    LedgerQuery,
    MovementChangedOut,
    MovementOut,
    MovementPatch,
    MovementPath,
    SplitIn,
    SplitPartIn,
    place,
    written,
)
from dashboard_crypto.api.models import CashFlowChangedOut
from dashboard_crypto.core.decisions import SplitPart, SplitUnit, class_of
from dashboard_crypto.core.money import ONE, ZERO
from dashboard_crypto.services.ledger_views import MovementChange, MovementQuery, MovementRow


def list_movements(context: ApiContext, call: Call) -> LedgerOut:
    """One page of the ledger."""
    query = call.query_as(LedgerQuery)
    page = context.ledger.movements(
        MovementQuery(
            query.kind, query.asset, query.wallet, query.start_date, query.end_date, query.limit, query.cursor
        )
    )
    cursor = None if page.next_before is None else place(*page.next_before)
    return LedgerOut(movements=[_movement_out(row) for row in page.rows], next_cursor=cursor)


def decide_movement(context: ApiContext, call: Call) -> MovementChangedOut:
    """Keep what the owner says beside the import; everything that follows is recomputed in the same transaction."""
    body = call.body_as(MovementPatch)
    change = MovementChange(
        sets_class="flow_class" in body.model_fields_set,
        flow_class=body.flow_class,
        note=(body.note or "") if "note" in body.model_fields_set else None,
    )
    row = context.ledger.decide(call.path_as(MovementPath).id, change)
    return MovementChangedOut(message="Movement changed.", movement=_movement_out(row))


def split_cashflow(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """Only the external parts count from now on."""
    parts = call.body_as(SplitIn).parts
    unit: SplitUnit = "amount_usd" if parts[0].quantity is None else "quantity"
    row = context.ledger.splits.split(call.path_as(IdPath).id, unit, [_part(part) for part in parts])
    return CashFlowChangedOut(message="Cash flow split.", cashflow=cashflow_out(row))


def unsplit_cashflow(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """The whole of it counts again."""
    row = context.ledger.splits.undo(call.path_as(IdPath).id)
    return CashFlowChangedOut(message="Split undone.", cashflow=cashflow_out(row))


def _part(part: SplitPartIn) -> SplitPart:
    size = part.quantity if part.amount_usd is None else part.amount_usd
    return SplitPart(size or ZERO, class_of(part.flow_class, ONE), part.note or None)


def _movement_out(row: MovementRow) -> MovementOut:
    return MovementOut.model_validate(
        {
            "id": written(row.id),
            "timestamp": iso(row.instant_ms),
            "kind": row.kind,
            "asset": row.asset,
            "quantity": row.quantity,
            "wallet": row.wallet,
            "flow_class": row.flow_class,
            "imported_class": row.imported_class,
            "exchange_id": row.exchange_id,
            "note": row.note,
            "source": row.source,
        }
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/ledger",
        "list_movements",
        "Every movement of the account, newest first",
        "ledger",
        list_movements,
        LedgerOut,
        query_model=LedgerQuery,
        stored=True,
    ),
    Endpoint(
        "PATCH",
        "/api/ledger/{id}",
        "decide_movement",
        "Say what a movement counts as, or write a note beside it",
        "ledger",
        decide_movement,
        MovementChangedOut,
        path_model=MovementPath,
        body_model=MovementPatch,
        refusals=(404, 409),
    ),
    Endpoint(
        "POST",
        "/api/performance/cashflows/{id}/split",
        "split_cashflow",
        "Split an imported cash flow into parts",
        "performance",
        split_cashflow,
        CashFlowChangedOut,
        path_model=IdPath,
        body_model=SplitIn,
        refusals=(404, 409),
    ),
    Endpoint(
        "DELETE",
        "/api/performance/cashflows/{id}/split",
        "unsplit_cashflow",
        "Undo a split",
        "performance",
        unsplit_cashflow,
        CashFlowChangedOut,
        path_model=IdPath,
        refusals=(404, 409),
    ),
)
