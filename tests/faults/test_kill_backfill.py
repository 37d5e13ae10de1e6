"""kill -9 while the past is being priced: what was committed is not asked for again, and the result is the same."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from tests.databases import sqlite_url
from tests.faults.children import grow_past, rebuild_past
from tests.worlds import Life

KILLS = 12
GROWING_KILLS = 4
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


class Rebuilds:
    """Starts children that rebuild the past, and kills them at their work."""

    def __init__(self, processes: ForkServerContext) -> None:
        self._processes = processes
        self.asked = processes.Value("i", 0)
        self._done = processes.Value("i", 0)

    def finish(self, file: Path, number: int, body: Callable[..., None]) -> None:
        self._start(file, number, body).join(60)
        assert self._done.value == 1
        self._done.value = 0

    def kill(self, file: Path, number: int, body: Callable[..., None], *, after: int) -> None:
        """Once it has asked for prices so many times."""
        enough, child = self.asked.value + after, self._start(file, number, body)
        deadline = time.monotonic() + 20
        while self.asked.value < enough and time.monotonic() < deadline:
            time.sleep(0.002)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert self._done.value == 0

    def _start(self, file: Path, number: int, body: Callable[..., None]) -> Any:
        arguments = (sqlite_url(file), number, self.asked, self._done)
        child = self._processes.Process(target=body, args=arguments, daemon=True)
        child.start()
        return child


@pytest.fixture
def rebuilds(processes: ForkServerContext) -> Rebuilds:
    return Rebuilds(processes)


@pytest.fixture
def files(folder: Path) -> tuple[Path, Path]:
    """A database for a rebuild in one go, and one for those that are killed."""
    made = folder / "whole.db", folder / "killed.db"
    for file in made:
        Life(sqlite_url(file)).close()
    return made


def test_a_killed_rebuild_goes_on_where_the_last_commit_stood(files: tuple[Path, Path], rebuilds: Rebuilds) -> None:
    (whole, file), chance = files, random.Random(7)
    rebuilds.finish(whole, 0, rebuild_past)
    needed, rebuilds.asked.value = rebuilds.asked.value, 0
    assert needed > 60
    counts = []
    for number in range(KILLS):
        rebuilds.kill(file, number, rebuild_past, after=chance.randrange(2, 9))
        counts.append(kept(file))
    assert counts == sorted(counts)
    assert counts[-1] > KILLS
    rebuilds.finish(file, KILLS, rebuild_past)
    assert needed <= rebuilds.asked.value <= needed + KILLS * MOST_LOST
    assert rebuilt(file) == rebuilt(whole)
    assert kept(file) == kept(whole) == 0


def test_a_history_that_is_killed_while_it_grows_becomes_the_same(files: tuple[Path, Path], rebuilds: Rebuilds) -> None:
    (whole, file), chance = files, random.Random(11)
    rebuilds.finish(whole, 0, rebuild_past)
    shown = []
    for number in range(GROWING_KILLS):
        rebuilds.kill(file, number, grow_past, after=chance.randrange(9, 20))
        shown.append(len(rebuilt(file)[0]))
    assert shown == sorted(shown)
    assert len(set(shown)) > 1
    assert max(shown) < len(rebuilt(whole)[0])
    rebuilds.finish(file, GROWING_KILLS, grow_past)
    assert rebuilt(file) == rebuilt(whole)
    assert kept(file) == 0
