"""Balances that change without a record are noticed, kept until explained, and offered as cash flows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.fakes import dec
from tests.history_fakes import dividend, p2p
from tests.worlds import Life

from dashboard_crypto.core.errors import Conflict, NotFound
from dashboard_crypto.services.views import NewCashFlow


@pytest.fixture
def life(past_life: Life) -> Life:
    return past_life


def jump(life: Life, asset: str, quantity: str) -> None:
    life.clock.advance(60)
    life.gateway.holdings[asset] = life.gateway.holdings.get(asset, Decimal(0)) + dec(quantity)
    life.clock.advance(20)
    life.tick()


def test_unexplained_jump_of_300_usdt_is_reported_within_a_cycle_and_once_accepted_is_no_return(life: Life) -> None:
    life.gateway.price_of = lambda asset, _at: {"USDT": dec(1), "BTC": dec(10000)}.get(asset)
    life.live(3)
    jump(life, "USDT", "300")
    life.live(2)
    performance = life.services.performance
    (found,) = performance.suggestions()
    assert (found.amount_usd, found.asset, found.quantity) == (dec(300), "USDT", dec(300))
    assert "appeared without a deposit" in life.services.portfolio.balances().state_message
    assert life.services.status.status().suggestions == 1
    twr = performance.twr(0).twr
    assert twr == dec("0.05")
    row = performance.accept_suggestion(found.id)
    assert (row.type, row.amount_usd, row.source) == ("DEPOSIT", dec(300), "manual")
    life.live(1)
    assert performance.twr(0).twr == 0
    assert performance.suggestions() == ()
    assert life.services.portfolio.balances().state_message == ""
    with pytest.raises(Conflict):
        performance.accept_suggestion(found.id)
    with pytest.raises(NotFound):
        performance.dismiss_suggestion(99)


def test_an_accepted_jump_is_not_inside_a_snapshot_that_was_taken_before_it_in_the_same_minute(life: Life) -> None:
    life.gateway.price_of = lambda asset, _at: {"USDT": dec(1), "BTC": dec(10000)}.get(asset)
    life.live(3)
    life.clock.advance(60 - life.clock.now_ms() // 1000 % 60)
    life.tick()
    performance = life.services.performance
    performance.create_snapshot()
    life.gateway.holdings["USDT"] += dec(300)
    life.clock.advance(20)
    life.tick()
    (found,) = performance.suggestions()
    performance.accept_suggestion(found.id)
    life.live(1)
    assert all(row.twr == pytest.approx(0, abs=1e-9) for row in performance.snapshots().rows)
    assert performance.twr(0).twr == pytest.approx(0, abs=Decimal("1e-9"))


def test_what_was_dismissed_stays_performance_and_is_not_asked_again(life: Life) -> None:
    life.live(2)
    jump(life, "USDT", "5000")
    (found,) = life.services.performance.suggestions()
    life.services.performance.dismiss_suggestion(found.id)
    life.live(3)
    assert life.services.performance.suggestions() == ()
    assert life.services.portfolio.balances().state_message == ""


def test_a_record_that_comes_later_takes_the_suggestion_back(life: Life) -> None:
    life.reader.records = {"c2c": []}
    life.live(2)
    life.read_history()
    life.clock.advance(60)
    at_ms = life.clock.now_ms()
    life.gateway.holdings["USDT"] += dec(8000)
    life.reader.records["c2c"].append(p2p(1, "USDT", "8000", at_ms))
    life.clock.advance(20)
    life.tick()
    assert len(life.services.performance.suggestions()) == 1
    # Without waiting for the hour: the jump made the sources of cash flows due at once.
    assert life.read_history() > 0
    life.clock.advance(30)
    life.tick()
    assert life.services.performance.suggestions() == ()
    assert life.services.portfolio.balances().state_message == ""
    assert [row.kind for row in life.services.performance.cash_flows().rows] == ["p2p_buy"]


def test_income_of_the_ledger_explains_a_jump_without_being_a_flow(life: Life) -> None:
    life.reader.records = {"dividend": []}
    life.live(2)
    life.read_history()
    life.clock.advance(60)
    life.gateway.holdings["USDT"] += dec(9000)
    life.reader.records["dividend"].append(dividend(1, "USDT", "9000", life.clock.now_ms()))
    life.clock.advance(20)
    life.tick()
    assert len(life.services.performance.suggestions()) == 1
    life.clock.advance(3600)
    life.read_history()
    life.tick()
    assert life.services.performance.suggestions() == ()
    assert life.services.performance.cash_flows().rows == ()


def test_a_flow_entered_by_hand_explains_a_jump(life: Life) -> None:
    life.live(2)
    jump(life, "USDT", "4000")
    assert len(life.services.performance.suggestions()) == 1
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", life.clock.now_ms(), dec(4000)))
    life.live(0.5)
    assert life.services.performance.suggestions() == ()


def test_wallets_are_compared_with_the_exchanges_own_totals(life: Life) -> None:
    life.live(1)
    balances = life.services.portfolio.balances()
    life.reader.records = {"c2c": []}
    life.reader.totals = {"Spot": balances.total_value_usd + 3, "Funding": dec(0)}
    life.read_history()
    view = life.services.status.status().reconciliation
    assert view is not None
    assert not view.is_flagged
    assert view.theirs_usd - view.ours_usd == 3
    assert life.services.status.status().warnings == ()
    life.reader.totals["Options"] = dec(5000)
    life.live(1)
    life.read_history()
    flagged = life.services.status.status().reconciliation
    assert flagged is not None
    assert flagged.is_flagged
    assert "exchange counts" in life.services.status.status().warnings[0]


def statuses(life: Life) -> list[str]:
    return [row.status for row in life.services.performance.snapshots().rows]


def test_a_gap_to_the_exchanges_own_total_marks_the_snapshots_of_its_hour(life: Life) -> None:
    life.reader.records = {"c2c": []}
    life.live(1)
    life.read_history()
    assert statuses(life) == ["complete", "unreconciled"], "now the exchange counts nothing at all"
    for factor, wanted in (("1.0049", "complete"), ("1.0052", "unreconciled"), ("1", "complete")):
        life.clock.advance(3600)
        life.tick()
        life.reader.totals = {"Spot": life.services.portfolio.balances().total_value_usd * dec(factor)}
        life.read_history()
        assert statuses(life)[-1] == wanted
    before = statuses(life)
    assert before == ["complete", "unreconciled", "complete", "unreconciled", "complete"]
    assert len(life.services.history.rebuild().series) == len(before)
    assert life.services.performance.twr(0).twr is not None


def test_a_snapshot_after_the_comparison_of_its_hour_is_marked_too(life: Life) -> None:
    life.reader.records = {"c2c": []}
    life.live(1)
    life.read_history()
    life.clock.advance(120)
    life.services.auto_refresh.balance_tick()
    assert life.services.performance.create_snapshot().status == "unreconciled"
