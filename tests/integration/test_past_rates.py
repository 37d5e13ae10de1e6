"""What a euro and a bitcoin cost at every snapshot: stored with it, told with the series, or not known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from tests.fakes import START_MS, MovingPrices, dec, hours
from tests.history_fakes import deposit
from tests.worlds import Life

from dashboard_crypto.core.course import Course
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
    again = life.services.performance.course(0, 0).course
    assert again is not None
    assert again.rates_usd["BTC"].tolist() == found.rates_usd["BTC"].tolist()


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


def test_the_rebuilt_past_has_the_rate_of_what_was_held(past_life: Life) -> None:
    life = past_life
    life.gateway.holdings = {"BTC": dec("0.5"), "USDT": dec(100)}
    told = [deposit(1, "USDT", "100", START_MS - hours(30)), deposit(2, "BTC", "0.5", START_MS - hours(10))]
    life.reader.records = {"deposit": told}
    life.tick()
    life.read_history()
    found = course(life)
    held = found.instants_ms >= START_MS - hours(10)
    assert found.rates_usd["BTC"][held].tolist() == bitcoin(found.instants_ms[held])
    assert np.isnan(found.rates_usd["BTC"][found.instants_ms < START_MS - hours(12)]).all()
    assert np.isnan(found.rates_usd["EUR"]).all()


@pytest.mark.parametrize("max_points", [12, 20, 40])
def test_thinning_keeps_the_extremes_in_every_currency(life: Life, max_points: int) -> None:
    life.gateway.price_of = lambda asset, at_ms: price_of("ETH", at_ms) if asset == "EUR" else price_of(asset, at_ms)
    life.live(80)
    whole, some = course(life), course(life, max_points)
    assert len(some) <= max_points < len(whole)
    for name in ("EUR", "BTC"):
        full, few = (found.value_usd / found.rates_usd[name] for found in (whole, some))
        assert (few.min(), few.max()) == (full.min(), full.max())
