"""What the processes of the fault tests run: both loops as fast as they can, on a real SQLite file."""

from __future__ import annotations

import time
from decimal import Decimal
from multiprocessing.sharedctypes import Synchronized

from tests.fakes import START_MS, FakeClock
from tests.worlds import Life


class SharedClock(FakeClock):
    """A clock that the parent process moves for everyone."""

    def __init__(self, shared: Synchronized[int]) -> None:
        super().__init__(START_MS)
        self._shared = shared

    def now_ms(self) -> int:
        """What the parent says."""
        return int(self._shared.value)

    def monotonic(self) -> float:
        """The same, in seconds."""
        return int(self._shared.value) / 1000


def live_fast(url: str) -> None:
    """Ten minutes per cycle, with balances that always change and a deposit now and then; until killed."""
    life = Life(url, clock=FakeClock(_after_the_last_life(url)))
    cycle = 0
    while True:
        cycle += 1
        life.clock.advance(600)
        life.gateway.holdings["ETH"] = Decimal(cycle % 7) + Decimal("0.1")
        if cycle % 5 == 0:
            life.gateway.deposit("USDT", 250, f"deposit-{life.clock.now_ms()}")
        life.tick()


def live_on_shared_time(url: str, shared: Synchronized[int], reads: Synchronized[int]) -> None:
    """Tick until killed; counts the readings of the account that this process made."""
    clock = SharedClock(shared)
    life = Life(url, clock=clock)
    while True:
        life.tick()
        with reads.get_lock():
            reads.value = life.gateway.calls.count("read_account")
        time.sleep(0.002)


def _after_the_last_life(url: str) -> int:
    life = Life(url, clock=FakeClock(START_MS))
    read_at_ms = life.services.portfolio.stored().read_at_ms
    life.services.store.close()
    return START_MS if read_at_ms is None else read_at_ms + 120_000
