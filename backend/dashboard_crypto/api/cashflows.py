"""/api/performance/cashflows: deposits and withdrawals."""

from __future__ import annotations

from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso
from dashboard_crypto.api.inputs import CashFlowIn, CashFlowPatch, IdPath, PreviewIn, RangeQuery
from dashboard_crypto.api.models import (
    CashFlowChangedOut,
    CashFlowOut,
    CashFlowPartOut,
    CashFlowsOut,
    MessageOut,
    RatesOut,
)
from dashboard_crypto.core.currency_rates import as_rate
from dashboard_crypto.core.model import DISPLAY_CURRENCIES
from dashboard_crypto.services.views import CashFlowChange, CashFlowRow, FlowType, NewCashFlow

_PATH = "/api/performance/cashflows"


def list_cashflows(context: ApiContext, call: Call) -> CashFlowsOut:
    """Cash flows of a stretch of time with their totals."""
    query = call.query_as(RangeQuery)
    found = context.performance.cash_flows(query.start_date, query.end_date)
    return CashFlowsOut(
        cashflows=[cashflow_out(row) for row in found.rows],
        count=len(found.rows),
        total_deposits=found.total_deposits,
        total_withdrawals=found.total_withdrawals,
    )


def cashflow_out(row: CashFlowRow) -> CashFlowOut:
    """A cash flow as the API writes it."""
    return CashFlowOut(
        id=row.id,
        timestamp=iso(row.instant_ms),
        amount_usd=row.amount_usd,
        type=row.type,
        asset=row.asset,
        quantity=row.quantity,
        price_usd=row.price_usd,
        source=row.source,
        note=row.note,
        valuation_method=row.valuation_method,
        kind=row.kind,
        flow_class=row.flow_class,
        imported_amount_usd=row.imported_amount_usd,
        linked_id=row.linked_id,
        counted_usd=row.counted_usd,
        parts=[
            CashFlowPartOut(amount_usd=p.amount_usd, quantity=p.quantity, flow_class=p.flow_class, note=p.note)
            for p in row.parts
        ],
        parts_apply=row.parts_apply,
        counted_at=iso(row.instant_ms if row.counted_ms is None else row.counted_ms),
        rates=RatesOut(**{name: as_rate(row.rates_usd.get(name)) for name in DISPLAY_CURRENCIES}),
    )


def add_cashflow(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """Store a flow; everything after it is recomputed in the same transaction."""
    body = call.body_as(CashFlowIn)
    row = context.performance.add_cash_flow(new_flow(body, body.type), call.idempotency_key)
    return CashFlowChangedOut(message="Cash flow stored.", cashflow=cashflow_out(row))


def edit_cashflow(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """Change a flow; everything after it is recomputed in the same transaction."""
    change = change_of(call.body_as(CashFlowPatch))
    row = context.performance.edit_cash_flow(call.path_as(IdPath).id, change)
    return CashFlowChangedOut(message="Cash flow changed.", cashflow=cashflow_out(row))


def new_flow(body: CashFlowIn | PreviewIn, kind: FlowType) -> NewCashFlow:
    """A validated new cash flow in the words of the services."""
    return NewCashFlow(
        kind, body.timestamp, body.amount_usd, body.asset, body.quantity, body.note, in_snapshot=body.in_snapshot
    )


def change_of(body: CashFlowPatch) -> CashFlowChange:
    """A validated change in the words of the services, which tell null from left out in their own way."""
    return CashFlowChange(
        body.type,
        body.timestamp,
        body.amount_usd,
        body.asset,
        body.quantity,
        (body.note or "") if "note" in body.model_fields_set else None,
        body.flow_class,
        body.override_usd,
        drop_override="override_usd" in body.model_fields_set and body.override_usd is None,
        in_snapshot=body.in_snapshot,
    )


def delete_cashflow(context: ApiContext, call: Call) -> MessageOut:
    """Remove a flow; everything after it is recomputed in the same transaction."""
    context.performance.delete_cash_flow(call.path_as(IdPath).id)
    return MessageOut(message="Cash flow removed.")


ENDPOINTS = (
    Endpoint(
        "GET",
        _PATH,
        "list_cashflows",
        "Deposits and withdrawals, oldest first",
        "performance",
        list_cashflows,
        CashFlowsOut,
        query_model=RangeQuery,
        stored=True,
    ),
    Endpoint(
        "POST",
        _PATH,
        "add_cashflow",
        "Add a deposit or withdrawal",
        "performance",
        add_cashflow,
        CashFlowChangedOut,
        status=201,
        body_model=CashFlowIn,
        refusals=(409,),
        idempotent_by_key=True,
    ),
    Endpoint(
        "PATCH",
        _PATH + "/{id}",
        "edit_cashflow",
        "Change a deposit or withdrawal",
        "performance",
        edit_cashflow,
        CashFlowChangedOut,
        path_model=IdPath,
        body_model=CashFlowPatch,
        refusals=(404, 409),
    ),
    Endpoint(
        "DELETE",
        _PATH + "/{id}",
        "delete_cashflow",
        "Remove a deposit or withdrawal",
        "performance",
        delete_cashflow,
        MessageOut,
        path_model=IdPath,
        refusals=(404, 409),
    ),
)
