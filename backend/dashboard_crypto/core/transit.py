"""Which redemptions of staked coins are under way, and which have arrived although their record does not say so.

Judged from one stored reading to the next, by what came and what the records explain: nothing is remembered but what
is stored with a reading, so a restart, a kill or another process makes no difference. Decision 0059 gives the rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations

from dashboard_crypto.core.model import (
    EARN_FLEXIBLE,
    EARN_LOCKED,
    FUNDING,
    SPOT,
    AccountReading,
    Balance,
    Holding,
    Redemption,
    Transit,
)
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.movement import IN_TRANSIT, Movement

SHORT_MS = 180_000
"""Between two readings in a row nobody takes away exactly what has just come."""
QUIET_MS = 1_800_000
"""The same, as long as no other coin moved."""
NOTICEABLE_USD = Decimal(1)
SAME_RATIO = Decimal("0.01")
"""What came is what was expected if it differs by less: interest, rounding."""
MOST_AT_ONCE = 10
_WALLETS = frozenset({SPOT, FUNDING, EARN_FLEXIBLE, EARN_LOCKED})
"""Where coins arrive, and where they may have been moved at once. Margin and futures change by themselves."""

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Before:
    """The stored reading: quantities in the wallets that are compared, and what was under way and counted then.

    `transit` is None if it was stored by a program that did not keep it. The account before its first reading is the
    empty one of instant 0.
    """

    instant_ms: int = 0
    quantities: Amounts = field(default_factory=dict)
    in_transit: Amounts = field(default_factory=dict)
    prices_usd: Amounts = field(default_factory=dict)
    transit: Transit | None = field(default_factory=Transit)


@dataclass(frozen=True, slots=True)
class Known:
    """Recorded movements since the stored reading; until `until_ms` there is no other (0: not even that is known)."""

    movements: Sequence[Movement]
    until_ms: int


def is_under_way(one: Redemption, now_ms: int) -> bool:
    """Whether its record says that its coins are not here."""
    return one.is_pending or one.arrival_ms > now_ms


def before_of(instant_ms: int, balances: Iterable[Balance], transit: Transit | None) -> Before:
    """The stored reading as it is compared."""
    held: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    in_transit: dict[str, Decimal] = {}
    prices: dict[str, Decimal] = {}
    for balance in balances:
        if balance.price_usd is not None:
            prices[balance.asset] = balance.price_usd
        for wallet, quantity in balance.wallets.items():
            if wallet == IN_TRANSIT:
                in_transit[balance.asset] = quantity
            elif wallet in _WALLETS:
                held[balance.asset] = EXACT.add(held[balance.asset], quantity)
    return Before(instant_ms, held, in_transit, prices, transit)


def with_transit(reading: AccountReading, transit: Transit) -> AccountReading:
    """The reading with the coins that are under way as a wallet of their own."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in reading.redemptions:
        if one.key in transit.under_way and one.key not in transit.arrived:
            sums[one.asset] = EXACT.add(sums[one.asset], one.quantity)
    coming = tuple(Holding(asset, IN_TRANSIT, quantity) for asset, quantity in sorted(sums.items()))
    return replace(reading, holdings=(*reading.holdings, *coming), transit=transit)


def judge(reading: AccountReading, before: Before, known: Callable[[], Known]) -> Transit | None:
    """What is under way at a reading; None if that cannot be told. `known` is asked only if it matters."""
    stored = before.transit or _inferred(reading, before)
    if stored is None or any(_source(key) in reading.untold for key in stored.under_way - stored.arrived):
        return None
    coming = [one for one in reading.redemptions if is_under_way(one, reading.read_at_ms)]
    under_way = frozenset(one.key for one in coming)
    arrived = frozenset(key for key in stored.arrived if key in under_way or _source(key) in reading.untold)
    before = replace(before, transit=stored)
    waiting = [one for one in coming if one.key not in arrived]
    overdue = [one for one in waiting if one.arrival_ms <= reading.read_at_ms]
    late_coins = {one.asset for one in overdue}
    early = [one for one in waiting if one.arrival_ms > reading.read_at_ms and one.asset not in late_coins]
    for look, some in ((_arrivals, overdue), (_early_arrivals, _matching(early, reading, before))):
        found = look(some, reading, before, known()) if some else frozenset()
        if found is None:
            return None
        arrived |= found
    return Transit(under_way | arrived, arrived)


def _source(key: str) -> str:
    return key.split(":", 1)[0]


def _inferred(reading: AccountReading, before: Before) -> Transit | None:
    """What an earlier program must have taken for arrived: it is pending, and was not counted."""
    then = [one for one in reading.redemptions if one.asked_ms <= before.instant_ms and one.is_pending]
    overdue = [one for one in then if one.arrival_ms <= before.instant_ms]
    arrived: frozenset[str] = frozenset()
    for coin, some in _by_coin(overdue).items():
        asked = total(one.quantity for one in then if one.asset == coin)
        left_out = _fitting(some, EXACT.subtract(asked, before.in_transit.get(coin, ZERO)))
        if left_out is None:
            return None
        arrived |= left_out
    return Transit(frozenset(one.key for one in then), arrived)


def _arrivals(
    overdue: Sequence[Redemption], reading: AccountReading, before: Before, known: Known
) -> frozenset[str] | None:
    rest = _unexplained(reading, before, known.movements)
    found: frozenset[str] = frozenset()
    coins = _by_coin(overdue)
    for coin, some in coins.items():
        fitting = _fitting(some, rest.get(coin, ZERO)) if all(one.has_amount for one in some) else None
        if fitting is None:
            return None
        found |= fitting
    unseen_ms = reading.read_at_ms - max(before.instant_ms, known.until_ms)
    prices = {**before.prices_usd, **reading.prices_usd}
    is_quiet = all(
        abs(times(quantity, prices.get(coin, ZERO))) < NOTICEABLE_USD
        for coin, quantity in rest.items()
        if coin not in coins
    )
    is_told = unseen_ms <= SHORT_MS or (is_quiet and unseen_ms <= QUIET_MS)
    return found if is_told else None


def _matching(early: Sequence[Redemption], reading: AccountReading, before: Before) -> list[Redemption]:
    """Those before their told instant of which exactly the quantity has come, digit for digit."""
    came = _unexplained(reading, before, ()) if early else {}
    return [one for one in early if one.quantity == came.get(one.asset, ZERO)]


def _early_arrivals(
    matching: Sequence[Redemption], reading: AccountReading, before: Before, known: Known
) -> frozenset[str] | None:
    """Those that no record explains. Where records are not read at all, the told instant stands."""
    rest = _unexplained(reading, before, known.movements)
    first = {one.asset: one.key for one in reversed(matching) if one.quantity == rest.get(one.asset, ZERO)}
    if not (first and known.until_ms):
        return frozenset()
    is_told = known.until_ms > max(before.instant_ms, reading.read_at_ms - QUIET_MS)
    return frozenset(first.values()) if is_told else None


def _unexplained(reading: AccountReading, before: Before, movements: Iterable[Movement]) -> Amounts:
    """What came (> 0) or went of each coin since the stored reading, less what records and done redemptions explain."""
    rest: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)

    def add(coin: str, quantity: Decimal) -> None:
        rest[coin] = EXACT.add(rest[coin], quantity)

    for holding in reading.holdings:
        if holding.wallet in _WALLETS:
            add(holding.asset, holding.quantity)
    for coin, quantity in before.quantities.items():
        add(coin, -quantity)
    for one in reading.redemptions:
        if _came_since(one, before, reading.read_at_ms):
            add(one.asset, -one.quantity)
    told = {one.key for one in reading.redemptions}
    for movement in movements:
        is_since = before.instant_ms < movement.instant_ms <= reading.read_at_ms and movement.wallet in _WALLETS
        # What a redemption brings is booked at its told instant, whether it came or not.
        if is_since and not (movement.amount > 0 and movement.group in told):
            add(movement.asset, -movement.amount)
    return rest


def _came_since(one: Redemption, before: Before, now_ms: int) -> bool:
    """Whether its record says by now that its coins came, and they had not at the stored reading."""
    stored = before.transit or Transit()
    if is_under_way(one, now_ms) or one.key in stored.arrived:
        return False
    return one.key in stored.under_way or one.arrival_ms > before.instant_ms


def _fitting(some: Sequence[Redemption], came: Decimal) -> frozenset[str] | None:
    """The redemptions that make up exactly what came, those told first before others; None if none do."""
    slack = times(min(one.quantity for one in some), SAME_RATIO)
    for chosen in _choices(some):
        if abs(EXACT.subtract(came, total(one.quantity for one in chosen))) <= slack:
            return frozenset(one.key for one in chosen)
    return None


def _choices(some: Sequence[Redemption]) -> Iterator[Sequence[Redemption]]:
    """First as if they were delivered in their order; then every other choice, small ones first, unless of too many."""
    yield from (some[:count] for count in range(len(some) + 1))
    if len(some) <= MOST_AT_ONCE:
        yield from (chosen for count in range(len(some) + 1) for chosen in combinations(some, count))


def _by_coin(redemptions: Iterable[Redemption]) -> Mapping[str, list[Redemption]]:
    found: defaultdict[str, list[Redemption]] = defaultdict(list)
    for one in sorted(redemptions, key=lambda one: (one.arrival_ms, one.asked_ms)):
        found[one.asset].append(one)
    return found
