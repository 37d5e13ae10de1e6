"""Clocks, doorbell, pace and the placing of flows, each alone."""

from __future__ import annotations

import random
import threading
import time
from decimal import Decimal

import pytest

from dashboard_crypto.core.errors import ClockOff, ExchangeBanned, ExchangeDown, KeyRefused, PartialReading
from dashboard_crypto.db.records import HoldingSet
from dashboard_crypto.services.clock import ExchangeClock, SteppedClock, SystemClock
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_placing import Movement, place_jump, place_movement
from dashboard_crypto.services.pace import Pace
from dashboard_crypto.services.snapshot_writer import SnapshotRules

MINUTE = 60_000


def test_the_system_clock_is_the_machines() -> None:
    clock = SystemClock()
    assert abs(clock.now_ms() - time.time() * 1000) < 1000
    assert clock.monotonic() <= clock.monotonic()


def test_a_stepped_clock_moves_monotonic_time_only_forward() -> None:
    clock = SteppedClock(1_000_000)
    clock.advance(5)
    clock.set(500_000)
    assert (clock.now_ms(), clock.monotonic()) == (500_000, 5.0)


def test_an_exchange_clock_keeps_its_offset_when_the_exchange_fails() -> None:
    answers: list[int | Exception] = [1_700_000_000_000, ExchangeDown("no")]

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    clock = ExchangeClock(ask)
    assert abs(clock.now_ms() - time.time() * 1000) < 1000
    clock.sync()
    assert 0 <= clock.now_ms() - 1_700_000_000_000 < 1000
    with pytest.raises(ExchangeDown):
        clock.sync()
    assert 0 <= clock.now_ms() - 1_700_000_000_000 < 1000


def test_a_slow_listener_hears_the_newest_ring_of_each_topic_only() -> None:
    bell = Doorbell()
    with bell.subscribe() as listener:
        for revision in range(100):
            bell.ring("portfolio", revision)
        bell.ring("performance", 7)
        assert listener.wait(0) == ("portfolio", 99)
        assert listener.wait(0) == ("performance", 7)
        assert listener.wait(0.01) is None
        assert bell.listeners == 1
    assert bell.listeners == 0


def test_a_ring_wakes_a_waiting_listener_and_closing_does_too() -> None:
    bell = Doorbell()
    listener = bell.subscribe()
    threading.Timer(0.05, lambda: bell.ring("status", 3)).start()
    assert listener.wait(5) == ("status", 3)
    threading.Timer(0.05, bell.close).start()
    began = time.monotonic()
    assert listener.wait(5) is None
    assert time.monotonic() - began < 4
    assert listener.closed


def test_pauses_grow_to_five_minutes_and_are_spread() -> None:
    clock = SteppedClock(0)
    pace = Pace(clock, 30, random.Random(1))
    pauses = []
    for _ in range(12):
        pace.failed(ExchangeDown("down"))
        pauses.append(pace.delay_s)
    assert all(2 ** min(n, 9) * 0.5 <= pause <= 2**n for n, pause in enumerate(pauses[:8], start=1))
    assert all(150 <= pause <= 300 for pause in pauses[8:])
    assert len(set(pauses)) == 12
    pace.succeeded()
    assert (pace.delay_s, pace.failures) == (30, 0)


def test_a_refused_key_is_tried_again_after_half_a_minute_and_then_ever_more_rarely() -> None:
    pace = Pace(SteppedClock(0), 30)
    pauses = []
    for _ in range(8):
        pace.failed(KeyRefused("no"))
        assert not pace.must_hold()  # the refresh button asks at once
        pauses.append(pace.delay_s)
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    slow = Pace(SteppedClock(0), 3600)
    slow.failed(KeyRefused("no"))
    assert slow.delay_s == 3600


def test_a_ban_is_waited_out() -> None:
    clock = SteppedClock(1_000_000)
    pace = Pace(clock, 30)
    pace.failed(ExchangeBanned("banned", 1_000_000 + 7_200_000))
    assert (pace.delay_s, pace.must_hold()) == (7200.0, True)
    clock.advance(7200)
    assert not pace.must_hold()
    for passing in (PartialReading("x"), ClockOff("x")):
        pace.failed(passing)
        assert pace.delay_s == 30


def test_slots_are_whole_hours_in_utc() -> None:
    rules = SnapshotRules(30, 3600)
    assert rules.slot_of(1_767_225_600_000 + 3_599_999) == 1_767_225_600_000
    assert rules.slot_of(1_767_225_600_000 + 3_600_000) == 1_767_229_200_000
    assert rules.fresh_ms == 60_000


def held(start: int, until: int, **quantities: str) -> HoldingSet:
    return HoldingSet(start, until, {asset: Decimal(text) for asset, text in quantities.items()})


def place(movement: Movement, *sets: HoldingSet, others: tuple[Movement, ...] = ()) -> tuple[int, object, bool]:
    placed = place_movement(movement, sets, others, earliest_ms=2 * MINUTE)
    return placed.instant_ms, placed.holdings, placed.is_final


DEPOSIT = Movement("USDT", Decimal(100), 10 * MINUTE)


def test_between_two_close_readings_the_flow_keeps_its_time() -> None:
    before = held(0, 10 * MINUTE - 20_000, USDT="5")
    after = held(10 * MINUTE + 10_000, 20 * MINUTE, USDT="105")
    assert place(DEPOSIT, before, after) == (10 * MINUTE, {"USDT": 5}, True)


def test_two_flows_between_the_same_readings_see_each_other() -> None:
    first = Movement("USDT", Decimal(40), 10 * MINUTE - 5_000)
    before = held(0, 10 * MINUTE - 20_000, USDT="5")
    after = held(10 * MINUTE + 10_000, 20 * MINUTE, USDT="145")
    assert place(DEPOSIT, before, after, others=(first,)) == (10 * MINUTE, {"USDT": 45}, True)
    assert place(first, before, after, others=(DEPOSIT,)) == (10 * MINUTE - 5_000, {"USDT": 5}, True)


def test_over_a_silence_in_which_more_happened_nobody_knows() -> None:
    before = held(0, 5 * MINUTE, USDT="5", BTC="1")
    traded = held(30 * MINUTE, 40 * MINUTE, USDT="105", BTC="0.5", ETH="9")
    assert place(DEPOSIT, before, traded) == (10 * MINUTE, None, True)
    untouched = held(30 * MINUTE, 40 * MINUTE, USDT="105", BTC="1")
    assert place(DEPOSIT, before, untouched) == (10 * MINUTE, {"USDT": 5, "BTC": 1}, True)


def test_a_flow_is_moved_to_where_the_balance_rose() -> None:
    before = held(0, 15 * MINUTE, USDT="5")
    late = held(16 * MINUTE, 90 * MINUTE, USDT="105")
    assert place(DEPOSIT, before, late) == (16 * MINUTE, {"USDT": 5}, True)
    early = held(10 * MINUTE - 800, 90 * MINUTE, USDT="105")
    assert place(DEPOSIT, held(0, 9 * MINUTE, USDT="5"), early) == (10 * MINUTE - 800, {"USDT": 5}, True)


def test_a_flow_that_no_balance_shows_waits_an_hour() -> None:
    assert place(DEPOSIT, held(0, 11 * MINUTE, USDT="5")) == (10 * MINUTE, None, False)
    assert place(DEPOSIT, held(0, 70 * MINUTE, USDT="5")) == (10 * MINUTE, None, True)
    assert place(DEPOSIT, held(10 * MINUTE, 70 * MINUTE, USDT="5")) == (10 * MINUTE, None, True)


def test_a_withdrawal_is_not_shown_by_a_rise() -> None:
    out = Movement("USDT", Decimal(-100), 10 * MINUTE)
    risen = held(10 * MINUTE + 9_000, 20 * MINUTE, USDT="205")
    assert place(out, held(0, 10 * MINUTE - 9_000, USDT="105"), risen)[1] is None
    fallen = held(10 * MINUTE + 9_000, 20 * MINUTE, USDT="5")
    assert place(out, held(0, 10 * MINUTE - 9_000, USDT="105"), fallen)[1] == {"USDT": 105}


def test_the_nearest_matching_jump_is_taken() -> None:
    sets = [held(k * 10 * MINUTE, (k + 1) * 10 * MINUTE - 1000, USDT=str(100 * k)) for k in range(6)]
    found = place_jump(31 * MINUTE, sets, lambda _jump: True, earliest_ms=60 * MINUTE)
    assert found is not None
    assert found.instant_ms == 30 * MINUTE
