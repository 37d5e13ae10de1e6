"""The portfolio as it stands now."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.model import Balance, State, Valuation
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.price_change import with_changes
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.db import balance_rows, check_rows, price_rows, state_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import ExchangeStatus, StoredBalances
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.balances_view import BalancesReader
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.views import BalancesView

REFRESH_PAUSE_MS = 5_000
DUST_USD = Decimal(1)


class PortfolioService:
    """Reads and replaces the current balances."""

    def __init__(self, store: Store, clock: Clock, doorbell: Doorbell, *, balance_interval_s: float = 30) -> None:
        self._store = store
        self._clock = clock
        self._doorbell = doorbell
        self._reader = BalancesReader(store, clock, balance_interval_s=balance_interval_s)
        self._saving_trouble: str | None = None
        self._says_transit = False
        self.refresh_wanted = threading.Event()

    def balances(self) -> BalancesView:
        """The newest complete reading with its age and state. Never waits for the exchange."""
        return self.aged(self.newest())

    def newest(self) -> BalancesView:
        """The newest complete reading, its age not yet told."""
        return self._reader.newest()

    def aged(self, view: BalancesView) -> BalancesView:
        """A reading that `newest` gave, with its age and state of this moment."""
        view = self._reader.aged(view)
        if self._saving_trouble is None or view.instant_ms is None:
            return view
        return replace(view, state_message=self._saving_trouble)

    def revision(self) -> tuple[int, int]:
        """`(revision, history_revision)`: the first moves with every visible change, the second when stored history
        or a flow changed."""
        return self._store.revision()

    def request_refresh(self) -> bool:
        """Ask the balance loop for an early cycle; False if one was asked for less than 5 s ago, or while the exchange
        makes us wait."""
        store, now_ms = self._store, self._clock.now_ms()
        with store.reading() as session:
            status = state_rows.load_status(session, store.portfolio_id)
            asked_ms = state_rows.refresh_requested_ms(session, store.portfolio_id)
        waiting = status.state in {"banned", "limited", "no_key"} or status.banned_until_ms > now_ms
        if waiting or 0 <= now_ms - asked_ms < REFRESH_PAUSE_MS:
            return False
        with store.session() as session:
            granted = state_rows.claim_refresh(session, store.portfolio_id, now_ms, REFRESH_PAUSE_MS)
        if granted:
            self.refresh_wanted.set()
        return granted

    def stored(self) -> StoredBalances:
        """The newest reading as stored."""
        with self._store.reading() as session:
            return balance_rows.load_balances(session, self._store.portfolio_id)

    def record(self, valuation: Valuation, fence: int, *, flows_read: bool = False, note: str = "") -> int:
        """Replace the balances in one transaction, ring, and return the new revision.

        `flows_read` says that no deposit or withdrawal can be missing for this reading. LeaseLost if `fence` is old.
        """
        store, now_ms = self._store, self._clock.now_ms()
        quantities = {balance.asset: balance.quantity for balance in valuation.balances}
        with store.writing_as(fence) as session:
            status = state_rows.load_status(session, store.portfolio_id)
            balance_rows.note_holdings(session, store.portfolio_id, valuation.instant_ms, quantities)
            balance_rows.replace_balances(session, store.portfolio_id, self._compared(session, valuation))
            self._keep_transit(session, valuation)
            if not self._says_transit:
                check_rows.say_once(session, store.portfolio_id, check_rows.COUNTS_TRANSIT, valuation.instant_ms)
            changes = _state_change(status, "live", note, now_ms)
            changes |= {"last_success_ms": valuation.instant_ms, "last_attempt_ms": now_ms, "last_error": None}
            changes["retry_at_ms"] = None
            if flows_read:
                changes["flows_read_until_ms"] = max(status.flows_read_until_ms, valuation.instant_ms)
            state_rows.save_status(session, store.portfolio_id, changes)
            revision, _ = state_rows.bump(session, store.portfolio_id)
        self._saving_trouble, self._says_transit = None, True
        self._ring(revision, state_changed=status.state != "live")
        return revision

    def report_trouble(
        self, state: State, message: str, error: str | None, fence: int, *, retry_at_ms: int | None = None
    ) -> None:
        """Keep the last balances and say why there are no newer ones. Bumps and rings only when that changes.

        `retry_at_ms` is when the exchange may be asked again, if it said so.
        """
        store, now_ms = self._store, self._clock.now_ms()
        with store.writing_as(fence) as session:
            status = state_rows.load_status(session, store.portfolio_id)
            changes = _state_change(status, state, message, now_ms)
            changes |= {"last_attempt_ms": now_ms, "last_error": error, "retry_at_ms": retry_at_ms}
            state_rows.save_status(session, store.portfolio_id, changes)
            changed = (status.state, status.message, status.retry_at_ms) != (state, message, retry_at_ms)
            revision = state_rows.bump(session, store.portfolio_id)[0] if changed else 0
        self._saving_trouble = None
        if changed:
            self._ring(revision, state_changed=True)

    def cannot_save(self, message: str) -> None:
        """The database takes no writes now: only this process's memory can say so."""
        self._saving_trouble = message

    def lost_price(self, valuation: Valuation) -> Balance | None:
        """An asset that counted in the last total (for 1 USD or more), is still held, and has no price any more.

        Recording such a reading would show a drop that did not happen.
        """
        if not valuation.unpriced:
            return None
        counted = {balance.asset: balance for balance in self.stored().balances if balance.usd_value is not None}
        for asset in valuation.unpriced:
            before = counted.get(asset)
            if before is not None and before.usd_value is not None and abs(before.usd_value) >= DUST_USD:
                return before
        return None

    def _keep_transit(self, session: Session, valuation: Valuation) -> None:
        if valuation.transit is not None:
            keys = {"under_way": sorted(valuation.transit.under_way), "arrived": sorted(valuation.transit.arrived)}
            check_rows.save_check(session, self._store.portfolio_id, check_rows.TRANSIT, valuation.instant_ms, keys)

    def _compared(self, session: Session, valuation: Valuation) -> Valuation:
        """The valuation beside the prices of a day ago; its own are kept for tomorrow."""
        portfolio_id, instant_ms = self._store.portfolio_id, valuation.instant_ms
        prices = {held.asset: held.price_usd for held in valuation.balances if held.price_usd is not None}
        price_rows.keep_prices(session, portfolio_id, instant_ms, prices)
        return with_changes(valuation, price_rows.prices_near(session, portfolio_id, instant_ms - DAY_MS))

    def _ring(self, revision: int, *, state_changed: bool) -> None:
        self._doorbell.ring("portfolio", revision)
        if state_changed:
            self._doorbell.ring("status", revision)


def _state_change(status: ExchangeStatus, state: State, message: str, now_ms: int) -> dict[str, Any]:
    changes: dict[str, Any] = {"message": message}
    if status.state != state or status.since_ms is None:
        changes |= {"state": state, "since_ms": now_ms}
    return changes
