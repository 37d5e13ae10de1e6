"""kill -9 while the past is being priced: what was committed is not asked for again, and the result is the same."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from tests.databases import sqlite_url
from tests.faults.children import rebuild_past
from tests.worlds import Life

KILLS = 12
MOST_LOST = 2
"""A worker alone has two pieces between two commits."""


def rebuilt(file: Path) -> list[list[tuple[Any, ...]]]:
    connection = sqlite3.connect(file)
    found = [
        connection.execute(
            "SELECT timestamp, total_value_usd, capital_usd, twr FROM snapshots WHERE source = 'backfill' ORDER BY 1"
        ).fetchall(),
        sorted(connection.execute("SELECT external_id, amount_usd, value_before_usd, kind FROM cash_flows")),
    ]
    connection.close()
    return found


def kept(file: Path) -> int:
    connection = sqlite3.connect(file)
    (count,) = connection.execute("SELECT count(*) FROM account_checks WHERE name LIKE 'fetched:%'").fetchone()
    connection.close()
    return int(count)


def test_a_killed_rebuild_goes_on_where_the_last_commit_stood(folder: Path, processes: ForkServerContext) -> None:
    asked, done = processes.Value("i", 0), processes.Value("i", 0)

    def start(file: Path, number: int) -> Any:
        child = processes.Process(target=rebuild_past, args=(sqlite_url(file), number, asked, done), daemon=True)
        child.start()
        return child

    whole, file, chance = folder / "whole.db", folder / "killed.db", random.Random(7)
    for path in (whole, file):
        Life(sqlite_url(path)).close()
    start(whole, 0).join(60)
    assert done.value == 1
    needed, asked.value, done.value = asked.value, 0, 0
    assert needed > 60
    counts = []
    for number in range(KILLS):
        enough, child = asked.value + chance.randrange(2, 9), start(file, number)
        deadline = time.monotonic() + 20
        while asked.value < enough and time.monotonic() < deadline:
            time.sleep(0.002)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        counts.append(kept(file))
    assert done.value == 0
    assert counts == sorted(counts)
    assert counts[-1] > KILLS
    last = start(file, KILLS)
    last.join(60)
    assert done.value == 1
    assert needed <= asked.value <= needed + KILLS * MOST_LOST
    assert rebuilt(file) == rebuilt(whole)
    assert kept(file) == kept(whole) == 0
