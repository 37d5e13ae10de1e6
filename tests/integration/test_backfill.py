"""History from the first day: rebuilt from records and today's balances, it agrees with the life that was lived."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.fakes import START_MS, MovingPrices, dec, hours
from tests.history_fakes import deposit, dividend, p2p, trade
from tests.worlds import Life

from dashboard_crypto.core.errors import ExchangeDown, ExchangeLimited
from dashboard_crypto.core.renames import KNOWN
from dashboard_crypto.core.timekeys import HOUR_MS

PAST_MS = START_MS - 60 * 24 * HOUR_MS
price_of = MovingPrices()


def price(asset: str, at_ms: int) -> Decimal:
    found = price_of(asset, at_ms)
    assert found is not None
    return found


class Lived:
    """Two months before the program was installed: the true return, and the records that tell of it."""

    def __init__(self) -> None:
        self.held: dict[str, Decimal] = {}
        self.growth = Decimal(1)
        self.base: Decimal | None = None
        self.flows: list[tuple[int, Decimal]] = []
        self.records: dict[str, list[dict[str, object]]] = {"deposit": [], "c2c": [], "trade": [], "dividend": []}
        self._live()

    def worth(self, at_ms: int) -> Decimal:
        return sum((quantity * price(asset, at_ms) for asset, quantity in self.held.items()), Decimal(0))

    def cross(self, asset: str, quantity: Decimal, at_ms: int) -> None:
        if self.base is not None:
            self.growth *= self.worth(at_ms) / self.base
        self.held[asset] = self.held.get(asset, Decimal(0)) + quantity
        self.base = self.worth(at_ms)
        self.flows.append((at_ms, quantity * price(asset, at_ms)))

    def buy(self, number: int, asset: str, quantity: Decimal, at_ms: int) -> None:
        cost = (quantity * price(asset, at_ms)).quantize(Decimal("1e-8"))
        self.held[asset] = self.held.get(asset, Decimal(0)) + quantity
        self.held["USDT"] -= cost
        is_buyer = quantity > 0
        told = trade(number, f"{asset}USDT", str(abs(quantity)), str(abs(cost)), at_ms, is_buyer=is_buyer)
        self.records["trade"].append(told)

    def _live(self) -> None:
        for number in range(8):
            at = PAST_MS + number * 5 * 24 * HOUR_MS + 17 * 60_000 * (number + 1)
            self.cross("USDT", dec(10_000 if number == 0 else 700 + number), at)
            name = "deposit" if number % 2 == 0 else "c2c"
            amount = "10000" if number == 0 else str(700 + number)
            made = deposit(number, "USDT", amount, at) if number % 2 == 0 else p2p(number, "USDT", amount, at)
            self.records[name].append(made)
            self.buy(2 * number, "BTC", dec("0.005"), at + 3 * HOUR_MS + 61_000)
            self.buy(2 * number + 1, "ETH", dec("0.1"), at + 40 * HOUR_MS)
            if number % 3 == 2:
                self.buy(100 + number, "ETH", dec("-0.15"), at + 50 * HOUR_MS)
                self.held["BNB"] = self.held.get("BNB", Decimal(0)) + dec("0.25")
                self.records["dividend"].append(dividend(number, "BNB", "0.25", at + 60 * HOUR_MS))
        gone = PAST_MS + 50 * 24 * HOUR_MS
        self.cross("USDT", dec("-500"), gone)
        self.records["c2c"].append(p2p(99, "USDT", "500", gone, side="SELL"))

    def twr(self, at_ms: int) -> Decimal:
        assert self.base is not None
        return self.growth * self.worth(at_ms) / self.base - 1


@pytest.fixture
def lived() -> Lived:
    return Lived()


def settled(life: Life, lived: Lived) -> Life:
    life.gateway.holdings = dict(lived.held)
    life.reader.records = {name: list(told) for name, told in lived.records.items()}
    life.reader.page_size = 5
    life.tick()
    life.read_history()
    return life


def test_the_return_since_the_first_day_is_the_one_that_was_lived(past_life: Life, lived: Lived) -> None:
    life = settled(past_life, lived)
    performance = life.services.performance
    found = performance.twr(0)
    assert found.twr is not None
    assert found.end_ms is not None
    assert abs(found.twr - lived.twr(found.end_ms)) < dec("1e-9")
    pnl = performance.pnl(0).pnl_usd
    truth = lived.worth(found.end_ms) - sum(amount for _, amount in lived.flows)
    assert pnl == pytest.approx(truth, abs=dec("1e-6"))
    stats = performance.stats()
    assert stats.total_cashflows == 9
    assert stats.history_start_ms is not None
    assert PAST_MS - HOUR_MS < stats.history_start_ms < PAST_MS + HOUR_MS
    assert stats.coverage == pytest.approx(1.0)
    assert (dict(stats.assumed_openings), stats.assumed_departures) == ({}, 0)
    rows = performance.snapshots().rows
    assert [row.source for row in rows[-2:]] == ["backfill", "live"]
    assert stats.latest_snapshot_id == rows[-1].id
    assert all(row.instant_ms % HOUR_MS == 0 for row in rows[:-1])
    assert {row.valuation_method for row in performance.cash_flows().rows} == {"exact"}


def test_the_live_part_goes_on_from_there(past_life: Life, lived: Lived) -> None:
    life = settled(past_life, lived)
    life.live(5)
    life.clock.advance(613)
    life.gateway.deposit("USDT", 3000, "deposit:late")
    lived.cross("USDT", dec(3000), life.clock.now_ms())
    life.clock.advance(17)
    life.tick()
    life.live(5)
    found = life.services.performance.twr(0)
    assert found.twr is not None
    assert found.end_ms is not None
    assert abs(found.twr - lived.twr(found.end_ms)) < dec("1e-6")
    week = life.services.performance.twr(7)
    assert week.twr is not None
    before = life.metrics()
    life.services.history.rebuild()
    assert life.metrics() == before


def test_nothing_is_written_until_every_source_was_read(past_life: Life, lived: Lived) -> None:
    past_life.reader.fail["dividend"] = ExchangeDown("no answer")
    life = settled(past_life, lived)
    assert {row.source for row in life.services.performance.snapshots().rows} == {"live"}
    assert life.services.performance.stats().coverage is None
    life.reader.fail.clear()
    life.clock.advance(60)
    life.read_history()
    assert life.services.performance.stats().history_start_ms is not None


def test_limits_let_it_go_on_where_it_stopped(past_life: Life, lived: Lived) -> None:
    life = past_life
    plain = life.reader.bars
    refusals = [3, 2, 1]

    def limited(asset: str, start_ms: int, end_ms: int) -> object:
        if refusals and len(life.reader.bars_asked) >= refusals[-1]:
            refusals.pop()
            raise ExchangeLimited("slow down", life.clock.now_ms() + 5_000)
        return plain(asset, start_ms, end_ms)

    life.reader.bars = limited  # type: ignore[method-assign, assignment]
    settled(life, lived)
    for _ in range(4):
        life.clock.advance(6)
        life.read_history()
    assert refusals == []
    assert life.services.performance.stats().history_start_ms is not None
    assert len(set(life.reader.bars_asked)) == len(life.reader.bars_asked)


def test_late_records_rebuild_it_and_the_same_ones_do_not(past_life: Life, lived: Lived) -> None:
    hidden = lived.records["c2c"].pop()
    life = settled(past_life, lived)
    assert dict(life.services.performance.stats().assumed_openings) == {}
    assert life.services.performance.stats().assumed_departures > 0
    wrong = life.services.performance.twr(0).twr
    life.clock.advance(3601)
    asked = len(life.reader.bars_asked)
    life.read_history()
    assert len(life.reader.bars_asked) == asked
    life.reader.records["c2c"].append(hidden)
    life.clock.advance(3601)
    life.tick()
    life.read_history()
    found = life.services.performance.twr(0)
    assert found.twr is not None
    assert found.end_ms is not None
    assert found.twr != wrong
    assert abs(found.twr - lived.twr(found.end_ms)) < dec("1e-6")
    assert life.services.performance.stats().assumed_departures == 0
    assert life.services.performance.stats().total_cashflows == 9


def test_what_no_record_tells_is_an_assumed_opening(past_life: Life, lived: Lived) -> None:
    lived.held["BNB"] += 3
    life = settled(past_life, lived)
    stats = life.services.performance.stats()
    assert dict(stats.assumed_openings) == {"BNB": dec(3)}
    assert stats.coverage is not None
    assert 0 < stats.coverage < 1


def test_a_price_record_that_ends_is_no_loss(past_life: Life, lived: Lived) -> None:
    ends_ms = PAST_MS + 30 * 24 * HOUR_MS
    lived.records["deposit"].append(deposit(50, "OLD", "1000", PAST_MS + 10 * 24 * HOUR_MS))
    lived.held["OLD"] = dec(1000)
    past_life.gateway.price_of = past_life.reader.price_of = lambda asset, at: (
        (dec(2) if at <= ends_ms else None) if asset == "OLD" else price_of(asset, at)
    )
    life = settled(past_life, lived)
    points = life.services.performance.twr_history(0, 0)
    steps = abs(points.percent[1:] - points.percent[:-1])
    around = (points.instants_ms[1:] > ends_ms - hours(30)) & (points.instants_ms[1:] < ends_ms + hours(30))
    assert steps[around].max() < 12
    kinds = {row.kind for row in life.services.performance.cash_flows().rows}
    assert "exit" in kinds
    found = life.services.performance.twr(0).twr
    assert found is not None
    assert dec("-0.9") < found < dec("3")


def test_a_restart_half_way_leaves_nothing_half(new_life: Callable[..., Life], lived: Lived) -> None:
    first = new_life(has_past=True)
    first.gateway.holdings = dict(lived.held)
    first.reader.records = dict(lived.records)
    first.tick()
    for _ in range(8):
        first.services.auto_refresh.history_tick()
    assert first.services.performance.stats().history_start_ms is None
    first.services.auto_refresh.stop()
    second = new_life(clock=first.clock, has_past=True)
    settled(second, lived)
    found = second.services.performance.twr(0)
    assert found.twr is not None
    assert found.end_ms is not None
    assert abs(found.twr - lived.twr(found.end_ms)) < dec("1e-9")


def test_a_renamed_coin_keeps_its_value_through_the_rename(past_life: Life) -> None:
    life = past_life
    renamed_ms = next(rename.instant_ms for rename in KNOWN if rename.old == "OM")

    def worth_of(asset: str, when_ms: int) -> Decimal | None:
        if asset == "USDT":
            return dec(1)
        if asset == "OM":
            return dec(4) if when_ms <= renamed_ms else None
        return dec(1) * (1 if when_ms < renamed_ms + hours(5) else 2) if when_ms >= renamed_ms else None

    life.clock.set(renamed_ms + hours(10))
    life.gateway.price_of = life.reader.price_of = worth_of
    life.gateway.holdings = {"MANTRA": dec(400)}
    life.reader.records = {"deposit": [deposit(1, "OM", "100", renamed_ms - hours(30))]}
    life.tick()
    life.read_history()
    stats = life.services.performance.stats()
    assert (dict(stats.assumed_openings), stats.assumed_departures) == ({}, 0)
    assert stats.coverage == 1
    assert [row.kind for row in life.services.performance.cash_flows().rows] == ["deposit"]
    rows = life.services.performance.snapshots().rows
    assert {row.total_value_usd for row in rows if renamed_ms - hours(29) < row.instant_ms < renamed_ms + hours(5)} == {
        dec(400)
    }
    assert life.services.performance.twr(0).twr == 1
    assert life.services.performance.pnl(0).pnl_usd == dec(400)
