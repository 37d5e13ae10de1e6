"""/api/performance/cashflows/preview: what a change would do, before it is done."""

from __future__ import annotations

from dashboard_crypto.api import examples
from dashboard_crypto.api.cashflows import change_of, new_flow
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.inputs import CurrencyQuery, PreviewIn
from dashboard_crypto.api.measure_shapes import measures_out
from dashboard_crypto.api.models_windows import PreviewOut, PreviewWindowOut
from dashboard_crypto.core.model import Currency
from dashboard_crypto.services.window_views import PreviewView


def preview_cashflow(context: ApiContext, call: Call) -> PreviewOut:
    """The same checks and arithmetic as the change itself; nothing is written."""
    view = _looked_at(context, call.body_as(PreviewIn), call.query_as(CurrencyQuery).currency)
    told = {} if view.currency is None else {"currency": view.currency, "amount": view.amount, "reason": view.reason}
    return PreviewOut(
        amount_usd=view.amount_usd,
        valuation_method=view.valuation_method,
        snapshots_changed=view.snapshots_changed,
        flags=list(view.flags),
        windows=[
            PreviewWindowOut(days=one.days, before=measures_out(one.before), after=measures_out(one.after))
            for one in view.windows
        ],
        **told,
    )


def _looked_at(context: ApiContext, body: PreviewIn, currency: Currency | None) -> PreviewView:
    performance = context.performance
    if body.type is not None and body.action == "add":
        return performance.preview_add(new_flow(body, body.type), currency)
    if body.id is None:
        raise TypeError("the model lets no edit or delete through without an id")
    return (
        performance.preview_delete(body.id, currency)
        if body.action == "delete"
        else performance.preview_edit(body.id, change_of(body), currency)
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/performance/cashflows/preview",
        "preview_cashflow",
        "What adding, editing or deleting a cash flow would do; writes nothing",
        "performance",
        preview_cashflow,
        PreviewOut,
        query_model=CurrencyQuery,
        body_model=PreviewIn,
        refusals=(404, 409),
        example=examples.PREVIEW,
        body_example=examples.PREVIEW_IN,
    ),
)
