"""The doubt about prices: what is held back, for how long, and what is believed at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboard_crypto.exchange.suspicion import JumpDoubt

SECOND = 1000
MINUTE = 60_000


def amounts(**numbers: float | str) -> dict[str, Decimal]:
    return {name: Decimal(str(number)) for name, number in numbers.items()}


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
