"""The short road of a new snapshot: on either database the same rows, the same refusals and nothing left behind."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.databases import sqlite_url
from tests.fakes import START_MS, dec, hours
from tests.worlds import Life

from dashboard_crypto.core.errors import Conflict, DatabaseBusy, LeaseLost
from dashboard_crypto.db import state_rows
from dashboard_crypto.db.driver import Spoken, rows
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.plain_writing import PlainWriter
from dashboard_crypto.db.records import NewSnapshot
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.clock import SteppedClock
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.history import History
from dashboard_crypto.services.snapshot_writer import SnapshotRules, SnapshotWriter
from dashboard_crypto.services.views import NewCashFlow


class LongRoad(Store):
    """Appends through SQLAlchemy on every database."""

    def appending(self) -> AbstractContextManager[Spoken]:
        """As any other write."""
        return self.session()

    def stand(self, session: Spoken, fence: int | None) -> tuple[int, int]:
        """As any other writer reads them."""
        if fence is not None:
            state_rows.check_fence(session, fence)
        return state_rows.load_revision(session, self.portfolio_id)


class Broken(Exception):
    """Something unforeseen in the middle of a transaction."""


def writer_of(store: Store) -> SnapshotWriter:
    return SnapshotWriter(store, SteppedClock(START_MS), History(store), Doorbell(), SnapshotRules(30, 3600))


def snapshot(hour: int, total: str) -> NewSnapshot:
    return NewSnapshot(START_MS + hours(hour), START_MS + hours(hour), dec(total), "live")


def stored(store: Store) -> list[tuple[Any, ...]]:
    columns = (
        "id, timestamp, instant_ms, slot, total_value_usd, value_float, capital_usd, twr, pnl, pnl_percent, source"
    )
    with store.reading() as session:
        found = session.exec_driver_sql(f"SELECT {columns}, status FROM snapshots ORDER BY id")
        return [tuple(row) for row in found]


def test_both_roads_store_the_same_digits(folder: Path) -> None:
    totals = ["50000.12345678", "0.50", "1.00000001", "98765.4321", "0", "-3.5", "61234.1", "61234.10000001"]
    found = []
    for name, kind in (("short", Store), ("long", LongRoad)):
        store = kind(open_database(sqlite_url(folder / name)))
        writer = writer_of(store)
        for hour, total in enumerate(totals):
            writer.append(snapshot(hour, total), None)
        found.append((stored(store), store.revision()))
        store.close()
    assert found[0] == found[1]
    assert len(found[0][0]) == len(totals)


def test_what_is_refused_leaves_nothing_and_the_next_one_is_written(life: Life) -> None:
    life.live(3)
    store, writer = life.services.store, writer_of(life.services.store)
    before, revision = stored(store), store.revision()
    last = before[-1][2]
    with pytest.raises(Conflict, match="hour"):
        writer.append(NewSnapshot(last + hours(1), before[-1][3], dec(1000), "live"), None)
    with pytest.raises(Conflict, match="minute"):
        writer.append(NewSnapshot(last + 1, last + 1, dec(1000), "live"), None)
    with pytest.raises(Conflict, match="newer"):
        writer.append(NewSnapshot(last - hours(0.5), None, dec(1000), "manual"), None)
    with pytest.raises(LeaseLost):
        writer.append(NewSnapshot(last + hours(1), last + hours(1), dec(1000), "live"), 999)
    assert (stored(store), store.revision()) == (before, revision)
    life.live(1)
    assert len(stored(store)) == len(before) + 1
    assert store.revision() > revision


def test_what_is_remembered_is_what_a_new_process_reads(life: Life) -> None:
    store = life.services.store
    history = History(store)
    writer = SnapshotWriter(store, life.clock, history, Doorbell(), SnapshotRules(30, 3600))
    totals = ["0.1", "1234.567890123456789", "1e-7", "99999999999.999999", "61234.10000001"]
    ids = [writer.append(snapshot(hour, total), None) for hour, total in enumerate(totals)]
    kept, read = history.current(), History(store).current()
    assert kept.series.values.tolist() == read.series.values.tolist() == [float(total) for total in totals]
    assert kept.series.instants_ms.tolist() == read.series.instants_ms.tolist()
    assert kept.ids.view.tolist() == read.ids.view.tolist() == ids
    assert (kept.revision, kept.history_revision, kept.last_id) == (read.revision, read.history_revision, read.last_id)


def test_an_error_in_the_middle_changes_nothing_and_frees_the_lock(life: Life) -> None:
    life.live(2)
    store = life.services.store
    before = store.revision()
    with pytest.raises(Broken):
        break_off(store)
    assert store.revision() == before
    with store.session() as session:
        state_rows.bump(session, store.portfolio_id)
    with store.appending() as short:
        state_rows.bump(short, store.portfolio_id)
    assert store.revision() == (before[0] + 2, before[1])


def test_a_flow_that_another_process_wrote_counts_in_the_next_snapshot(new_life: Callable[..., Life]) -> None:
    first = new_life()
    second = new_life(clock=first.clock)
    first.live(3)
    second.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", START_MS + hours(1.5), dec("123.45")))
    last = first.services.history.current().last_ms
    assert last is not None
    second.services.performance.add_cash_flow(NewCashFlow("WITHDRAW", START_MS + hours(2.5), dec("67.8")))
    # Nothing was read since: the append itself has to notice.
    writer = SnapshotWriter(
        first.services.store, first.clock, first.services.history, Doorbell(), SnapshotRules(30, 3600)
    )
    writer.append(NewSnapshot(last + hours(1), last + hours(1), dec("54321.09"), "live"), None)
    before = first.metrics()
    assert first.services.history.current().flows == second.services.history.current().flows
    first.services.history.rebuild()
    assert first.metrics() == before


def test_many_threads_write_one_after_the_other(life: Life) -> None:
    store = life.services.store
    before = store.revision()[0]

    def bump_often() -> None:
        for _ in range(20):
            with store.appending() as session:
                state_rows.bump(session, store.portfolio_id)

    threads = [threading.Thread(target=bump_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.revision()[0] == before + 120


def test_the_short_road_is_as_safe_as_the_others(folder: Path) -> None:
    store = Store(open_database(sqlite_url(folder / "portfolio.db")))
    wanted = {"synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "journal_mode": "wal"}
    with store.appending() as session:
        assert {name: pragma(session, name) for name in wanted} == wanted
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other_writer(folder / "portfolio.db")
    store.close()


def test_whoever_waits_too_long_hears_that_the_database_is_busy(folder: Path) -> None:
    database = open_database(sqlite_url(folder / "portfolio.db"))
    writer = PlainWriter(lambda: sqlite3.connect(folder / "portfolio.db", timeout=0.05, isolation_level=None), 0.05)
    with database.session(), pytest.raises(DatabaseBusy), writer:
        pass
    with writer, pytest.raises(DatabaseBusy), writer:
        pass
    with writer as session:
        state_rows.bump(session, 1)
    assert database.revision(1)[0] == 1
    writer.close()
    database.close()


def test_a_row_that_breaks_a_rule_is_a_defect_and_not_hidden(folder: Path) -> None:
    store = Store(open_database(sqlite_url(folder / "portfolio.db")))
    with pytest.raises(sqlite3.IntegrityError), store.appending() as session:
        rows(session, "UPDATE portfolios SET total_value_usd = 'NaN' WHERE id = :id", {"id": 1})
    assert store.revision() == (0, 0)
    store.close()


def break_off(store: Store) -> None:
    with store.appending() as session:
        state_rows.bump(session, store.portfolio_id)
        raise Broken


def pragma(session: Spoken, name: str) -> Any:
    return rows(session, f"PRAGMA {name}", {})[0][0]


def other_writer(file: Path) -> None:
    connection = sqlite3.connect(file, timeout=0.01, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.close()
