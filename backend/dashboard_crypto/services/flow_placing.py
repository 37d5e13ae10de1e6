"""Where exactly a cash flow stands among the readings, and what was held just before it.

The exchange's time of a deposit and the moment when the balance shows it can differ: by the second that a reading
takes, or by the minutes of a late booking. If the return were cut at one and the value jumped at the other, money
would look like performance. So a flow is put where the logged quantities really changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.db.records import HoldingSet

MINUTE_MS = 60_000
LATEST_MS = 60 * MINUTE_MS
"""How long after its reported time a flow may show up in the balances."""
CLOSE_READINGS_MS = 2 * MINUTE_MS
_SMALL_RESIDUAL = Decimal("0.005")

Jump = tuple[HoldingSet, HoldingSet]


@dataclass(frozen=True, slots=True)
class Placed:
    """`holdings` are the quantities just before `instant_ms`, None if nobody knows; `is_final` False means that a later
    reading may tell more."""

    instant_ms: int
    holdings: Mapping[str, Decimal] | None
    is_final: bool


@dataclass(frozen=True, slots=True)
class Movement:
    """A reported change of quantity; negative when it leaves."""

    asset: str
    quantity: Decimal
    reported_ms: int


def place_movement(
    movement: Movement, sets: Sequence[HoldingSet], others: Sequence[Movement], *, earliest_ms: int
) -> Placed:
    """Place a flow whose asset and quantity are known.

    `sets` are the logged holdings around it, oldest first; `others` the other known movements there; `earliest_ms` is
    how long before its reported time the balance may have changed.
    """
    at_ms = movement.reported_ms
    before = [held for held in sets if held.instant_ms < at_ms]
    if not before:
        return Placed(at_ms, None, is_final=True)
    last, following = before[-1], next((held for held in sets if held.instant_ms >= at_ms), None)
    if last.confirmed_until_ms < at_ms and following is not None and _shows(movement, (last, following)):
        return _between(movement, (last, following), others)
    found = place_jump(at_ms, sets, lambda jump: _shows(movement, jump), earliest_ms=earliest_ms)
    if found is not None:
        return found
    return Placed(at_ms, None, is_final=sets[-1].confirmed_until_ms >= at_ms + LATEST_MS)


def place_jump(
    at_ms: int, sets: Sequence[HoldingSet], matches: Callable[[Jump], bool], *, earliest_ms: int
) -> Placed | None:
    """The change of holdings nearest to `at_ms` that `matches`."""
    near = [jump for jump in pairwise(sets) if -earliest_ms <= jump[1].instant_ms - at_ms <= LATEST_MS]
    for jump in sorted(near, key=lambda jump: abs(jump[1].instant_ms - at_ms)):
        if matches(jump):
            return Placed(jump[1].instant_ms, jump[0].quantities, is_final=True)
    return None


def difference(jump: Jump) -> dict[str, Decimal]:
    """Quantities that changed, by asset."""
    old, new = jump[0].quantities, jump[1].quantities
    changes = {asset: EXACT.subtract(new.get(asset, ZERO), old.get(asset, ZERO)) for asset in {*old, *new}}
    return {asset: change for asset, change in changes.items() if change}


def _shows(movement: Movement, jump: Jump) -> bool:
    """The asset moved at least as far, the same way (0.1 % is left for fees and rounding)."""
    change = difference(jump).get(movement.asset, ZERO)
    way = 1 if movement.quantity > 0 else -1
    return change * way >= abs(movement.quantity) * Decimal("0.999")


def _between(movement: Movement, jump: Jump, others: Sequence[Movement]) -> Placed:
    last, following = jump
    inside = [other for other in others if last.confirmed_until_ms < other.reported_ms <= following.instant_ms]
    held = dict(last.quantities)
    residual = difference(jump)
    for other in (*inside, movement):
        residual[other.asset] = EXACT.subtract(residual.get(other.asset, ZERO), other.quantity)
        if other.reported_ms < movement.reported_ms:
            held[other.asset] = EXACT.add(held.get(other.asset, ZERO), other.quantity)
    close = following.instant_ms - last.confirmed_until_ms <= CLOSE_READINGS_MS
    quiet = all(abs(rest) <= _SMALL_RESIDUAL * _size(jump, asset) for asset, rest in residual.items())
    # Over a long silence other things may have happened before or after the flow: then nobody knows what was held.
    return Placed(movement.reported_ms, held if close or quiet else None, is_final=True)


def _size(jump: Jump, asset: str) -> Decimal:
    return max(abs(held.quantities.get(asset, ZERO)) for held in jump)
