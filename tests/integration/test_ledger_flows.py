"""Cash flows that record themselves: from every kind of record, once, valued at their instant, and the owner's say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fakes import START_MS, dec, hours
from tests.history_fakes import deposit, dividend, p2p, trade
from tests.worlds import Life, flows, twr

from dashboard_crypto.core.errors import Conflict, ExchangeDown, InvalidInput
from dashboard_crypto.core.money import times
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow


@pytest.fixture
def life(past_life: Life) -> Life:
    return past_life


def buy_from_a_person(life: Life, quantity: str, number: int = 1) -> None:
    """P2P: coins arrive, and no deposit is reported."""
    life.clock.advance(60)
    life.gateway.holdings["USDT"] += dec(quantity)
    life.reader.records.setdefault("c2c", []).append(p2p(number, "USDT", quantity, life.clock.now_ms()))
    life.clock.advance(20)
    life.tick()


def test_a_p2p_purchase_becomes_a_cash_flow_and_no_performance(life: Life) -> None:
    life.reader.records = {"c2c": [], "deposit": []}
    life.live(3)
    life.read_history()
    growth = twr(life)
    buy_from_a_person(life, "50000")
    life.clock.advance(3600)
    life.read_history()
    life.live(1)
    (flow,) = flows(life)
    assert (flow.type, flow.kind, flow.amount_usd, flow.source) == ("DEPOSIT", "p2p_buy", dec(50000), "exchange")
    assert flow.valuation_method == "exact"
    assert abs(twr(life) - growth) < dec("0.1")
    assert life.services.history.rebuild().series.values[-1] > 90000


def test_deposits_that_both_roads_tell_are_there_once(life: Life) -> None:
    life.reader.records = {"deposit": []}
    life.live(2)
    life.clock.advance(60)
    at_ms = life.clock.now_ms()
    life.gateway.deposit("BTC", "0.5", "deposit:d7")
    life.reader.records["deposit"].append(deposit(7, "BTC", "0.5", at_ms))
    life.clock.advance(20)
    life.tick()
    before = flows(life)
    assert life.read_history() > 0
    life.live(2)
    assert flows(life) == before
    assert len(before) == 1
    price = life.gateway.price_of("BTC", at_ms)
    assert price is not None
    assert before[0].amount_usd == times(dec("0.5"), price)
    assert life.count("flow_audit") == 1


def test_income_trades_and_coins_between_wallets_are_no_flows(life: Life) -> None:
    life.reader.records = {
        "trade": [trade(1, "BTCUSDT", "0.1", "9000", START_MS + hours(1))],
        "dividend": [dividend(1, "BNB", "3", START_MS + hours(1))],
    }
    life.live(3)
    life.read_history()
    assert flows(life) == ()


def test_a_source_counts_only_when_it_was_read_to_its_end(life: Life) -> None:
    life.reader.records = {"c2c": [p2p(n, "USDT", "10", START_MS + hours(1)) for n in range(7)]}
    life.live(2)
    for _ in range(3):
        life.services.auto_refresh.history_tick()
    assert life.count("movements") > 0
    assert flows(life) == ()
    life.read_history()
    assert len(flows(life)) == 7


def test_a_flow_that_never_happened_goes_away_and_the_audit_keeps_it(life: Life) -> None:
    life.reader.records = {"c2c": [p2p(1, "USDT", "10", START_MS + hours(1))]}
    life.live(2)
    life.read_history()
    assert len(flows(life)) == 1
    life.reader.records["c2c"].append(p2p(1, "USDT", "10", START_MS + hours(1), status="CANCELLED"))
    life.clock.advance(3601)
    life.read_history()
    assert flows(life) == ()
    assert life.count("flow_audit") == 2


def test_prices_that_cannot_be_had_now_are_asked_for_again(life: Life) -> None:
    life.reader.records = {"c2c": [p2p(1, "USDT", "10", START_MS + hours(1))]}
    life.live(2)
    life.gateway.prices_fail = ExchangeDown("no answer")
    life.read_history()
    assert flows(life) == ()
    life.gateway.prices_fail = None
    life.clock.advance(60)
    life.read_history()
    assert len(flows(life)) == 1


def test_the_owner_may_call_it_something_else(life: Life) -> None:
    life.reader.records = {"c2c": []}
    life.live(2)
    buy_from_a_person(life, "20000")
    life.clock.advance(3600)
    life.read_history()
    life.live(2)
    (flow,) = flows(life)
    as_flow = twr(life)
    changed = life.services.performance.edit_cash_flow(flow.id, CashFlowChange(flow_class="income", note="salary"))
    assert (changed.flow_class, changed.note, changed.amount_usd) == ("income", "salary", dec(20000))
    assert twr(life) > as_flow + dec("0.1")
    assert life.services.performance.cash_flows().total_deposits == 0
    assert life.services.performance.stats().total_deposits_usd == 0
    life.clock.advance(3600)
    life.read_history()
    assert flows(life)[0].flow_class == "income"
    life.services.performance.edit_cash_flow(flow.id, CashFlowChange(flow_class="external"))
    assert twr(life) == as_flow
    assert life.count("flow_audit") == 3


def test_the_owners_amount_counts_and_the_imported_one_stays_beside_it(life: Life) -> None:
    life.live(2)
    life.clock.advance(100)
    life.gateway.deposit("USDT", 500)
    life.live(1)
    (flow,) = flows(life)
    performance = life.services.performance
    row = performance.edit_cash_flow(flow.id, CashFlowChange(override_usd=dec(480)))
    assert (row.amount_usd, row.imported_amount_usd) == (dec(480), dec(500))
    life.gateway.flows[0] = type(life.gateway.flows[0])(
        flow_key := life.gateway.flows[0].external_id, "deposit", "USDT", dec(510), life.gateway.flows[0].instant_ms
    )
    life.live(1)
    (again,) = flows(life)
    assert (again.amount_usd, again.imported_amount_usd, again.quantity) == (dec(480), dec(510), dec(510)), flow_key
    back = performance.edit_cash_flow(flow.id, CashFlowChange(drop_override=True))
    assert (back.amount_usd, back.imported_amount_usd) == (dec(510), None)
    with pytest.raises(Conflict):
        performance.edit_cash_flow(flow.id, CashFlowChange(quantity=dec(1)))


def test_a_manual_flow_has_no_class_to_change(life: Life) -> None:
    life.live(2)
    row = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", amount_usd=dec(5)))
    with pytest.raises(InvalidInput):
        life.services.performance.edit_cash_flow(row.id, CashFlowChange(flow_class="income"))


def test_a_manual_twin_is_offered_and_linked_counts_once(life: Life) -> None:
    life.live(2)
    life.clock.advance(100)
    performance = life.services.performance
    manual = performance.add_cash_flow(NewCashFlow("DEPOSIT", life.clock.now_ms() - 60_000, dec(1001)))
    other = performance.add_cash_flow(NewCashFlow("DEPOSIT", life.clock.now_ms() - 60_000, dec(77)))
    life.gateway.deposit("USDT", 1000)
    life.live(1)
    (twin,) = performance.twins()
    assert (twin.manual.id, twin.imported.source) == (manual.id, "exchange")
    assert performance.cash_flows().total_deposits == dec(2078)
    linked = performance.link_cash_flow(manual.id, twin.imported.id)
    assert linked.linked_id == twin.imported.id
    assert performance.cash_flows().total_deposits == dec(1077)
    assert performance.twins() == ()
    with pytest.raises(Conflict):
        performance.link_cash_flow(other.id, twin.imported.id)
    with pytest.raises(InvalidInput):
        performance.link_cash_flow(twin.imported.id, manual.id)
    performance.link_cash_flow(manual.id, None)
    assert performance.cash_flows().total_deposits == dec(2078)


def test_stored_metrics_are_those_of_a_rebuild_after_every_decision(new_life: Callable[..., Life]) -> None:
    life = new_life(has_past=True)
    life.reader.records = {"c2c": []}
    life.live(2)
    for number in range(3):
        buy_from_a_person(life, f"{1000 * (number + 1)}", number)
        life.clock.advance(3600)
        life.read_history()
        life.live(1)
    rows = flows(life)
    life.services.performance.edit_cash_flow(rows[0].id, CashFlowChange(flow_class="internal"))
    life.services.performance.edit_cash_flow(rows[1].id, CashFlowChange(override_usd=dec(1)))
    before = life.metrics()
    life.services.history.rebuild()
    assert life.metrics() == before


def test_a_linked_flow_counts_again_when_the_imported_one_goes(life: Life) -> None:
    life.reader.records = {"c2c": [p2p(1, "USDT", "1000", START_MS + hours(1))]}
    life.live(2)
    life.read_history()
    performance = life.services.performance
    manual = performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(1), dec(1000)))
    performance.link_cash_flow(manual.id, performance.twins()[0].imported.id)
    assert performance.cash_flows().total_deposits == dec(1000)
    life.reader.records["c2c"].append(p2p(1, "USDT", "1000", START_MS + hours(1), status="CANCELLED"))
    life.clock.advance(3601)
    life.read_history()
    (row,) = flows(life)
    assert (row.source, row.linked_id) == ("manual", None)
    assert performance.cash_flows().total_deposits == dec(1000)
