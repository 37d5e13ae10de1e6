"""Doubts: what is held back, for how long, and what is believed at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboard_crypto.exchange.suspicion import JumpDoubt, VanishingDoubt

SECOND = 1000
MINUTE = 60_000


def amounts(**numbers: float | str) -> dict[str, Decimal]:
    return {name: Decimal(str(number)) for name, number in numbers.items()}


FULL = amounts(BTC=1, ETH=2, USDT=300, SOL=4)


@pytest.mark.parametrize("rest", [{}, amounts(BTC=1), amounts(BTC=1, ETH=2)])
def test_half_or_more_gone_is_doubted_for_ten_minutes_and_three_reads(rest: dict[str, Decimal]) -> None:
    doubt = VanishingDoubt()
    assert doubt.judge(FULL, 0) is None
    for tick in range(1, 21):
        assert doubt.judge(rest, tick * 30 * SECOND) is not None
    assert doubt.judge(rest, 21 * 30 * SECOND) is None
    assert doubt.judge(rest, 22 * 30 * SECOND) is None


def test_assets_that_come_back_end_the_doubt() -> None:
    doubt = VanishingDoubt()
    doubt.judge(FULL, 0)
    assert doubt.judge({}, 30 * SECOND) is not None
    assert doubt.judge(FULL, MINUTE) is None
    assert doubt.judge({}, 90 * SECOND) is not None


@pytest.mark.parametrize(
    "after", [amounts(BTC=1, ETH=2, USDT=300), amounts(USDT=90_000), amounts(BTC=1, NEW=5)],
    ids=["one of four", "sold for USDT", "swapped"],
)  # fmt: skip
def test_ordinary_changes_are_believed_at_once(after: dict[str, Decimal]) -> None:
    doubt = VanishingDoubt()
    doubt.judge(FULL, 0)
    assert doubt.judge(after, 30 * SECOND) is None


def test_a_withdrawal_explains_and_an_hour_between_readings_excuses() -> None:
    doubt = VanishingDoubt()
    doubt.judge(FULL, 0)
    asked: list[frozenset[str]] = []

    def found(assets: frozenset[str]) -> bool:
        asked.append(assets)
        return True

    assert doubt.judge(amounts(BTC=1), 30 * SECOND, found) is None
    assert asked == [frozenset({"ETH", "USDT", "SOL"})]
    assert doubt.judge({}, 61 * MINUTE) is None


def test_three_reads_in_a_minute_are_not_enough_and_neither_are_two_in_eleven() -> None:
    doubt = VanishingDoubt()
    doubt.judge(FULL, 0)
    assert [doubt.judge({}, tick * 1000) is None for tick in range(1, 60)] == [False] * 59


@pytest.mark.parametrize("factor", ["100", "0.01", "1.31", "0.76"])
def test_a_jump_is_held_for_three_ticks(factor: str) -> None:
    doubt = JumpDoubt()
    spike = amounts(BTC=60_000 * float(factor), ETH=3000)
    assert doubt.judge(amounts(BTC=60_000, ETH=3000), 0) is None
    assert "BTC" in (doubt.judge(spike, 30 * SECOND) or "")
    assert doubt.judge(spike, 60 * SECOND) is not None
    assert doubt.judge(spike, 90 * SECOND) is None


def test_a_spike_of_one_tick_leaves_no_trace() -> None:
    doubt = JumpDoubt()
    calm, spike = amounts(BTC=60_000), amounts(BTC=6_000_000)
    assert [doubt.judge(p, t * 30 * SECOND) is None for t, p in enumerate([calm, spike, calm, spike, calm])] == [
        True, False, True, False, True,
    ]  # fmt: skip


def test_a_wandering_price_is_not_confirmed_by_its_own_disorder() -> None:
    doubt = JumpDoubt()
    doubt.judge(amounts(BTC=100), 0)
    for tick, price in enumerate((1000, 10, 2000, 5, 9000), start=1):
        assert doubt.judge(amounts(BTC=price), tick * 30 * SECOND) is not None


def test_a_second_pair_that_agrees_ends_the_doubt_at_once() -> None:
    doubt = JumpDoubt()
    doubt.judge(amounts(BTC=100), 0)
    assert doubt.judge(amounts(BTC=60), 30 * SECOND, lambda _: Decimal(62)) is None
    assert doubt.judge(amounts(BTC=100), 60 * SECOND, lambda _: Decimal(61)) is not None


def test_a_crash_of_half_over_an_hour_is_believed_at_every_tick() -> None:
    doubt = JumpDoubt()
    price = 60_000.0
    for tick in range(121):
        assert doubt.judge(amounts(BTC=price), tick * 30 * SECOND) is None
        price *= 0.5 ** (1 / 120)


def test_readings_an_hour_apart_are_not_compared() -> None:
    doubt = JumpDoubt()
    doubt.judge(amounts(BTC=100), 0)
    assert doubt.judge(amounts(BTC=1), 60 * MINUTE) is None
