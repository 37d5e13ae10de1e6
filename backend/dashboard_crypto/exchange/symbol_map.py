"""Which pairs exist, indexed by both sides. Which side an asset stands on is data, never a list of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

from dashboard_crypto.exchange.parsing import TRADING, Symbol

PAR_ASSET = "USDT"
"""One USDT counts as one USD: the stated assumption of the product."""

PREFERRED_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "USD1", "BUSD", "DAI", "BTC", "BNB", "ETH", "TRY", "EUR", "BRL")
"""Order in which quotes are tried; all others follow by name."""

_LONGEST_ROUTE = 3
_DIGITS = 34


PairPrice = Callable[[str], Decimal | None]


@dataclass(frozen=True, slots=True)
class Price:
    """USD per unit, and the pairs it came through, such as `NEARBTC x BTCUSDT` or `1/USDTTRY`."""

    usd: Decimal
    route: str


@dataclass(frozen=True, slots=True)
class Route:
    """The pairs that lead from an asset to USD; `True` beside a pair means that its price is inverted."""

    steps: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return " x ".join(f"1/{pair}" if inverted else pair for pair, inverted in self.steps) or "par"

    def price(self, pair_price: PairPrice) -> Price | None:
        """USD per unit (34 digits), or None if a pair on the way has no positive price."""
        usd = Decimal(1)
        with localcontext() as context:
            context.prec = _DIGITS
            for pair, inverted in self.steps:
                quoted = pair_price(pair)
                if quoted is None or quoted <= 0:
                    return None
                usd = usd / quoted if inverted else usd * quoted
        return Price(usd, str(self))


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

    def pairs(self) -> dict[str, tuple[str, str]]:
        """(base, quote) of every pair by its name."""
        return {name: (symbol.base, symbol.quote) for name, symbol in self._symbols.items()}

    def is_receipt(self, asset: str) -> bool:
        """Whether `asset` is a receipt of Simple Earn Flexible: LD in front, and no coin of that name (LDO is one)."""
        return asset.startswith("LD") and len(asset) > 2 and asset not in self._as_base

    def routes(self, asset: str, *, trading_only: bool = True) -> Iterator[Route]:
        """Ways from `asset` to USD in the documented order: as a base first, then as a quote.

        A route never visits an asset twice and has at most three pairs. Without `trading_only`, pairs that have stopped
        trading count too (for prices of the past).
        """
        return self._routes(asset, (asset,), trading_only)

    def _routes(self, asset: str, seen: tuple[str, ...], trading_only: bool) -> Iterator[Route]:
        if asset == PAR_ASSET:
            yield Route(())
            return
        if len(seen) > _LONGEST_ROUTE:
            return
        sides = [(pair, pair.quote, False) for pair in self._as_base.get(asset, ())]
        sides += [(pair, pair.base, True) for pair in self._as_quote.get(asset, ())]
        for pair, via, inverted in sides:
            if via in seen or (trading_only and pair.status != TRADING):
                continue
            rest = next(self._routes(via, (*seen, via), trading_only), None)
            if rest is not None:
                yield Route(((pair.name, inverted), *rest.steps))
