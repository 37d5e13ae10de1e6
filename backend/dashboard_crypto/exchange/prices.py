"""One table of prices per cycle, and the price of an asset at an instant of the past."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.parsing import last_candle
from dashboard_crypto.exchange.refusals import RequestRefused
from dashboard_crypto.exchange.symbol_map import Price, SymbolMap

_FRESH_MS = 120_000
_SECOND_MS = 1_000
_MINUTE_MS = 60_000
_SETTLED_MS = 600_000
_MOST_KEPT = 2_000
_MOST_PAIRS = 12  # one question must not turn into hundreds of calls for a coin with many pairs


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices of the held assets; `unpriced` have no way to USD, `missing` have one whose pair gave no price now."""

    prices: Mapping[str, Price]
    unpriced: tuple[str, ...]
    missing: tuple[str, ...]


class PriceTable:
    """Prices of one moment.

    Pairs that do not trade are never used: their last price is frozen. The route of an asset depends only on which
    pairs trade, not on which of them happen to have a price, so that it does not change from cycle to cycle.
    """

    def __init__(self, symbols: SymbolMap, tickers: Mapping[str, str]) -> None:
        self._symbols = symbols
        self._tickers = tickers

    def with_symbols(self, symbols: SymbolMap) -> PriceTable:
        """The same prices seen through another list of pairs."""
        return PriceTable(symbols, self._tickers)

    def price(self, asset: str) -> Price | None:
        """USD price by the asset's route; None without a route or without a price on it."""
        route = next(self._symbols.routes(asset), None)
        return None if route is None else route.price(self._pair)

    def second_opinion(self, asset: str) -> Price | None:
        """The price by any later route, if there is one."""
        routes = self._symbols.routes(asset)
        next(routes, None)
        return next((price for route in routes if (price := route.price(self._pair)) is not None), None)

    def for_assets(self, assets: Iterable[str]) -> Priced:
        """Price every asset, or say why it has none."""
        prices: dict[str, Price] = {}
        unpriced: list[str] = []
        missing: list[str] = []
        for asset in sorted(set(assets)):
            price = self.price(asset)
            if price is not None:
                prices[asset] = price
            elif next(self._symbols.routes(asset), None) is not None:
                missing.append(asset)
            else:
                unpriced.append(asset)
        return Priced(prices, tuple(unpriced), tuple(missing))

    def strangers(self) -> frozenset[str]:
        """Pairs with a price that the symbol list does not know as trading: the list is out of date."""
        return frozenset(name for name in self._tickers if not self._symbols.is_trading(name))

    def _pair(self, name: str) -> Decimal | None:
        text = self._tickers.get(name)
        return None if text is None else Decimal(text)


class KeptCloses:
    """What was asked lately about single instants of the past: a flow is priced when it is found, and once more when
    the account is rebuilt around it. Only instants that bars cannot change any more are kept."""

    def __init__(self, now_ms: Callable[[], int] = lambda: 0) -> None:
        self._now_ms = now_ms
        self._known: OrderedDict[tuple[str, int], Decimal | None] = OrderedDict()
        self._lock = threading.Lock()

    def close(self, pair: str, instant_ms: int, ask: Callable[[str, int], Decimal | None]) -> Decimal | None:
        """The close of a pair just before an instant, asked for if it is not known."""
        key = (pair, instant_ms)
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = ask(pair, instant_ms)
        if instant_ms < self._now_ms() - _SETTLED_MS:
            with self._lock:
                self._known[key] = found
                while len(self._known) > _MOST_KEPT:
                    self._known.popitem(last=False)
        return found


class PastPrices:
    """Prices just before an instant, from the bar that ends there: of one second, else of one minute."""

    def __init__(self, symbols: SymbolMap, call: Call, kept: KeptCloses | None = None) -> None:
        self._symbols = symbols
        self._call = call
        self._kept = kept or KeptCloses()

    def price(self, asset: str, instant_ms: int) -> Price | None:
        """USD price by the routes of the live table; pairs that have stopped trading since then count too."""
        return self._price(asset, instant_ms, {})

    def prices(self, assets: Iterable[str], instant_ms: int) -> dict[str, Price | None]:
        """The same for several assets; what their routes share is asked once."""
        known: dict[str, Decimal | None] = {}
        return {asset: self._price(asset, instant_ms, known) for asset in assets}

    def _price(self, asset: str, instant_ms: int, known: dict[str, Decimal | None]) -> Price | None:
        tried: set[str] = set()

        def pair_price(name: str) -> Decimal | None:
            if name not in tried and len(tried) >= _MOST_PAIRS:
                return None
            tried.add(name)
            if name not in known:
                known[name] = self._kept.close(name, instant_ms, self._close_before)
            return known[name]

        routes = self._symbols.routes(asset, trading_only=False)
        return next((price for route in routes if (price := route.price(pair_price)) is not None), None)

    def _close_before(self, symbol: str, instant_ms: int) -> Decimal | None:
        for interval, length_ms in (("1s", _SECOND_MS), ("1m", _MINUTE_MS)):
            end_ms = instant_ms // length_ms * length_ms - 1
            question: dict[str, str | int] = {"symbol": symbol, "interval": interval, "endTime": end_ms, "limit": 1}
            try:
                candle = last_candle(self._call("klines", question))
            except RequestRefused:
                continue
            if candle is not None and instant_ms - _FRESH_MS <= candle.close_ms < instant_ms and candle.close > 0:
                return candle.close
        return None
