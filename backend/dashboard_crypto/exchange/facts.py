"""What the account has and the key may see, asked once a day."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange import fields
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

REFRESH_S = 86_400.0
_RETRY_S = 300.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Which further wallets the account has opened. Under portfolio margin, margin and futures are one wallet."""

    has_margin: bool = False
    has_futures: bool = False
    has_portfolio_margin: bool = False
    has_options: bool = False

    def closed(self) -> frozenset[str]:
        """The wallets that are not open, in the words of the exchange's transfer types."""
        opened = {
            "PORTFOLIO": self.has_portfolio_margin,
            "MARGIN": self.has_margin,
            "UMFUTURE": self.has_futures,
            "CMFUTURE": self.has_futures,
            "OPTION": self.has_options,
        }
        return frozenset(word for word, is_open in opened.items() if not is_open)


@dataclass(frozen=True, slots=True)
class Opened:
    """The pairs of isolated margin that were ever opened, and the wallets that are closed (`AccountFacts.closed`)."""

    isolated: tuple[str, ...] = ()
    closed: frozenset[str] = frozenset()


class FactsReader:
    """Keeps the answer for a day; an older one serves on while a new one cannot be had."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._facts: AccountFacts | None = None
        self._due = 0.0
        self._has_subs: tuple[float, bool] | None = None
        self._pairs: tuple[float, tuple[str, ...]] | None = None
        self._lock = threading.RLock()  # readers side by side must not each ask

    def current(self) -> AccountFacts:
        """The facts. PartialReading when they have never been read: a wallet left out would look like a loss."""
        now = self._clock.monotonic()
        with self._lock:
            if self._facts is None or now >= self._due:
                self._refresh(now)
            return self._facts or AccountFacts()

    def has_sub_accounts(self) -> bool:
        """Whether this is a master account with sub-accounts."""
        now = self._clock.monotonic()
        with self._lock:
            if self._has_subs is None or now >= self._has_subs[0]:
                self._has_subs = (now + REFRESH_S, self._ask_subs())
            return self._has_subs[1]

    def opened(self) -> Opened:
        """What decides which questions there are to ask."""
        facts = self.current()
        return Opened(self._isolated_pairs() if facts.has_margin else (), facts.closed())

    def _isolated_pairs(self) -> tuple[str, ...]:
        now = self._clock.monotonic()
        with self._lock:
            if self._pairs is None or now >= self._pairs[0]:
                self._pairs = (now + REFRESH_S, self._ask_pairs())
            return self._pairs[1]

    def _refresh(self, now: float) -> None:
        try:
            self._facts = _parsed(self._call("account_info"))
        except (NotPermitted, EndpointGone, RequestRefused) as refusal:
            _log.info("the account does not tell its wallets: %s", refusal)
            self._facts = self._facts or AccountFacts()
        except ExchangeDown as failure:
            if self._facts is None:
                raise PartialReading(f"the account's wallets are not known: {failure}") from failure
            self._due = now + _RETRY_S
            return
        self._due = now + REFRESH_S

    def _ask_subs(self) -> bool:
        try:
            return bool(self._call("sub_accounts", {"page": 1, "limit": 1}).get("subAccounts"))
        except (NotPermitted, EndpointGone, RequestRefused):
            return False

    def _ask_pairs(self) -> tuple[str, ...]:
        try:
            answer = self._call("isolated")
        except (NotPermitted, EndpointGone, RequestRefused):
            return ()
        rows = fields.rows(answer.get("assets"), "isolated")
        return tuple(sorted(fields.text(row, "symbol", "isolated") for row in rows))


def _parsed(answer: fields.Row) -> AccountFacts:
    names = ("isMarginEnabled", "isFutureEnabled", "isPortfolioMarginRetailEnabled", "isOptionsEnabled")
    return AccountFacts(*(fields.truth(answer, name, "account/info", default=False) for name in names))
