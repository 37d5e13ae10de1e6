"""Cash flows that a person enters, changes and removes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

from dashboard_crypto.core.errors import Conflict, InvalidInput, NotFound, NotReady, PortfolioError
from dashboard_crypto.core.money import EXACT, plain, times
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import DAY_MS, from_key, to_key
from dashboard_crypto.core.twins import Twin
from dashboard_crypto.db import flow_rows, snapshot_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, NewFlow, StoredAnswer
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import flow_decisions
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_valuation import is_before_tracking, method_of
from dashboard_crypto.services.history import History, HistoryState
from dashboard_crypto.services.session_manager import SessionManager
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow

EARLIEST_MS = from_key(201707010000)
AHEAD_MS = 60_000
LARGEST = Decimal(10) ** 15
REMEMBER_ANSWERS_MS = 7 * DAY_MS
IMPORTED = (
    "This cash flow comes from the exchange, so it would be imported again. Its class, its note and an amount that "
    "overrides the imported one can be changed here."
)


class FlowBook:
    """Validates, stores and recomputes, all in one transaction."""

    def __init__(
        self, store: Store, clock: Clock, history: History, doorbell: Doorbell, sessions: SessionManager
    ) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._sessions = sessions

    def add(self, new: NewCashFlow, idempotency_key: str | None) -> FlowRecord:
        """Store a flow. The same key and content give the first answer again; with other content Conflict."""
        digest = _digest(new)
        if idempotency_key is not None:
            with self._store.reading() as session:
                known = self._answered(session, idempotency_key, digest)
            if known is not None:
                return known
        now_ms = self._clock.now_ms()
        wanted = self._checked(new, now_ms)
        with self._store.session() as session:
            if idempotency_key is not None and (known := self._answered(session, idempotency_key, digest)):
                return known
            before = self._history.synced(session)
            flow = self._settled(session, wanted, before)
            record = flow_rows.insert_flow(session, self._store.portfolio_id, flow, now_ms)
            if idempotency_key is not None:
                self._remember(session, idempotency_key, digest, record, now_ms)
            state = self._history.after_flow_change(session, before, (record,))
        self._done(state)
        return record

    def edit(self, cash_flow_id: int, change: CashFlowChange) -> FlowRecord:
        """Change a flow; of an imported one only the note."""
        with self._store.reading() as session:
            old = self._found(session, cash_flow_id)
        if old.source == "exchange":
            return self._decide(old, change)
        if change.flow_class is not None or change.override_usd is not None or change.drop_override:
            raise InvalidInput(
                "This is for imported cash flows; change the amount, or delete it.", "/flow_class", "manual"
            )
        now_ms = self._clock.now_ms()
        merged = _merged(old, change)
        wanted = self._checked(merged, now_ms) if _moves_money(change) else replace(_bare(old), note=merged.note)
        with self._store.session() as session:
            if self._found(session, cash_flow_id) != old:
                raise Conflict("The cash flow was changed by somebody else meanwhile. Reload and try again.")
            before = self._history.synced(session)
            flow = self._settled(session, wanted, before) if _moves_money(change) else wanted
            record = flow_rows.update_flow(session, self._store.portfolio_id, old, flow, now_ms)
            state = self._history.after_flow_change(session, before, (record,))
        self._done(state)
        return record

    def delete(self, cash_flow_id: int) -> None:
        """Remove a flow; Conflict for an imported one."""
        with self._store.session() as session:
            old = self._found(session, cash_flow_id)
            if old.source == "exchange":
                raise Conflict(IMPORTED)
            before = self._history.synced(session)
            flow_rows.delete_flow(session, self._store.portfolio_id, old, self._clock.now_ms())
            state = self._history.after_flow_change(session, before, (), {old.id})
        self._done(state)

    def twins(self) -> list[tuple[FlowRecord, FlowRecord, Twin]]:
        """Pairs of a manual flow and an imported one that look like the same."""
        flows = self._history.current().flows
        return flow_decisions.twins(flows)

    def link(self, cash_flow_id: int, imported_id: int | None) -> FlowRecord:
        """Let the imported flow stand for a manual one; None undoes it."""
        with self._store.session() as session:
            manual = self._found(session, cash_flow_id)
            if imported_id is not None:
                imported = self._found(session, imported_id)
                flow_decisions.check_link(manual, imported, flow_rows.load_flows(session, self._store.portfolio_id))
            before = self._history.synced(session)
            linked = replace(_bare(manual), linked_id=imported_id)
            record = flow_rows.update_flow(session, self._store.portfolio_id, manual, linked, self._clock.now_ms())
            state = self._history.after_flow_change(session, before, (record,))
        self._done(state)
        return record

    def _decide(self, old: FlowRecord, change: CashFlowChange) -> FlowRecord:
        """What the owner says about an imported flow is kept beside what was imported."""
        if _moves_money(change):
            raise Conflict(IMPORTED)
        with self._store.session() as session:
            present = self._found(session, old.id)
            before = self._history.synced(session)
            decided = flow_decisions.decided(_bare(present), change)
            record = flow_decisions.store_decided(
                session, self._store.portfolio_id, present, decided, self._clock.now_ms()
            )
            state = self._history.after_flow_change(session, before, (record,))
        self._done(state)
        return record

    def _found(self, session: Session, cash_flow_id: int) -> FlowRecord:
        found = flow_rows.load_flow(session, self._store.portfolio_id, cash_flow_id)
        if found is None:
            raise NotFound("There is no such cash flow.")
        return found

    def _checked(self, new: NewCashFlow, now_ms: int) -> NewFlow:
        """The rules that need no database, and the price of a flow given in coins."""
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

    def _settled(self, session: Session, flow: NewFlow, state: HistoryState) -> NewFlow:
        """Where the flow stands among the snapshots: one in the same minute already contains it."""
        inside_ms = snapshot_rows.snapshot_at_key(session, self._store.portfolio_id, to_key(flow.reported_ms))
        placed = flow if inside_ms is None else replace(flow, instant_ms=inside_ms)
        pending = inside_ms is None and not is_before_tracking(placed.instant_ms, state)
        return replace(placed, valuation_pending=pending, valuation_method=method_of(placed, state))

    def _answered(self, session: Session, key: str, digest: str) -> FlowRecord | None:
        stored = flow_rows.load_answer(session, self._store.portfolio_id, key)
        if stored is None:
            return None
        if stored.body_digest != digest:
            raise Conflict("This Idempotency-Key was used for another request.")
        return flow_rows.flow_from_json(stored.answer)

    def _remember(self, session: Session, key: str, digest: str, record: FlowRecord, now_ms: int) -> None:
        portfolio_id = self._store.portfolio_id
        flow_rows.forget_answers(session, portfolio_id, now_ms - REMEMBER_ANSWERS_MS)
        answer = StoredAnswer(digest, flow_rows.flow_json(record))
        flow_rows.save_answer(session, portfolio_id, key, answer, cash_flow_id=record.id, now_ms=now_ms)

    def _done(self, state: HistoryState) -> None:
        self._history.publish(state)
        self._doorbell.ring("performance", state.revision)


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
    parts = (change.type, change.instant_ms, change.amount_usd, change.asset, change.quantity)
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


def _bare(record: FlowRecord) -> NewFlow:
    return NewFlow(**{name: getattr(record, name) for name in NewFlow.__dataclass_fields__})


def _digest(new: NewCashFlow) -> str:
    parts = (
        new.type,
        new.instant_ms,
        None if new.amount_usd is None else plain(new.amount_usd),
        new.asset,
        None if new.quantity is None else plain(new.quantity),
        new.note,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()
