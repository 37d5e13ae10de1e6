"""What has arrived is what came and no record explains; where that cannot be told, nothing is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.core.model import (
    EARN_FLEXIBLE,
    FUNDING,
    SPOT,
    AccountReading,
    Balance,
    Holding,
    Redemption,
    Transit,
)
from dashboard_crypto.core.movement import IN_TRANSIT, UM_FUTURES, Kind, Movement
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.core.transit import (
    MOST_AT_ONCE,
    QUIET_MS,
    SHORT_MS,
    Before,
    Known,
    before_of,
    judge,
    with_transit,
)

NOW_MS = 1_767_225_600_000
PRICES = {"ETH": Decimal(3000), "USDT": Decimal(1), "SOL": Decimal(150), "WBETH": Decimal(3300)}
ALL_READ = NOW_MS


def coins(name: str, quantity: str, *, due_h: float = -1, pending: bool = True, asset: str = "ETH") -> Redemption:
    """`due_h` after now."""
    arrival_ms = NOW_MS + round(due_h * HOUR_MS)
    asked_ms = arrival_ms - 3 * DAY_MS
    return Redemption(
        f"eth_redemption:{name}", "eth_redemption", asked_ms, asset, Decimal(quantity), arrival_ms, pending
    )


@dataclass
class World:
    """A stored reading `gap_ms` ago and one now; both told as quantities of spot."""

    gap_ms: int = 30_000
    before: dict[str, str] = field(default_factory=lambda: {"ETH": "2", "USDT": "1000"})
    now: dict[str, str] = field(default_factory=lambda: {"ETH": "2", "USDT": "1000"})
    told: list[Redemption] = field(default_factory=lambda: [coins("one", "1.04")])
    transit: Transit | None = field(default_factory=lambda: Transit(frozenset({"eth_redemption:one"})))
    in_transit: dict[str, str] = field(default_factory=lambda: {"ETH": "1.04"})
    records: list[Movement] = field(default_factory=list)
    read_until_ms: int = 0
    untold: frozenset[str] = frozenset()

    def reading(self) -> AccountReading:
        held = tuple(Holding(asset, SPOT, Decimal(text)) for asset, text in self.now.items())
        return AccountReading(NOW_MS, held, PRICES, {}, (), {}, tuple(self.told), self.untold)

    def stored(self) -> Before:
        held = {asset: Decimal(text) for asset, text in self.before.items()}
        under_way = {asset: Decimal(text) for asset, text in self.in_transit.items()}
        return Before(NOW_MS - self.gap_ms, held, under_way, PRICES, self.transit)

    def judged(self) -> Transit | None:
        return judge(self.reading(), self.stored(), lambda: Known(self.records, self.read_until_ms))

    def arrived(self) -> set[str] | None:
        """Names; None if it cannot be told."""
        found = self.judged()
        return None if found is None else {key.split(":")[1] for key in found.arrived}

    def record(self, kind: Kind, asset: str, amount: str, wallet: str = SPOT, *, ago_ms: int = 1000) -> None:
        key = f"record:{len(self.records)}"
        self.records.append(Movement(key, key, kind, kind, asset, Decimal(amount), wallet, NOW_MS - ago_ms, key))


def test_what_did_not_come_is_under_way() -> None:
    world = World()
    assert world.arrived() == set()
    found = world.judged()
    assert found is not None
    counted = with_transit(world.reading(), found)
    assert counted.transit == found
    assert [held for held in counted.holdings if held.wallet == IN_TRANSIT] == [
        Holding("ETH", IN_TRANSIT, Decimal("1.04"))
    ]


def test_what_came_is_counted_once_while_its_record_is_pending() -> None:
    world = World(now={"ETH": "3.04", "USDT": "1000"})
    assert world.arrived() == {"one"}
    found = world.judged()
    assert found is not None
    assert with_transit(world.reading(), found).holdings == world.reading().holdings
    later = World(before=world.now, now=world.now, transit=found, in_transit={})
    assert later.arrived() == {"one"}
    done = replace(later, told=[coins("one", "1.04", pending=False)])
    assert done.judged() == Transit()


def early(now: str, *, read_until_ms: int) -> World:
    return World(now={"ETH": now, "USDT": "1000"}, told=[coins("one", "1.04", due_h=1)], read_until_ms=read_until_ms)


def test_before_the_told_instant_what_came_is_something_else() -> None:
    for until_ms in (0, ALL_READ):
        assert early("4", read_until_ms=until_ms).arrived() == set()
        assert early("3.0401", read_until_ms=until_ms).arrived() == set()
    assert early("3.04", read_until_ms=0).arrived() == set(), "without records the told instant stands"


def test_coins_that_come_early_wait_for_the_records() -> None:
    assert early("3.04", read_until_ms=NOW_MS - 30_000).arrived() is None
    found = early("3.04", read_until_ms=ALL_READ).judged()
    assert found is not None
    assert found.arrived == {"eth_redemption:one"}
    done = coins("one", "1.04", due_h=1, pending=False)
    later = World(before={"ETH": "3.04"}, now={"ETH": "3.04"}, told=[done], transit=found, in_transit={})
    assert later.arrived() == {"one"}, "done, and told to come later: still counted once"


def test_what_came_is_one_redemption_only() -> None:
    world = early("3.04", read_until_ms=ALL_READ)
    world.told.append(coins("due", "1.04"))
    world.transit = Transit(frozenset(one.key for one in world.told))
    assert world.arrived() == {"due"}
    world.told[1] = coins("other", "1.04", due_h=2)
    assert world.arrived() == {"one"}


def test_a_deposit_of_the_same_amount_is_no_early_arrival() -> None:
    world = early("3.04", read_until_ms=ALL_READ)
    world.record("deposit", "ETH", "1.04")
    assert world.arrived() == set()


def test_interest_does_not_matter() -> None:
    assert World(now={"ETH": "3.0401", "USDT": "1000"}).arrived() == {"one"}
    assert World(now={"ETH": "2.0001", "USDT": "1000"}).arrived() == set()


@pytest.mark.parametrize(
    ("now", "gap_ms", "expected"),
    [
        ({"ETH": "3.04", "USDT": "1000"}, QUIET_MS, {"one"}),
        ({"ETH": "3.04", "USDT": "1000"}, QUIET_MS + 1, None),
        ({"ETH": "2", "USDT": "1000"}, QUIET_MS + 1, None),
        ({"ETH": "2", "USDT": "4100"}, SHORT_MS, set()),
        ({"ETH": "2", "USDT": "4100"}, SHORT_MS + 1, None),  # came, and was sold at once?
        ({"ETH": "4", "USDT": "1000"}, 30_000, None),  # more than was expected
        ({"ETH": "1", "USDT": "1000"}, 30_000, None),
    ],
)
def test_what_the_readings_alone_tell(now: dict[str, str], gap_ms: int, expected: set[str] | None) -> None:
    assert World(now=now, gap_ms=gap_ms).arrived() == expected


@pytest.mark.parametrize("came", [True, False])
@pytest.mark.parametrize(
    "moves",
    [
        [("trade", "ETH", "-1.04"), ("trade", "USDT", "3100")],
        [("withdrawal", "ETH", "-1.04")],
        [("deposit", "ETH", "1.04")],
        [("trade", "ETH", "0.2"), ("trade", "USDT", "-600"), ("staking_reward", "ETH", "0.03")],
        [("trade", "SOL", "7"), ("trade", "USDT", "-1000")],
    ],
)
def test_records_tell_what_the_readings_cannot(came: bool, moves: list[tuple[Kind, str, str]]) -> None:
    now = {"ETH": Decimal(2), "USDT": Decimal(1000), "SOL": Decimal(0)}
    for _, asset, amount in moves:
        now[asset] += Decimal(amount)
    if came:
        now["ETH"] += Decimal("1.04")
    world = World(now={asset: str(quantity) for asset, quantity in now.items()}, gap_ms=DAY_MS)
    assert world.arrived() is None
    for kind, asset, amount in moves:
        world.record(kind, asset, amount, ago_ms=HOUR_MS)
    assert world.arrived() is None, "the records may not be complete"
    world.read_until_ms = ALL_READ
    assert world.arrived() == ({"one"} if came else set())


def test_what_no_record_explains_is_not_guessed() -> None:
    world = World(now={"ETH": "2.5", "USDT": "1000"}, gap_ms=DAY_MS, read_until_ms=ALL_READ)
    assert world.arrived() is None


def test_the_arrival_that_the_ledger_expects_explains_nothing() -> None:
    """It is booked at its told instant, whether it came or not."""
    world = World(gap_ms=DAY_MS, read_until_ms=ALL_READ)
    key = world.told[0].key
    leg = Movement(f"{key}#in", key, "eth_redemption", "stake", "ETH", Decimal("1.04"), SPOT, NOW_MS - HOUR_MS, "")
    world.records = [leg, replace(leg, key=f"{key}#owed", wallet=IN_TRANSIT)]
    assert world.arrived() == set()


def test_margin_and_futures_are_left_out() -> None:
    world = World(now={"ETH": "1", "USDT": "1000"}, read_until_ms=ALL_READ)
    assert world.arrived() is None
    world.record("transfer", "ETH", "-1")
    world.record("transfer", "ETH", "1", UM_FUTURES)
    assert world.arrived() == set()


def test_another_one_that_is_done_meanwhile_is_not_taken_for_it() -> None:
    told = [coins("one", "1.04"), coins("done", "1.04", pending=False)]
    world = World(now={"ETH": "3.04", "USDT": "1000"}, told=told)
    world.transit = Transit(frozenset(one.key for one in told))
    assert world.arrived() == set()
    world.now["ETH"] = "4.08"
    assert world.arrived() == {"one"}
    world.now["ETH"] = "2"
    assert world.arrived() is None
    world.transit = Transit(world.transit.under_way, frozenset({"eth_redemption:done"}))
    assert world.arrived() == set()


def test_one_that_was_asked_for_and_delivered_unseen_explains_its_coins() -> None:
    told = [coins("one", "1.04"), coins("unseen", "0.5", due_h=-2, pending=False)]
    world = World(gap_ms=5 * DAY_MS, now={"ETH": "2.5", "USDT": "1000"}, told=told, read_until_ms=ALL_READ)
    assert world.arrived() == set()
    world.now["ETH"] = "3.54"
    assert world.arrived() == {"one"}


def test_without_an_amount_it_cannot_be_told() -> None:
    one = replace(coins("one", "1", asset="WBETH"), has_amount=False)
    assert World(told=[one]).arrived() is None
    later = replace(one, arrival_ms=NOW_MS + 1)
    assert World(told=[later]).arrived() == set()


def test_of_equal_ones_the_first_comes_first() -> None:
    told = [coins("late", "1", due_h=-1), coins("early", "1", due_h=-2)]
    assert World(now={"ETH": "3", "USDT": "1000"}, told=told).arrived() == {"early"}


def test_of_equal_sums_the_told_order_decides() -> None:
    told = [coins("a", "1", due_h=-3), coins("b", "2", due_h=-2), coins("c", "3", due_h=-1)]
    assert World(now={"ETH": "5", "USDT": "1000"}, told=told).arrived() == {"a", "b"}


def test_of_very_many_the_first_come_first() -> None:
    told = [coins(str(number), str(1 + number), due_h=-50 + number) for number in range(MOST_AT_ONCE + 5)]
    assert World(now={"ETH": "8", "USDT": "1000"}, told=told).arrived() == {"0", "1", "2"}
    assert World(now={"ETH": "4", "USDT": "1000"}, told=told).arrived() is None


def test_a_list_that_refuses_does_not_make_coins_disappear() -> None:
    refused = frozenset({"eth_redemption"})
    world = World(told=[], untold=refused)
    assert world.judged() is None
    world.untold = frozenset({"sol_redemption"})
    assert world.judged() == Transit()
    keys = frozenset({"eth_redemption:one"})
    arrived = World(told=[], untold=refused, transit=Transit(keys, keys), in_transit={})
    assert arrived.judged() == Transit(keys, keys)


def test_before_the_first_reading_all_records_must_be_known() -> None:
    world = World()
    world.record("deposit", "ETH", "2", ago_ms=DAY_MS)
    world.record("deposit", "USDT", "1000", ago_ms=DAY_MS)
    for until_ms, owned, expected in [(0, "2", None), (ALL_READ, "2", set()), (ALL_READ, "3.04", {"one"})]:
        world.now["ETH"], known = owned, Known(world.records, until_ms)
        found = judge(world.reading(), Before(), lambda known=known: known)  # type: ignore[misc]
        assert (None if found is None else {key.split(":")[1] for key in found.arrived}) == expected


@pytest.mark.parametrize(("counted", "expected"), [("1.54", set()), ("0.5", {"one"}), ("1.04", None), ("0", None)])
def test_what_an_earlier_program_had_taken_for_arrived(counted: str, expected: set[str] | None) -> None:
    told = [coins("one", "1.04"), coins("two", "0.5", due_h=5)]
    assert World(told=told, transit=None, in_transit={"ETH": counted}).arrived() == expected


def test_moves_between_wallets_do_not_matter() -> None:
    balance = Balance(
        "ETH", Decimal("3.04"), Decimal(3000), None, 0.0, "live", {SPOT: Decimal(2), IN_TRANSIT: Decimal("1.04")}
    )
    before = before_of(NOW_MS - 30_000, [balance], Transit(frozenset({"eth_redemption:one"})))
    assert (dict(before.quantities), dict(before.in_transit)) == ({"ETH": Decimal(2)}, {"ETH": Decimal("1.04")})
    world = World()
    for held in ({SPOT: "1", FUNDING: "1"}, {SPOT: "0.5", FUNDING: "1", EARN_FLEXIBLE: "0.5"}):
        holdings = tuple(Holding("ETH", wallet, Decimal(text)) for wallet, text in held.items())
        found = judge(replace(world.reading(), holdings=holdings), before, lambda: Known((), 0))
        assert found is not None
        assert found.arrived == frozenset()


@given(
    st.lists(st.tuples(st.decimals("0.1", "9", places=2), st.booleans(), st.booleans()), min_size=1, max_size=5),
    st.decimals("-1", "5", places=3),
)
def test_owned_coins_are_never_counted_twice_nor_lost(some: list[tuple[Decimal, bool, bool]], traded: Decimal) -> None:
    """Whatever came, whichever records are late, whatever was traded: told truly, or not at all."""
    told, came = [], Decimal(0)
    for number, (quantity, is_here, is_done) in enumerate(some):
        told.append(coins(str(number), str(quantity), due_h=-9 + number, pending=not (is_here and is_done)))
        came += quantity if is_here else 0
    total = sum(one.quantity for one in told)
    start = World(told=told, transit=Transit(frozenset(one.key for one in told)), read_until_ms=ALL_READ, gap_ms=DAY_MS)
    start.now["ETH"] = str(2 + came + traded)
    start.record("trade", "ETH", str(traded), ago_ms=HOUR_MS)
    found = start.judged()
    assert found is not None
    held = sum(one.quantity for one in with_transit(start.reading(), found).holdings if one.asset == "ETH")
    assert abs(held - (2 + total + traded)) <= Decimal("0.01") * min(one.quantity for one in told)
