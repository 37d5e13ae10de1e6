"""What a euro and a bitcoin cost at the hours of the rebuilt past, as far as the rebuild itself had no need to ask.

It comes after everything else: one question is a thousand hours, the newest first, and no figure waits for it. How far
it came is committed with each answer, so nothing is asked twice, not even what the exchange does not know.
"""

from __future__ import annotations

from collections.abc import Mapping

from dashboard_crypto.core.model import DISPLAY_CURRENCIES
from dashboard_crypto.core.ports import Clock, HistoryReader
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db import check_rows, rate_rows, state_rows
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.past_prices import BARS_AT_ONCE

NAME = "rates of the past"
"""Under which `account_checks` keeps, by currency, the instant from which on everything was asked."""


class PastRateFill:
    """`step` asks one question; errors of the exchange leave it for later."""

    def __init__(self, store: Store, clock: Clock, doorbell: Doorbell) -> None:
        self._store = store
        self._clock = clock
        self._doorbell = doorbell
        self._is_due = True
        self._has_news = False

    def look_again(self) -> None:
        """The past may have been rebuilt."""
        self._is_due = True

    def step(self, reader: HistoryReader, fence: int) -> bool:
        """Ask for the next hours; False when there is nothing to ask."""
        if not self._is_due:
            return False
        asked_ms = self._asked_ms()
        for name in DISPLAY_CURRENCIES:
            if self._fill(name, asked_ms, reader, fence):
                return True
        self._is_due = False
        if self._has_news:
            self._tell(fence)
        return False

    def _fill(self, name: str, asked_ms: Mapping[str, int], reader: HistoryReader, fence: int) -> bool:
        store, now_ms = self._store, self._clock.now_ms()
        with store.reading() as session:
            before_ms = asked_ms.get(name, now_ms)
            hours = rate_rows.unrated_hours(session, store.portfolio_id, name, before_ms, BARS_AT_ONCE * HOUR_MS)
        if hours is None:
            return False
        oldest_ms, newest_ms = hours
        rates = dict(reader.bars(name, oldest_ms - HOUR_MS, newest_ms))
        with store.writing_as(fence) as session:
            rate_rows.add_rates(session, store.portfolio_id, name, rates)
            check_rows.save_check(session, store.portfolio_id, NAME, now_ms, {**asked_ms, name: oldest_ms})
        self._has_news |= bool(rates)
        return True

    def _asked_ms(self) -> Mapping[str, int]:
        with self._store.reading() as session:
            found = check_rows.load_check(session, self._store.portfolio_id, NAME)
        return {} if found is None else found[1]

    def _tell(self, fence: int) -> None:
        """Once, at the end: everybody reads the history anew for it."""
        with self._store.writing_as(fence) as session:
            revision, _ = state_rows.bump(session, self._store.portfolio_id, history=True)
        self._has_news = False
        self._doorbell.ring("performance", revision)
