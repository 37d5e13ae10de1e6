"""Quantities of the past, rebuilt backwards from today's exact balances through the recorded movements.

Walking backwards keeps the end exact: today's balances are facts, records of long ago may be missing. Where they are,
one of two things shows, and each is reported as an assumption instead of being hidden:

- an *opening*: an asset that was already there before its first record;
- a *gap*: going back over an arrival would leave less than nothing, so some of it must have left without a record;
  it is assumed to have left right after it arrived (the latest moment that needs no other assumption).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.movement import IN_TRANSIT, Movement
from dashboard_crypto.core.taxonomy import EVERYTHING, Scope
from dashboard_crypto.core.timekeys import HOUR_MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gap:
    """`quantity` (negative) of `asset` that must have left without a record, assumed at `instant_ms`."""

    asset: str
    instant_ms: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class AssetHistory:
    """`quantities[0]` is held before the first change, `quantities[i + 1]` from `instants_ms[i]` on, that included."""

    asset: str
    instants_ms: tuple[int, ...]
    quantities: tuple[Decimal, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def opening(self) -> Decimal:
        """Held before the first record: an assumption, zero when the records reach back to the first coin."""
        return self.quantities[0]

    def at(self, instant_ms: int) -> Decimal:
        """Quantity with everything stamped at the instant included."""
        return self.quantities[bisect_right(self.instants_ms, instant_ms)]

    def before(self, instant_ms: int) -> Decimal:
        """Quantity just before the instant."""
        return self.quantities[bisect_left(self.instants_ms, instant_ms)]


@dataclass(frozen=True, slots=True)
class QuantityHistory:
    """Every asset ever held, by name. `first_ms` is the first recorded change, None if there is none at all."""

    assets: Mapping[str, AssetHistory]
    first_ms: int | None
    now_ms: int

    @property
    def names(self) -> tuple[str, ...]:
        """The assets in the order of the columns of every matrix."""
        return tuple(self.assets)

    @property
    def openings(self) -> dict[str, Decimal]:
        """Assumed opening balances; empty when everything rests on records."""
        return {name: history.opening for name, history in self.assets.items() if history.opening}

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Assumed departures without a record, oldest first."""
        found = [gap for history in self.assets.values() for gap in history.gaps]
        return tuple(sorted(found, key=lambda gap: (gap.instant_ms, gap.asset)))

    def before(self, instant_ms: int) -> dict[str, Decimal]:
        """What was held just before the instant; assets of which nothing was held are left out."""
        held = {name: history.before(instant_ms) for name, history in self.assets.items()}
        return {name: quantity for name, quantity in held.items() if quantity}

    def matrix(self, instants_ms: Ints) -> Floats:
        """Quantities as float64, one row per instant (changes at the instant included), one column per asset."""
        result = np.empty((len(instants_ms), len(self.assets)))
        for column, history in enumerate(self.assets.values()):
            steps = np.searchsorted(np.array(history.instants_ms, dtype=np.int64), instants_ms, side="right")
            result[:, column] = np.array([float(quantity) for quantity in history.quantities])[steps]
        return result

    def hours(self) -> Ints:
        """The whole hours from just before the first record until now; empty without records.

        The first hour lies strictly before the first change, so that a history starts from what was there before.
        """
        if self.first_ms is None:
            return np.empty(0, dtype=np.int64)
        start = (self.first_ms - 1) // HOUR_MS * HOUR_MS
        return np.arange(start, self.now_ms + 1, HOUR_MS, dtype=np.int64)


def rebuild(
    holdings: Iterable[Holding],
    movements: Iterable[Movement],
    now_ms: int,
    scope: Scope = EVERYTHING,
    *,
    has_transit: bool = False,
) -> QuantityHistory:
    """Quantities per asset, all wallets of the scope together, exact at every change.

    `holdings` are the balances read at `now_ms`, net of debt; movements stamped later have not happened yet. Coins in
    transit are counted from the movements, unless the balances have them already (`has_transit`). Only an asset that is
    owed today, or was ever borrowed, may be negative.
    """
    now: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    changes: defaultdict[str, dict[int, Decimal]] = defaultdict(dict)
    debtors: set[str] = set()
    for holding in holdings:
        if holding.wallet != IN_TRANSIT and scope.holds(holding.wallet):
            now[holding.asset] = EXACT.add(now[holding.asset], holding.quantity)
    past = [m for m in movements if m.instant_ms <= now_ms and scope.holds(m.wallet)]
    for asset, quantity in ({} if has_transit else in_transit(past, now_ms)).items():
        now[asset] = EXACT.add(now[asset], quantity)
    for movement in past:
        of_asset = changes[movement.asset]
        of_asset[movement.instant_ms] = EXACT.add(of_asset.get(movement.instant_ms, ZERO), movement.amount)
        if movement.kind in {"loan", "interest"}:
            debtors.add(movement.asset)
    names = sorted(name for name in now.keys() | changes.keys() if now[name] or changes.get(name))
    debtors.update(name for name in names if now[name] < 0)
    histories = {name: _backwards(name, now[name], changes.get(name, {}), name in debtors) for name in names}
    firsts = [instant for of_asset in changes.values() for instant in of_asset]
    return QuantityHistory(histories, min(firsts, default=None), now_ms)


def in_transit(movements: Iterable[Movement], now_ms: int) -> dict[str, Decimal]:
    """Coins that are owned but in no wallet at `now_ms`; a live reading must add them, or they look lost on the way."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for movement in movements:
        if movement.wallet == IN_TRANSIT and movement.instant_ms <= now_ms:
            sums[movement.asset] = EXACT.add(sums[movement.asset], movement.amount)
    return {asset: quantity for asset, quantity in sums.items() if quantity}


def value_before(
    history: QuantityHistory, instant_ms: int, price_at: Callable[[str, int], Decimal | None]
) -> tuple[Decimal, tuple[str, ...]]:
    """Exact USD value just before the instant, and the held assets without a price (they are not counted).

    This is the `value_before` of a cash flow at the instant: holdings before the flow at the flow's own prices.
    """
    held = history.before(instant_ms)
    prices = {name: price_at(name, instant_ms) for name in held}
    worth = [times(held[name], price) for name, price in prices.items() if price is not None]
    return total(worth), tuple(name for name, price in prices.items() if price is None)


def _backwards(asset: str, now: Decimal, changes: Mapping[int, Decimal], may_be_negative: bool) -> AssetHistory:
    instants = sorted(instant for instant, change in changes.items() if change)
    quantity, quantities, gaps = now, [now], []
    for instant in reversed(instants):
        earlier = EXACT.subtract(quantity, changes[instant])
        if earlier < 0 and earlier < quantity and not may_be_negative:
            gaps.append(Gap(asset, instant, earlier))
            earlier = ZERO
        quantity = earlier
        quantities.append(quantity)
    return AssetHistory(asset, tuple(instants), tuple(reversed(quantities)), tuple(reversed(gaps)))
