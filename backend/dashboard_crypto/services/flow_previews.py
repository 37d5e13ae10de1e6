"""What a change of the cash flows would do, before it is done."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.currency_rates import RATE_UNKNOWN, as_rate, converted
from dashboard_crypto.core.model import Currency
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import flow_decisions
from dashboard_crypto.services.flow_plans import FlowPlan, FlowPlanner, Planned
from dashboard_crypto.services.history import History, HistoryState, rewritten
from dashboard_crypto.services.measures import Measures
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow
from dashboard_crypto.services.window_views import PreviewView, PreviewWindowView

PREVIEW_DAYS = (1, 7, 30, 90, 0)
VALUATION_PENDING = "valuation_pending"
"""Until the next reading values the portfolio at the flow, the figures after it are approximate."""
RATES_PENDING = "rates_pending"
"""What the currency costs at the flow's minute is asked for once it is saved."""
LOOKS_IMPORTED = "looks_imported"
"""The flow looks like one that the exchange reports: both would count."""


class FlowPreviews:
    """The planner's decisions and the history's arithmetic, in a transaction that only reads."""

    def __init__(self, store: Store, history: History, planner: FlowPlanner, measures: Measures) -> None:
        self._store = store
        self._history = history
        self._planner = planner
        self._measures = measures

    def add(self, new: NewCashFlow, currency: Currency | None = None) -> PreviewView:
        """As `FlowBook.add`, with its errors."""
        return self._looked_at(self._planner.adding(new), currency)

    def edit(self, cash_flow_id: int, change: CashFlowChange, currency: Currency | None = None) -> PreviewView:
        """As `FlowBook.edit`, with its errors."""
        return self._looked_at(self._planner.editing(cash_flow_id, change), currency)

    def delete(self, cash_flow_id: int, currency: Currency | None = None) -> PreviewView:
        """As `FlowBook.delete`, with its errors."""
        return self._looked_at(self._planner.deleting(cash_flow_id), currency)

    def _looked_at(self, finish: Planned, currency: Currency | None) -> PreviewView:
        with self._store.reading() as session:
            before = self._history.synced(session)
            plan = finish(session, before)
            if plan.new is None:
                subject, gone = plan.old, {plan.old.id} if plan.old is not None else set()
                after = self._history.with_flows(before, (), gone)
            else:
                subject = _as_stored(plan, before)
                after = self._history.with_flows(before, (subject,))
            states = (before, after)
            now, then = (self._measures.windows_of(session, state, PREVIEW_DAYS, currency) for state in states)
        windows = tuple(PreviewWindowView(*both) for both in zip(PREVIEW_DAYS, now, then, strict=True))
        if subject is None:
            raise ValueError("a plan without a flow")
        amount, reason = _own_amount(subject, currency)
        return PreviewView(
            amount_usd=subject.amount_usd,
            valuation_method=subject.valuation_method,
            snapshots_changed=rewritten(before, after),
            flags=_flags(None if plan.new is None else subject, after, windows, is_unrated=reason is not None),
            windows=windows,
            currency=currency,
            amount=amount,
            reason=reason,
        )


def _as_stored(plan: FlowPlan, before: HistoryState) -> FlowRecord:
    """The record that writing the plan would give; a new flow gets a number behind all others."""
    if plan.new is None:
        raise ValueError("nothing would be stored")
    old = plan.old
    number = old.id if old is not None else max((flow.id for flow in before.flows), default=0) + 1
    values = {name: getattr(plan.new, name) for name in plan.new.__dataclass_fields__}
    return FlowRecord(**values, id=number, created_at_ms=0, updated_at_ms=0)


def _own_amount(flow: FlowRecord, currency: Currency | None) -> tuple[Decimal | None, str | None]:
    """The amount at the rate of the flow's minute, and why there is none."""
    if currency is None or currency == "USD":
        return None if currency is None else flow.amount_usd, None
    amount = converted(flow.amount_usd, as_rate(flow.rates_usd[currency]))
    return amount, RATE_UNKNOWN if amount is None and flow.amount_usd is not None else None


def _flags(
    stored: FlowRecord | None,
    after: HistoryState,
    windows: tuple[PreviewWindowView, ...],
    *,
    is_unrated: bool,
) -> tuple[str, ...]:
    """What the change brings that was not there: flags of the returns, and three of its own."""
    found = {flag for window in windows for flag in set(window.after.twr.flags) - set(window.before.twr.flags)}
    if stored is not None and stored.valuation_pending:
        found.add(VALUATION_PENDING)
    if stored is not None and stored.rates_pending and is_unrated:
        found.add(RATES_PENDING)
    if stored is not None and any(stored.id in (m.id, i.id) for m, i, _ in flow_decisions.twins(after.flows)):
        found.add(LOOKS_IMPORTED)
    return tuple(sorted(found))
