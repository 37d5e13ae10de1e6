"""Cash flows: imported exactly once, valued at their instant, entered by hand, edited, removed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.fakes import START_MS, dec, hours
from tests.worlds import Life, flows

from dashboard_crypto.core.errors import Conflict, ExchangeDown, InvalidInput, NotFound, NotReady
from dashboard_crypto.core.money import times
from dashboard_crypto.services.views import CashFlowChange, CashFlowRow, NewCashFlow


def test_a_deposit_is_imported_once_and_is_not_performance(life: Life) -> None:
    life.live(3)
    growth_before = life.services.performance.twr(0).twr
    assert growth_before is not None
    life.clock.advance(613)
    reading = life.gateway.read_account()
    before = sum(h.quantity * reading.prices_usd[h.asset] for h in reading.holdings)
    start = life.values()[-1][1]
    life.gateway.deposit("USDT", 100_000)
    life.clock.advance(17)
    life.tick()
    after_reading = life.gateway.read_account()
    life.live(1)
    (flow,) = flows(life)
    assert (flow.amount_usd, flow.type, flow.source) == (dec(100_000), "DEPOSIT", "exchange")
    assert flow.valuation_method == "exact"
    end = life.values()[-1][1]
    expected = (1 + growth_before) * (before / start) * (end / (before + 100_000)) - 1
    assert life.services.performance.twr(0).twr == pytest.approx(expected, rel=Decimal("1e-12"))
    assert after_reading.read_at_ms > flow.instant_ms
    life.live(5)
    assert len(flows(life)) == 1


def test_a_withdrawal_in_coins_is_valued_at_its_instant(life: Life) -> None:
    life.live(2)
    life.clock.advance(40)
    price = life.gateway.price_of("BTC", life.clock.now_ms())
    assert price is not None
    life.gateway.withdraw("BTC", "0.1")
    life.clock.advance(20)
    life.tick()
    (flow,) = flows(life)
    assert flow.amount_usd == times(dec("-0.1"), price)
    assert (flow.type, flow.quantity, flow.price_usd) == ("WITHDRAW", dec("-0.1"), price)


def test_a_flow_reported_a_second_after_the_balance_rose_does_not_look_like_performance(life: Life) -> None:
    """The reading already holds the coins, though its time is before the deposit's."""
    life.live(2)
    start = life.services.performance.snapshots().rows[-1]
    life.clock.set(start.instant_ms - start.instant_ms % hours(1) + hours(1))
    told = life.gateway.deposit("USDT", 50_000)
    life.gateway.flows[-1] = replace(told, instant_ms=told.instant_ms + 800)
    life.services.auto_refresh.balance_tick()
    life.clock.advance(5)
    life.services.auto_refresh.balance_tick()
    life.services.auto_refresh.snapshot_tick()
    life.live(2)
    twr = life.services.performance.twr(0).twr
    assert twr is not None
    assert abs(twr) < dec("0.1")
    life.services.history.rebuild()
    assert life.services.performance.twr(0).twr == twr


def test_a_flow_that_is_booked_late_is_put_where_the_balance_rose(life: Life) -> None:
    life.live(2)
    life.clock.advance(60)
    told_ms = life.clock.now_ms()
    for _ in range(20):
        life.clock.advance(30)
        life.tick()
    told = life.gateway.deposit("USDT", 50_000)
    life.gateway.flows[-1] = replace(told, instant_ms=told_ms)
    life.live(2)
    (flow,) = flows(life)
    assert flow.valuation_method in {"exact", "at_snapshot"}
    assert flow.instant_ms == told_ms
    twr = life.services.performance.twr(0).twr
    assert twr is not None
    assert abs(twr) < dec("0.1")


def test_flows_before_the_first_snapshot_are_kept_without_effect(life: Life) -> None:
    told = life.gateway.deposit("USDT", 777)
    life.gateway.flows[-1] = replace(told, instant_ms=START_MS - hours(48))
    life.live(3)
    (flow,) = flows(life)
    assert flow.valuation_method == "pre_tracking"
    result = life.services.performance.twr(0)
    assert result.flow_count == 0


def test_a_record_that_changes_later_changes_the_flow(life: Life) -> None:
    life.live(2)
    life.clock.advance(100)
    life.gateway.deposit("USDT", 500)
    life.live(1)
    life.gateway.flows[0] = replace(life.gateway.flows[0], quantity=dec(501))
    life.live(1)
    (flow,) = flows(life)
    assert flow.amount_usd == dec(501)
    assert life.count("flow_audit") == 2


def test_records_in_any_order_and_repeated_make_the_same_table(new_life: Callable[..., Life]) -> None:
    life = new_life()
    life.live(2)
    for number in range(6):
        life.clock.advance(20)
        life.gateway.deposit("USDT", 100 + number, f"id-{number}")
    life.gateway.flows = life.gateway.flows[::-1] + life.gateway.flows[:3]
    life.live(3)
    assert sorted(int(flow.amount_usd or 0) for flow in flows(life)) == [100, 101, 102, 103, 104, 105]
    twr = life.services.performance.twr(0).twr
    assert twr is not None
    assert abs(twr) < dec("0.1")


def test_no_snapshot_while_the_flows_cannot_be_read(life: Life) -> None:
    life.live(2)
    before = len(life.values())
    life.gateway.flows_fail = ExchangeDown("no answer")
    life.gateway.deposit("USDT", 5000)
    life.live(2)
    assert len(life.values()) == before
    assert life.services.portfolio.balances().state == "down"
    life.gateway.flows_fail = None
    life.live(2)
    assert len(life.values()) > before
    assert len(flows(life)) == 1
    twr = life.services.performance.twr(0).twr
    assert twr is not None
    assert abs(twr) < dec("0.1")


def test_an_unexplained_jump_is_recorded_and_named(life: Life) -> None:
    life.live(2)
    life.gateway.holdings["USDT"] += 20_000
    life.live(1)
    view = life.services.portfolio.balances()
    assert view.state == "live"
    assert "appeared without a deposit" in view.state_message


def test_a_trade_is_not_called_unexplained(life: Life) -> None:
    life.live(2)
    price = life.gateway.price_of("BTC", life.clock.now_ms() + 60_000)
    assert price is not None
    life.clock.advance(60)
    life.gateway.holdings["BTC"] -= dec("0.1")
    life.gateway.holdings["USDT"] += dec("0.1") * price
    life.tick()
    assert life.services.portfolio.balances().state_message == ""


def test_the_first_price_of_a_held_coin_is_not_a_gain(life: Life) -> None:
    life.gateway.holdings["NEW"] = dec(1000)
    life.live(3)
    assert life.services.portfolio.balances().unpriced == ("NEW",)
    before = life.services.performance.twr(0).twr
    assert before is not None
    old = life.gateway.price_of
    life.gateway.price_of = lambda asset, at: dec(5) if asset == "NEW" else old(asset, at)
    life.live(1)
    after = life.services.performance.twr(0).twr
    assert after is not None
    assert abs(after - before) < dec("0.05")
    (entry,) = flows(life)
    assert entry.amount_usd == dec(5000)


def test_manual_flows_keep_the_specifications_signs(life: Life) -> None:
    life.live(2)
    add = life.services.performance.add_cash_flow
    assert add(NewCashFlow("DEPOSIT", None, dec(100))).amount_usd == dec(100)
    assert add(NewCashFlow("WITHDRAW", None, dec(40))).amount_usd == dec(-40)
    assert add(NewCashFlow("WITHDRAW", None, dec(-60))).amount_usd == dec(-60)
    listed = life.services.performance.cash_flows()
    assert (listed.total_deposits, listed.total_withdrawals) == (dec(100), dec(100))


@pytest.mark.parametrize(
    ("new", "pointer", "code"),
    [
        (NewCashFlow("DEPOSIT", None, dec(-1)), "/amount_usd", "negative_deposit"),
        (NewCashFlow("DEPOSIT", None, dec(0)), "/amount_usd", "zero"),
        (NewCashFlow("DEPOSIT", None, Decimal("1e16")), "/amount_usd", "too_large"),
        (NewCashFlow("DEPOSIT", None, Decimal("1e-19")), "/amount_usd", "too_many_decimals"),
        (NewCashFlow("DEPOSIT"), "/amount_usd", "missing"),
        (NewCashFlow("DEPOSIT", None, dec(5), "BTC", dec(1)), "", "contradiction"),
        (NewCashFlow("DEPOSIT", None, None, "BTC"), "/quantity", "missing"),
        (NewCashFlow("DEPOSIT", None, None, None, dec(1)), "/asset", "missing"),
        (NewCashFlow("DEPOSIT", None, None, "NOPE", dec(1)), "/asset", "no_price"),
        (NewCashFlow("DEPOSIT", START_MS + 10**9, dec(5)), "/timestamp", "in_future"),
        (NewCashFlow("DEPOSIT", 1_400_000_000_000, dec(5)), "/timestamp", "too_early"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(life: Life, new: NewCashFlow, pointer: str, code: str) -> None:
    before = life.services.store.revision()
    with pytest.raises(InvalidInput) as caught:
        life.services.performance.add_cash_flow(new)
    assert (caught.value.pointer, caught.value.code) == (pointer, code)
    assert life.services.store.revision() == before


def test_up_to_a_minute_ahead_is_now(life: Life) -> None:
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + 60_000, dec(5)))
    with pytest.raises(InvalidInput):
        life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + 60_001, dec(5)))


def test_coins_are_valued_at_their_minute(life: Life) -> None:
    life.live(3)
    at_ms = START_MS + hours(1.25)
    price = life.gateway.price_of("ETH", at_ms)
    assert price is not None
    row = life.services.performance.add_cash_flow(
        NewCashFlow("WITHDRAW", at_ms, None, "ETH", dec("1.5"), "to a friend")
    )
    assert (row.amount_usd, row.quantity, row.price_usd) == (times(dec("-1.5"), price), dec("-1.5"), price)
    assert row.note == "to a friend"


def test_an_exchange_that_is_down_stops_coins_but_not_dollars(life: Life) -> None:
    life.live(2)
    life.gateway.prices_fail = ExchangeDown("no answer")
    with pytest.raises(NotReady):
        life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", None, None, "ETH", dec(1)))
    row = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(1.4), dec(10)))
    assert row.valuation_method == "modified_dietz"


def test_a_manual_flow_is_put_where_the_balance_rose_by_as_much(life: Life) -> None:
    """The exchange does not report it (a gift, a purchase by card); the person does, an approximate time included."""
    life.live(2)
    life.clock.advance(300)
    life.gateway.holdings["USDT"] += 20_000
    life.clock.advance(30)
    life.tick()
    life.clock.advance(600)
    row = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", None, dec(20_000)))
    life.clock.advance(30)
    life.tick()
    (flow,) = flows(life)
    assert flow.valuation_method == "exact"
    assert flow.instant_ms == row.instant_ms
    life.live(1)
    twr = life.services.performance.twr(0).twr
    assert twr is not None
    assert abs(twr) < dec("0.1")
    before = life.metrics()
    life.services.history.rebuild()
    assert life.metrics() == before


def test_a_manual_flow_in_the_minute_of_a_snapshot_is_inside_it(life: Life) -> None:
    life.live(3)
    snapshot_ms = life.values()[-1][0]
    row = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", snapshot_ms + 30_000, dec(100)))
    assert row.valuation_method == "at_snapshot"


def test_one_idempotency_key_makes_one_flow(life: Life) -> None:
    add = life.services.performance.add_cash_flow
    new = NewCashFlow("DEPOSIT", START_MS - 60_000, dec("100.50"), note="salary")
    first = add(new, "key-1")
    assert add(replace(new, amount_usd=dec("100.5")), "key-1") == first
    assert add(new, "key-2") != first
    with pytest.raises(Conflict):
        add(replace(new, amount_usd=dec(7)), "key-1")
    assert len(flows(life)) == 2


def test_fifty_threads_with_one_key_make_one_flow(life: Life) -> None:
    life.live(2)
    answers: list[CashFlowRow] = []
    new = NewCashFlow("DEPOSIT", START_MS + hours(1), dec(100))

    def post() -> None:
        answers.append(life.services.performance.add_cash_flow(new, "the-key"))

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 50
    assert len(set(answers)) == 1
    assert len(flows(life)) == 1


def test_editing_recomputes_and_keeps_an_audit(life: Life) -> None:
    life.live(6)
    performance = life.services.performance
    row = performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(1.5), dec(100), note="first"))
    moved = performance.edit_cash_flow(row.id, CashFlowChange(instant_ms=START_MS + hours(3.5)))
    assert (moved.amount_usd, moved.instant_ms, moved.note) == (dec(100), START_MS + hours(3.5), "first")
    turned = performance.edit_cash_flow(row.id, CashFlowChange(type="WITHDRAW", note=""))
    assert (turned.amount_usd, turned.note) == (dec(-100), None)
    coins = performance.edit_cash_flow(row.id, CashFlowChange(asset="BTC", quantity=dec("0.01")))
    assert coins.quantity == dec("-0.01")
    back = performance.edit_cash_flow(row.id, CashFlowChange(amount_usd=dec(55)))
    assert (back.amount_usd, back.asset, back.quantity) == (dec(-55), None, None)
    noted = performance.edit_cash_flow(row.id, CashFlowChange(note="only words"))
    assert replace(noted, note=None) == back
    assert life.count("flow_audit") == 6
    before = life.metrics()
    life.services.history.rebuild()
    assert life.metrics() == before


def test_imported_flows_can_be_noted_but_not_changed(life: Life) -> None:
    life.live(1)
    life.gateway.deposit("USDT", 500)
    life.live(1)
    (flow,) = flows(life)
    performance = life.services.performance
    assert performance.edit_cash_flow(flow.id, CashFlowChange(note="rent")).note == "rent"
    with pytest.raises(Conflict):
        performance.edit_cash_flow(flow.id, CashFlowChange(amount_usd=dec(1)))
    with pytest.raises(Conflict):
        performance.delete_cash_flow(flow.id)
    life.live(2)
    assert flows(life)[0].note == "rent"


def test_a_flow_that_is_not_there(life: Life) -> None:
    with pytest.raises(NotFound):
        life.services.performance.delete_cash_flow(99)
    with pytest.raises(NotFound):
        life.services.performance.edit_cash_flow(99, CashFlowChange(note="x"))


def test_ids_are_not_used_again(life: Life) -> None:
    performance = life.services.performance
    first = performance.add_cash_flow(NewCashFlow("DEPOSIT", None, dec(1)))
    performance.delete_cash_flow(first.id)
    assert performance.add_cash_flow(NewCashFlow("DEPOSIT", None, dec(1))).id > first.id


@pytest.mark.parametrize(
    "note", ["'; DROP TABLE cash_flows; --", "<img src=x onerror=alert(1)>", "=1+1", "\u202eabc", "a\r\nb"]
)
def test_hostile_notes_are_just_text(life: Life, note: str) -> None:
    row = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", None, dec(1), note=note))
    assert flows(life)[0].note == row.note == note
