"""The newest reading with its age and state, from whatever can read the database; nothing here writes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db import current_rows
from dashboard_crypto.db.driver import Spoken
from dashboard_crypto.services.views import BalancesView

CLOCK_NOISE_MS = 2_000
CLOCK_BACK = "This machine's clock went back, so nobody knows how old the balances are."


class Readable(Protocol):
    """`db.store.Store`, or `db.plain_reading.PlainStore` in the first moments of a start."""

    @property
    def portfolio_id(self) -> int:
        """Whose balances."""
        ...

    def revision(self) -> tuple[int, int]:
        """`(revision, history_revision)` as committed now."""
        ...

    def reading(self) -> AbstractContextManager[Spoken]:
        """A read transaction."""
        ...


class BalancesReader:
    """Reads the balances once per revision."""

    def __init__(self, store: Readable, clock: Clock, *, balance_interval_s: float) -> None:
        self._store = store
        self._clock = clock
        self._stale_after_s = max(10, round(3 * balance_interval_s))
        self._cache: BalancesView | None = None

    def newest(self) -> BalancesView:
        """The newest complete reading, its age not yet told. Never waits for the exchange."""
        revision = self._store.revision()[0]
        view = self._cache
        if view is None or view.revision != revision:
            view = self._load()
            self._cache = view
        return view

    def _load(self) -> BalancesView:
        with self._store.reading() as session:
            stored = current_rows.load_balances(session, self._store.portfolio_id)
            status = current_rows.load_status(session, self._store.portfolio_id)
        return BalancesView(
            total_value_usd=stored.total_value_usd,
            instant_ms=stored.read_at_ms,
            balances=stored.balances,
            unpriced=stored.unpriced,
            state=status.state,
            state_message=status.message,
            age_seconds=None,
            revision=stored.revision,
            rates_usd=stored.rates_usd,
        )

    def aged(self, view: BalancesView) -> BalancesView:
        """A reading that `newest` gave, with its age and state of this moment."""
        if view.instant_ms is None:
            return view
        passed_ms = self._clock.now_ms() - view.instant_ms
        # A reading of the future: this clock went back, or stands behind the exchange's. Nobody knows the age then.
        age = None if passed_ms < -CLOCK_NOISE_MS else max(0, passed_ms // 1000)
        state, message = view.state, view.state_message
        if state == "live" and age is not None and age > self._stale_after_s:
            state, message = "stale", message or "The balances have not been refreshed for a while."
        elif state == "live" and passed_ms < -self._stale_after_s * 1000:
            state, message = "clock_off", f"{CLOCK_BACK} It is {-passed_ms // 1000} seconds behind the last reading."
        return replace(view, age_seconds=age, state=state, state_message=message)
