"""kill -9 while staked coins arrive and their records are late: every stored reading counts each of them once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from decimal import Decimal
from multiprocessing.context import ForkServerContext
from pathlib import Path

import orjson
from tests.databases import sqlite_url
from tests.faults.children import REDEEMED, STAKED_ETH, live_with_arrivals
from tests.worlds import Life

from dashboard_crypto.core.movement import IN_TRANSIT

KILLS = 8
OWNED = STAKED_ETH + sum(REDEEMED)


def logged(file: Path) -> list[Decimal]:
    """ETH of every stored reading that differs from the one before."""
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT content FROM holding_sets ORDER BY instant_ms").fetchall()
    connection.close()
    return [Decimal(orjson.loads(content)["ETH"]) for (content,) in found]


def arrived(file: Path) -> Decimal:
    """What is in spot by the newest stored reading, and that it belongs to what is under way."""
    connection = sqlite3.connect(file)
    row = connection.execute("SELECT wallets FROM last_balance WHERE asset = 'ETH'").fetchone()
    connection.close()
    if row is None:
        return Decimal(0)
    wallets = {name: Decimal(text) for name, text in orjson.loads(row[0]).items()}
    assert wallets["spot"] + wallets[IN_TRANSIT] == OWNED
    return wallets["spot"]


def test_no_kill_makes_coins_count_twice_or_not_at_all(folder: Path, processes: ForkServerContext) -> None:
    file, chance = folder / "portfolio.db", random.Random(3)
    Life(sqlite_url(file)).close()
    seen = []
    for _ in range(KILLS):
        before = arrived(file)
        child = processes.Process(target=live_with_arrivals, args=(sqlite_url(file),), daemon=True)
        child.start()
        deadline = time.monotonic() + 20
        while arrived(file) == before and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.15))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        seen.append(arrived(file))
    assert seen == sorted(set(seen)), "every life read arrivals"
    assert set(logged(file)) == {OWNED}
