"""A rename that leaves no record is put back in; what does not fit stays an opening or a gap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.core.records import T0, D, movement

from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.rebuild import QuantityHistory, rebuild
from dashboard_crypto.core.renames import KNOWN, Rename, unrecorded_swaps

AT = T0 + 10
NOW = T0 + 100
SPLIT = Rename("OLD", "NEW", D(100), AT)


def swaps(held: dict[str, Decimal], life: list[Movement], *renames: Rename) -> tuple[Movement, ...]:
    return unrecorded_swaps(held, life, NOW, renames or (SPLIT,))


def rebuilt(held: dict[str, Decimal], life: list[Movement], *renames: Rename) -> QuantityHistory:
    today = [Holding(asset, "spot", quantity) for asset, quantity in held.items()]
    return rebuild(today, [*life, *swaps(held, life, *renames)], NOW)


def test_a_renamed_coin_is_held_under_both_names_in_turn() -> None:
    life = [movement("OLD", "10", T0), movement("NEW", "7", T0 + 20)]
    history = rebuilt({"NEW": D(1007)}, life)
    assert (history.openings, history.gaps) == ({}, ())
    assert [history.assets["OLD"].at(at) for at in (T0, AT - 1, AT)] == [D(10), D(10), D(0)]
    assert [history.assets["NEW"].at(at) for at in (AT - 1, AT, T0 + 20)] == [D(0), D(1000), D(1007)]


def test_records_of_the_exchange_leave_nothing_to_assume() -> None:
    life = [movement("OLD", "10", T0), movement("OLD", "-10", AT, "swap"), movement("NEW", "1000", AT, "swap")]
    assert swaps({"NEW": D(1000)}, life) == ()


@pytest.mark.parametrize("held", [{}, {"NEW": D(0)}, {"OTHER": D(5)}])
def test_what_only_vanished_stays_not_known(held: dict[str, Decimal]) -> None:
    life = [movement("OLD", "10", T0)]
    assert swaps(held, life) == ()
    assert [gap.quantity for gap in rebuilt(held, life).gaps] == [D(-10)]


def test_what_only_appeared_stays_an_opening() -> None:
    assert rebuilt({"NEW": D(1000)}, []).openings == {"NEW": D(1000)}


def test_more_than_both_sides_show_is_not_assumed() -> None:
    history = rebuilt({"NEW": D(400)}, [movement("OLD", "10", T0)])
    assert [gap.quantity for gap in history.gaps] == [D(-6)]
    assert history.openings == {}
    history = rebuilt({"NEW": D(1500)}, [movement("OLD", "10", T0)])
    assert (history.openings, history.gaps) == ({"NEW": D(500)}, ())


def test_a_little_interest_does_not_leave_a_rest() -> None:
    history = rebuilt({"NEW": D("1000.3")}, [movement("OLD", "10", T0)])
    assert history.gaps == ()
    assert history.openings == {"NEW": D("0.3")}
    assert rebuilt({"NEW": D("999.7")}, [movement("OLD", "10", T0)]).openings == {}


@pytest.mark.parametrize(
    ("life", "at_ms"),
    [
        ([movement("OLD", "10", T0)], AT),
        ([movement("OLD", "10", T0), movement("OLD", "-1", AT + 3, "trade")], AT + 3),
        ([movement("OLD", "10", T0), movement("NEW", "-900", AT - 3, "trade")], AT - 4),
    ],
)
def test_records_around_it_move_the_instant(life: list[Movement], at_ms: int) -> None:
    held = {"NEW": D(1000) + sum((100 * m.amount if m.asset == "OLD" else m.amount for m in life[1:]), D(0))}
    assert {leg.instant_ms for leg in swaps(held, life)} == {at_ms}


def test_coins_that_were_not_held_then_are_left_alone() -> None:
    assert unrecorded_swaps({"BTC": D(1)}, [movement("BTC", "1", T0)], NOW) == ()


def test_the_table_names_each_coin_once_and_holds_no_chain() -> None:
    assert len({rename.old for rename in KNOWN}) == len(KNOWN)
    assert not {rename.old for rename in KNOWN} & {rename.new for rename in KNOWN}
    assert all(rename.ratio > 0 and rename.old != rename.new for rename in KNOWN)
