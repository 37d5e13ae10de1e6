"""What the owner says about the ledger: kept beside the import, recomputed at once, never lost, never doubled."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.fakes import START_MS, dec, hours
from tests.history_fakes import dividend, p2p, trade
from tests.worlds import Life, as_rebuilt, flows, twr

from dashboard_crypto.core.decisions import SplitPart
from dashboard_crypto.core.errors import Conflict, ExchangeDown, InvalidInput, NotFound, NotReady
from dashboard_crypto.services.export import Exporter
from dashboard_crypto.services.ledger_views import MovementChange, MovementQuery, MovementRow
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow

TO_FLOW = MovementChange(sets_class=True, flow_class="external")
AS_IMPORTED = MovementChange(sets_class=True)


@pytest.fixture
def life(past_life: Life) -> Life:
    return past_life


def received(life: Life, source: str, number: int = 1, quantity: str = "20000") -> int:
    """USDT arrive by P2P or as a dividend, an hour passes, and the past is read. The instant of it."""
    life.reader.records = {"c2c": life.reader.records.get("c2c", []), "dividend": []} | life.reader.records
    life.live(1)
    life.clock.advance(60)
    at_ms = life.clock.now_ms()
    life.gateway.holdings["USDT"] += dec(quantity)
    record = p2p(number, "USDT", quantity, at_ms) if source == "c2c" else dividend(number, "USDT", quantity, at_ms)
    life.reader.records[source].append(record)
    life.clock.advance(20)
    life.tick()
    life.clock.advance(3601)
    life.read_history()
    life.live(1)
    return at_ms


def usd(size: str, *, counts: bool) -> SplitPart:
    return SplitPart(dec(size), "external" if counts else "income")


def test_only_the_external_parts_of_a_split_flow_count(life: Life) -> None:
    received(life, "c2c")
    (flow,) = flows(life)
    whole = twr(life)
    performance = life.services.performance
    row = life.services.ledger.splits.split(flow.id, "quantity", [usd("15000", counts=True), usd("5000", counts=False)])
    assert (row.amount_usd, row.counted_usd, row.quantity) == (dec(20000), dec(15000), dec(20000))
    assert [(part.amount_usd, part.quantity, part.flow_class) for part in row.parts] == [
        (dec(15000), dec(15000), "external"),
        (dec(5000), dec(5000), "performance"),
    ]
    assert performance.cash_flows().total_deposits == dec(15000)
    assert performance.stats().total_deposits_usd == dec(15000)
    assert twr(life) > whole + dec("0.05")
    assert as_rebuilt(life)
    back = life.services.ledger.splits.undo(flow.id)
    assert (back.parts, back.counted_usd) == ((), dec(20000))
    assert twr(life) == whole
    assert as_rebuilt(life)
    with pytest.raises(Conflict, match="not split"):
        life.services.ledger.splits.undo(flow.id)


def test_a_split_that_does_not_add_up_or_of_a_flow_entered_by_hand_is_refused(life: Life) -> None:
    received(life, "c2c")
    (flow,) = flows(life)
    before = life.table("cash_flows"), life.metrics()
    with pytest.raises(InvalidInput, match=r"add up to 19999\.999999999999999999"):
        life.services.ledger.splits.split(
            flow.id, "amount_usd", [usd("1", counts=True), usd("19998.999999999999999999", counts=False)]
        )
    with pytest.raises(NotFound):
        life.services.ledger.splits.split(flow.id + 99, "amount_usd", [usd("1", counts=True)] * 2)
    assert (life.table("cash_flows"), life.metrics()) == before
    manual = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", amount_usd=dec(2)))
    with pytest.raises(InvalidInput, match="by hand"):
        life.services.ledger.splits.split(manual.id, "amount_usd", [usd("1", counts=True)] * 2)


def test_a_split_flow_is_split_or_reclassified_but_not_both(life: Life) -> None:
    received(life, "c2c")
    (flow,) = flows(life)
    performance, splits = life.services.performance, life.services.ledger.splits
    splits.split(flow.id, "amount_usd", [usd("19999", counts=True), usd("1", counts=False)])
    with pytest.raises(Conflict, match="Undo the split"):
        performance.edit_cash_flow(flow.id, CashFlowChange(flow_class="income"))
    with pytest.raises(Conflict, match="Undo the split"):
        life.services.ledger.decide("c2c:p1", MovementChange(sets_class=True, flow_class="internal"))
    assert performance.edit_cash_flow(flow.id, CashFlowChange(note="half a gift")).parts
    splits.undo(flow.id)
    performance.edit_cash_flow(flow.id, CashFlowChange(flow_class="income"))
    with pytest.raises(Conflict, match="another class"):
        splits.split(flow.id, "amount_usd", [usd("19999", counts=True), usd("1", counts=False)])


def test_an_overridden_amount_is_split_in_proportion(life: Life) -> None:
    received(life, "c2c")
    (flow,) = flows(life)
    life.services.ledger.splits.split(flow.id, "amount_usd", [usd("15000", counts=True), usd("5000", counts=False)])
    row = life.services.performance.edit_cash_flow(flow.id, CashFlowChange(override_usd=dec(10000)))
    assert (row.counted_usd, row.imported_amount_usd) == (dec(7500), dec(20000))
    assert life.services.performance.cash_flows().total_deposits == dec(7500)


def test_a_quantity_that_the_exchange_corrects_makes_the_parts_wait(life: Life) -> None:
    at_ms = received(life, "c2c")
    (flow,) = flows(life)
    life.services.ledger.splits.split(flow.id, "quantity", [usd("15000", counts=True), usd("5000", counts=False)])
    for quantity, applies, counts in (("20001", False, "20001"), ("20000", True, "15000")):
        life.reader.records["c2c"].append(p2p(1, "USDT", quantity, at_ms))
        life.clock.advance(3601)
        life.read_history()
        (now,) = flows(life)
        assert (now.parts_apply, now.counted_usd, len(now.parts)) == (applies, dec(counts), 2)
    assert as_rebuilt(life)


def test_an_airdrop_that_was_a_refund_becomes_a_flow_and_back(life: Life) -> None:
    received(life, "dividend")
    assert flows(life) == ()
    as_return = twr(life)
    row = life.services.ledger.decide("dividend:1#in", TO_FLOW)
    assert (row.flow_class, row.imported_class) == ("external", "performance")
    (flow,) = flows(life)
    assert (flow.kind, flow.amount_usd, flow.source, flow.flow_class) == (
        "dividend", dec(20000), "exchange", "external",
    )  # fmt: skip
    assert twr(life) < as_return - dec("0.1")
    assert as_rebuilt(life)
    life.clock.advance(3601)
    life.read_history()
    assert flows(life) == (flow,)
    life.services.ledger.decide("dividend:1#in", AS_IMPORTED)
    assert flows(life) == ()
    assert twr(life) == as_return
    assert life.count("ledger_decisions") == 0
    assert as_rebuilt(life)


def test_a_flow_is_the_same_from_the_ledger_and_from_the_cash_flows(life: Life) -> None:
    received(life, "c2c")
    (flow,) = flows(life)
    row = life.services.ledger.decide("c2c:p1", MovementChange(sets_class=True, flow_class="performance", note="wages"))
    assert (row.flow_class, row.imported_class, row.note) == ("performance", "external", "wages")
    (now,) = flows(life)
    assert (now.id, now.flow_class, now.note, now.counted_usd) == (flow.id, "income", "wages", None)
    life.services.performance.edit_cash_flow(flow.id, CashFlowChange(flow_class="internal", note=""))
    (seen,) = life.services.ledger.movements(MovementQuery(kind="p2p_buy")).rows
    assert (seen.flow_class, seen.note) == ("internal", None)
    life.services.ledger.decide("c2c:p1", AS_IMPORTED)
    assert flows(life) == (flow,)


def test_decisions_survive_records_that_turn_void_and_come_back(life: Life) -> None:
    at_ms = received(life, "c2c")
    (flow,) = flows(life)
    life.services.ledger.splits.split(flow.id, "quantity", [usd("15000", counts=True), usd("5000", counts=False)])
    for status in ("CANCELLED", "COMPLETED"):
        life.reader.records["c2c"].append(p2p(1, "USDT", "20000", at_ms, status=status))
        life.clock.advance(3601)
        life.read_history()
        assert len(flows(life)) == (status == "COMPLETED")
    (again,) = flows(life)
    assert (again.counted_usd, len(again.parts), again.parts_apply) == (dec(15000), 2, True)


def test_decisions_survive_a_restart_and_reading_everything_again(new_life: Callable[..., Life]) -> None:
    life = new_life(has_past=True)
    received(life, "c2c")
    received(life, "dividend", 2, "300")
    life.services.ledger.decide("dividend:2#in", MovementChange(sets_class=True, flow_class="external", note="refund"))
    life.services.ledger.splits.split(
        flows(life)[0].id, "quantity", [usd("15000", counts=True), usd("5000", counts=False)]
    )
    before = flows(life), life.metrics(), life.table("ledger_decisions")
    assert [row.note for row in before[0]] == [None, "refund"]
    with life.services.store.session() as session:
        for table in ("import_sources", "movements", "ledger_records"):
            session.exec_driver_sql(f"DELETE FROM {table}")
    later = new_life(has_past=True, clock=life.clock)
    later.gateway, later.reader.records = life.gateway, life.reader.records
    life.services.auto_refresh.stop()
    later.clock.advance(3601)
    later.read_history()
    assert flows(later) == before[0]
    assert later.metrics()[: len(before[1])] == before[1]
    assert later.table("ledger_decisions") == before[2]


def test_without_a_price_nothing_is_decided(life: Life) -> None:
    received(life, "dividend")
    life.gateway.prices_fail = ExchangeDown("no answer")
    with pytest.raises(NotReady):
        life.services.ledger.decide("dividend:1#in", TO_FLOW)
    assert life.count("ledger_decisions") == 0
    with pytest.raises(NotFound):
        life.services.ledger.decide("dividend:9#in", TO_FLOW)


def test_the_ledger_is_told_in_pages_newest_first_and_filtered(life: Life) -> None:
    at = START_MS - hours(200)
    life.reader.records = {
        "dividend": [dividend(n, "BNB" if n % 2 else "USDT", f"{n + 1}", at + hours(n // 3)) for n in range(20)],
        "trade": [trade(1, "BTCUSDT", "0.1", "9000", at + hours(1))],
    }
    life.live(1)
    life.read_history()
    ledger = life.services.ledger
    everything = ledger.movements(MovementQuery()).rows
    assert len(everything) == 22
    assert [(row.instant_ms, row.id) for row in everything] == sorted(
        ((row.instant_ms, row.id) for row in everything), reverse=True
    )
    paged: list[MovementRow] = []
    query = MovementQuery(limit=7)
    while True:
        page = ledger.movements(query)
        paged += page.rows
        if page.next_before is None:
            break
        query = MovementQuery(limit=7, before=page.next_before)
    assert tuple(paged) == everything
    some = ledger.movements(MovementQuery("dividend", "BNB", "spot", at + hours(1), at + hours(2))).rows
    assert [row.quantity for row in some] == [dec(8), dec(6), dec(4)]
    assert {row.flow_class for row in ledger.movements(MovementQuery("trade")).rows} == {"internal"}


def test_decisions_are_in_the_exports(life: Life) -> None:
    received(life, "c2c")
    life.services.ledger.splits.split(
        flows(life)[0].id, "quantity", [usd("15000", counts=True), usd("5000", counts=False)]
    )
    life.services.ledger.decide("c2c:p1", MovementChange(note="=half"))
    exporter = Exporter(life.services.store)
    (flow,) = json.loads("".join(exporter.json("flows")))
    (movement,) = json.loads("".join(exporter.json("ledger")))
    assert (flow["counted_usd"], flow["note"]) == ("15000", "=half")
    assert [part["share"] for part in json.loads(flow["parts"])["parts"]] == ["15000", "5000"]
    assert (movement["flow_class"], movement["imported_class"], movement["note"]) == ("external", "external", "=half")
    assert "'=half" in "".join(exporter.csv("ledger"))
