"""What a euro and a bitcoin cost at the minute of every cash flow, so that it can be told in those currencies too.

A flow that is seen as it happens gets its rates with its price. All others get them here, one minute after the other
and the newest first, when there is nothing else to do: no figure in USD needs them. A minute is asked about once,
whatever the answer is. What is stored of that very instant already is taken at once, by a preview too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from dashboard_crypto.core.model import DISPLAY_CURRENCIES
from dashboard_crypto.core.ports import HistoryReader
from dashboard_crypto.db import rate_rows, state_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell

MINUTES_AT_ONCE = 4


def with_rates(flow: NewFlow, price_at: Callable[[str, int], Decimal | None]) -> NewFlow:
    """The flow with what the currencies cost just before it; one that has them already as it is."""
    if not flow.rates_pending:
        return flow
    eur, btc = (price_at(name, flow.reported_ms) for name in DISPLAY_CURRENCIES)
    return replace(
        flow,
        eur_usd=None if eur is None else float(eur),
        btc_usd=None if btc is None else float(btc),
        rates_pending=False,
    )


def keeping_rates(old: NewFlow, new: NewFlow) -> NewFlow:
    """A changed flow with the rates it had, if its minute is the same."""
    if old.reported_ms != new.reported_ms or not new.rates_pending:
        return new
    return replace(new, eur_usd=old.eur_usd, btc_usd=old.btc_usd, rates_pending=old.rates_pending)


def with_stored_rates(session: Session, portfolio_id: int, flow: NewFlow) -> NewFlow:
    """The flow with the rates of its very instant that are stored already, so that they need not be waited for.

    They are what its own price says, what another flow of that instant was told, and the close of a rebuilt hour that
    ends there: each is the price just before the instant, which would be asked for otherwise.
    """
    if not flow.rates_pending:
        return flow
    asked = rate_rows.asked_rates(session, portfolio_id, flow.reported_ms)
    stored = rate_rows.rebuilt_rates(session, portfolio_id, flow.reported_ms) if asked is None else asked
    own = {} if flow.asset is None or flow.price_usd is None else {flow.asset: float(flow.price_usd)}
    eur, btc = (own.get(name) or flow.rates_usd[name] or stored.get(name) for name in DISPLAY_CURRENCIES)
    return replace(flow, eur_usd=eur, btc_usd=btc, rates_pending=asked is None and (eur is None or btc is None))


class FlowRateFill:
    """`step` asks about a few minutes; errors of the exchange leave them for later."""

    def __init__(self, store: Store, doorbell: Doorbell) -> None:
        self._store = store
        self._doorbell = doorbell
        self._is_due = True
        self._has_news = False

    def look_again(self) -> None:
        """There may be new flows."""
        self._is_due = True

    def step(self, reader: HistoryReader, fence: int) -> bool:
        """Ask about the next minutes; False when there is nothing to ask."""
        if not self._is_due:
            return False
        store = self._store
        with store.reading() as session:
            minutes = rate_rows.unrated_flow_minutes(session, store.portfolio_id, MINUTES_AT_ONCE)
        if minutes:
            told = {at_ms: reader.prices_then(DISPLAY_CURRENCIES, at_ms) for at_ms in minutes}
            with store.writing_as(fence) as session:
                rate_rows.rate_flows(session, store.portfolio_id, told)
            self._has_news = True
            return True
        if self._has_news:
            self._tell(fence)
        self._is_due = False
        return False

    def _tell(self, fence: int) -> None:
        """Once, at the end: everybody reads the history anew for it."""
        with self._store.writing_as(fence) as session:
            revision, _ = state_rows.bump(session, self._store.portfolio_id, history=True)
        self._has_news = False
        self._doorbell.ring("performance", revision)
