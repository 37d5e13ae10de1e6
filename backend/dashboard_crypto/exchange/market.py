"""The exchange's list of pairs, kept for six hours, and the price table of the moment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping
from decimal import Decimal

from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.money import times
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange import parsing
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.prices import KeptCloses, PastPrices, Priced, PriceTable
from dashboard_crypto.exchange.refusals import RequestRefused
from dashboard_crypto.exchange.symbol_map import Price, SymbolMap

REFRESH_S = 6 * 3600
_RECHECK_S = 300
_OTHER_ROUTE_S = 600.0
_log = logging.getLogger(__name__)


class Market:
    """Knows pairs and prices. The list of pairs is asked for again when it is old or contradicted by the prices."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._symbols: SymbolMap | None = None
        self._read_at: tuple[float, int] = (0.0, 0)
        self._strangers: frozenset[str] = frozenset()
        self._missing_since: dict[str, float] = {}
        self._kept = KeptCloses(clock.now_ms)
        self._lock = threading.Lock()  # readers side by side must not each ask for the list of pairs

    def symbols(self) -> SymbolMap:
        """The pairs, at most six hours old; an older list serves on while a new one cannot be had."""
        with self._lock:
            if self._symbols is None or self._age_s() >= REFRESH_S:
                return self._refresh()
            return self._symbols

    def table(self) -> PriceTable:
        """Prices of all trading pairs, now: one call of weight 4."""
        tickers = parsing.ticker_prices(self._call("prices", {"symbolStatus": parsing.TRADING}))
        table = PriceTable(self.symbols(), tickers)
        strangers = table.strangers()
        if strangers - self._strangers and self._age_s() >= _RECHECK_S:
            table = PriceTable(self._refresh(), tickers)
            self._strangers = table.strangers()
        return table

    def confirm(self, table: PriceTable, assets: set[str]) -> tuple[PriceTable, Priced]:
        """Prices of `assets`; one that has lost its price sends us to look whether it was delisted.

        A pair that stays without a price for ten minutes although it trades gives way to the asset's next route.
        """
        priced = table.for_assets(assets)
        if priced.missing and self._age_s() >= _RECHECK_S:
            table = table.with_symbols(self._refresh())
            priced = table.for_assets(assets)
        now = self._clock.monotonic()
        self._missing_since = {asset: self._missing_since.get(asset, now) for asset in priced.missing}
        return table, self._with_other_routes(table, priced, now)

    def _with_other_routes(self, table: PriceTable, priced: Priced, now: float) -> Priced:
        overdue = [asset for asset in priced.missing if now - self._missing_since[asset] >= _OTHER_ROUTE_S]
        found = {asset: price for asset in overdue if (price := table.second_opinion(asset)) is not None}
        if not found:
            return priced
        missing = tuple(asset for asset in priced.missing if asset not in found)
        return Priced({**priced.prices, **found}, priced.unpriced, missing)

    def in_usd(self, amounts: Mapping[str, Decimal], asset: str) -> dict[str, Decimal]:
        """Amounts of `asset` at its price of now; PartialReading when it has none."""
        price = self.table().price(asset)
        if price is None:
            raise PartialReading(f"no usable price for {asset} in this cycle")
        return {name: times(amount, price.usd) for name, amount in amounts.items()}

    def price_at(self, asset: str, instant_ms: int) -> Price | None:
        """See `PastPrices.price`."""
        return PastPrices(self.symbols(), self._call, self._kept).price(asset, instant_ms)

    def prices_then(self, assets: Collection[str], instant_ms: int, call: Call) -> dict[str, Decimal | None]:
        """Several prices of one instant, asked with `call`; a pair that several routes share is asked once."""
        found = PastPrices(self.symbols(), call, self._kept).prices(assets, instant_ms)
        return {asset: None if price is None else price.usd for asset, price in found.items()}

    def _age_s(self) -> float:
        monotonic, now_ms = self._read_at
        return max(self._clock.monotonic() - monotonic, abs(self._clock.now_ms() - now_ms) / 1000)

    def _refresh(self) -> SymbolMap:
        try:
            found = SymbolMap(parsing.symbols(self._ask()))
        except ExchangeDown:
            if self._symbols is None:
                raise
            _log.warning("the list of pairs could not be read again; the last one serves on")
            found = self._symbols
        self._symbols = found
        self._read_at = (self._clock.monotonic(), self._clock.now_ms())
        return found

    def _ask(self) -> dict[str, object]:
        try:
            answer: dict[str, object] = self._call("exchange_info", {"showPermissionSets": "false"})
        except RequestRefused:
            # The parameter halves the answer but is younger than some compatible servers.
            answer = self._call("exchange_info")
        return answer
