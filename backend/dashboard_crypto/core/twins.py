"""The same event told twice: by two endpoints, by a statement and the API, or by the owner and the exchange.

Matching is one to one and nearest first, so that two equal deposits on one day stay two.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from dashboard_crypto.core.model import SPOT
from dashboard_crypto.core.money import EXACT, RATIO, total
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.taxonomy import CLASSES
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS

T = TypeVar("T")

MANUAL_TOLERANCE_RATIO = Decimal("0.005")
MANUAL_TOLERANCE_MS = DAY_MS
INCOME_TOLERANCE_MS = 3 * HOUR_MS
EXTERNAL_TOLERANCE_MS = HOUR_MS
SAME_SECOND_MS = 1_999
"""Two times that may lie in neighbouring whole seconds: statements cut milliseconds off, and round differently."""

_SPECIFIC = frozenset({"flexible_reward", "locked_reward", "soft_staking_reward", "boost_reward", "rebate"})
_HISTORY = "statement_transactions"
_BONUS = "simple earn flexible - rewards income"
_GENERAL_KINDS = frozenset({"earn_reward", "staking_reward", "rebate"})


@dataclass(frozen=True, slots=True)
class FlowFact:
    """A cash flow for comparison. `quantity` and `amount_usd` are signed; one of them may be unknown."""

    key: str
    instant_ms: int
    asset: str | None
    quantity: Decimal | None
    amount_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Twin:
    """A manual and an imported flow that look like the same one; offered for linking, never linked by itself."""

    manual_key: str
    imported_key: str
    apart_ms: int
    difference_ratio: Decimal


@dataclass(frozen=True, slots=True)
class _Item:
    asset: str
    amount: Decimal
    instant_ms: int
    tolerance_ms: int
    keys: tuple[str, ...]


def manual_twins(manual: Iterable[FlowFact], imported: Iterable[FlowFact]) -> tuple[Twin, ...]:
    """Pairs with the same sign, amounts within 0.5 % and times within 24 hours, best first."""
    ordered = sorted(imported, key=lambda fact: fact.instant_ms)
    times = [fact.instant_ms for fact in ordered]
    candidates = []
    for one in manual:
        for position in range(bisect_left(times, one.instant_ms - MANUAL_TOLERANCE_MS), len(ordered)):
            other = ordered[position]
            apart_ms = abs(other.instant_ms - one.instant_ms)
            if other.instant_ms - one.instant_ms > MANUAL_TOLERANCE_MS:
                break
            ratio = _difference_ratio(one, other)
            if ratio is not None and ratio <= MANUAL_TOLERANCE_RATIO:
                candidates.append(Twin(one.key, other.key, apart_ms, ratio))
    candidates.sort(key=lambda twin: (twin.apart_ms, twin.difference_ratio, twin.manual_key, twin.imported_key))
    return tuple(_one_to_one(candidates, lambda twin: (twin.manual_key, twin.imported_key)))


def echoes(movements: Iterable[Movement]) -> frozenset[str]:
    """Keys of records that only repeat another one; leave these out.

    General dividend records repeat the rewards and rebates of the specific endpoints. Transaction histories since 2026
    tell a flexible bonus twice, in the Earn account and, where it is paid, in spot.
    """
    listed = list(movements)
    general = [m for m in listed if m.source == "dividend" and m.kind in _GENERAL_KINDS]
    specific = [m for m in listed if m.source in _SPECIFIC]
    bonuses = [m for m in listed if m.source == _HISTORY and m.kind == "earn_reward" and _BONUS in m.group]
    paid = [m for m in listed if m.source == _HISTORY and m.kind == "earn_reward" and m.wallet == SPOT]
    pairs = _pairs(map(_item, general), map(_item, specific)) + _pairs(map(_item, bonuses), map(_item, paid))
    return frozenset(key for left, _ in pairs for key in left.keys)


def statement_twins(statement: Sequence[Movement], api: Sequence[Movement]) -> frozenset[str]:
    """Keys of the statement's movements that the API (or a better statement) tells as well; leave these out.

    Same transaction id; or same asset and exact amount in the same second (flows: within an hour, income: three);
    or the sums of one asset in one second agree, since a statement may merge a fee or the fills of an order. An
    internal move is told as a whole or not at all, or half of it would be left as a loss.
    """
    by_api = {mark for m in api if (mark := _transaction_mark(m))}
    by_statement = {mark for m in statement if (mark := _transaction_mark(m))}
    told = {m.key for m in statement if _transaction_mark(m) in by_api}
    known = {m.key for m in api if _transaction_mark(m) in by_statement}
    left = [m for m in statement if m.key not in told]
    right = [m for m in api if m.key not in known]
    for item_of in (_singles, _bundles):
        pairs = _pairs(item_of(left), item_of(right))
        told.update(key for one, _ in pairs for key in one.keys)
        used = {key for _, other in pairs for key in other.keys}
        left = [m for m in left if m.key not in told]
        right = [m for m in right if m.key not in used]
    known_moves = {m.group for m in statement if m.key in told and CLASSES[m.kind] == "internal"}
    return frozenset(told | {m.key for m in statement if m.group in known_moves})


def _transaction_mark(movement: Movement) -> tuple[str, str] | None:
    """Blockchain transaction and asset; a remark or a method in `reference` identifies nothing."""
    is_chain = movement.kind in {"deposit", "withdrawal", "withdrawal_fee"}
    if not is_chain or not movement.reference or movement.source == _HISTORY:
        return None
    return movement.reference.lower(), movement.asset


def _singles(movements: Iterable[Movement]) -> list[_Item]:
    return [_item(movement) for movement in movements]


def _bundles(movements: Iterable[Movement]) -> list[_Item]:
    grouped: defaultdict[tuple[str, int], list[Movement]] = defaultdict(list)
    for movement in movements:
        grouped[movement.asset, movement.instant_ms // 1000].append(movement)
    return [
        _Item(
            asset,
            total(movement.amount for movement in group),
            second * 1000,
            max(_tolerance_ms(movement) for movement in group),
            tuple(movement.key for movement in group),
        )
        for (asset, second), group in grouped.items()
    ]


def _item(movement: Movement) -> _Item:
    return _Item(movement.asset, movement.amount, movement.instant_ms, _tolerance_ms(movement), (movement.key,))


def _tolerance_ms(movement: Movement) -> int:
    match CLASSES[movement.kind]:
        case "external":
            return EXTERNAL_TOLERANCE_MS
        case "income":
            return INCOME_TOLERANCE_MS
        case _:
            return SAME_SECOND_MS


def _pairs(left: Iterable[_Item], right: Iterable[_Item]) -> list[tuple[_Item, _Item]]:
    shelf: defaultdict[tuple[str, Decimal], list[_Item]] = defaultdict(list)
    for item in right:
        shelf[item.asset, item.amount].append(item)
    candidates = [
        (one, other)
        for one in left
        for other in shelf.get((one.asset, one.amount), ())
        if abs(one.instant_ms - other.instant_ms) <= max(one.tolerance_ms, other.tolerance_ms)
    ]
    candidates.sort(key=lambda pair: (abs(pair[0].instant_ms - pair[1].instant_ms), pair[0].keys, pair[1].keys))
    return _one_to_one(candidates, lambda pair: (pair[0].keys[0], pair[1].keys[0]))


def _one_to_one(candidates: Iterable[T], keys_of: Callable[[T], tuple[str, str]]) -> list[T]:
    used_left: set[str] = set()
    used_right: set[str] = set()
    chosen = []
    for candidate in candidates:
        left, right = keys_of(candidate)
        if left not in used_left and right not in used_right:
            used_left.add(left)
            used_right.add(right)
            chosen.append(candidate)
    return chosen


def _difference_ratio(one: FlowFact, other: FlowFact) -> Decimal | None:
    if one.asset and other.asset:
        if one.asset != other.asset:
            return None
        first, second = one.quantity, other.quantity
    else:
        first, second = one.amount_usd, other.amount_usd
    if first is None or second is None or not first or not second or (first > 0) != (second > 0):
        return None
    return RATIO.divide(abs(EXACT.subtract(first, second)), max(abs(first), abs(second)))
