"""Which coins the account has had to do with, and which of them moved lately: they tell whose trades to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

_NAMES = (
    "asset", "coin", "fromAsset", "toAsset", "cryptoCurrency", "fiatCurrency", "currency", "rewardAsset", "token",
    "distributeAsset", "commissionAsset",
)  # fmt: skip


class Coins:
    """Lives as long as the process; what it forgets with it, a full round of trades makes up for.

    `moved` are the coins of which quantities have changed since the last round began; None when that is not known.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.moved: frozenset[str] | None = None
        self._quantities: Mapping[str, Decimal] | None = None
        self._moving: set[str] = set()
        self._is_watched = False

    def note_quantities(self, quantities: Mapping[str, Decimal]) -> None:
        """A reading of the whole account."""
        self.seen |= quantities.keys()
        before = self._quantities
        if before is not None:
            both = before.keys() | quantities.keys()
            self._moving |= {coin for coin in both if before.get(coin) != quantities.get(coin)}
        self._quantities = dict(quantities)

    def note_records(self, records: Iterable[Mapping[str, object]]) -> None:
        """Coins named by records of the past."""
        self.seen.update(str(row[name]) for row in records for name in _NAMES if row.get(name))

    def begin_round(self) -> bool:
        """Fix what has moved; False if that is not known. A round that begins twice loses nothing."""
        self._is_watched = self._quantities is not None
        if self.moved is not None:
            self.moved |= self._moving
        self._moving.clear()
        return self.moved is not None

    def end_round(self) -> None:
        """All trades of the coins that had moved are read."""
        self.moved = frozenset() if self._is_watched else None
