"""Two doubts about readings that are well formed and still hard to believe.

Both compare with the reading before and only when that is at most two minutes old: over an hour anything may happen.
They hold no clock and ask nobody, so that they can be tested by arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

_COMPARABLE_MS = 120_000
_EQUAL_READS = 3
_HOLD_MS = 600_000
_JUMP = Decimal("0.3")
_AGREEMENT = Decimal("0.1")
_HELD_TICKS = 3

Amounts = Mapping[str, Decimal]


class VanishingDoubt:
    """Doubts a reading in which at least half of the assets are gone and nothing has come in their place.

    It is believed after three readings with the same assets over at least ten minutes, or when `explained` says so
    (a withdrawal was found). A sale is no reason for doubt: what it brought is there.
    """

    def __init__(self) -> None:
        self._believed: dict[str, Decimal] = {}
        self._last_ms: int | None = None
        self._doubted: frozenset[str] | None = None
        self._since_ms = 0
        self._reads = 0

    def judge(
        self, quantities: Amounts, now_ms: int, explained: Callable[[frozenset[str]], bool] | None = None
    ) -> str | None:
        """The reason for doubt, or None when the reading is believed (and becomes the one to compare with)."""
        comparable = self._last_ms is not None and 0 <= now_ms - self._last_ms <= _COMPARABLE_MS
        self._last_ms = now_ms
        gone = self._gone(quantities) if comparable else frozenset()
        if not gone or self._is_settled(frozenset(quantities), now_ms) or (explained and explained(gone)):
            self._believed = dict(quantities)
            self._doubted = None
            return None
        return f"suspect: {len(gone)} of {len(self._believed)} assets disappeared without a withdrawal"

    def _gone(self, quantities: Amounts) -> frozenset[str]:
        gone = frozenset(self._believed) - frozenset(quantities)
        grown = any(quantity > self._believed.get(asset, 0) for asset, quantity in quantities.items())
        return frozenset() if grown or 2 * len(gone) < len(self._believed) else gone

    def _is_settled(self, assets: frozenset[str], now_ms: int) -> bool:
        if assets != self._doubted:
            self._doubted, self._since_ms, self._reads = assets, now_ms, 0
        self._reads += 1
        return self._reads >= _EQUAL_READS and now_ms - self._since_ms >= _HOLD_MS


class JumpDoubt:
    """Doubts a price that has moved by more than 30 % since the reading before, unless a second pair agrees.

    It is believed at the third tick in a row that stays at the new level.
    """

    def __init__(self) -> None:
        self._believed: dict[str, Decimal] = {}
        self._last_ms: int | None = None
        self._held: dict[str, tuple[Decimal, int]] = {}

    def judge(
        self, prices: Amounts, now_ms: int, second_opinion: Callable[[str], Decimal | None] | None = None
    ) -> str | None:
        """The reason for doubt, or None when all prices are believed."""
        comparable = self._last_ms is not None and 0 <= now_ms - self._last_ms <= _COMPARABLE_MS
        self._last_ms = now_ms
        jumped = [asset for asset, price in prices.items() if comparable and self._jumps(asset, price)]
        doubted = [asset for asset in jumped if not self._confirmed(asset, prices[asset], second_opinion)]
        self._held = {asset: held for asset, held in self._held.items() if asset in doubted}
        if doubted:
            return f"suspect price: {', '.join(sorted(doubted)[:5])} moved by more than 30 % within two minutes"
        self._believed = dict(prices)
        return None

    def _jumps(self, asset: str, price: Decimal) -> bool:
        before = self._believed.get(asset)
        return before is not None and _moved(before, price) > _JUMP

    def _confirmed(self, asset: str, price: Decimal, second_opinion: Callable[[str], Decimal | None] | None) -> bool:
        other = second_opinion(asset) if second_opinion else None
        if other is not None and _moved(other, price) <= _AGREEMENT:
            return True
        level, ticks = self._held.get(asset, (price, 0))
        ticks = ticks + 1 if _moved(level, price) <= _JUMP else 1
        self._held[asset] = (price, ticks)
        return ticks >= _HELD_TICKS


def _moved(before: Decimal, after: Decimal) -> Decimal:
    """Relative move, the same for up and down: 0.3 means a third more, or back again."""
    low, high = sorted((before, after))
    return high / low - 1
