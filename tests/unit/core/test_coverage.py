"""Of a past that is only partly read, what is called sound is what the whole of it says."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard_crypto.core.coverage import common_since_ms, sound_from_ms
from dashboard_crypto.core.model import EARN_FLEXIBLE, EVERYTHING_MS, SPOT, Holding, Span
from dashboard_crypto.core.movement import IN_TRANSIT, Event, Movement
from dashboard_crypto.core.rebuild import QuantityHistory, rebuild
from dashboard_crypto.core.renames import KNOWN, unrecorded_swaps
from dashboard_crypto.core.taxonomy import redemption_residues
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS

RENAMED = next(rename for rename in KNOWN if rename.old == "MATIC")
NOW_MS = RENAMED.instant_ms + 40 * DAY_MS
BEGAN_MS = NOW_MS - 80 * DAY_MS
ZERO = Decimal(0)


class Lived:
    """A life of random events; some leave no record."""

    def __init__(self, seed: int, *, forgets: bool) -> None:
        self.chance = random.Random(seed)
        self.told: list[Movement] = []
        self.spot: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.earn: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.transit: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.later: list[tuple[int, str, Decimal]] = []
        self.debtors: set[str] = set()
        is_renamed = False
        for at_ms in sorted(self.chance.sample(range(BEGAN_MS // HOUR_MS, NOW_MS // HOUR_MS), 60)):
            if not is_renamed and at_ms * HOUR_MS > RENAMED.instant_ms:
                is_renamed = True
                self.spot["POL"] += self.spot.pop("MATIC", ZERO)
            legs = self._happen(at_ms * HOUR_MS + 1, is_renamed)
            if not (forgets and self.chance.random() < 0.08):
                self.told += legs
        for at_ms, coin, quantity in self.later:
            if at_ms <= NOW_MS:
                self.transit[coin] -= quantity
                self.spot[coin] += quantity

    def _happen(self, at_ms: int, is_renamed: bool) -> list[Movement]:
        coin = self.chance.choice(["BTC", "ETH", "USDT", "POL" if is_renamed else "MATIC"])
        amount = Decimal(self.chance.randrange(1, 50))
        free, put = self.spot[coin], self.earn[coin]
        event = Event("made", f"made:{at_ms}", "", at_ms)
        match self.chance.choice(["in", "in", "out", "put", "put", "take", "all", "borrow", "pay", "stake"]):
            case "out" if coin in self.debtors:
                return [self._leg(event, "out", "trade", coin, -amount)]
            case "out" if free > 0:
                return [self._leg(event, "out", "withdrawal", coin, -min(free, amount))]
            case "put" if free > 0:
                return self._between(event, "earn_subscribe", coin, min(free, amount))
            case "take" if put > 0:
                return self._between(event, "earn_redeem", coin, -min(put, amount))
            case "all" if put > 0:
                self.earn[coin] += put / 100  # interest that nobody recorded
                return self._between(event, "earn_redeem", coin, -self.earn[coin])
            case "borrow":
                self.debtors.add(coin)
                return [event.leg("got", "loan", coin, amount, SPOT), event.leg("owed", "loan", coin, -amount, "debt")]
            case "pay" if free > 0:
                return [self._leg(event, "interest", "interest", coin, -min(free, Decimal(1)))]
            case "stake" if free > 0:
                return self._staked(event, coin, min(free, amount))
        return [self._leg(event, "in", "deposit", coin, amount)]

    def _leg(self, event: Event, name: str, kind: str, coin: str, amount: Decimal) -> Movement:
        self.spot[coin] += amount
        return event.leg(name, kind, coin, amount, SPOT)  # type: ignore[arg-type]

    def _between(self, event: Event, kind: str, coin: str, amount: Decimal) -> list[Movement]:
        self.spot[coin] -= amount
        self.earn[coin] += amount
        legs = ((SPOT, -amount), (EARN_FLEXIBLE, amount))
        return [event.leg(wallet, kind, coin, moved, wallet) for wallet, moved in legs]  # type: ignore[arg-type]

    def _staked(self, event: Event, coin: str, amount: Decimal) -> list[Movement]:
        arrival_ms = event.instant_ms + 5 * DAY_MS
        self.spot[coin] -= amount
        self.transit[coin] += amount
        self.later.append((arrival_ms, coin, amount))
        return [
            event.leg("out", "stake", coin, -amount, SPOT),
            event.leg("owed", "stake", coin, amount, IN_TRANSIT),
            event.leg("arrive", "stake", coin, -amount, IN_TRANSIT, instant_ms=arrival_ms),
            event.leg("in", "stake", coin, amount, SPOT, instant_ms=arrival_ms),
        ]

    @property
    def quantities(self) -> dict[str, Decimal]:
        """The balances of now, all wallets together."""
        both = self.spot.keys() | self.earn.keys()
        return {coin: quantity for coin in both if (quantity := self.spot[coin] + self.earn[coin])}


def read(movements: Sequence[Movement]) -> tuple[Movement, ...]:
    kept = sorted(movements, key=lambda movement: (movement.instant_ms, movement.key))
    both = [*kept, *redemption_residues(kept)]
    return tuple(sorted(both, key=lambda movement: (movement.instant_ms, movement.key)))


def rebuilt(quantities: Mapping[str, Decimal], movements: Sequence[Movement]) -> QuantityHistory:
    return rebuild([Holding(coin, SPOT, held) for coin, held in quantities.items()], movements, NOW_MS)


def held_at(history: QuantityHistory, at_ms: int) -> dict[str, Decimal]:
    held = {name: asset.at(at_ms) for name, asset in history.assets.items()}
    return {name: quantity for name, quantity in held.items() if quantity}


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**30),
    forgets=st.booleans(),
    days=st.integers(1, 79),
    older=st.floats(0, 1),
    has_earn=st.booleans(),
)
def test_what_is_sound_of_a_part_is_what_the_whole_says(
    seed: int, forgets: bool, days: int, older: float, has_earn: bool
) -> None:
    lived = Lived(seed, forgets=forgets)
    everything = read(lived.told)
    swaps = unrecorded_swaps(lived.quantities, everything, NOW_MS)
    whole = rebuilt(lived.quantities, sorted([*everything, *swaps], key=lambda m: (m.instant_ms, m.key)))
    since_ms, chance = NOW_MS - days * DAY_MS, random.Random(seed + 1)

    def is_known(movement: Movement) -> bool:
        began_ms = int(movement.group.partition(":")[2])  # records are listed by when they began
        if began_ms >= since_ms - 5 * DAY_MS or (has_earn and movement.kind.startswith("earn")):
            return True
        return random.Random(f"{seed}{movement.group}").random() < older

    known = read([movement for movement in lived.told if is_known(movement)])
    part = rebuilt(lived.quantities, known)
    earn = Span(EVERYTHING_MS if has_earn else since_ms, NOW_MS)
    sound_ms = sound_from_ms(since_ms, part, known, lived.quantities, {"flexible_reward": earn})
    assert sound_ms >= since_ms
    instants = range(sound_ms, NOW_MS, 7 * HOUR_MS)
    for at_ms in [sound_ms, *instants, NOW_MS, *chance.sample(instants, min(3, len(instants)))]:
        assert held_at(part, at_ms) == held_at(whole, at_ms)


def span(since_ms: int, until_ms: int = NOW_MS) -> Span:
    return Span(since_ms, until_ms)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], None),
        ([span(5), None], None),
        ([span(5), span(9)], 9),
        ([span(EVERYTHING_MS), span(EVERYTHING_MS)], EVERYTHING_MS),
        ([span(5), span(9, NOW_MS - 1)], None),
        ([span(NOW_MS + 1)], None),
    ],
)
def test_all_sources_must_reach(spans: list[Span | None], expected: int | None) -> None:
    assert common_since_ms(spans, NOW_MS) == expected
