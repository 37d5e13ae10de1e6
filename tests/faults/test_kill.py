"""kill -9 at any moment leaves the tables whole, and any number of processes writes each slot once."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from tests.databases import sqlite_url
from tests.fakes import START_MS, hours
from tests.faults.children import live_fast, live_on_shared_time
from tests.worlds import Life

from dashboard_crypto.core.errors import LeaseLost
from dashboard_crypto.core.valuation import value

KILLS = 16
"""In each of four histories: the time limit is for one of them, and sixty starts take long on a busy machine."""


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / "portfolio.db"


def problems(file: Path) -> list[str]:
    """Everything that is not whole, read without the program's own code."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN")
    found = [f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    found += _balance_problems(connection)
    doubles = connection.execute("SELECT slot FROM snapshots GROUP BY slot HAVING count(*) > 1").fetchall()
    found += [f"slot {row[0]} twice" for row in doubles]
    unordered = (
        "SELECT count(*) FROM snapshots a JOIN snapshots b ON a.id = b.id - 1 WHERE a.instant_ms >= b.instant_ms"
    )
    if connection.execute(unordered).fetchone()[0]:
        found.append("snapshots out of order")
    if connection.execute("SELECT count(*) FROM snapshots WHERE twr IS NULL OR pnl_percent IS NULL").fetchone()[0]:
        found.append("a snapshot without metrics")
    if connection.execute("PRAGMA foreign_key_check").fetchall():
        found.append("a row without its parent")
    connection.close()
    return found


def _balance_problems(connection: sqlite3.Connection) -> list[str]:
    read_at_ms, total = connection.execute("SELECT read_at_ms, total_value_usd FROM portfolios").fetchone()
    if read_at_ms is None:
        return []
    rows = connection.execute("SELECT asset, balance, usd_value, instant_ms FROM last_balance").fetchall()
    if not rows:
        return ["no balances"]
    found = []
    parts = sum((Decimal(row[2]) for row in rows), Decimal(0))
    if abs(parts - Decimal(total)) > Decimal("1e-9"):
        found.append(f"parts {parts} of {total}")
    if {row[3] for row in rows} != {read_at_ms}:
        found.append("balances of two readings mixed")
    newest = connection.execute("SELECT content FROM holding_sets ORDER BY instant_ms DESC LIMIT 1").fetchone()[0]
    if orjson.loads(newest) != {row[0]: row[1] for row in rows}:
        found.append("the log of holdings disagrees")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_sixty_kills_at_random_moments(
    file: Path, processes: multiprocessing.context.ForkServerContext, seed: int
) -> None:
    url, chance = sqlite_url(file), random.Random(seed)
    Life(url).close()
    counts: list[int] = []
    for life in range(KILLS):
        child = processes.Process(target=live_fast, args=(url,), daemon=True)
        child.start()
        # Every second life is let live until its first snapshot, however slow the machine; the others die earlier.
        sign = _snapshots if life % 2 else _revision
        before = sign(file)
        _wait_for(lambda sign=sign, before=before: sign(file) != before)  # type: ignore[misc]
        until = time.monotonic() + chance.uniform(0.0, 0.25)
        while time.monotonic() < until:
            assert problems(file) == []
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        assert problems(file) == []
        counts.append(_count(file, "snapshots"))
    assert counts[-1] >= KILLS / 2, "the lives between the kills went on writing"
    assert counts == sorted(counts)
    survivor = Life(url)
    before_rebuild = survivor.metrics()
    survivor.services.history.rebuild()
    assert survivor.metrics() == before_rebuild
    survivor.close()


@pytest.mark.slow
def test_two_processes_write_every_slot_once_and_the_second_takes_over(
    file: Path, processes: multiprocessing.context.ForkServerContext
) -> None:
    url = sqlite_url(file)
    Life(url).close()
    now, reads = processes.Value("q", START_MS), [processes.Value("q", 0) for _ in range(2)]
    children = [processes.Process(target=live_on_shared_time, args=(url, now, count), daemon=True) for count in reads]
    for child in children:
        child.start()
    _wait_for(lambda: _count(file, "snapshots") == 1)
    for hour in range(1, 6):
        now.value = START_MS + hours(hour)
        _wait_for(lambda wanted=hour + 1: _count(file, "snapshots") == wanted)  # type: ignore[misc]
    leaders = [index for index, count in enumerate(reads) if count.value]
    leader = max(leaders, key=lambda index: reads[index].value)
    follower = 1 - leader
    _kill(children[leader].pid)
    children[leader].join()
    alone = reads[follower].value
    now.value = START_MS + hours(6)
    _wait_for(lambda: _count(file, "snapshots") == 7)
    assert reads[follower].value > alone
    _kill(children[follower].pid)
    children[follower].join()
    assert problems(file) == []


@pytest.mark.slow
def test_a_frozen_leader_that_wakes_cannot_write(
    file: Path, processes: multiprocessing.context.ForkServerContext
) -> None:
    url = sqlite_url(file)
    Life(url).close()
    now, reads = processes.Value("q", START_MS), [processes.Value("q", 0) for _ in range(2)]
    frozen = processes.Process(target=live_on_shared_time, args=(url, now, reads[0]), daemon=True)
    frozen.start()
    _wait_for(lambda: _count(file, "snapshots") == 1)
    assert frozen.pid is not None
    _stop_outside_a_write(frozen.pid, file)
    now.value = START_MS + hours(1)
    other = processes.Process(target=live_on_shared_time, args=(url, now, reads[1]), daemon=True)
    other.start()
    _wait_for(lambda: _count(file, "snapshots") == 2)
    holder = _holder(file)
    os.kill(frozen.pid, signal.SIGCONT)
    for hour in range(2, 5):
        now.value = START_MS + hours(hour)
        _wait_for(lambda wanted=hour + 1: _count(file, "snapshots") == wanted)  # type: ignore[misc]
    assert problems(file) == []
    assert holder.startswith(f"{other.pid}-")
    for child in (frozen, other):
        _kill(child.pid)
        child.join()


def test_a_write_with_an_old_fencing_number_changes_nothing(file: Path) -> None:
    life = Life(sqlite_url(file))
    life.tick()
    old = Life(sqlite_url(file), clock=life.clock)
    assert old.tick() == (False, False)
    life.clock.advance(31)
    assert old.tick() == (True, False)
    before = old.services.store.revision()
    reading = value(life.gateway.read_account())
    with pytest.raises(LeaseLost):
        life.services.portfolio.record(reading, fence=1)
    assert old.services.store.revision() == before
    assert life.services.auto_refresh.balance_tick() is False
    life.close()
    old.close()


def _stop_outside_a_write(pid: int, file: Path) -> None:
    """SIGSTOP at a moment when the process holds no lock: a held lock would stop everyone, as it should."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        probe = sqlite3.connect(file, timeout=0.2, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
        else:
            return
        finally:
            probe.close()


def _kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _wait_for(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.003)


def _query(file: Path, sql: str) -> object:
    connection = sqlite3.connect(file, timeout=5)
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


def _snapshots(file: Path) -> int:
    return _count(file, "snapshots")


def _revision(file: Path) -> object:
    return _query(file, "SELECT revision FROM portfolios")


def _holder(file: Path) -> str:
    return str(_query(file, "SELECT holder FROM lease"))


def _count(file: Path, table: str) -> int:
    found = _query(file, f"SELECT count(*) FROM {table}")
    assert isinstance(found, int)
    return found
