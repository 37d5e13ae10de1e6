"""Deposits and withdrawals as the exchange knows them become cash flows, each exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.model import Balance, ExternalFlow, Valuation
from dashboard_crypto.core.money import EXACT, times
from dashboard_crypto.core.ports import Clock, ExchangeGateway
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.db import decision_rows, flow_rows, state_rows
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_decisions import keeping_decision, with_decision
from dashboard_crypto.services.flow_valuation import FlowValuer, method_of
from dashboard_crypto.services.history import History, HistoryState

FIRST_LOOK_MS = 89 * DAY_MS
"""The exchange keeps 90 days within one question."""
OVERLAP_MS = DAY_MS
"""Records can appear late or change; the last day is always read again."""
_AT_ONCE = 50


class FlowImporter:
    """Reads, values and stores external flows; one transaction per batch, with everything that follows from them."""

    def __init__(self, store: Store, clock: Clock, history: History, doorbell: Doorbell) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._valuer = FlowValuer(store)
        self._looked_before = False

    def sync(self, gateway: ExchangeGateway, fence: int, valuation: Valuation) -> None:
        """Import what is new up to now; afterwards no flow is missing for the balances of `valuation`."""
        until_ms = max(self._clock.now_ms(), valuation.instant_ms)
        told = gateway.external_flows(self._since_ms(until_ms), until_ms)
        self.take(told, gateway, fence, valuation.unpriced, read_until_ms=valuation.instant_ms)
        self._looked_before = True

    def take(
        self,
        told: Sequence[ExternalFlow],
        gateway: ExchangeGateway,
        fence: int,
        unpriced: Collection[str],
        *,
        kinds: Mapping[str, str] | None = None,
        read_until_ms: int | None = None,
    ) -> int:
        """Value and store those of the told flows that are new or changed; how many there were.

        `kinds` has the exchange's word for flows that are more than a deposit or withdrawal, by external id.
        """
        known = self._known([flow.external_id for flow in told])
        fresh = [flow for flow in _each_once(told) if _differs(flow, known.get(flow.external_id))]
        valued = self.valued(fresh, gateway, unpriced, kinds=kinds)
        if valued or read_until_ms is not None:
            self._store_batch(valued, known, fence, read_until_ms=read_until_ms)
        return len(valued)

    def valued(
        self,
        told: Sequence[ExternalFlow],
        gateway: ExchangeGateway,
        unpriced: Collection[str],
        *,
        kinds: Mapping[str, str] | None = None,
    ) -> list[NewFlow]:
        """Flows ready to be stored: with price, place and the portfolio's value just before them."""
        state = self._history.current()
        named = kinds or {}
        priced = [
            replace(self._priced(flow, gateway, unpriced), kind=named.get(flow.external_id, flow.kind)) for flow in told
        ]
        others = [*state.flows, *(_provisional(flow) for flow in priced)]
        return [self._valuer.valued(flow, gateway, state, others, unpriced) for flow in priced]

    def drop(self, external_ids: Sequence[str], fence: int) -> None:
        """Remove flows of which the exchange now says that they never happened; the audit keeps them."""
        store, now_ms = self._store, self._clock.now_ms()
        with store.writing_as(fence) as session:
            before = self._history.synced(session)
            found = flow_rows.flows_by_external_id(session, store.portfolio_id, external_ids)
            for old in found.values():
                flow_rows.delete_flow(session, store.portfolio_id, old, now_ms)
            gone = {old.id for old in found.values()}
            # What a person had linked to one of them stands for itself again.
            freed = [
                flow_rows.update_flow(session, store.portfolio_id, flow, replace(flow.content, linked_id=None), now_ms)
                for flow in before.flows
                if flow.linked_id in gone
            ]
            state = self._history.after_flow_change(session, before, freed, gone)
        self._publish(state)

    def value_pending(self, gateway: ExchangeGateway, fence: int, unpriced: Collection[str]) -> int:
        """Try again to place and value flows that were stored before enough was known. How many changed."""
        with self._store.reading() as session:
            waiting = flow_rows.pending_flows(session, self._store.portfolio_id, _AT_ONCE)
        if not waiting:
            return 0
        state = self._history.current()
        pairs = [(old, self._valuer.valued(old, gateway, state, state.flows, unpriced)) for old in waiting]
        changed = [(old, new.content) for old, new in pairs if new.content != old.content]
        if changed:
            self._update(changed, fence)
        return len(changed)

    def add_scope_entries(self, previous: Iterable[str], valuation: Valuation, fence: int) -> None:
        """An asset that had no price gets one: its value enters the portfolio like a deposit, not like a gain."""
        entered = [balance for balance in valuation.balances if balance.asset in set(previous) and balance.usd_value]
        if entered:
            state = self._history.current()
            flows = [_scope_entry(balance, valuation, state) for balance in entered]
            self._store_batch(flows, {}, fence, read_until_ms=None)

    def _since_ms(self, until_ms: int) -> int:
        with self._store.reading() as session:
            read_until_ms = state_rows.load_status(session, self._store.portfolio_id).flows_read_until_ms
        if self._looked_before and read_until_ms:
            return max(until_ms - FIRST_LOOK_MS, read_until_ms - OVERLAP_MS)
        return until_ms - FIRST_LOOK_MS

    def _known(self, external_ids: Sequence[str]) -> Mapping[str, FlowRecord]:
        with self._store.reading() as session:
            return flow_rows.flows_by_external_id(session, self._store.portfolio_id, external_ids)

    def _priced(self, flow: ExternalFlow, gateway: ExchangeGateway, unpriced: Collection[str]) -> NewFlow:
        # While an asset has no price its balance is outside the total, so its deposits must be outside too.
        price = None if flow.asset in unpriced else gateway.price_at(flow.asset, flow.instant_ms)
        state = self._history.current()
        new = NewFlow(
            instant_ms=flow.instant_ms,
            reported_ms=flow.instant_ms,
            amount_usd=None if price is None else times(flow.quantity, price),
            type="DEPOSIT" if flow.quantity > 0 else "WITHDRAW",
            asset=flow.asset,
            quantity=flow.quantity,
            price_usd=price,
            value_before_usd=None,
            valuation_method="",
            valuation_pending=False,
            source="exchange",
            external_id=flow.external_id,
            note=None,
        )
        return replace(new, valuation_method=method_of(new, state))

    def _store_batch(
        self, flows: Sequence[NewFlow], known: Mapping[str, FlowRecord], fence: int, *, read_until_ms: int | None
    ) -> None:
        store, now_ms = self._store, self._clock.now_ms()
        state: HistoryState | None = None
        with store.writing_as(fence) as session:
            before = self._history.synced(session)
            written: list[FlowRecord] = []
            said = decision_rows.load_decisions(session, store.portfolio_id, [f.external_id or "" for f in flows])
            for flow in flows:
                old = known.get(flow.external_id or "")
                if old is None:
                    new = with_decision(flow, said.get(flow.external_id or ""))
                    written.append(flow_rows.insert_flow(session, store.portfolio_id, new, now_ms))
                else:
                    kept = keeping_decision(old, flow)
                    written.append(flow_rows.update_flow(session, store.portfolio_id, old, kept, now_ms))
            if read_until_ms is not None:
                state_rows.save_status(session, store.portfolio_id, {"flows_read_until_ms": read_until_ms})
            if flows:
                state = self._history.after_flow_change(session, before, written)
        self._publish(state)

    def _update(self, changed: Sequence[tuple[FlowRecord, NewFlow]], fence: int) -> None:
        store, now_ms = self._store, self._clock.now_ms()
        with store.writing_as(fence) as session:
            before = self._history.synced(session)
            # A person may have edited or deleted it while prices were being fetched.
            written = [
                flow_rows.update_flow(session, store.portfolio_id, old, new, now_ms)
                for old, new in changed
                if flow_rows.load_flow(session, store.portfolio_id, old.id) == old
            ]
            state = self._history.after_flow_change(session, before, written)
        self._publish(state)

    def _publish(self, state: HistoryState | None) -> None:
        if state is not None:
            self._history.publish(state)
            self._doorbell.ring("performance", state.revision)


def _each_once(told: Sequence[ExternalFlow]) -> list[ExternalFlow]:
    """Overlapping pages repeat records, and nothing promises an order."""
    by_id = {flow.external_id: flow for flow in told}
    return sorted(by_id.values(), key=lambda flow: (flow.instant_ms, flow.external_id))


def _differs(told: ExternalFlow, known: FlowRecord | None) -> bool:
    if known is None:
        return True
    return (told.asset, told.quantity, told.instant_ms) != (known.asset, known.quantity, known.reported_ms)


def _provisional(flow: NewFlow) -> FlowRecord:
    fields: dict[str, Any] = {name: getattr(flow, name) for name in NewFlow.__dataclass_fields__}
    return FlowRecord(**fields, id=0, created_at_ms=0, updated_at_ms=0)


def _scope_entry(balance: Balance, valuation: Valuation, state: HistoryState) -> NewFlow:
    amount = Decimal(0) if balance.usd_value is None else balance.usd_value
    entry = NewFlow(
        instant_ms=valuation.instant_ms,
        reported_ms=valuation.instant_ms,
        amount_usd=amount,
        type="DEPOSIT" if amount > 0 else "WITHDRAW",
        asset=balance.asset,
        quantity=balance.quantity,
        price_usd=balance.price_usd,
        value_before_usd=EXACT.subtract(valuation.total_value_usd, amount),
        valuation_method="",
        valuation_pending=False,
        source="exchange",
        external_id=f"first-price:{balance.asset}:{valuation.instant_ms}",
        note="First price of an asset that was already held.",
    )
    return replace(entry, valuation_method=method_of(entry, state))
