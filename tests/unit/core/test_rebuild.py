"""Quantities walked backwards from today equal the life that was really lived; what is assumed is said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.records import D, entry, movement

from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.movement import Kind, Movement
from dashboard_crypto.core.rebuild import Gap, in_transit, rebuild, value_before
from dashboard_crypto.core.taxonomy import Scope, redemption_residues

HOUR = 3_600_000
T0 = 444_444 * HOUR
ASSETS = ("BTC", "ETH", "USDT", "LDO")
WALLETS = ("spot", "funding", "earn_flexible")
ZERO = Decimal(0)


@st.composite
def lives(draw: st.DrawFn) -> tuple[dict[str, Decimal], list[Movement]]:
    """Opening balances and movements that never take more out of an asset than there is."""
    openings = {asset: D(draw(st.integers(0, 3))) for asset in ASSETS}
    held, now, found = dict(openings), T0, []
    for number in range(draw(st.integers(0, 25))):
        now += draw(st.sampled_from([0, 1, 1000, HOUR - 1, HOUR, 5 * HOUR]))
        asset, wallet = draw(st.sampled_from(ASSETS)), draw(st.sampled_from(WALLETS))
        amount = Decimal(draw(st.integers(-(10**10), 10**12))) / 10**10
        amount = max(amount, -held[asset])
        held[asset] += amount
        kind: Kind = "deposit" if amount > 0 else "withdrawal"
        found.append(movement(asset, amount, now, kind, wallet, key=f"m{number}"))
    return openings, found


def replay(openings: dict[str, Decimal], movements: list[Movement]) -> dict[str, Decimal]:
    """Forwards: what is held after the movements, without zeros."""
    held = dict(openings)
    for m in movements:
        held[m.asset] += m.amount
    return {asset: quantity for asset, quantity in held.items() if quantity}


@given(lives(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_backwards_rebuild_equals_forwards_simulation(
    life: tuple[dict[str, Decimal], list[Movement]], random: Any
) -> None:
    openings, movements = life
    now = T0 + 300 * HOUR
    final = replay(openings, movements)
    shuffled = list(movements)
    random.shuffle(shuffled)
    history = rebuild([Holding(asset, "spot", quantity) for asset, quantity in final.items()], shuffled, now)
    instants = sorted({m.instant_ms for m in movements} | {T0 - 1, now})
    for instant in instants:
        lived = replay(openings, [m for m in movements if m.instant_ms <= instant])
        assert {a: h.at(instant) for a, h in history.assets.items() if h.at(instant)} == lived
        assert history.before(instant) == replay(openings, [m for m in movements if m.instant_ms < instant])
    assert history.openings == {asset: quantity for asset, quantity in openings.items() if quantity}
    if movements:
        grid = history.hours()
        table = history.matrix(grid)
        for column, name in enumerate(history.names):
            assert table[:, column].tolist() == [float(history.assets[name].at(int(t))) for t in grid]


def test_hours_begin_strictly_before_the_first_record() -> None:
    start = 1_600_002_000_000 // HOUR * HOUR
    for offset in (0, 1, HOUR - 1):
        first = start + offset
        hours = rebuild([Holding("BTC", "spot", D(1))], [movement("BTC", "1", first)], first + 2 * HOUR).hours()
        assert hours[0] < first <= hours[1]
        assert np.all(np.diff(hours) == HOUR)
        assert hours[-1] <= first + 2 * HOUR


def test_without_records_there_is_no_history() -> None:
    history = rebuild([Holding("BTC", "spot", D(1))], [], T0)
    assert history.first_ms is None
    assert len(history.hours()) == 0
    assert history.openings == {"BTC": D(1)}


def test_opening_balance_is_assumed_and_said() -> None:
    history = rebuild([Holding("BTC", "spot", D(3))], [movement("BTC", "1", T0)], T0 + HOUR)
    assert history.openings == {"BTC": D(2)}
    assert history.gaps == ()


def test_missing_departure_is_a_gap_not_a_negative_holding() -> None:
    history = rebuild([], [movement("BTC", "1", T0), movement("USDT", "-50000", T0)], T0 + HOUR)
    assert history.gaps == (Gap("BTC", T0, D(-1)),)
    assert history.assets["BTC"].quantities == (ZERO, ZERO)
    assert history.openings == {"USDT": D(50000)}


def test_gap_stands_at_the_latest_arrival_that_needs_it() -> None:
    history = rebuild([Holding("BTC", "spot", D(1))], [movement("BTC", "2", T0), movement("BTC", "3", T0 + 5)], T0 + 9)
    assert history.gaps == (Gap("BTC", T0, D(-2)), Gap("BTC", T0 + 5, D(-2)))
    assert all(quantity >= 0 for quantity in history.assets["BTC"].quantities)


def test_debt_may_be_negative() -> None:
    loan = [movement("BTC", "-0.001", T0, "interest", "margin"), movement("BTC", "1", T0 + 5, "transfer", "margin")]
    history = rebuild([Holding("BTC", "margin", D("-0.5"))], loan, T0 + 9)
    assert history.gaps == ()
    assert history.assets["BTC"].quantities == (D("-1.499"), D("-1.5"), D("-0.5"))


def test_future_movements_have_not_happened() -> None:
    history = rebuild([Holding("BTC", "spot", D(1))], [movement("BTC", "1", T0), movement("BTC", "7", T0 + 10)], T0 + 9)
    assert history.openings == {}


def test_coins_in_transit_are_never_lost_on_the_way() -> None:
    swap = entry("eth_redemption").movements
    leave, arrive = 1575018510000, 1575450510000
    for now, balance in ((leave + 1, ZERO), (arrive, D("22.4"))):
        history = rebuild([Holding("ETH", "spot", balance)], swap, now)
        assert history.assets["ETH"].at(leave) == D("22.4")
        assert history.assets["ETH"].at(now) == D("22.4")
        assert history.openings == {"WBETH": D("21.3")}
    assert in_transit(swap, leave + 1) == {"ETH": D("22.4")}
    assert in_transit(swap, arrive) == {}


def test_wallets_outside_the_scope_do_not_count() -> None:
    moved = entry("transfer").movements
    holdings = [Holding("USDT", "spot", D(4)), Holding("USDT", "um_futures", D(1))]
    everything = rebuild(holdings, moved, T0)
    spot = rebuild(holdings, moved, T0, Scope(wallets=frozenset({"spot"})))
    assert everything.assets["USDT"].quantities == (D(5),)
    assert spot.assets["USDT"].quantities == (D(5), D(4))


def test_redemption_residue_leaves_no_opening_balance() -> None:
    life = [
        movement("GAL", "10", T0, "deposit"),
        movement("GAL", "-10", T0 + 1, "earn_subscribe"),
        movement("GAL", "10", T0 + 1, "earn_subscribe", "earn_flexible", key="e1"),
        movement("GAL", "-10.00158569", T0 + 2, "earn_redeem", "earn_flexible"),
        movement("GAL", "10.00158569", T0 + 2, "earn_redeem", "spot"),
    ]
    now = [Holding("GAL", "spot", D("10.00158569"))]
    assert rebuild(now, life, T0 + 3).openings == {"GAL": D("0.00158569")}
    assert rebuild(now, [*life, *redemption_residues(life)], T0 + 3).openings == {}


def test_value_before_a_flow_is_exact_and_names_what_has_no_price() -> None:
    life = [movement("BTC", "0.1", T0), movement("USDT", "7", T0 + 5), movement("ODD", "3", T0)]
    today = [Holding(m.asset, "spot", m.amount) for m in life]
    history = rebuild(today, life, T0 + 9)
    prices = {"BTC": D("30000.123456789"), "USDT": D(1)}
    assert value_before(history, T0 + 5, lambda asset, _: prices.get(asset)) == (D("3000.0123456789"), ("ODD",))
    assert value_before(history, T0, lambda asset, _: prices.get(asset)) == (ZERO, ())
