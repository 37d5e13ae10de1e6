"""Coins that the exchange renamed or redenominated: the balance changes its name, and no record tells of it.

The table only says what may be assumed. A swap is booked for as much as left under the old name and came under the new
one without a record; where the exchange did write records, nothing is left to assume. What does not fit stays an
opening or a gap, reported as not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from dashboard_crypto.core.model import SPOT
from dashboard_crypto.core.money import EXACT, ONE, RATIO, ZERO, times
from dashboard_crypto.core.movement import IN_TRANSIT, Event, Movement

SOURCE = "rename"
_AGREE_RATIO = Decimal("0.02")
"""What left and what came may differ by this much: interest, or a fee of the swap."""


@dataclass(frozen=True, slots=True)
class Rename:
    """From about `instant_ms` on, one `old` is `ratio` of `new`. Records around it move the instant."""

    old: str
    new: str
    ratio: Decimal
    instant_ms: int


def _rename(old: str, new: str, ratio: Decimal, when: str) -> Rename:
    instant = datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return Rename(old, new, ratio, int(instant.timestamp()) * 1000)


KNOWN: tuple[Rename, ...] = (
    # Each by the exchange's announcement of the swap: its ratio, and when trading under the new name opened (UTC).
    _rename("VEN", "VET", Decimal(100), "2018-07-25 00:00"),  # announced as completed on 2018-07-24
    _rename("LEND", "AAVE", Decimal("0.01"), "2020-10-15 00:00"),  # the project's migration contract; day not certain
    _rename("BUSD", "FDUSD", ONE, "2024-01-02 03:00"),  # automatic conversion of what was left
    _rename("MATIC", "POL", ONE, "2024-09-13 10:00"),
    _rename("KLAY", "KAIA", ONE, "2024-10-31 08:00"),
    _rename("FTM", "S", ONE, "2025-01-16 08:00"),
    _rename("OM", "MANTRA", Decimal(4), "2026-03-04 08:00"),
)


def unrecorded_swaps(
    quantities: Mapping[str, Decimal], movements: Iterable[Movement], now_ms: int, renames: Sequence[Rename] = KNOWN
) -> tuple[Movement, ...]:
    """The exchanges that must have happened, as movements to add before rebuilding; oldest first.

    `quantities` are the balances read at `now_ms`, all wallets together.
    """
    past: defaultdict[str, list[Movement]] = defaultdict(list)
    for movement in movements:
        if movement.instant_ms <= now_ms and movement.wallet != IN_TRANSIT:
            past[movement.asset].append(movement)
    found: list[Movement] = []
    for rename in sorted(renames, key=lambda rename: rename.instant_ms):
        legs = _swap(rename, quantities, past)
        found.extend(legs)
        for leg in legs:
            past[leg.asset].append(leg)
    return tuple(found)


def latest_swap_ms(
    quantities: Mapping[str, Decimal], movements: Iterable[Movement], renames: Sequence[Rename] = KNOWN
) -> int:
    """When the last swap of a coin that is held or was moved can have been, whatever older records say; 0: never."""
    last_ms: dict[str, int] = {asset: 0 for asset, quantity in quantities.items() if quantity}
    for movement in movements:
        last_ms[movement.asset] = max(movement.instant_ms, last_ms.get(movement.asset, 0))
    swaps = [max(r.instant_ms, last_ms.get(r.old, 0)) for r in renames if r.old in last_ms or r.new in last_ms]
    return max(swaps, default=0)


def _swap(
    rename: Rename, quantities: Mapping[str, Decimal], past: Mapping[str, Sequence[Movement]]
) -> tuple[Movement, ...]:
    old, new = past.get(rename.old, ()), past.get(rename.new, ())
    left = _unrecorded(quantities.get(rename.old, ZERO), old)
    came = _unrecorded(quantities.get(rename.new, ZERO), new)
    if left >= 0 or came <= 0:
        return ()
    swapped, received = EXACT.minus(left), times(EXACT.minus(left), rename.ratio)
    if abs(received - came) > times(max(received, came), _AGREE_RATIO):
        # Some of it went or came otherwise: only what both sides show can have been swapped.
        received = min(received, came)
        swapped = RATIO.divide(received, rename.ratio)
    at_ms = _instant(rename, old, new)
    event = Event(SOURCE, f"{SOURCE}:{rename.old}:{rename.new}", "", at_ms, f"{rename.old} became {rename.new}")
    return (
        event.leg("out", "swap", rename.old, EXACT.minus(swapped), SPOT),
        event.leg("in", "swap", rename.new, min(received, came), SPOT),
    )


def _unrecorded(now: Decimal, movements: Sequence[Movement]) -> Decimal:
    """What the balance has more (> 0) or less than all its records make."""
    for movement in movements:
        now = EXACT.subtract(now, movement.amount)
    return now


def _instant(rename: Rename, old: Sequence[Movement], new: Sequence[Movement]) -> int:
    """The told instant, unless records say that the old name was used later, or the new one left before."""
    latest_ms = min((movement.instant_ms - 1 for movement in new if movement.amount < 0), default=rename.instant_ms)
    earliest_ms = max(movement.instant_ms for movement in old)
    return max(min(rename.instant_ms, latest_ms), earliest_ms)
