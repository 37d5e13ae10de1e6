"""Stored metrics: written singly or rewritten behind a flow, they are what a full rebuild gives, digit for digit."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from tests.fakes import START_MS, dec, hours
from tests.worlds import Life, as_rebuilt

from dashboard_crypto.core.pnl import segment_metrics
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.tables import snapshots
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow, SnapshotRow


def test_appended_metrics_equal_a_rebuild(life: Life) -> None:
    life.live(5)
    life.gateway.deposit("USDT", 5000)
    life.live(6)
    life.gateway.withdraw("BTC", "0.2")
    life.live(5)
    assert len(life.values()) == 17
    assert as_rebuilt(life)


def test_stored_metrics_are_those_of_the_core(life: Life) -> None:
    life.live(4)
    life.gateway.deposit("ETH", 2)
    life.live(4)
    life.services.performance.add_cash_flow(NewCashFlow("WITHDRAW", START_MS + hours(2.5), dec(700)))
    state = life.services.history.current()
    first = (int(state.series.instants_ms[0]), float(state.series.values[0]))
    rows = life.services.performance.snapshots().rows
    for row in rows:
        segment = next(part for part in state.segments if part.after_ms < row.instant_ms <= part.until_ms)
        wanted = segment_metrics(segment, row.instant_ms, row.total_value_usd, first)
        assert row.twr == pytest.approx(wanted.twr_percent, rel=1e-9, abs=1e-10)
        assert row.pnl == wanted.pnl_usd
        assert row.pnl_percent == pytest.approx(wanted.pnl_percent, rel=1e-9, abs=1e-9)
    percent = life.services.performance.twr_history(0, 0).percent
    assert [row.twr for row in rows] == pytest.approx(list(percent), rel=1e-9, abs=1e-10)


def test_a_rewrite_finds_its_rows_wherever_they_lie_in_the_table(life: Life) -> None:
    """History that was filled in later stands between others' rows, and its ids do not follow time."""
    hours_in_table = [3, 4, 5, 0, 9, 1, 2, 6, 7, 8, 11, 10, 12, 13, 14]
    with life.services.store.session() as session:
        session.exec_driver_sql("INSERT INTO portfolios (id, name) VALUES (2, 'other')")
        for place, hour in enumerate(hours_in_table):
            add_row(session, place + 1, 1, hour, f"{50_000 + 137 * hour}.{hour}")
            if place in {1, 7}:
                add_row(session, place + 100, 2, hour, "777")
        session.exec_driver_sql("UPDATE snapshots SET id = 50 WHERE id = 9")
    life.clock.advance(15 * 3600)
    life.services.history.rebuild()
    for after, amount in ((2.5, 400), (6.5, 300), (9.5, 1000)):
        life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(after), dec(amount)))
    state = life.services.history.current()
    first = (int(state.series.instants_ms[0]), float(state.series.values[0]))
    for row in life.services.performance.snapshots().rows:
        segment = next(part for part in state.segments if part.after_ms < row.instant_ms <= part.until_ms)
        wanted = segment_metrics(segment, row.instant_ms, row.total_value_usd, first)
        assert row.twr == pytest.approx(wanted.twr_percent, rel=1e-9, abs=1e-10)
        assert row.pnl == wanted.pnl_usd
        assert row.pnl_percent == pytest.approx(wanted.pnl_percent, rel=1e-9, abs=1e-9)
    with life.services.store.reading() as session:
        others = session.exec_driver_sql("SELECT capital_usd, twr FROM snapshots WHERE portfolio_id = 2").all()
    assert [(dec(str(capital)), twr) for capital, twr in others] == [(dec(0), None)] * 2


def add_row(session: Session, row_id: int, portfolio_id: int, hour: int, total: str) -> None:
    """A snapshot without metrics, at a place in the table of our choice."""
    instant_ms = START_MS + hours(hour)
    values = {
        "id": row_id,
        "portfolio_id": portfolio_id,
        "timestamp": to_key(instant_ms),
        "instant_ms": instant_ms,
        "slot": instant_ms,
        "total_value_usd": dec(total),
        "value_float": float(total),
        "capital_usd": dec(0),
        "source": "backfill",
        "status": "complete",
    }
    session.execute(sa.insert(snapshots).values(values))


def test_pnl_is_exact_and_stored_beside_its_parts(life: Life) -> None:
    life.live(3)
    rows = life.services.performance.snapshots().rows
    assert [row.pnl for row in rows] == [row.total_value_usd - rows[0].total_value_usd for row in rows]
    stored = [float(row[4]) for row in life.metrics()]
    assert stored == pytest.approx([float(row.pnl) for row in rows if row.pnl is not None], abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_edits_ends_where_a_rebuild_does(life: Life, seed: int) -> None:
    chance = random.Random(seed)
    life.live(30)
    performance = life.services.performance
    ids: list[int] = []
    for _ in range(12):
        what = chance.choice(["add", "add", "edit", "delete", "live", "snapshot"])
        at_ms = START_MS - hours(2) + chance.randrange(hours(36))
        if what == "add":
            kind = chance.choice(["DEPOSIT", "WITHDRAW"])
            amount = Decimal(chance.randrange(1, 4_000_000)) / 100
            new = NewCashFlow("DEPOSIT" if kind == "DEPOSIT" else "WITHDRAW", min(at_ms, life.clock.now_ms()), amount)
            ids.append(performance.add_cash_flow(new).id)
        elif what == "edit" and ids:
            performance.edit_cash_flow(
                chance.choice(ids), CashFlowChange(amount_usd=Decimal(chance.randrange(1, 9000)))
            )
        elif what == "delete" and ids:
            performance.delete_cash_flow(ids.pop(chance.randrange(len(ids))))
        elif what == "live":
            life.live(1)
        else:
            life.clock.advance(90)
            life.services.auto_refresh.balance_tick()
            performance.create_snapshot()
    assert as_rebuilt(life)


def test_adding_and_removing_a_flow_gives_back_every_digit(life: Life) -> None:
    life.live(12)
    before = life.metrics()
    row = life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(3.3), dec("1234.56")))
    assert life.metrics() != before
    life.services.performance.delete_cash_flow(row.id)
    assert life.metrics() == before


def test_a_flow_changes_nothing_before_it(life: Life) -> None:
    life.live(12)
    before = life.metrics()
    at_ms = START_MS + hours(6.5)
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", at_ms, dec(5000)))
    after = life.metrics()
    assert [row for row in after if row[0] < at_ms] == [row for row in before if row[0] < at_ms]
    assert all(new[3] != old[3] and new[1] == old[1] for new, old in zip(after, before, strict=True) if new[0] > at_ms)


def test_nothing_is_stored_as_known_behind_a_flow_that_contradicts_the_values(life: Life) -> None:
    life.live(6)
    before = life.metrics()
    new = NewCashFlow("WITHDRAW", START_MS + hours(3.5), dec(10_000_000))
    row = life.services.performance.add_cash_flow(new)
    life.live(3)
    after, rows = life.metrics(), life.services.performance.snapshots().rows
    assert after[:4] == before[:4]
    assert {row[3:] for row in after[4:]} == {(None, None, None)}
    assert [each.pnl is None for each in rows] == [False] * 4 + [True] * (len(rows) - 4)
    assert [each[1] for each in after[:7]] == [each[1] for each in before], "values are facts"
    assert as_rebuilt(life)
    life.services.performance.delete_cash_flow(row.id)
    assert life.metrics()[:7] == before
    assert as_rebuilt(life)


def test_an_account_that_is_emptied_and_funded_again(life: Life) -> None:
    life.live(3)
    for asset, quantity in list(life.gateway.holdings.items()):
        life.gateway.withdraw(asset, str(quantity))
    life.live(3)
    life.gateway.deposit("BTC", "0.1")
    life.live(3)
    result = life.services.performance.twr(0)
    assert result.segments == 2
    assert result.twr is not None
    assert as_rebuilt(life)


def test_total_loss_stays_total(life: Life) -> None:
    life.live(2)
    life.gateway.holdings.clear()
    life.live(2)
    assert life.services.performance.snapshots().rows[-1].twr == -100.0
    assert as_rebuilt(life)


def test_rows_before_the_first_money_have_no_return(new_life: Callable[..., Life]) -> None:
    life = new_life()
    life.gateway.holdings.clear()
    life.live(2)
    assert [row.twr for row in life.services.performance.snapshots().rows] == [None, None, None]
    life.gateway.deposit("USDT", 1000)
    life.live(2)
    rows = life.services.performance.snapshots().rows
    assert rows[-1].twr == pytest.approx(0.0)
    assert as_rebuilt(life)


def test_a_change_is_small_although_the_first_rows_have_no_return(new_life: Callable[..., Life]) -> None:
    """What begins before its first deposit is not rewritten whole by every change, nor announced as if it were."""
    life = new_life()
    life.gateway.holdings.clear()
    life.live(2)
    life.gateway.deposit("USDT", 1000)
    life.live(9)
    rows = len(life.metrics())
    late = life.services.performance.preview_add(NewCashFlow("DEPOSIT", START_MS + hours(9.5), dec(10)))
    assert 0 < late.snapshots_changed < rows
    life.clock.advance(60)
    now = life.services.performance.preview_add(NewCashFlow("DEPOSIT", life.clock.now_ms(), dec(10)))
    assert now.snapshots_changed == 0


def test_another_process_sees_snapshots_and_flows_at_once(new_life: Callable[..., Life]) -> None:
    writer, reader = new_life(), new_life()
    writer.live(4)
    assert reader.services.performance.stats().total_snapshots == 5
    before = reader.services.performance.twr(0).twr
    writer.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(2.5), dec(9000)))
    assert reader.services.performance.twr(0).twr != before
    writer.live(2)
    assert reader.services.performance.twr(0) == writer.services.performance.twr(0)
    assert reader.services.history.current().series.index[-1] == pytest.approx(
        writer.services.history.current().series.index[-1], rel=1e-14
    )


def test_a_reader_that_writes_next_continues_exactly(new_life: Callable[..., Life]) -> None:
    first = new_life()
    second = new_life(clock=first.clock)
    first.live(3)
    assert len(second.services.performance.snapshots().rows) == 4
    second.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(1.5), dec(100)))
    first.live(2)
    second.services.performance.add_cash_flow(NewCashFlow("WITHDRAW", START_MS + hours(3.5), dec(50)))
    first.live(2)
    assert as_rebuilt(first)
    assert first.metrics() == second.metrics()


def test_windows_follow_the_days(life: Life) -> None:
    life.live(24 * 9, step_s=3600)
    performance = life.services.performance
    week, everything = performance.twr(7), performance.twr(0)
    assert week.actual_days == pytest.approx(7.0)
    assert everything.actual_days == pytest.approx(9.0, abs=0.05)
    assert performance.twr(30).is_partial
    history = performance.twr_history(7, 0)
    assert history.percent[0] == 0.0
    assert week.twr is not None
    assert history.percent[-1] == pytest.approx(float(week.twr) * 100, rel=1e-9)
    assert len(performance.twr_history(7, 20).percent) <= 20
    assert performance.pnl(7).pnl_usd == life.values()[-1][1] - life.values()[-1 - 24 * 7][1]


def test_without_history_there_are_reasons_and_no_numbers(life: Life) -> None:
    performance = life.services.performance
    assert performance.twr(30).reason == "insufficient_data"
    assert performance.pnl(30).reason == "insufficient_data"
    assert performance.stats().total_snapshots == 0
    assert len(performance.twr_history(30).percent) == 0
    life.tick()
    assert performance.twr(0).twr is None


def test_pages_of_snapshots_join_without_gap_or_overlap(life: Life) -> None:
    life.live(7)
    performance = life.services.performance
    everything = performance.snapshots().rows
    collected: list[SnapshotRow] = []
    cursor: int | None = None
    while True:
        page = performance.snapshots(limit=3, after_ms=cursor)
        collected += page.rows
        cursor = page.next_after_ms
        if cursor is None:
            break
    assert collected == list(everything)
    inner = performance.snapshots(start_ms=everything[2].instant_ms, end_ms=everything[4].instant_ms).rows
    assert list(inner) == list(everything[2:5])
