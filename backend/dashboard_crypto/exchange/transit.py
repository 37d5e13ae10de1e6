"""Redemptions of staked coins, BFUSD and RWUSD, by their lists: the token has been given, what it brings comes later.

Asked for whenever such a token became less, while anything is under way, after a pause (another process may have
read meanwhile), and once an hour: an account without any pays four questions an hour. Which of them have arrived is
judged in `core.transit`; nothing is remembered here but when to ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dashboard_crypto.core import equity
from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.ledger_earn import redemption
from dashboard_crypto.core.model import Holding, Redemption
from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.core.transit import is_under_way
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

LOOK_BACK_MS = 89 * DAY_MS
"""As far as one question reaches. What is under way for longer has no end."""
REGULARLY_S = 3600.0
WATCHED_S = 600.0
"""A record may stand in its list a little later than the token is gone."""
PAUSE_S = 300.0
"""After so long without a reading, what is known of the tokens is too old to notice that they became less."""
_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What the lists tell, the names of those that refused to, and the coins that may be under way."""

    told: tuple[Redemption, ...]
    untold: frozenset[str]
    coming: frozenset[str]


@dataclass
class _List:
    """One list of redemptions, by its name in the ledger (which does not read all of them), and what is known of it."""

    source: str
    endpoint: str
    tokens: frozenset[str]
    due_s: float = 0.0
    watched_until_s: float = 0.0
    held: dict[str, Decimal] = field(default_factory=dict)
    told: tuple[Redemption, ...] = ()
    coming: frozenset[str] = frozenset()
    is_told: bool = True


class Redemptions:
    """Asks the lists beside the wallets of the same reading."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._lists = (
            _List("eth_redemption", "eth_redemptions", frozenset({"WBETH", "BETH"})),
            _List("sol_redemption", "sol_redemptions", frozenset({"BNSOL"})),
            _List("bfusd_redemption", "bfusd_redemptions", frozenset({"BFUSD"})),
            _List("rwusd_redemption", "rwusd_redemptions", frozenset({"RWUSD"})),
        )
        self._read_s: float | None = None

    def read(self, holdings: Sequence[Holding]) -> Found:
        """Every redemption of the last weeks that did not fail. PartialReading if what is under way cannot be told."""
        now_s, before_s = self._clock.monotonic(), self._read_s
        after_pause = before_s is None or now_s - before_s > PAUSE_S
        self._read_s = now_s
        for each in self._lists:
            self._look(each, holdings, after_pause=after_pause)
        return Found(
            tuple(one for each in self._lists for one in each.told),
            frozenset(each.source for each in self._lists if not each.is_told),
            frozenset(coin for each in self._lists for coin in each.coming),
        )

    def _look(self, of: _List, holdings: Sequence[Holding], *, after_pause: bool) -> None:
        now_s = self._clock.monotonic()
        held: dict[str, Decimal] = dict.fromkeys(of.tokens, ZERO)
        for holding in holdings:
            if holding.asset in of.tokens:
                held[holding.asset] = EXACT.add(held[holding.asset], holding.quantity)
        is_less = any(quantity < of.held.get(token, ZERO) for token, quantity in held.items())
        if is_less:
            of.watched_until_s = now_s + WATCHED_S
        if of.coming or after_pause or now_s < of.watched_until_s or now_s >= of.due_s:
            self._ask(of)
        of.held = held

    def _ask(self, of: _List) -> None:
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic()
        try:
            rows = equity.all_pages(self._pages(of.endpoint, now_ms))
        except (NotPermitted, EndpointGone, RequestRefused) as refusal:
            if of.coming:
                raise PartialReading(f"redemptions under way: {refusal}") from refusal
            of.due_s, of.watched_until_s, of.is_told, of.told = now_s + REGULARLY_S, 0.0, False, ()
            return
        except ExchangeDown as failure:
            raise PartialReading(f"redemptions under way: {failure}") from failure
        of.due_s, of.is_told = now_s + REGULARLY_S, True
        found = (redemption(of.source, row) for row in rows)
        of.told = tuple(one for one in found if one is not None)
        of.coming = frozenset(one.asset for one in of.told if is_under_way(one, now_ms))

    def _pages(self, endpoint: str, now_ms: int) -> list[Mapping[str, object]]:
        pages: list[Mapping[str, object]] = []
        question = {"startTime": now_ms - LOOK_BACK_MS, "endTime": now_ms, "size": _PAGE_SIZE}
        while True:
            page = self._call(endpoint, {**question, "current": len(pages) + 1})
            pages.append(page)
            if len(page.get("rows") or ()) < _PAGE_SIZE:
                return pages
