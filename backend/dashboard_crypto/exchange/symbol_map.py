"""Which pairs exist, indexed by both sides. Which side an asset stands on is data, never a list of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

from dashboard_crypto.exchange.parsing import TRADING, Symbol

PAR_ASSET = "USDT"
"""One USDT counts as one USD: the stated assumption of the product."""

PREFERRED_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "USD1", "BTC", "BNB", "ETH", "TRY", "EUR", "BRL")
"""Order in which quotes are tried; all others follow by name."""

_LONGEST_ROUTE = 3
_DIGITS = 34


@dataclass(frozen=True, slots=True)
class Price:
    """USD per unit, and the pairs it came through, such as `NEARBTC x BTCUSDT` or `1/USDTTRY`."""

    usd: Decimal
    route: str


PairPrice = Callable[[str], Decimal | None]


def _rank(asset: str) -> tuple[int, str]:
    known = asset in PREFERRED_QUOTES
    return (PREFERRED_QUOTES.index(asset) if known else len(PREFERRED_QUOTES), asset)


class SymbolMap:
    """All pairs of the exchange. Immutable after construction."""

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self._symbols = {symbol.name: symbol for symbol in symbols}
        self._as_base: dict[str, list[Symbol]] = {}
        self._as_quote: dict[str, list[Symbol]] = {}
        for symbol in self._symbols.values():
            self._as_base.setdefault(symbol.base, []).append(symbol)
            self._as_quote.setdefault(symbol.quote, []).append(symbol)
        for pairs in self._as_base.values():
            pairs.sort(key=lambda pair: _rank(pair.quote))
        for pairs in self._as_quote.values():
            pairs.sort(key=lambda pair: _rank(pair.base))

    def is_trading(self, name: str) -> bool:
        """Whether the pair exists and trades."""
        symbol = self._symbols.get(name)
        return symbol is not None and symbol.status == TRADING

    def is_receipt(self, asset: str) -> bool:
        """Whether `asset` is a receipt of Simple Earn Flexible: LD in front, and no coin of that name (LDO is one)."""
        return asset.startswith("LD") and len(asset) > 2 and asset not in self._as_base

    def price(self, asset: str, pair_price: PairPrice) -> Price | None:
        """The first route to USD on which every pair has a positive price, or None."""
        return next(self.prices(asset, pair_price), None)

    def prices(self, asset: str, pair_price: PairPrice) -> Iterator[Price]:
        """All routes in the documented order; a route never visits an asset twice and has at most three pairs."""
        return self._routes(asset, pair_price, (asset,))

    def _routes(self, asset: str, pair_price: PairPrice, seen: tuple[str, ...]) -> Iterator[Price]:
        if asset == PAR_ASSET:
            yield Price(Decimal(1), "par")
            return
        if len(seen) > _LONGEST_ROUTE:
            return
        for pair in self._as_base.get(asset, ()):
            yield from self._through(pair.quote, pair, pair_price, seen)
        for pair in self._as_quote.get(asset, ()):
            yield from self._through(pair.base, pair, pair_price, seen)

    def _through(self, via: str, pair: Symbol, pair_price: PairPrice, seen: tuple[str, ...]) -> Iterator[Price]:
        if via in seen:
            return
        quoted = pair_price(pair.name)
        if quoted is None or quoted <= 0:
            return
        rest = next(self._routes(via, pair_price, (*seen, via)), None)
        if rest is None:
            return
        inverse = pair.base == via
        step = f"1/{pair.name}" if inverse else pair.name
        with localcontext() as context:
            context.prec = _DIGITS
            usd = rest.usd / quoted if inverse else rest.usd * quoted
        yield Price(usd, step if rest.route == "par" else f"{step} x {rest.route}")
