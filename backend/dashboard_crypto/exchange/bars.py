"""Hourly closes in USD, by the routes of the live prices, with as few questions as there are thousands of bars."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.pair_closes import PairCloses, Span
from dashboard_crypto.exchange.parsing import candles
from dashboard_crypto.exchange.refusals import RequestRefused
from dashboard_crypto.exchange.symbol_map import Route, SymbolMap

HOUR_MS = 3_600_000
_PAGE = 1000
_MOST_ROUTES = 12
_KEPT_PAIRS = 48
_KEPT_CLOSES = 60_000  # some 15 MB
_KEPT_BEFORE_MS = 1000 * HOUR_MS
_KEPT_S = 900.0

Bar = tuple[int, Decimal]


class HourlyBars:
    """Keeps the pairs asked last for a quarter of an hour: many coins are priced through the same one, and what a
    spent budget interrupts goes on where it stopped.

    Readers side by side wait for each other's answers instead of asking the same. Of very many closes, those well
    before all that is being read are forgotten: read the oldest first.
    """

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._kept: OrderedDict[str, PairCloses] = OrderedDict()
        self._changed = threading.Condition()
        self._reading: list[int] = []
        self._used_at = 0.0

    def read(self, symbols: SymbolMap, asset: str, start_ms: int, end_ms: int) -> Sequence[Bar]:
        """Closes of the hours that end in `(start_ms, end_ms]`, oldest first; hours without a bar are left out.

        Where the first route has no bars yet, or no more, later routes fill in; a gap within it stays a gap.
        """
        self.forget()
        first_ms = (start_ms // HOUR_MS + 1) * HOUR_MS
        last_ms = min(end_ms, self._clock.now_ms()) // HOUR_MS * HOUR_MS
        found: dict[int, Decimal] = {}
        spans = [(first_ms, last_ms)] if first_ms <= last_ms else []
        with self._at_work(first_ms):
            for number, route in enumerate(symbols.routes(asset, trading_only=False)):
                if number >= _MOST_ROUTES or not spans:
                    break
                spans = [rest for span in spans for rest in self._fill(found, route, *span)]
        self._used_at = self._clock.monotonic()
        return sorted(found.items())

    def forget(self) -> None:
        """Give back the memory of pairs that nobody has asked for lately."""
        with self._changed:
            if not self._reading and self._clock.monotonic() - self._used_at > _KEPT_S:
                self._kept.clear()

    @contextmanager
    def _at_work(self, first_ms: int) -> Iterator[None]:
        with self._changed:
            self._reading.append(first_ms)
            if sum(len(pair.closes) for pair in self._kept.values()) > _KEPT_CLOSES:
                oldest_ms = min(self._reading) - _KEPT_BEFORE_MS
                for pair in self._kept.values():
                    pair.forget_until(oldest_ms)
        try:
            yield
        finally:
            with self._changed:
                self._reading.remove(first_ms)

    def _fill(self, found: dict[int, Decimal], route: Route, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
        """Add what the route tells of the hours `first_ms` to `last_ms`; the ends that it leaves open."""
        start_ms, end_ms = first_ms, last_ms
        closes: dict[str, Mapping[int, Decimal]] = {}
        for name, _ in route.steps:
            closes[name] = self._closes(name, start_ms, end_ms)
            told = [at for at in range(start_ms, end_ms + 1, HOUR_MS) if at in closes[name]]
            if not told:
                return [(first_ms, last_ms)]
            start_ms, end_ms = told[0], told[-1]
        for at_ms in range(start_ms, end_ms + 1, HOUR_MS):
            price = route.price(lambda name, at=at_ms: closes[name].get(at))  # type: ignore[misc]
            if price is not None:
                found[at_ms] = price.usd
        ends = ((first_ms, start_ms - HOUR_MS), (end_ms + HOUR_MS, last_ms))
        return [(start, end) for start, end in ends if start <= end]

    def _closes(self, name: str, first_ms: int, last_ms: int) -> Mapping[int, Decimal]:
        """The closes of a pair, asked for as far as nobody has asked for them."""
        after_ms = first_ms - HOUR_MS
        with self._changed:
            pair = self._pair(name)
            while True:
                claim = pair.claim(after_ms, last_ms)
                if claim is not None:
                    self._ask_without_lock(name, pair, claim)
                elif pair.awaits(after_ms, last_ms):
                    self._changed.wait()
                else:
                    return pair.closes

    def _pair(self, name: str) -> PairCloses:
        pair = self._kept.setdefault(name, PairCloses())
        self._kept.move_to_end(name)
        while len(self._kept) > _KEPT_PAIRS:
            self._kept.popitem(last=False)
        return pair

    def _ask_without_lock(self, name: str, pair: PairCloses, claim: Span) -> None:
        """Ask for the beginning of a claimed stretch while others may claim and ask too."""
        self._changed.release()
        reached_ms, closes = claim[0], dict[int, Decimal]()
        try:
            closes, reached_ms = self._ask(name, *claim)
        finally:
            self._changed.acquire()
            pair.closes |= closes
            pair.settle(claim, reached_ms)
            self._changed.notify_all()

    def _ask(self, name: str, after_ms: int, last_ms: int) -> tuple[dict[int, Decimal], int]:
        """One question: the next thousand closes, and how far they reach."""
        question: dict[str, str | int] = {
            "symbol": name, "interval": "1h", "startTime": after_ms, "endTime": last_ms - 1, "limit": _PAGE,
        }  # fmt: skip
        try:
            bars = candles(self._call("klines", question))
        except RequestRefused:
            bars = ()
        ends = {bar.close_ms + 1: bar.close for bar in bars}
        closes = {at: close for at, close in ends.items() if after_ms < at <= last_ms and close > 0}
        return closes, max(after_ms + HOUR_MS, min(max(ends), last_ms)) if len(bars) >= _PAGE else last_ms
