"""EUR and BTC in USD come from the same table as the balances, held or not; a doubtful one is not known."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.integration.exchange_world import World
from tests.integration.probe import ACCOUNT, EXCHANGE_INFO, PRICES, Probe, balances, reply, symbol

PAIRS = [symbol("BTC", "USDT"), symbol("EUR", "USDT"), symbol("EUR", "USDC"), symbol("USDC", "USDT")]


def tell(probe: Probe, **prices: str) -> None:
    """The next tickers."""
    probe.always(PRICES, reply([{"symbol": name, "price": price} for name, price in prices.items()]))


@pytest.fixture
def world() -> Iterator[World]:
    with Probe() as probe:
        probe.always(EXCHANGE_INFO, reply({"symbols": PAIRS}))
        probe.always(ACCOUNT, reply(balances(("USDT", "10"))))
        tell(probe, BTCUSDT="60000", EURUSDT="1.08", USDCUSDT="1")
        yield World(probe)


def test_rates_of_coins_that_are_not_held(world: World) -> None:
    reading = world.gateway().read_account()
    assert reading.rates_usd == {"EUR": Decimal("1.08"), "BTC": Decimal(60000)}
    assert set(reading.prices_usd) == {"USDT"}


def test_a_held_coin_has_one_price(world: World) -> None:
    world.probe.always(ACCOUNT, reply(balances(("EUR", "10"), ("USDT", "1"))))
    reading = world.gateway().read_account()
    assert reading.rates_usd["EUR"] == reading.prices_usd["EUR"] == Decimal("1.08")


def test_a_rate_without_a_price_is_not_known_and_stops_nothing(world: World) -> None:
    tell(world.probe, BTCUSDT="60000")
    reading = world.gateway().read_account()
    assert reading.rates_usd == {"EUR": None, "BTC": Decimal(60000)}


def test_a_rate_that_jumps_is_not_known_until_it_stays(world: World) -> None:
    gateway = world.warm()
    tell(world.probe, BTCUSDT="60000", EURUSDT="10.8", USDCUSDT="1")
    seen = []
    for _ in range(3):
        world.pass_time(30)
        reading = gateway.read_account()
        assert reading.rates_usd["BTC"] == Decimal(60000)
        seen.append(reading.rates_usd["EUR"])
    assert seen == [None, None, Decimal("10.8")]


def test_a_jump_that_a_second_pair_confirms_is_believed(world: World) -> None:
    gateway = world.warm()
    tell(world.probe, BTCUSDT="60000", EURUSDT="1.6", EURUSDC="1.61", USDCUSDT="1")
    world.pass_time(30)
    assert gateway.read_account().rates_usd["EUR"] == Decimal("1.6")
