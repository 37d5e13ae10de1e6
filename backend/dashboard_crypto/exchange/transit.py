"""Redemptions of staked coins under way: the token has been given, what it brings is in no wallet yet.

Asked for whenever a staking token became less, while anything is under way, and once an hour: an account without
staking pays two questions an hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from dashboard_crypto.core import equity
from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.ledger_earn import Redemption, redemption
from dashboard_crypto.core.model import SPOT, Holding
from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.core.movement import IN_TRANSIT
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

LOOK_BACK_MS = 89 * DAY_MS
"""As far as one question reaches. What is under way for longer has no end."""
REGULARLY_S = 3600.0
WATCHED_S = 600.0
"""A record may stand in its list a little later than the token is gone."""
NOT_HERE_S = 86_400.0
_PAGE_SIZE = 100


@dataclass
class _List:
    """One list of redemptions, and what is known of it."""

    endpoint: str
    tokens: frozenset[str]
    due_s: float = 0.0
    watched_until_s: float = 0.0
    held: dict[str, Decimal] = field(default_factory=dict)
    under_way: tuple[Redemption, ...] = ()


class Transit:
    """Remembers what is under way, and what has arrived although its record does not say so yet."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._lists = (
            _List("eth_redemptions", frozenset({"WBETH", "BETH"})),
            _List("sol_redemptions", frozenset({"BNSOL"})),
        )
        self._spot: Mapping[str, Decimal] | None = None
        self._arrived: set[Redemption] = set()

    def read(self, holdings: Sequence[Holding]) -> tuple[Holding, ...]:
        """What is on its way beside these holdings of the same reading. PartialReading if that cannot be told."""
        found = [one for each in self._lists for one in self._look(each, holdings)]
        spot = {holding.asset: holding.quantity for holding in holdings if holding.wallet == SPOT}
        self._note_arrivals(found, spot)
        self._spot = spot
        sums: dict[str, Decimal] = {}
        for one in found:
            if one not in self._arrived:
                sums[one.asset] = EXACT.add(sums.get(one.asset, ZERO), one.quantity)
        return tuple(Holding(asset, IN_TRANSIT, quantity) for asset, quantity in sorted(sums.items()))

    def _look(self, of: _List, holdings: Sequence[Holding]) -> tuple[Redemption, ...]:
        now_s = self._clock.monotonic()
        held: dict[str, Decimal] = dict.fromkeys(of.tokens, ZERO)
        for holding in holdings:
            if holding.asset in of.tokens:
                held[holding.asset] = EXACT.add(held[holding.asset], holding.quantity)
        is_less = any(quantity < of.held.get(token, ZERO) for token, quantity in held.items())
        if is_less:
            of.watched_until_s = now_s + WATCHED_S
        if of.under_way or now_s < of.watched_until_s or now_s >= of.due_s:
            of.under_way = self._ask(of)
        of.held = held
        return of.under_way

    def _ask(self, of: _List) -> tuple[Redemption, ...]:
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic()
        try:
            rows = equity.all_pages(self._pages(of.endpoint, now_ms))
        except (NotPermitted, EndpointGone, RequestRefused) as refusal:
            if of.under_way:
                raise PartialReading(f"redemptions under way: {refusal}") from refusal
            of.due_s, of.watched_until_s = now_s + NOT_HERE_S, 0.0
            return ()
        except ExchangeDown as failure:
            raise PartialReading(f"redemptions under way: {failure}") from failure
        of.due_s = now_s + REGULARLY_S
        found = (redemption(row) for row in rows)
        return tuple(one for one in found if one is not None and one.is_under_way(now_ms))

    def _pages(self, endpoint: str, now_ms: int) -> list[Mapping[str, object]]:
        pages: list[Mapping[str, object]] = []
        question = {"startTime": now_ms - LOOK_BACK_MS, "endTime": now_ms, "size": _PAGE_SIZE}
        while True:
            page = self._call(endpoint, {**question, "current": len(pages) + 1})
            pages.append(page)
            if len(page.get("rows") or ()) < _PAGE_SIZE:
                return pages

    def _note_arrivals(self, found: Sequence[Redemption], spot: Mapping[str, Decimal]) -> None:
        """Coins that came into spot after the told instant are those that were expected: count them once."""
        self._arrived &= set(found)
        now_ms, before = self._clock.now_ms(), self._spot
        if before is None:
            return
        came = {asset: EXACT.subtract(quantity, before.get(asset, ZERO)) for asset, quantity in spot.items()}
        for one in sorted(found, key=lambda one: one.arrival_ms):
            if one not in self._arrived and one.arrival_ms <= now_ms and came.get(one.asset, ZERO) >= one.quantity:
                self._arrived.add(one)
                came[one.asset] = EXACT.subtract(came[one.asset], one.quantity)
