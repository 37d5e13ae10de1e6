"""A withdrawal that the exchange takes back: no money is lost, none is doubled, and no snapshot shows a loss."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.fakes import START_MS, dec, hours
from tests.history_fakes import withdrawal
from tests.worlds import Life

from dashboard_crypto.core.model import ExternalFlow
from dashboard_crypto.core.timekeys import DAY_MS


@pytest.fixture
def life(past_life: Life) -> Life:
    past_life.gateway.price_of = lambda asset, _at: {"USDT": dec(1), "BTC": dec(10_000)}.get(asset)
    past_life.reader.records = {"withdrawal": []}
    past_life.live(2)
    past_life.read_history()
    return past_life


def ask_for_it(life: Life, status: int = 4) -> int:
    """600 USDT are on their way out."""
    life.clock.advance(60)
    at_ms = life.clock.now_ms() // 1000 * 1000
    life.gateway.withdraw("USDT", 600, "withdrawal:w1")
    life.reader.records["withdrawal"].append(withdrawal(1, "USDT", "600", at_ms, status=status))
    return at_ms


def take_it_back(life: Life, at_ms: int, *, status: int = 1) -> None:
    """The exchange cancels it, and the coins are there again."""
    life.gateway.flows.clear()
    life.gateway.holdings["USDT"] += 600
    life.reader.records["withdrawal"].append(withdrawal(1, "USDT", "600", at_ms, status=status))


def stays_flat(life: Life) -> None:
    performance = life.services.performance
    assert {row.twr for row in performance.snapshots().rows} <= {None, 0}
    assert performance.twr(0).twr == 0
    assert performance.pnl(0).pnl_usd == 0
    assert {row.pnl for row in performance.snapshots().rows} == {Decimal(0)}
    assert performance.suggestions() == ()
    before = life.metrics()
    life.services.history.rebuild()
    assert life.metrics() == before


@pytest.mark.parametrize("status", [1, 3, 5], ids=["cancelled", "refused", "failed"])
def test_a_withdrawal_that_comes_back_is_no_loss_and_no_gain(life: Life, status: int) -> None:
    at_ms = ask_for_it(life)
    life.live(3)
    life.read_history()
    (flow,) = life.services.performance.cash_flows().rows
    assert (flow.amount_usd, flow.kind) == (dec(-600), "withdrawal")
    take_it_back(life, at_ms, status=status)
    life.live(0.5)
    life.read_history()
    life.live(2)
    rows = life.services.performance.cash_flows().rows
    assert [(row.amount_usd, row.kind) for row in rows] == [(dec(-600), "withdrawal"), (dec(600), "returned")]
    stays_flat(life)
    life.clock.advance(3601)
    life.read_history()
    life.live(1)
    assert life.services.performance.cash_flows().rows == rows


def test_one_that_was_told_late_and_stands_at_the_reading_itself(life: Life) -> None:
    life.clock.advance(1800)
    life.gateway.holdings["USDT"] -= 600
    life.tick()
    life.clock.advance(5)
    at_ms = life.clock.now_ms() // 1000 * 1000
    life.gateway.flows.append(ExternalFlow("withdrawal:w1", "withdrawal", "USDT", dec(-600), at_ms))
    life.reader.records["withdrawal"].append(withdrawal(1, "USDT", "600", at_ms, status=4))
    life.live(2)
    take_it_back(life, at_ms)
    life.live(0.5)
    life.read_history()
    life.live(1)
    assert [row.amount_usd for row in life.services.performance.cash_flows().rows] == [dec(-600), dec(600)]
    stays_flat(life)


def test_the_record_may_turn_before_the_coins_are_back(life: Life) -> None:
    at_ms = ask_for_it(life)
    life.live(2)
    life.reader.records["withdrawal"].append(withdrawal(1, "USDT", "600", at_ms, status=1))
    life.gateway.flows.clear()
    life.clock.advance(3601)
    life.read_history()
    assert len(life.services.performance.cash_flows().rows) == 1
    life.live(2)
    life.gateway.holdings["USDT"] += 600
    life.live(1)
    life.clock.advance(3601)
    life.read_history()
    life.live(1)
    assert [row.amount_usd for row in life.services.performance.cash_flows().rows] == [dec(-600), dec(600)]
    stays_flat(life)


def test_one_that_comes_back_between_two_snapshots_leaves_nothing_unexplained(life: Life) -> None:
    at_ms = ask_for_it(life)
    life.clock.advance(30)
    life.services.auto_refresh.balance_tick()
    assert len(life.services.performance.cash_flows().rows) == 1
    take_it_back(life, at_ms)
    life.clock.advance(30)
    life.services.auto_refresh.balance_tick()
    life.read_history()
    life.live(1)
    assert sum(row.amount_usd or 0 for row in life.services.performance.cash_flows().rows) == 0
    stays_flat(life)


def test_coins_that_never_come_back_are_not_waited_for(life: Life) -> None:
    at_ms = ask_for_it(life)
    life.live(2)
    life.gateway.flows.clear()
    life.reader.records["withdrawal"].append(withdrawal(1, "USDT", "600", at_ms, status=5))
    life.clock.advance(3601)
    life.read_history()
    assert len(life.services.performance.cash_flows().rows) == 1
    life.clock.advance(15 * DAY_MS / 1000)
    life.read_history()
    assert life.services.performance.cash_flows().rows == ()


def test_a_cancellation_that_is_taken_back_leaves_the_withdrawal(life: Life) -> None:
    at_ms = ask_for_it(life)
    life.live(2)
    take_it_back(life, at_ms)
    life.live(1)
    life.clock.advance(3601)
    life.read_history()
    assert len(life.services.performance.cash_flows().rows) == 2
    life.reader.records["withdrawal"].append(withdrawal(1, "USDT", "600", at_ms, status=6))
    life.clock.advance(3601)
    life.read_history()
    assert [row.kind for row in life.services.performance.cash_flows().rows] == ["withdrawal"]


def test_a_withdrawal_of_the_past_that_turns_void_just_goes(life: Life) -> None:
    old_ms = START_MS - hours(50)
    life.reader.records["withdrawal"].append(withdrawal(7, "USDT", "5", old_ms, status=4))
    life.clock.advance(3601)
    life.read_history()
    assert [row.amount_usd for row in life.services.performance.cash_flows().rows] == [dec(-5)]
    life.reader.records["withdrawal"].append(withdrawal(7, "USDT", "5", old_ms, status=1))
    life.clock.advance(3601)
    life.read_history()
    assert life.services.performance.cash_flows().rows == ()
