"""History arrives in pages, in any order, twice, late and changed; the tables are those of one reading."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.entries import merge, movements_of
from tests.fakes import START_MS, dec, hours
from tests.history_fakes import PAIRS, deposit, dividend, p2p, trade
from tests.worlds import Life

from dashboard_crypto.core.errors import DatabaseUnwritable, ExchangeDown, ExchangeLimited
from dashboard_crypto.core.ledger import convert
from dashboard_crypto.core.movement import Context
from dashboard_crypto.db import ledger_rows
from dashboard_crypto.db.ledger_rows import LedgerRecord

CONTEXT = Context(pairs=PAIRS)


@pytest.fixture
def life(past_life: Life) -> Life:
    return past_life


def history(count: int = 10) -> dict[str, list[dict[str, Any]]]:
    at = START_MS - hours(24 * 30)
    return {
        "deposit": [deposit(n, "USDT", f"{100 + n}", at + hours(n)) for n in range(count)],
        "c2c": [p2p(n, "USDT", f"{50 + n}.5", at + hours(n) + 60_000) for n in range(count)],
        "trade": [trade(n, "BTCUSDT", "0.01", "12.5", at + hours(n) + 120_000) for n in range(count)],
        "dividend": [dividend(n, "BNB", "0.001", at + hours(n) + 180_000) for n in range(count)],
    }


def ready(life: Life) -> Life:
    """The key was looked at, so that history may be read."""
    life.services.auto_refresh.balance_tick()
    return life


def expected(life: Life) -> tuple[Any, ...]:
    entries = [
        convert(source, record, CONTEXT) for source, records in life.reader.records.items() for record in records
    ]
    return movements_of(merge(entries))


def stored(life: Life) -> tuple[Any, ...]:
    with life.services.store.reading() as session:
        return ledger_rows.load_movements(session, life.services.store.portfolio_id)


def test_every_record_is_read_once_and_kept_with_what_was_told(life: Life) -> None:
    life.reader.records = history()
    ready(life).read_history()
    assert stored(life) == expected(life)
    assert len(stored(life)) == 50
    assert life.count("ledger_records") == 40
    with life.services.store.reading() as session:
        (record,) = ledger_rows.load_records(session, 1, ["trade:BTCUSDT:3"]).values()
    assert '"qty":"0.01"' in record.raw
    assert record.entry.movements[0].amount == dec("0.01")


def test_flows_come_first_and_nothing_is_asked_twice(life: Life) -> None:
    life.reader.records = dict(reversed(history().items()))
    ready(life).read_history()
    order = list(dict.fromkeys(source for source, _ in life.reader.asked))
    assert order == ["deposit", "c2c", "dividend", "trade"]
    assert len(set(life.reader.asked)) == len(life.reader.asked)


def test_news_are_read_after_an_hour_or_when_asked_for(life: Life) -> None:
    life.reader.records = history(2)
    ready(life).read_history()
    assert life.read_history() == 0
    life.reader.records["c2c"].append(p2p(99, "USDT", "7", life.clock.now_ms()))
    life.clock.advance(3601)
    assert life.read_history() == 4 + 1, "the last step asks for the rates of the new flow"
    assert stored(life) == expected(life)


def test_what_happened_while_a_source_was_read_is_asked_for_when_it_is_wanted(life: Life) -> None:
    """The source was read up to its first question, not up to the end of its last."""
    life.reader.records = {"deposit": [], "c2c": []}
    ready(life).read_history()
    began_ms = life.clock.now_ms() + 4000 * 1000
    life.clock.advance(4000)
    life.reader.reaches["c2c"] = began_ms  # a round of several questions, of which the last comes minutes later
    life.clock.advance(240)
    life.read_history()
    event_ms = began_ms + 100_000
    life.reader.records["c2c"].append(p2p(7, "USDT", "50", event_ms))
    life.reader.reaches.clear()
    life.clock.advance(30)
    life.gateway.holdings["USDT"] += dec(50)
    life.services.auto_refresh.balance_tick()
    assert life.read_history() > 0
    assert [m.external_id for m in stored(life)] == ["p7"]


def test_sources_end_no_earlier_than_the_first_snapshot(life: Life) -> None:
    life.reader.records = history(2)
    early_ms = life.clock.now_ms()
    life.reader.reaches = {"deposit": early_ms}
    life.clock.advance(60)
    ready(life).services.auto_refresh.snapshot_tick()
    life.read_history()
    assert life.services.performance.stats().history_start_ms is None
    life.reader.reaches.clear()
    life.read_history()
    assert life.services.performance.stats().history_start_ms is not None


def test_progress_is_told(life: Life) -> None:
    life.reader.records = history(10)
    life.reader.oldest_ms["c2c"] = START_MS - hours(24 * 180)
    ready(life)
    assert life.services.status.status().history.percent == 0
    for _ in range(4):
        life.services.auto_refresh.history_tick()
    half = life.services.status.status().history
    assert 0 < half.percent < 100
    assert [(source.name, source.done) for source in half.sources][:2] == [("deposit", True), ("c2c", False)]
    life.clock.advance(100)
    life.read_history()
    done = life.services.status.status().history
    assert done.percent == 100
    assert done.seconds_left == 0
    assert {source.name: source.oldest_ms for source in done.sources}["c2c"] == START_MS - hours(24 * 180)


def test_a_source_that_fails_stands_still_and_the_others_go_on(life: Life) -> None:
    life.reader.records = history()
    life.reader.fail["deposit"] = ExchangeDown("no answer")
    ready(life).read_history()
    sources = {source.name: source for source in life.services.status.status().history.sources}
    assert (sources["deposit"].error, sources["deposit"].done) == ("no answer", False)
    assert all(sources[name].done for name in ("c2c", "trade", "dividend"))
    life.reader.fail.clear()
    assert life.read_history() == 0
    life.clock.advance(40)
    life.read_history()
    assert stored(life) == expected(life)
    assert life.services.status.status().history.sources[0].error is None


def test_a_record_that_cannot_be_read_stops_its_page(life: Life) -> None:
    life.reader.records = history(4)
    life.reader.records["trade"][3]["symbol"] = "NOSUCHPAIR"
    ready(life).read_history()
    trades = next(s for s in life.services.status.status().history.sources if s.name == "trade")
    assert not trades.done
    assert "NOSUCHPAIR" in (trades.error or "")
    assert len([m for m in stored(life) if m.source == "trade"]) == 6


def test_a_spent_limit_makes_its_own_source_rest(life: Life) -> None:
    life.reader.records = history(2)
    life.reader.fail["deposit"] = ExchangeLimited("slow down", life.clock.now_ms() + 60_000)
    assert ready(life).services.auto_refresh.history_tick()
    first, second = life.services.status.status().history.sources[:2]
    assert (first.name, first.done, first.error) == ("deposit", False, None)
    assert second.done or second.progress > 0
    life.reader.fail.clear()
    life.read_history()
    life.clock.advance(61)
    life.read_history()
    assert stored(life) == expected(life)


def test_limits_of_every_source_make_the_whole_import_rest(life: Life) -> None:
    life.reader.records = history(2)
    for name in life.reader.sources():
        life.reader.fail[name] = ExchangeLimited("slow down", life.clock.now_ms() + 60_000)
    assert not ready(life).services.auto_refresh.history_tick()
    assert life.services.status.status().history.sources[0].error is None
    assert life.count("movements") == 0


def test_a_delisted_pair_is_still_known(new_life: Callable[..., Life]) -> None:
    life = new_life(has_past=True)
    life.reader.records = history(2)
    ready(life).read_history()
    later = new_life(clock=life.clock, has_past=True)
    life.services.auto_refresh.stop()
    later.reader.records = history(4)
    later.reader.pairs = dict  # type: ignore[method-assign]
    later.clock.advance(3601)
    ready(later).read_history()
    assert stored(later) == expected(later)


def test_nothing_is_read_before_the_key_was_looked_at(life: Life) -> None:
    life.reader.records = history(1)
    assert life.read_history() == 0
    assert life.reader.asked == []


def test_a_page_and_its_cursor_are_one(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit that fails takes both back."""
    life.reader.records = {"deposit": history()["deposit"]}
    ready(life)

    def full_disk(*_: object) -> None:
        raise DatabaseUnwritable("full")

    with monkeypatch.context() as broken:
        broken.setattr(ledger_rows, "save_source", full_disk)
        life.services.auto_refresh.history_tick()
    assert (life.count("ledger_records"), life.count("import_sources")) == (0, 0)
    life.read_history()
    assert stored(life) == expected(life)


def versions() -> list[tuple[str, dict[str, Any], int]]:
    """Records as they were told at different times: some change their state, one its amount."""
    at = START_MS - hours(500)
    told: list[tuple[str, dict[str, Any], int]] = []
    for number in range(6):
        told += [
            ("deposit", deposit(number, "USDT", "10", at, status=0), 1),
            ("deposit", deposit(number, "USDT", "10", at, status=1), 2 + number % 2),
            ("c2c", p2p(number, "USDT", "5", at, status="PAYING"), 1),
            ("c2c", p2p(number, "USDT", "5.5", at), 4),
            ("trade", trade(number, "ETHUSDT", "1", "2500", at), 1),
        ]
    return told


@pytest.fixture
def as_in_order(life: Life) -> Callable[[list[int]], tuple[Any, ...]]:
    def apply(order: list[int]) -> tuple[Any, ...]:
        store, told = life.services.store, versions()
        with store.session() as session:
            session.exec_driver_sql("DELETE FROM movements")
            session.exec_driver_sql("DELETE FROM ledger_records")
        pages = [order[n : n + 4] for n in range(0, len(order), 4)]
        for page in pages:
            records = [
                LedgerRecord(
                    convert(source, record, Context(pairs=PAIRS, seen_ms=seen_ms)), ledger_rows.raw_json(record)
                )
                for source, record, seen_ms in (told[index] for index in page)
            ]
            with store.session() as session:
                ledger_rows.save_records(session, store.portfolio_id, records)
        return life.table("ledger_records"), life.table("movements")

    return apply


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_pages_with_repeats_leaves_the_same_tables(
    as_in_order: Callable[[list[int]], tuple[Any, ...]], data: st.DataObject
) -> None:
    everything = list(range(len(versions())))
    repeats = data.draw(st.lists(st.sampled_from(everything), max_size=20))
    order = data.draw(st.permutations(everything + repeats))
    assert as_in_order(list(order)) == as_in_order(everything)


def test_the_newest_version_is_the_one_that_counts(as_in_order: Callable[[list[int]], tuple[Any, ...]]) -> None:
    everything = list(range(len(versions())))
    random.Random(7).shuffle(everything)
    records, movements = as_in_order(everything)
    assert {row[3] for row in records} == {"booked"}
    amounts = sorted(dec(str(row[7])) for row in movements if row[5] == "p2p_buy")
    assert amounts == [dec("5.5")] * 6
