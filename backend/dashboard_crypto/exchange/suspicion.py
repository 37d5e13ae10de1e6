"""A doubt about prices that are well formed and still hard to believe.

It compares with the reading before and only when that is at most two minutes old: over an hour anything may happen.
It holds no clock and asks nobody, so that it can be tested by arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

_COMPARABLE_MS = 120_000
_JUMP = Decimal("0.3")
_AGREEMENT = Decimal("0.1")
_HELD_TICKS = 3

Amounts = Mapping[str, Decimal]


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
