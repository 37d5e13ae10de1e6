"""A balance change that no record explains. Unnoticed, an unrecorded deposit is reported as return for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.money import EXACT, RATIO, ZERO, times, total
from dashboard_crypto.core.movement import Movement

LIMIT_USD = Decimal(25)
LIMIT_RATIO = Decimal("0.02")
_DUST_RATIO = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class JumpPart:
    """The part of one asset's change that no record explains. `amount_usd` None: no price."""

    asset: str
    quantity: Decimal
    amount_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Jump:
    """An unexplained change between two readings, in `(after_ms, until_ms]`.

    `amount_usd` is its net worth at the later prices, > 0 when money seems to have come in. `asset` and `quantity`
    are those of the suggested cash flow, None when several assets changed at once (then only the amount is suggested).
    """

    after_ms: int
    until_ms: int
    amount_usd: Decimal
    limit_usd: Decimal
    asset: str | None
    quantity: Decimal | None
    parts: tuple[JumpPart, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Quantities per asset, all valued wallets together, at one instant."""

    instant_ms: int
    quantities: Mapping[str, Decimal]


def find_jump(
    before: Reading, after: Reading, prices_usd: Mapping[str, Decimal], movements: Iterable[Movement]
) -> Jump | None:
    """The jump between two readings, None if what changed is explained by `movements` or is too small.

    Too small: net at most max(25 USD, 2 % of the earlier quantities at the later prices), so that trades whose records
    are late do not count (they exchange equal values). Prices alone never make a jump. Only movements in
    `(before, after]` are looked at, and only those of valued wallets may be given.
    """
    parts = _unexplained(before, after, prices_usd, movements)
    net = total(part.amount_usd for part in parts if part.amount_usd is not None)
    earlier = total(times(quantity, prices_usd.get(asset, ZERO)) for asset, quantity in before.quantities.items())
    limit = max(LIMIT_USD, RATIO.multiply(abs(earlier), LIMIT_RATIO))
    if abs(net) <= limit:
        return None
    main = _only_part(parts, net)
    return Jump(
        after_ms=before.instant_ms,
        until_ms=after.instant_ms,
        amount_usd=net,
        limit_usd=limit,
        asset=main.asset if main else None,
        quantity=main.quantity if main else None,
        parts=parts,
    )


def _unexplained(
    before: Reading, after: Reading, prices_usd: Mapping[str, Decimal], movements: Iterable[Movement]
) -> tuple[JumpPart, ...]:
    change: dict[str, Decimal] = dict(after.quantities)
    for asset, quantity in before.quantities.items():
        change[asset] = EXACT.subtract(change.get(asset, ZERO), quantity)
    for movement in movements:
        if before.instant_ms < movement.instant_ms <= after.instant_ms:
            change[movement.asset] = EXACT.subtract(change.get(movement.asset, ZERO), movement.amount)
    parts = [JumpPart(asset, rest, _worth(rest, prices_usd.get(asset))) for asset, rest in change.items() if rest]
    return tuple(sorted(parts, key=lambda part: (-abs(part.amount_usd or ZERO), part.asset)))


def _worth(quantity: Decimal, price: Decimal | None) -> Decimal | None:
    return None if price is None else times(quantity, price)


def _only_part(parts: tuple[JumpPart, ...], net: Decimal) -> JumpPart | None:
    """The one part that makes up the jump; a second one above 1 % of it makes the cause unclear."""
    large = [part for part in parts if abs(part.amount_usd or ZERO) > RATIO.multiply(abs(net), _DUST_RATIO)]
    return large[0] if len(large) == 1 else None
