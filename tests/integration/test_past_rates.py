"""What a euro and a bitcoin cost at every snapshot: stored with it, told with the series, or not known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from tests.fakes import START_MS, MovingPrices, dec, hours
from tests.history_fakes import deposit
from tests.worlds import Life

from dashboard_crypto.core.course import Course
from dashboard_crypto.core.errors import ExchangeDown
from dashboard_crypto.services.views import NewCashFlow

price_of = MovingPrices()
EURO = Decimal("1.0834")


def with_euro(asset: str, at_ms: int) -> Decimal | None:
    return EURO if asset == "EUR" else price_of(asset, at_ms)


def course(life: Life, max_points: int = 0) -> Course:
    found = life.services.performance.course(0, max_points).course
    assert found is not None
    return found


def bitcoin(instants_ms: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[float]:
    return [float(price_of("BTC", at_ms) or 0) for at_ms in instants_ms.tolist()]


def test_every_snapshot_carries_the_rates_of_its_reading(life: Life) -> None:
    life.live(3)
    assert all(np.isnan(course(life).rates_usd["EUR"]))
    life.gateway.price_of = with_euro
    life.live(3)
    found = course(life)
    assert found.rates_usd["BTC"].tolist() == bitcoin(found.instants_ms)
    assert found.rates_usd["EUR"][-3:].tolist() == [float(EURO)] * 3
    assert np.isnan(found.rates_usd["EUR"][:-3]).all()
    assert course(life).rates_usd["BTC"].tolist() == found.rates_usd["BTC"].tolist()


def test_a_rate_of_another_reading_is_not_stored(life: Life) -> None:
    life.live(2)
    life.clock.advance(3600)
    life.services.auto_refresh.balance_tick()
    with life.services.store.session() as session:
        session.exec_driver_sql("UPDATE account_checks SET at_ms = at_ms - 1 WHERE name = 'rates'")
    life.services.auto_refresh.snapshot_tick()
    assert np.isnan(course(life).rates_usd["BTC"]).tolist()[-1] is True


def test_a_changed_flow_leaves_the_rates_where_they_are(life: Life) -> None:
    life.live(4)
    before = course(life)
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(2.5), dec(100)))
    life.live(1)
    after = course(life)
    assert after.rates_usd["BTC"][:-1].tolist() == before.rates_usd["BTC"].tolist()
    assert after.rates_usd["BTC"].tolist() == bitcoin(after.instants_ms)


def test_another_process_sees_the_same(life: Life, new_life: Callable[..., Life]) -> None:
    life.live(3)
    other = new_life(clock=life.clock)
    assert course(other).rates_usd["BTC"].tolist() == bitcoin(course(other).instants_ms)
    life.live(2)
    assert course(other).rates_usd["BTC"].tolist() == bitcoin(course(life).instants_ms)


def rebuilt(life: Life, *, days: int = 2, euro_since_ms: int = 0) -> Life:
    """Dollars all along, half a bitcoin for the last ten hours, and a price of the euro."""
    life.gateway.holdings = {"BTC": dec("0.5"), "USDT": dec(100)}
    told = [deposit(1, "USDT", "100", START_MS - hours(24 * days)), deposit(2, "BTC", "0.5", START_MS - hours(10))]
    life.reader.records = {"deposit": told}
    life.gateway.price_of = with_euro
    life.reader.price_of = lambda asset, at: with_euro(asset, at) if asset != "EUR" or at >= euro_since_ms else None
    life.tick()
    life.read_history()
    return life


def test_the_rebuilt_past_has_every_rate_that_the_exchange_can_tell(past_life: Life) -> None:
    found = course(rebuilt(past_life, euro_since_ms=START_MS - hours(20)))
    assert len(found) == 50
    assert found.rates_usd["BTC"].tolist() == bitcoin(found.instants_ms)
    since = found.instants_ms >= START_MS - hours(20)
    assert found.rates_usd["EUR"][since].tolist() == [float(EURO)] * since.sum()
    assert np.isnan(found.rates_usd["EUR"][~since]).all()


def test_rates_are_asked_for_a_thousand_hours_at_a_time_and_never_twice(
    past_life: Life, new_life: Callable[..., Life]
) -> None:
    life = rebuilt(past_life, days=100, euro_since_ms=START_MS - hours(500))
    asked = life.reader.bars_asked
    euros = [(after_ms, until_ms) for asset, after_ms, until_ms in asked if asset == "EUR"]
    borders = [START_MS - hours(count) for count in (1, 1001, 2001, 2402)]
    assert euros == [(after, until) for until, after in pairwise(borders)]
    spans = sorted((after_ms, until_ms) for asset, after_ms, until_ms in asked if asset == "BTC")
    assert all(until <= after for (_, until), (after, _) in pairwise(spans))
    life.reader.bars_asked.clear()
    life.read_history()
    again = new_life(clock=life.clock, has_past=True)
    again.reader.records, again.reader.price_of = life.reader.records, life.reader.price_of
    again.tick()
    again.read_history()
    assert (life.reader.bars_asked, again.reader.bars_asked) == ([], [])


def test_a_late_record_leaves_known_rates_alone(past_life: Life) -> None:
    life = rebuilt(past_life)
    before = course(life)
    life.reader.bars_asked.clear()
    life.reader.records["deposit"].append(deposit(3, "USDT", "7", START_MS - hours(5)))
    life.live(26)
    life.read_history()
    after = course(life)
    assert after.value_usd.tolist()[:48] != before.value_usd.tolist()[:48]
    for name in ("EUR", "BTC"):
        assert after.rates_usd[name].tolist()[:50] == before.rates_usd[name].tolist()
    assert [asset for asset, _, _ in life.reader.bars_asked if asset == "EUR"] == []


def test_what_fails_is_asked_again_and_what_was_told_is_kept(past_life: Life) -> None:
    life, told = past_life, list[int]()

    def sometimes(asset: str, at_ms: int) -> Decimal | None:
        if asset == "EUR":
            told.append(at_ms)
            if len(told) == 1500:
                raise ExchangeDown("no connection")
        return with_euro(asset, at_ms)

    life.gateway.holdings = {"USDT": dec(100)}
    life.reader.records = {"deposit": [deposit(1, "USDT", "100", START_MS - hours(2400))]}
    life.reader.price_of = sometimes
    life.tick()
    life.read_history()
    assert len(told) == 1500
    life.clock.advance(60)
    life.read_history()
    assert len(told) == 1500 + 1401 + 1, "the rest of the hours, and the minute of the deposit"
    assert course(life).rates_usd["EUR"].tolist()[:-1] == [float(EURO)] * 2401


@pytest.mark.parametrize("max_points", [12, 20, 40])
def test_thinning_keeps_the_extremes_in_every_currency(life: Life, max_points: int) -> None:
    life.gateway.price_of = lambda asset, at_ms: price_of("ETH", at_ms) if asset == "EUR" else price_of(asset, at_ms)
    life.live(80)
    whole, some = course(life), course(life, max_points)
    assert len(some) <= max_points < len(whole)
    for name in ("EUR", "BTC"):
        full, few = (found.value_usd / found.rates_usd[name] for found in (whole, some))
        assert (few.min(), few.max()) == (full.min(), full.max())
