"""kill -9 at random moments of reading the history: it goes on, and the tables are those of a reading in one go."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from tests.databases import sqlite_url
from tests.fakes import START_MS, FakeClock
from tests.faults.children import DECIDED, decide, long_past, read_history
from tests.worlds import Life

SIZE = 600
KILLS = 100


def tables(file: Path) -> list[list[tuple[Any, ...]]]:
    connection = sqlite3.connect(file)
    columns = {
        "ledger_records": "record_key, source, state, finality, raw",
        "movements": "*",
        "ledger_decisions": "*",
        "cash_flows": "external_id, instant_ms, quantity, kind, flow_class, split, note",
    }
    found = [sorted(connection.execute(f"SELECT {what} FROM {name}")) for name, what in columns.items()]
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
    return found


def in_one_go(file: Path) -> list[list[tuple[Any, ...]]]:
    decide(sqlite_url(file))
    life = Life(sqlite_url(file), clock=FakeClock(START_MS), has_past=True)
    life.reader.records = long_past(SIZE)
    life.services.auto_refresh.balance_tick()
    life.read_history()
    life.close()
    return tables(file)


@pytest.mark.slow
def test_a_hundred_kills_leave_the_tables_of_one_reading(folder: Path, processes: ForkServerContext) -> None:
    wanted = in_one_go(folder / "whole.db")
    decided = {row[0]: row[4:] for row in wanted[3] if row[0] in DECIDED}
    assert [decided[key][0] for key in DECIDED] == ["external", "income", "external"]
    assert all(row[2] == "said" for row in decided.values())
    file, chance = folder / "killed.db", random.Random(2026)
    decide(sqlite_url(file))
    done = processes.Value("i", 0)
    counts: list[int] = []
    half_way = 0
    for number in range(KILLS):
        child = processes.Process(target=read_history, args=(sqlite_url(file), SIZE, number, done), daemon=True)
        child.start()
        time.sleep(chance.uniform(0.1, 0.6))
        if child.is_alive() and child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)
        child.join()
        counts.append(len(tables(file)[0]))
        half_way += counts[-1] > 0 and not done.value
        if done.value:
            _forget_half(file, chance)
            done.value = 0
    assert half_way > KILLS // 2
    assert len(set(counts)) > 3
    last = processes.Process(target=read_history, args=(sqlite_url(file), SIZE, KILLS, done), daemon=True)
    last.start()
    last.join(60)
    assert done.value == 1
    assert tables(file) == wanted


def _forget_half(file: Path, chance: random.Random) -> None:
    """Read on from somewhere before the end, so that all kills hit a reading: repeats change nothing."""
    connection = sqlite3.connect(file)
    connection.execute("UPDATE import_sources SET cursor = ?, done = 0", (str(3 * chance.randrange(SIZE // 6)),))
    connection.commit()
    connection.close()
