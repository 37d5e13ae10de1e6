"""Hourly closes: the usual routes, the fewest questions, only the spans asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from tests.unit.exchange.past import NOW_MS, StillClock

from dashboard_crypto.core.errors import ExchangeLimited, MalformedAnswer
from dashboard_crypto.exchange.bars import HOUR_MS, HourlyBars
from dashboard_crypto.exchange.crew import Threads
from dashboard_crypto.exchange.parsing import Symbol
from dashboard_crypto.exchange.refusals import RequestRefused
from dashboard_crypto.exchange.symbol_map import SymbolMap

SYMBOLS = SymbolMap(
    [
        Symbol("BTCUSDT", "BTC", "USDT", "TRADING"),
        Symbol("NEARBTC", "NEAR", "BTC", "TRADING"),
        Symbol("NEARUSDT", "NEAR", "USDT", "TRADING"),
        Symbol("OLDBTC", "OLD", "BTC", "BREAK"),
        Symbol("USDTTRY", "USDT", "TRY", "TRADING"),
        Symbol("PEPEBTC", "PEPE", "BTC", "TRADING"),
    ]
)


class Klines:
    """Bars by pair: from the hour it was listed to the hour it was delisted, hours before now."""

    def __init__(self, **lives: tuple[int, int]) -> None:
        self.lives = {"BTCUSDT": (100_000, 0), "NEARUSDT": (3000, 0), "NEARBTC": (9000, 0), "OLDBTC": (9000, 5000),
                      "USDTTRY": (100_000, 0), "PEPEBTC": (500, 0), **lives}  # fmt: skip
        self.gaps: set[int] = set()
        self.asked: list[tuple[str, int, int]] = []
        self.fail_at: int | None = None

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        question: dict[str, Any] = dict(params or {})
        name, start, end = question["symbol"], question["startTime"], question["endTime"]
        assert (endpoint_id, question["interval"], question["limit"]) == ("klines", "1h", 1000)
        if self.fail_at is not None and len(self.asked) == self.fail_at:
            raise ExchangeLimited("spent", NOW_MS)
        self.asked.append((name, start, end))
        if name not in self.lives:
            raise RequestRefused("Invalid symbol.", -1121)
        oldest, newest = self.lives[name]
        first = max(-(-start // HOUR_MS) * HOUR_MS, NOW_MS - oldest * HOUR_MS)
        last = min(end, NOW_MS - newest * HOUR_MS - 1)
        opens = [at for at in range(first, last + 1, HOUR_MS) if at not in self.gaps]
        return [
            [at, "0", "0", "0", close(name, at), "0", at + HOUR_MS - 1, "0", 1, "0", "0", "0"] for at in opens[:1000]
        ]


def close(name: str, open_ms: int) -> str:
    """A price that changes every hour, but for NEARUSDT."""
    low = {"BTCUSDT": "60000.", "NEARBTC": "0.0001", "USDTTRY": "40.", "OLDBTC": "0.5", "PEPEBTC": "0.001"}
    return "5" if name == "NEARUSDT" else f"{low[name]}{open_ms // HOUR_MS % 7}"


def hours(count: int, until: int = 0) -> tuple[int, int]:
    """The span of `count` hours that ends `until` hours before now."""
    return NOW_MS - (until + count) * HOUR_MS, NOW_MS - until * HOUR_MS


@pytest.mark.parametrize(("count", "questions"), [(1, 1), (999, 1), (1000, 1), (1001, 2), (2000, 2), (26_280, 27)])
def test_a_thousand_bars_each(count: int, questions: int) -> None:
    klines = Klines()
    bars = HourlyBars(klines, StillClock()).read(SYMBOLS, "BTC", *hours(count))
    assert [at for at, _ in bars] == list(range(NOW_MS - (count - 1) * HOUR_MS, NOW_MS + 1, HOUR_MS))
    assert len(klines.asked) == questions


def test_a_bar_belongs_to_the_hour_that_it_ends() -> None:
    klines = Klines()
    start = NOW_MS - 10 * HOUR_MS
    bars = HourlyBars(klines, StillClock()).read(SYMBOLS, "BTC", start, start + HOUR_MS)
    assert bars == [(start + HOUR_MS, Decimal(close("BTCUSDT", start)))]
    assert klines.asked == [("BTCUSDT", start, start + HOUR_MS - 1)]
    for odd in (1, HOUR_MS - 1):
        assert HourlyBars(Klines(), StillClock()).read(SYMBOLS, "BTC", start + odd, start + HOUR_MS) == bars
    assert HourlyBars(klines, StillClock()).read(SYMBOLS, "BTC", start + 1, start + HOUR_MS - 1) == []


def test_an_hour_that_is_not_over_has_no_close() -> None:
    bars = HourlyBars(Klines(), StillClock()).read(SYMBOLS, "BTC", NOW_MS - HOUR_MS, NOW_MS + 3 * HOUR_MS)
    assert [at for at, _ in bars] == [NOW_MS]


def test_the_dollar_costs_nothing() -> None:
    klines = Klines()
    bars = HourlyBars(klines, StillClock()).read(SYMBOLS, "USDT", *hours(5))
    assert [price for _, price in bars] == [Decimal(1)] * 5
    assert klines.asked == []


def test_usdttry_is_inverted() -> None:
    bars = HourlyBars(Klines(), StillClock()).read(SYMBOLS, "TRY", *hours(3))
    assert all(Decimal("0.024") < price <= Decimal("0.025") for _, price in bars)


def test_before_its_dollar_pair_was_listed_a_coin_is_priced_through_bitcoin() -> None:
    klines = Klines()
    bars = HourlyBars(klines, StillClock()).read(SYMBOLS, "NEAR", *hours(4000))
    assert len(bars) == 4000
    assert bars[-1][1] == Decimal(5)
    first = bars[0][0] - HOUR_MS
    assert bars[0][1] == Decimal(close("NEARBTC", first)) * Decimal(close("BTCUSDT", first))
    assert bars[999][1] != Decimal(5) == bars[1000][1]
    assert {name for name, _, _ in klines.asked} == {"NEARUSDT", "NEARBTC", "BTCUSDT"}
    assert len(klines.asked) == 3 + 1 + 1


def test_a_delisted_pair_tells_until_its_end() -> None:
    bars = HourlyBars(Klines(), StillClock()).read(SYMBOLS, "OLD", *hours(6000))
    assert [at for at, _ in bars][-1] == NOW_MS - 5000 * HOUR_MS
    assert len(bars) == 1000


def test_nothing_is_asked_of_bitcoin_for_hours_without_the_coin() -> None:
    klines = Klines()
    HourlyBars(klines, StillClock()).read(SYMBOLS, "PEPE", *hours(20_000))
    assert [name for name, _, _ in klines.asked] == ["PEPEBTC", "BTCUSDT"]


def test_coins_that_share_a_pair_ask_for_it_once() -> None:
    klines = Klines()
    reader = HourlyBars(klines, StillClock())
    for coin, count in (("BTC", 3000), ("PEPE", 400), ("OLD", 7000)):
        reader.read(SYMBOLS, coin, *hours(count))
    asked = [name for name, _, _ in klines.asked]
    assert asked.count("BTCUSDT") == 3 + 2  # 3000 hours, and then the two thousand in which OLD was traded
    before = len(asked)
    reader.read(SYMBOLS, "BTC", *hours(2000, until=500))
    assert len(klines.asked) == before


def test_a_spent_budget_goes_on_where_it_stopped() -> None:
    klines = Klines()
    klines.fail_at = 2
    reader = HourlyBars(klines, StillClock())
    with pytest.raises(ExchangeLimited):
        reader.read(SYMBOLS, "BTC", *hours(5000))
    klines.fail_at = None
    assert len(reader.read(SYMBOLS, "BTC", *hours(5000))) == 5000
    assert len(klines.asked) == 5


def test_a_gap_stays_a_gap() -> None:
    klines = Klines()
    klines.gaps = {NOW_MS - 10 * HOUR_MS, NOW_MS - 9 * HOUR_MS}
    bars = HourlyBars(klines, StillClock()).read(SYMBOLS, "BTC", *hours(20))
    assert len(bars) == 18
    assert len(klines.asked) == 1


def test_what_nobody_asks_for_any_more_is_forgotten() -> None:
    klines, clock = Klines(), StillClock()
    reader = HourlyBars(klines, clock)
    reader.read(SYMBOLS, "BTC", *hours(5))
    clock.seconds += 1000
    reader.forget()
    reader.read(SYMBOLS, "BTC", *hours(5))
    assert len(klines.asked) == 2


def test_a_coin_without_any_pair_has_no_bars() -> None:
    assert HourlyBars(Klines(), StillClock()).read(SYMBOLS, "MOON", *hours(5)) == []


def test_a_bar_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(MalformedAnswer):
        HourlyBars(lambda _id, _params=None: [{}], StillClock()).read(SYMBOLS, "BTC", *hours(5))


class SlowKlines(Klines):
    """Answers after a while, so that readers overlap; counts how many questions are on their way."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.failing = 0

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            fails = self.failing > 0
            self.failing -= fails
        time.sleep(0.02)
        with self.lock:
            self.now -= 1
            if fails:
                raise ExchangeLimited("spent", NOW_MS)
            return super().__call__(endpoint_id, params)


def test_readers_side_by_side_ask_nothing_twice() -> None:
    klines, crew = SlowKlines(), Threads(8)
    reader = HourlyBars(klines, StillClock())
    coins = ["BTC", "PEPE", "OLD", "BTC", "NEAR", "PEPE", "BTC"]
    found = crew.run([partial(reader.read, SYMBOLS, coin, *hours(6000)) for coin in coins])
    alone = HourlyBars(Klines(), StillClock())
    assert found == [alone.read(SYMBOLS, coin, *hours(6000)) for coin in coins]
    stretches = sorted(klines.asked)
    covered: dict[str, int] = {}
    for name, start, end in stretches:
        assert start >= covered.get(name, 0), (name, stretches)
        covered[name] = min(end + 1, start + 1000 * HOUR_MS)
    assert klines.most > 1
    crew.close()


def test_what_one_reader_failed_to_get_another_asks_for() -> None:
    klines, crew = SlowKlines(), Threads(4)
    klines.failing = 1
    reader = HourlyBars(klines, StillClock())
    found = crew.run([partial(reader.read, SYMBOLS, "BTC", *hours(800))] * 4)
    assert sum(isinstance(bars, ExchangeLimited) for bars in found) == 1
    assert [len(bars) for bars in found if not isinstance(bars, Exception)] == [800] * 3
    assert len(klines.asked) == 1
    crew.close()


def test_of_very_many_closes_the_oldest_are_forgotten() -> None:
    klines = Klines()
    reader = HourlyBars(klines, StillClock())
    for start in range(70_000, 0, -1000):
        reader.read(SYMBOLS, "BTC", *hours(1000, until=start))
    assert len(klines.asked) == 70
    reader.read(SYMBOLS, "BTC", *hours(1000, until=1000))
    assert len(klines.asked) == 70
    reader.read(SYMBOLS, "BTC", *hours(1000, until=70_000))
    assert len(klines.asked) == 71
