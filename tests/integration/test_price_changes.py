"""The change of a coin's price in 24 hours, from the prices that were read and stored, on both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.fakes import START_MS, MovingPrices, dec, hours
from tests.history_fakes import deposit
from tests.worlds import Life

from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.db import price_rows

price_of = MovingPrices()


def changes(life: Life) -> dict[str, float | None]:
    return {held.asset: held.change_24h_percent for held in life.services.portfolio.balances().balances}


def moved(asset: str, then_ms: int, now_ms: int) -> float:
    before, after = price_of(asset, then_ms), price_of(asset, now_ms)
    assert before is not None
    assert after is not None
    return float((after / before - 1) * 100)


def test_a_day_after_the_first_reading_the_change_is_known(life: Life) -> None:
    life.live(23.4, step_s=1800)
    assert changes(life) == {"BTC": None, "USDT": None}
    life.live(0.6, step_s=1800)
    now_ms = life.clock.now_ms()
    assert changes(life) == {"BTC": pytest.approx(moved("BTC", START_MS + 1_800_000, now_ms), rel=1e-12), "USDT": 0.0}
    life.live(6, step_s=600)
    now_ms = life.clock.now_ms()
    assert changes(life)["BTC"] == pytest.approx(moved("BTC", now_ms - DAY_MS, now_ms), rel=1e-12)


def test_it_costs_no_question_to_the_exchange(life: Life) -> None:
    life.live(25)
    life.gateway.calls.clear()
    life.clock.advance(30)
    life.tick()
    assert life.gateway.calls == ["read_account"]


def test_a_coin_bought_less_than_a_day_ago_has_none_yet(life: Life) -> None:
    life.live(20)
    life.gateway.deposit("ETH", 2)
    life.live(10)
    found = changes(life)
    assert found["ETH"] is None
    assert found["BTC"] is not None
    life.live(14.5)
    now_ms = life.clock.now_ms()
    assert changes(life)["ETH"] == pytest.approx(moved("ETH", now_ms - DAY_MS, now_ms), rel=1e-12)


def test_a_price_of_another_time_is_not_taken_for_it(life: Life) -> None:
    life.tick()
    life.clock.advance(24 * 3600 + 1801)
    life.tick()
    assert changes(life) == {"BTC": None, "USDT": None}


@pytest.mark.parametrize("away_s", [-1800, 1800])
def test_within_the_tolerance_it_is_the_nearest_one(life: Life, away_s: int) -> None:
    life.tick()
    life.clock.advance(24 * 3600 + away_s)
    life.tick()
    assert changes(life)["BTC"] == pytest.approx(moved("BTC", START_MS, life.clock.now_ms()), rel=1e-12)


def test_an_unpriced_coin_has_none(life: Life) -> None:
    life.gateway.holdings["DUST"] = Decimal(5)
    life.live(25)
    assert changes(life)["DUST"] is None


def test_prices_are_kept_for_a_day_and_not_longer(life: Life) -> None:
    life.live(60, step_s=600)
    kept = [instant_ms for (instant_ms,) in life.table("price_sets", "instant_ms")]
    now_ms = life.clock.now_ms()
    assert now_ms - DAY_MS - price_rows.TOLERANCE_MS >= min(kept) >= now_ms - DAY_MS - HOUR_MS
    assert len(kept) == len({instant_ms // price_rows.EVERY_MS for instant_ms in kept}) <= 101


def test_what_a_wrong_clock_left_in_the_future_goes(life: Life) -> None:
    life.tick()
    with life.services.store.session() as session:
        price_rows.add_prices(session, 1, {START_MS + hours(50): {"BTC": dec(1)}})
    life.live(3)
    assert max(instant_ms for (instant_ms,) in life.table("price_sets", "instant_ms")) <= life.clock.now_ms()


def test_the_rebuilt_past_gives_the_first_day_its_prices(past_life: Life) -> None:
    life = past_life
    life.gateway.holdings = {"BTC": dec("0.5")}
    life.reader.records = {"deposit": [deposit(1, "BTC", "0.5", START_MS - hours(70))]}
    life.tick()
    assert changes(life) == {"BTC": None}
    life.read_history()
    life.clock.advance(600)
    life.tick()
    now_ms = life.clock.now_ms()
    assert changes(life)["BTC"] == pytest.approx(moved("BTC", START_MS - DAY_MS, now_ms), rel=1e-12)
