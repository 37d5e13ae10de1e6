"""What a change of the cash flows would store: every rule of it, and nothing written.

Adding, editing and deleting take this road whether the change is then carried out (`FlowBook`) or only looked at
(`FlowPreviews`), so that a preview cannot promise what the change does not do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from dashboard_crypto.core.errors import Conflict, InvalidInput, NotFound, NotReady, PortfolioError
from dashboard_crypto.core.money import EXACT, times
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import from_key, to_key
from dashboard_crypto.db import flow_rows, snapshot_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import flow_decisions
from dashboard_crypto.services.flow_rates import keeping_rates, with_stored_rates
from dashboard_crypto.services.flow_valuation import is_before_tracking, method_of
from dashboard_crypto.services.history import HistoryState
from dashboard_crypto.services.session_manager import SessionManager
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow

EARLIEST_MS = from_key(201707010000)
AHEAD_MS = 60_000
REMEMBERED_PRICES = 64
LARGEST = Decimal(10) ** 15
IMPORTED = (
    "This cash flow comes from the exchange, so it would be imported again. Its class, its note and an amount that "
    "overrides the imported one can be changed here."
)


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """`old` gives way to `new`: None stands for a flow that is not there before, or not any more."""

    old: FlowRecord | None
    new: NewFlow | None


Planned = Callable[[Session, HistoryState], FlowPlan]
"""Finishes a plan from what a session sees. The exchange was asked before; this only reads the database."""


class FlowPlanner:
    """Decides what is stored. Errors are those that the caller of the change sees."""

    def __init__(self, store: Store, clock: Clock, sessions: SessionManager) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._prices: OrderedDict[tuple[str, int], Decimal] = OrderedDict()

    def adding(self, new: NewCashFlow) -> Planned:
        """A flow that a person enters."""
        wanted = self._checked(new)
        return lambda session, state: FlowPlan(None, self._settled(session, wanted, state, new.in_snapshot))

    def editing(self, cash_flow_id: int, change: CashFlowChange) -> Planned:
        """A change of a flow; of an imported one only what the owner may decide."""
        with self._store.reading() as session:
            old = self.found(session, cash_flow_id)
        if old.source == "exchange":
            if _moves_money(change):
                raise Conflict(IMPORTED)
            return lambda session, _: self._decided(session, old.id, change)
        if change.flow_class is not None or change.override_usd is not None or change.drop_override:
            raise InvalidInput(
                "This is for imported cash flows; change the amount, or delete it.", "/flow_class", "manual"
            )
        merged = _merged(old, change)
        wanted = self._checked(merged) if _moves_money(change) else replace(old.content, note=merged.note)
        wanted = keeping_rates(old, wanted)

        def finish(session: Session, state: HistoryState) -> FlowPlan:
            if self.found(session, cash_flow_id) != old:
                raise Conflict("The cash flow was changed by somebody else meanwhile. Reload and try again.")
            if not _moves_money(change):
                return FlowPlan(old, wanted)
            said = change.in_snapshot
            if said is None and change.instant_ms is None and self._stands_behind_its_snapshot(session, old):
                said = False
            return FlowPlan(old, self._settled(session, wanted, state, said))

        return finish

    def deleting(self, cash_flow_id: int) -> Planned:
        """Conflict for an imported flow."""

        def finish(session: Session, _state: HistoryState) -> FlowPlan:
            old = self.found(session, cash_flow_id)
            if old.source == "exchange":
                raise Conflict(IMPORTED)
            return FlowPlan(old, None)

        return finish

    def found(self, session: Session, cash_flow_id: int) -> FlowRecord:
        """A stored flow, or NotFound."""
        found = flow_rows.load_flow(session, self._store.portfolio_id, cash_flow_id)
        if found is None:
            raise NotFound("There is no such cash flow.")
        return found

    def _decided(self, session: Session, cash_flow_id: int, change: CashFlowChange) -> FlowPlan:
        """What the owner says about an imported flow is kept beside what was imported."""
        present = self.found(session, cash_flow_id)
        return FlowPlan(present, flow_decisions.decided(present.content, change))

    def _checked(self, new: NewCashFlow) -> NewFlow:
        """The rules that need no database, and the price of a flow given in coins."""
        now_ms = self._clock.now_ms()
        instant_ms = now_ms if new.instant_ms is None else new.instant_ms
        if instant_ms < EARLIEST_MS:
            raise InvalidInput("The exchange opened on 2017-07-01; nothing can be earlier.", "/timestamp", "too_early")
        if instant_ms > now_ms + AHEAD_MS:
            raise InvalidInput("A cash flow cannot lie in the future.", "/timestamp", "in_future")
        amount, quantity, price = self._amounts(new, instant_ms)
        return NewFlow(
            instant_ms=instant_ms,
            reported_ms=instant_ms,
            amount_usd=amount,
            type=new.type,
            asset=new.asset,
            quantity=quantity,
            price_usd=price,
            value_before_usd=None,
            valuation_method="",
            valuation_pending=False,
            source="manual",
            external_id=None,
            note=new.note or None,
        )

    def _amounts(self, new: NewCashFlow, instant_ms: int) -> tuple[Decimal, Decimal | None, Decimal | None]:
        in_coins = new.asset is not None or new.quantity is not None
        if new.amount_usd is not None:
            if in_coins:
                raise InvalidInput("Give an amount in USD, or an asset and a quantity; not both.", "", "contradiction")
            return _signed(new.amount_usd, new.type, "/amount_usd"), None, None
        if new.asset is None and new.quantity is None:
            raise InvalidInput("An amount is missing.", "/amount_usd", "missing")
        if new.asset is None:
            raise InvalidInput("A quantity needs its asset.", "/asset", "missing")
        if new.quantity is None:
            raise InvalidInput("An asset needs its quantity.", "/quantity", "missing")
        quantity = _signed(new.quantity, new.type, "/quantity")
        price = self._price(new.asset, instant_ms)
        return times(quantity, price), quantity, price

    def _price(self, asset: str, instant_ms: int) -> Decimal:
        """A price of the past does not change, and whoever looks before saving asks for it many times."""
        known = self._prices.get((asset, instant_ms))
        if known is None:
            known = self._prices[asset, instant_ms] = self._asked_price(asset, instant_ms)
            while len(self._prices) > REMEMBERED_PRICES:
                self._prices.popitem(last=False)
        return known

    def _asked_price(self, asset: str, instant_ms: int) -> Decimal:
        gateway = self._sessions.gateway()
        if gateway is None:
            raise NotReady("Without an API key no price can be looked up. Enter the amount in USD instead.")
        try:
            price = gateway.price_at(asset, instant_ms)
        except PortfolioError as error:
            raise NotReady(
                "The exchange cannot be asked for the price now. Try again later, or enter the amount in USD."
            ) from error
        if price is None:
            raise InvalidInput("There is no price of this asset at that time.", "/asset", "no_price")
        return price

    def _settled(self, session: Session, flow: NewFlow, state: HistoryState, in_snapshot: bool | None) -> NewFlow:
        """Where the flow stands among the snapshots: one in the same minute already contains it, unless a person says
        that it does not. That word is final: the flow is not moved by what the balances show."""
        inside_ms = self._snapshot_of_its_minute(session, flow)
        if in_snapshot and inside_ms is None:
            raise InvalidInput("There is no snapshot of that minute.", "/in_snapshot", "no_snapshot")
        placed = with_stored_rates(session, self._store.portfolio_id, flow)
        if inside_ms is not None:
            instant_ms = max(flow.reported_ms, inside_ms + 1) if in_snapshot is False else inside_ms
            placed = replace(placed, instant_ms=instant_ms)
        pending = inside_ms is None and not is_before_tracking(placed.instant_ms, state)
        return replace(placed, valuation_pending=pending, valuation_method=method_of(placed, state))

    def _snapshot_of_its_minute(self, session: Session, flow: NewFlow) -> int | None:
        return snapshot_rows.snapshot_at_key(session, self._store.portfolio_id, to_key(flow.reported_ms))

    def _stands_behind_its_snapshot(self, session: Session, flow: FlowRecord) -> bool:
        inside_ms = self._snapshot_of_its_minute(session, flow)
        return inside_ms is not None and flow.instant_ms > inside_ms


def _signed(number: Decimal, kind: str, pointer: str) -> Decimal:
    """Positive for a deposit, negative for a withdrawal (which may be given either way)."""
    if not number.is_finite() or number == 0:
        raise InvalidInput("The number must not be zero.", pointer, "zero")
    if abs(number) > LARGEST:
        raise InvalidInput("The number is too large.", pointer, "too_large")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -18:
        raise InvalidInput("At most 18 decimals are kept.", pointer, "too_many_decimals")
    if kind == "DEPOSIT" and number < 0:
        raise InvalidInput("A deposit is positive; use WITHDRAW for money that left.", pointer, "negative_deposit")
    return number if kind == "DEPOSIT" else EXACT.minus(abs(number))


def _moves_money(change: CashFlowChange) -> bool:
    parts = (change.type, change.instant_ms, change.amount_usd, change.asset, change.quantity, change.in_snapshot)
    return any(part is not None for part in parts)


def _merged(old: FlowRecord, change: CashFlowChange) -> NewCashFlow:
    """What the flow would be if it were entered anew. An amount in USD takes the place of coins."""
    kind = old.type if change.type is None else change.type
    in_coins = change.amount_usd is None and (old.asset is not None or change.asset is not None)
    amount = change.amount_usd
    if amount is None and not in_coins and old.amount_usd is not None and change.quantity is None:
        amount = abs(old.amount_usd)
    asset, quantity = change.asset, change.quantity
    if in_coins:
        asset = old.asset if asset is None else asset
        quantity = abs(old.quantity) if quantity is None and old.quantity is not None else quantity
    note = old.note if change.note is None else change.note
    instant_ms = old.reported_ms if change.instant_ms is None else change.instant_ms
    return NewCashFlow(kind, instant_ms, amount, asset, quantity, note)
