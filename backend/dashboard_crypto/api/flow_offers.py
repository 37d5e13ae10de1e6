"""/api/performance/cashflows: what is asked of the owner, twins and unexplained changes of balances."""

from __future__ import annotations

from dashboard_crypto.api.cashflows import cashflow_out
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso
from dashboard_crypto.api.inputs import EmptyBody, IdPath, LinkIn
from dashboard_crypto.api.models import CashFlowChangedOut, MessageOut, SuggestionOut, SuggestionsOut, TwinOut, TwinsOut

_PATH = "/api/performance/cashflows"


def list_twins(context: ApiContext, _call: Call) -> TwinsOut:
    """Pairs that look like the same cash flow."""
    found = [
        TwinOut(
            manual=cashflow_out(twin.manual),
            imported=cashflow_out(twin.imported),
            apart_seconds=twin.apart_seconds,
            difference_percent=twin.difference_percent,
        )
        for twin in context.performance.twins()
    ]
    return TwinsOut(twins=found, count=len(found))


def link_cashflow(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """Only the imported one counts from now on."""
    row = context.performance.link_cash_flow(call.path_as(IdPath).id, call.body_as(LinkIn).imported_id)
    return CashFlowChangedOut(message="Cash flow linked.", cashflow=cashflow_out(row))


def unlink_cashflow(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """Both count again."""
    row = context.performance.link_cash_flow(call.path_as(IdPath).id, None)
    return CashFlowChangedOut(message="Link removed.", cashflow=cashflow_out(row))


def list_suggestions(context: ApiContext, _call: Call) -> SuggestionsOut:
    """Unexplained changes of balances."""
    found = [
        SuggestionOut(
            id=one.id,
            after=iso(one.after_ms),
            until=iso(one.until_ms),
            amount_usd=one.amount_usd,
            asset=one.asset,
            quantity=one.quantity,
        )
        for one in context.performance.suggestions()
    ]
    return SuggestionsOut(suggestions=found, count=len(found))


def accept_suggestion(context: ApiContext, call: Call) -> CashFlowChangedOut:
    """It becomes a cash flow entered by hand."""
    row = context.performance.accept_suggestion(call.path_as(IdPath).id)
    return CashFlowChangedOut(message="Cash flow stored.", cashflow=cashflow_out(row))


def dismiss_suggestion(context: ApiContext, call: Call) -> MessageOut:
    """It stays performance."""
    context.performance.dismiss_suggestion(call.path_as(IdPath).id)
    return MessageOut(message="Suggestion dismissed.")


ENDPOINTS = (
    Endpoint(
        "GET",
        _PATH + "/twins",
        "list_twins",
        "Cash flows entered by hand that look like an imported one",
        "performance",
        list_twins,
        TwinsOut,
        stored=True,
    ),
    Endpoint(
        "POST",
        _PATH + "/{id}/link",
        "link_cashflow",
        "Let an imported cash flow stand for one entered by hand",
        "performance",
        link_cashflow,
        CashFlowChangedOut,
        path_model=IdPath,
        body_model=LinkIn,
        refusals=(404, 409),
    ),
    Endpoint(
        "DELETE",
        _PATH + "/{id}/link",
        "unlink_cashflow",
        "Undo a link",
        "performance",
        unlink_cashflow,
        CashFlowChangedOut,
        path_model=IdPath,
        refusals=(404, 409),
    ),
    Endpoint(
        "GET",
        _PATH + "/suggestions",
        "list_suggestions",
        "Changes of balances that no record explains",
        "performance",
        list_suggestions,
        SuggestionsOut,
        stored=True,
    ),
    Endpoint(
        "POST",
        _PATH + "/suggestions/{id}/accept",
        "accept_suggestion",
        "Make a suggestion a cash flow",
        "performance",
        accept_suggestion,
        CashFlowChangedOut,
        path_model=IdPath,
        body_model=EmptyBody,
        body_required=False,
        refusals=(404, 409),
    ),
    Endpoint(
        "DELETE",
        _PATH + "/suggestions/{id}",
        "dismiss_suggestion",
        "Say that a change was no cash flow",
        "performance",
        dismiss_suggestion,
        MessageOut,
        path_model=IdPath,
        refusals=(404, 409),
    ),
)
