"""Hourly closes in USD, by the routes of the live prices, with as few questions as there are thousands of bars."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.parsing import candles
from dashboard_crypto.exchange.refusals import RequestRefused
from dashboard_crypto.exchange.symbol_map import Route, SymbolMap

HOUR_MS = 3_600_000
_PAGE = 1000
_MOST_ROUTES = 12
_KEPT_PAIRS = 4
_KEPT_S = 900.0

Bar = tuple[int, Decimal]


class _Pair:
    """Closes of one pair. `spans` are the stretches `(after, until]` that have been asked for, apart and in order."""

    def __init__(self) -> None:
        self.closes: dict[int, Decimal] = {}
        self.spans: list[tuple[int, int]] = []

    def missing(self, after_ms: int, until_ms: int) -> tuple[int, int] | None:
        """The first stretch of `(after_ms, until_ms]` that has not been asked for."""
        for start, end in self.spans:
            if after_ms < start:
                return after_ms, min(until_ms, start)
            after_ms = max(after_ms, end)
            if after_ms >= until_ms:
                return None
        return after_ms, until_ms

    def note(self, after_ms: int, until_ms: int) -> None:
        """A stretch has been asked for."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted([*self.spans, (after_ms, until_ms)]):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        self.spans = merged


class HourlyBars:
    """Keeps the pairs asked last for a quarter of an hour: many coins are priced through the same one, and what a
    spent budget interrupts goes on where it stopped."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._kept: OrderedDict[str, _Pair] = OrderedDict()
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
        for number, route in enumerate(symbols.routes(asset, trading_only=False)):
            if number >= _MOST_ROUTES or not spans:
                break
            spans = [rest for span in spans for rest in self._fill(found, route, *span)]
        self._used_at = self._clock.monotonic()
        return sorted(found.items())

    def forget(self) -> None:
        """Give back the memory of pairs that nobody has asked for lately."""
        if self._clock.monotonic() - self._used_at > _KEPT_S:
            self._kept.clear()

    def _fill(self, found: dict[int, Decimal], route: Route, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
        """Add what the route tells of the hours `first_ms` to `last_ms`; the ends that it leaves open."""
        start_ms, end_ms = first_ms, last_ms
        for name, _ in route.steps:
            closes = self._closes(name, start_ms, end_ms)
            told = [at for at in range(start_ms, end_ms + 1, HOUR_MS) if at in closes]
            if not told:
                return [(first_ms, last_ms)]
            start_ms, end_ms = told[0], told[-1]
        for at_ms in range(start_ms, end_ms + 1, HOUR_MS):
            price = route.price(lambda name, at=at_ms: self._kept[name].closes.get(at))  # type: ignore[misc]
            if price is not None:
                found[at_ms] = price.usd
        ends = ((first_ms, start_ms - HOUR_MS), (end_ms + HOUR_MS, last_ms))
        return [(start, end) for start, end in ends if start <= end]

    def _closes(self, name: str, first_ms: int, last_ms: int) -> Mapping[int, Decimal]:
        """The closes of a pair, asked for as far as they are not known."""
        pair = self._kept.setdefault(name, _Pair())
        self._kept.move_to_end(name)
        while len(self._kept) > _KEPT_PAIRS:
            self._kept.popitem(last=False)
        while (span := pair.missing(first_ms - HOUR_MS, last_ms)) is not None:
            pair.note(span[0], self._ask(name, pair, *span))
        return pair.closes

    def _ask(self, name: str, pair: _Pair, after_ms: int, last_ms: int) -> int:
        """One question: the next thousand bars; how far they reach."""
        question: dict[str, str | int] = {
            "symbol": name, "interval": "1h", "startTime": after_ms, "endTime": last_ms - 1, "limit": _PAGE,
        }  # fmt: skip
        try:
            bars = candles(self._call("klines", question))
        except RequestRefused:
            bars = ()
        ends = {bar.close_ms + 1: bar.close for bar in bars}
        pair.closes |= {at: close for at, close in ends.items() if after_ms < at <= last_ms and close > 0}
        return max(after_ms + HOUR_MS, min(max(ends), last_ms)) if len(bars) >= _PAGE else last_ms
