"""`HistoryReader`: which sources there are for this key and account, and the next step of each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from dashboard_crypto.core import ledger
from dashboard_crypto.core.crew import Crew
from dashboard_crypto.core.errors import PartialReading
from dashboard_crypto.core.model import EVERYTHING_MS, HistoryPage, Span
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.facts import FactsReader
from dashboard_crypto.exchange.history.coins import Coins
from dashboard_crypto.exchange.history.cursor import cursor_fields
from dashboard_crypto.exchange.history.sources import DAY_MS, LISTINGS, Listing
from dashboard_crypto.exchange.history.trades import SOURCE as TRADE
from dashboard_crypto.exchange.history.trades import Pairs, TradeWalk, trades_read, with_margin
from dashboard_crypto.exchange.history.windows import TOO_WIDE, WindowWalk, windows_read
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

DUST = "dust"
_DUST_SINCE_MS = 1_606_780_800_000  # 2020-12-01: the list holds nothing older, and never more than 100
_ASK_AGAIN_S = 86_400.0
_PORTFOLIO_MARGIN = {"um_income": "pm_um_income", "cm_income": "pm_cm_income"}
_log = logging.getLogger(__name__)


class History:
    """Reads the past with calls that leave live readings their share."""

    def __init__(self, call: Call, clock: Clock, facts: FactsReader, pairs: Callable[[], Pairs], crew: Crew) -> None:
        self._call = call
        self._crew = crew
        self._clock = clock
        self._facts = facts
        self._pairs = pairs
        self._trades = TradeWalk(call)
        self.coins = Coins()
        self._absent: dict[str, float] = {}

    def sources(self) -> Sequence[str]:
        """Everything that exists for this account and was not refused within the last day, flows first."""
        now = self._clock.monotonic()
        possible = (name for name in ledger.SOURCES if self._exists(LISTINGS.get(name)))
        return tuple(name for name in possible if self._absent.get(name, 0.0) <= now)

    def read(self, source: str, cursor: str | None, until_ms: int, needed_ms: int = 0) -> HistoryPage:
        """One step. A source that turns out not to exist for this account ends without records."""
        try:
            page = self._step(source, cursor or None, until_ms, needed_ms)
        except (NotPermitted, EndpointGone) as refusal:
            return self._missing(source, cursor, until_ms, refusal)
        except RequestRefused as refusal:
            listing = LISTINGS.get(source)
            if listing is None or not listing.is_optional or refusal.code in TOO_WIDE:
                raise
            return self._missing(source, cursor, until_ms, refusal)
        self.coins.note_records(page.records)
        return page

    def span(self, source: str, cursor: str) -> Span | None:
        """What a cursor says that has been read."""
        if not cursor:
            return None
        if source == TRADE:
            return trades_read(cursor)
        if source == DUST:
            return Span(EVERYTHING_MS, cursor_fields(cursor)["until"])
        listing = LISTINGS.get(source)
        return None if listing is None else windows_read(cursor, listing)

    def _step(self, source: str, cursor: str | None, until_ms: int, needed_ms: int) -> HistoryPage:
        if source == TRADE:
            return self._trades.step(cursor, until_ms, self._markets(), self.coins)
        if source == DUST:
            return self._dust(until_ms)
        listing = LISTINGS[source]
        if self._facts.current().has_portfolio_margin and source in _PORTFOLIO_MARGIN:
            listing = replace(listing, endpoint=_PORTFOLIO_MARGIN[source], months=3, window_ms=89 * DAY_MS)
        return WindowWalk(source, listing, self._call, self._facts.opened, self._crew).step(cursor, until_ms, needed_ms)

    def _exists(self, listing: Listing | None) -> bool:
        need = listing.need if listing else "none"
        if need == "subs":
            return self._facts.has_sub_accounts()
        facts = self._facts.current()
        return {"none": True, "margin": facts.has_margin, "futures": facts.has_futures}[need]

    def _markets(self) -> Pairs:
        pairs = self._pairs()
        if not self._facts.current().has_margin:
            return pairs
        return with_margin(pairs, self._facts.opened().isolated)

    def _dust(self, until_ms: int) -> HistoryPage:
        rows = tuple(ledger.records_of(self._call("dust_log")))
        return HistoryPage(DUST, rows, f'{{"until":{until_ms},"was_heard":true}}', True, 1.0, until_ms, _DUST_SINCE_MS)

    def _missing(self, source: str, cursor: str | None, until_ms: int, refusal: Exception) -> HistoryPage:
        """Not offered here, unless it was: then the cursor must stay where it is."""
        if cursor and (source == TRADE or cursor_fields(cursor).get("was_heard")):
            raise PartialReading(f"{source}: {refusal}") from refusal
        _log.warning("no history source=%s reason=%s", source, refusal)
        self._absent[source] = self._clock.monotonic() + _ASK_AGAIN_S
        return HistoryPage(source, (), cursor or "", True, 1.0, until_ms)
