"""What the processes of the fault tests run: both loops as fast as they can, on a real SQLite file."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from multiprocessing.sharedctypes import Synchronized
from typing import Any, cast

from tests.fakes import START_MS, FakeClock, MovingPrices
from tests.history_fakes import FakeHistoryReader, deposit, dividend, p2p, trade
from tests.worlds import Life

from dashboard_crypto.core.decisions import Decision, Split, SplitPart
from dashboard_crypto.core.model import Redemption
from dashboard_crypto.core.movement import FlowClass
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db import decision_rows


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


REDEEMED = tuple(Decimal(1 + number % 5) / 10 for number in range(400))
"""Amounts of ETH, one due every minute, all under way from the start."""
STAKED_ETH = Decimal(2)


def live_with_arrivals(url: str) -> None:
    """Half a minute per cycle; coins come up to 40 seconds late, and their records 100 seconds; until killed."""
    life = Life(url, clock=FakeClock(_after_the_last_life(url)))
    while True:
        life.clock.advance(30)
        now_ms = life.clock.now_ms()
        due = [START_MS + 60_000 * (1 + number) for number in range(len(REDEEMED))]
        here = [amount for number, amount in enumerate(REDEEMED) if due[number] + 20_000 * (number % 3) <= now_ms]
        life.gateway.holdings["ETH"] = STAKED_ETH + sum(here)
        life.gateway.redemptions = [
            Redemption(
                f"eth_redemption:{number}",
                "eth_redemption",
                START_MS - 1 - number,
                "ETH",
                amount,
                due[number],
                now_ms < due[number] + 100_000,
            )
            for number, amount in enumerate(REDEEMED)
        ]
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


def read_history(url: str, size: int, number: int, done: Synchronized[int]) -> None:
    """Read a long past page by page as fast as it goes; until killed, or to the end.

    Each `number` lives a minute later than the one before: the lease of the killed one has run out by then.
    """
    life = Life(url, clock=FakeClock(START_MS + 60_000 * number), has_past=True)
    life.reader.records = long_past(size)
    assert life.services.auto_refresh.balance_tick()
    life.read_history()
    done.value = 1


class CountedReader(FakeHistoryReader):
    """Tells the parent process how often it was asked for prices; each answer takes a moment."""

    def count_in(self, counter: Synchronized[int]) -> None:
        """Where to count."""
        self._counter = counter

    def bars(self, asset: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Decimal]]:
        """As the base class."""
        self._count()
        return super().bars(asset, start_ms, end_ms)

    def prices_then(self, assets: Collection[str], instant_ms: int) -> Mapping[str, Decimal | None]:
        """As the base class."""
        self._count()
        return super().prices_then(assets, instant_ms)

    def _count(self) -> None:
        with self._counter.get_lock():
            self._counter.value += 1
        time.sleep(0.02)


def rebuild_past(url: str, number: int, asked: Synchronized[int], done: Synchronized[int]) -> None:
    """Read a year and rebuild it with its prices; until killed, or to the end. Time passes as in `read_history`."""
    _rebuild(url, number, CountedReader(records=year_past(), page_size=100, price_of=MovingPrices()), asked, done)


def grow_past(url: str, number: int, asked: Synchronized[int], done: Synchronized[int]) -> None:
    """The same, told newest first and in small pages: parts of the past are shown meanwhile."""
    told = {name: list(reversed(records)) for name, records in year_past().items()}
    reader = CountedReader(records=told, page_size=5, price_of=MovingPrices(), began_ms=START_MS + HOUR_MS)
    reader.covers = lambda record: int(record.get("insertTime") or record["time"])
    _rebuild(url, number, reader, asked, done)


def _rebuild(url: str, number: int, reader: CountedReader, asked: Synchronized[int], done: Synchronized[int]) -> None:
    reader.count_in(asked)
    life = Life(url, clock=FakeClock(START_MS + 60_000 * number), has_past=True)
    life.reader = reader
    life.gateway.holdings = dict(YEAR_HELD)
    assert life.services.auto_refresh.balance_tick()
    life.services.auto_refresh.snapshot_tick()
    life.read_history()
    done.value = 1


YEAR_HELD = {"USDT": Decimal(25_200), "BTC": Decimal("0.36"), "ETH": Decimal("0.36"), "BNB": Decimal("0.36")}
"""What its records add up to."""


def year_past() -> dict[str, list[dict[str, Any]]]:
    """A year in which money comes in every tenth day and becomes three coins."""
    day_ms = 86_400_000
    past: dict[str, list[dict[str, Any]]] = {"deposit": [], "trade": []}
    for n in range(36):
        at = START_MS - 365 * day_ms + n * 10 * day_ms + 17_000
        past["deposit"].append(deposit(n, "USDT", "1000", at))
        for k, coin in enumerate(("BTC", "ETH", "BNB")):
            past["trade"].append(trade(3 * n + k, f"{coin}USDT", "0.01", "100", at + (k + 1) * 3_600_000))
    return past


DECIDED = {"dividend:7#in": "external", "c2c:p9": "income", "deposit:d30": None}
"""What the owner has said about movements that are not read yet: the last one is split."""


def decide(url: str) -> None:
    """Keep the decisions, as if they had been made before everything was read anew."""
    life = Life(url)
    parts = (SplitPart(Decimal(30), "external"), SplitPart(Decimal("0.25"), "income"))
    with life.services.store.session() as session:
        for key, flow_class in DECIDED.items():
            split = None if flow_class else Split("quantity", Decimal("30.25"), parts)
            decision = Decision(key, cast("FlowClass | None", flow_class), split=split, note="said")
            decision_rows.save_decision(session, 1, decision, START_MS)
    life.close()


def long_past(size: int) -> dict[str, list[dict[str, Any]]]:
    """Records of four kinds, each told twice in places, some of which change while being read."""
    at = START_MS - size * 60_000
    past: dict[str, list[dict[str, Any]]] = {"deposit": [], "c2c": [], "trade": [], "dividend": []}
    for n in range(size):
        past["deposit"].append(deposit(n, "USDT", f"{n}.25", at + n * 60_000, status=n % 3 % 2))
        past["c2c"].append(p2p(n % (size // 2), "USDT", "5", at + n % (size // 2) * 1000))
        past["trade"].append(trade(n, "BTCUSDT", "0.001", "90.5", at + n * 60_000, is_buyer=n % 2 == 0))
        past["dividend"].append(dividend(n // 2, "BNB", "0.01", at + n // 2 * 1000))
    past["deposit"] += [{**record, "status": 1} for record in past["deposit"]]
    return past
