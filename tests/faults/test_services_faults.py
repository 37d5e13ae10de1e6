"""What exchange, clock and disk can do wrong: no false snapshot, the last balances stay, the state says why."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes import START_MS, FakeClock, dec, hours
from tests.worlds import Life

from dashboard_crypto.core.errors import (
    ClockOff,
    DatabaseBusy,
    ExchangeBanned,
    ExchangeBlocked,
    ExchangeDown,
    ExchangeLimited,
    KeyRefused,
    MalformedAnswer,
    NotReady,
    PartialReading,
    Wait,
)
from dashboard_crypto.core.model import KeyPermissions
from dashboard_crypto.core.timekeys import HOUR_MS, from_iso, to_iso

FAULTS = [
    (ExchangeDown("no connection"), "down"),
    (MalformedAnswer("HTML with status 200"), "down"),
    (PartialReading("the funding wallet did not answer"), "partial"),
    (ExchangeLimited("slow down", START_MS + hours(3.2)), "limited"),
    (ExchangeBanned("banned", START_MS + hours(3.2)), "banned"),
    (ExchangeBlocked("blocked", START_MS + hours(3.2)), "down"),
    (KeyRefused("wrong key"), "key_refused"),
    (ClockOff("the clocks differ"), "clock_off"),
]


@pytest.mark.parametrize(("error", "state"), FAULTS, ids=lambda value: type(value).__name__)
def test_a_fault_keeps_the_last_balances_and_writes_no_snapshot(life: Life, error: Exception, state: str) -> None:
    before, values = life.services.portfolio.balances(), life.values()
    life.gateway.fail = error
    life.live(3)
    view = life.services.portfolio.balances()
    assert (view.total_value_usd, view.balances) == (before.total_value_usd, before.balances)
    assert view.age_seconds == 3 * 3600
    assert view.state == state
    assert str(error) in view.state_message
    assert life.values() == values
    with pytest.raises(NotReady):
        life.services.performance.create_snapshot()
    status = life.services.status.status()
    assert status.last_error == type(error).__name__
    assert status.state_since_ms is not None
    life.gateway.fail = None
    life.live(2)
    assert life.services.portfolio.balances().state == "live"
    assert len(life.values()) == len(values) + 3


@pytest.mark.parametrize("kind", [ExchangeLimited, ExchangeBanned, ExchangeBlocked])
def test_until_when_the_exchange_makes_us_wait_is_told_while_it_does(life: Life, kind: type[Wait]) -> None:
    status, first_ms = life.services.status.status, life.clock.now_ms() + 100_000
    assert status().retry_at_ms is None
    life.gateway.fail = kind("slow down", first_ms)
    life.tick()
    assert status().retry_at_ms == first_ms
    revision = life.services.portfolio.revision()
    life.gateway.fail = kind("slow down", first_ms + 60_000)
    life.tick()
    assert status().retry_at_ms == first_ms + 60_000
    assert life.services.portfolio.revision() > revision
    life.clock.advance(160)
    assert status().retry_at_ms is None
    life.gateway.fail = kind("slow down", first_ms + 900_000)
    life.tick()
    life.gateway.fail = None
    life.tick()
    assert (status().state, status().retry_at_ms) == ("live", None)


@pytest.mark.parametrize("error", [ExchangeDown("no connection"), PartialReading("no answer"), KeyRefused("wrong key")])
def test_where_nobody_said_when_to_come_back_nothing_is_told(life: Life, error: Exception) -> None:
    life.gateway.fail = error
    life.tick()
    assert life.services.status.status().retry_at_ms is None


def test_a_lost_price_is_not_a_drop(life: Life) -> None:
    before, values = life.services.portfolio.balances(), life.values()
    old = life.gateway.price_of
    life.gateway.price_of = lambda asset, at: None if asset == "BTC" else old(asset, at)
    life.live(3)
    view = life.services.portfolio.balances()
    assert (view.state, view.total_value_usd) == ("partial", before.total_value_usd)
    assert "BTC" in view.state_message
    assert life.values() == values


def test_dust_may_lose_its_price(life: Life) -> None:
    life.gateway.holdings["BNB"] = dec("0.001")
    life.live(1)
    count, old = len(life.values()), life.gateway.price_of
    life.gateway.price_of = lambda asset, at: None if asset == "BNB" else old(asset, at)
    life.live(2)
    assert life.services.portfolio.balances().unpriced == ("BNB",)
    assert len(life.values()) == count + 2


def test_stale_balances_become_no_snapshot(life: Life) -> None:
    values = life.values()
    life.clock.advance(3600)
    assert life.services.auto_refresh.snapshot_tick() is False
    view = life.services.portfolio.balances()
    assert (view.state, view.age_seconds) == ("stale", 3600)
    assert life.values() == values


def test_without_a_key_the_state_says_so(url: str) -> None:
    life = Life(url, has_key=False)
    life.live(1)
    view = life.services.portfolio.balances()
    assert (view.state, view.instant_ms, view.balances) == ("no_key", None, ())
    assert "BINANCE_API_KEY" in view.state_message
    life.close()


def test_before_the_first_reading(url: str) -> None:
    life = Life(url)
    view = life.services.portfolio.balances()
    assert view.total_value_usd == 0
    assert (view.instant_ms, view.age_seconds, view.state) == (None, None, "stale")
    assert life.gateway.calls == []
    life.close()


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        (KeyPermissions(can_read=True, can_withdraw=True, can_trade=False, ip_restricted=True), "withdraw"),
        (KeyPermissions(can_read=True, can_withdraw=False, can_trade=True, ip_restricted=True), "trade"),
        (KeyPermissions(can_read=False, can_withdraw=False, can_trade=False, ip_restricted=True), "Reading"),
    ],
)
def test_a_key_that_can_too_much_or_too_little_is_refused(url: str, permissions: KeyPermissions, words: str) -> None:
    life = Life(url)
    life.gateway.permissions = permissions
    life.live(2)
    view = life.services.portfolio.balances()
    assert view.state == "key_refused"
    assert words in view.state_message
    assert "read_account" not in life.gateway.calls
    assert life.values() == []
    life.close()


def test_a_key_that_works_again_is_noticed_soon_and_at_once_when_somebody_asks(url: str) -> None:
    """No time passes on the loops' clock: nothing but the request wakes them."""
    life = Life(url)
    life.gateway.fail = KeyRefused("wrong key")
    refresh = life.services.auto_refresh
    refresh.start()
    wait_for_state(life, "key_refused")
    assert refresh.pace.delay_s == 30
    life.gateway.fail = None
    assert life.services.portfolio.request_refresh()
    wait_for_state(life, "live")
    assert refresh.pace.delay_s == 30
    life.close()


def wait_for_state(life: Life, state: str) -> None:
    deadline = time.monotonic() + 20
    while life.services.portfolio.balances().state != state:
        assert time.monotonic() < deadline, life.services.portfolio.balances().state
        time.sleep(0.02)


def test_a_trading_key_may_be_allowed_and_is_warned_about(url: str) -> None:
    life = Life(url, allow_trading_key=True)
    life.gateway.permissions = replace(life.gateway.permissions, can_trade=True, ip_restricted=False)
    life.live(1)
    assert life.services.portfolio.balances().state == "live"
    assert len(life.services.status.status().warnings) == 2
    life.close()


def test_a_key_of_another_account_never_mixes_histories(life: Life, url: str) -> None:
    values = life.values()
    stranger = Life(url, clock=life.clock)
    stranger.gateway.account = "account-2"
    life.services.auto_refresh.stop()
    stranger.live(3)
    view = stranger.services.portfolio.balances()
    assert view.state == "key_refused"
    assert "another Binance account" in view.state_message
    assert stranger.values() == values
    stranger.close()


def test_a_reading_costs_two_questions_when_nothing_moves(life: Life) -> None:
    life.gateway.calls.clear()
    for _ in range(10):
        life.clock.advance(30)
        life.services.auto_refresh.balance_tick()
    assert life.gateway.calls == ["read_account"] * 10


def test_refresh_is_granted_once_in_five_seconds_and_never_while_banned(life: Life) -> None:
    refresh = life.services.portfolio.request_refresh
    assert [refresh(), refresh()] == [True, False]
    life.clock.advance(5)
    assert refresh() is True
    life.gateway.fail = ExchangeBanned("banned", life.clock.now_ms() + hours(1))
    life.clock.advance(5)
    life.services.auto_refresh.balance_tick()
    assert refresh() is False


# Time


def test_a_clock_that_is_wrong_at_start_writes_nothing(url: str) -> None:
    for wrong in (0, from_iso("2098-01-01")):
        life = Life(url, clock=FakeClock(wrong))
        life.gateway.clock_error_ms = wrong - START_MS
        life.live(2)
        assert life.services.portfolio.balances().state == "clock_off"
        assert "read_account" not in life.gateway.calls
        assert life.values() == []
        life.clock.set(START_MS)
        life.gateway.clock_error_ms = 0
        life.services.auto_refresh.stop()
        life.close()
    healed = Life(url)
    healed.live(2)
    assert len(healed.values()) == 3
    healed.close()


def test_a_clock_that_jumps_three_days_ahead_writes_nothing_there(life: Life) -> None:
    values = life.values()
    life.gateway.clock_error_ms = hours(72)
    _jump(life.clock, hours(72))
    life.live(2)
    assert life.services.portfolio.balances().state == "clock_off"
    assert life.values() == values


def test_a_clock_that_goes_back_makes_no_double_and_no_disorder(life: Life) -> None:
    values = life.values()
    life.clock.set(life.clock.now_ms() - hours(2))
    life.live(1.4)
    assert life.services.portfolio.balances().state == "clock_off"
    assert life.values() == values
    life.live(2)
    instants = [instant for instant, _ in life.values()]
    assert instants == sorted(set(instants))
    assert len({instant // HOUR_MS for instant in instants}) == len(instants)
    assert life.services.portfolio.balances().state == "live"


def test_a_long_sleep_leaves_one_gap_and_one_snapshot(life: Life) -> None:
    count = len(life.values())
    calls = len(life.gateway.calls)
    life.clock.advance(3 * 86_400)
    life.tick()
    assert len(life.values()) == count + 1
    assert len(life.gateway.calls) - calls <= 4
    assert life.services.performance.twr(0).twr is not None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2028-02-29", "2026-12-31", "2038-01-19", "2026-04-05"])
def test_every_day_has_twenty_four_slots(url: str, zone: str, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        start_ms = from_iso(day)
        life = Life(url, clock=FakeClock(start_ms - 1_800_000))
        life.live(24)
        rows = life.services.performance.snapshots(start_ms, start_ms + 24 * HOUR_MS - 1).rows
        assert len(rows) == 24
        assert to_iso(rows[0].instant_ms).startswith(f"{day}T00:00")
        life.close()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_late_inside_the_slot_has_its_true_time_and_after_it_is_a_gap(life: Life) -> None:
    life.gateway.fail = ExchangeDown("down")
    life.live(2 + 55 / 60, step_s=300)
    life.gateway.fail = None
    life.clock.advance(60)
    assert life.tick() == (True, True)
    late = life.values()[-1][0]
    assert late % HOUR_MS == 56 * 60_000
    slots = [instant // HOUR_MS for instant, _ in life.values()]
    assert slots[-1] - slots[-2] == 2


def test_a_manual_snapshot_does_not_take_the_slot_away(life: Life) -> None:
    start_ms = life.clock.now_ms()
    life.clock.set(start_ms - start_ms % HOUR_MS + HOUR_MS + 1_000)
    life.services.auto_refresh.balance_tick()
    manual = life.services.performance.create_snapshot()
    assert life.services.auto_refresh.snapshot_tick() is False
    life.clock.advance(61)
    assert life.tick() == (True, True)
    rows = life.services.performance.snapshots().rows
    assert [row.source for row in rows[-2:]] == ["manual", "live"]
    assert rows[-2].id == manual.id


# Database


def test_a_locked_database_is_busy_and_heals(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard_crypto.db.engine.BUSY_TIMEOUT_S", 0.1)
    life = Life(url)
    life.live(2)
    lock = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseBusy):
        life.services.performance.delete_cash_flow(1)
    life.clock.advance(30)
    assert life.tick() == (False, False)
    assert "busy" in life.services.portfolio.balances().state_message
    lock.execute("ROLLBACK")
    lock.close()
    life.live(1)
    assert life.services.portfolio.balances().state == "live"
    assert life.services.portfolio.balances().state_message == ""
    life.close()


def test_a_disk_that_takes_no_more_keeps_reading_and_recovers(url: str) -> None:
    """RLIMIT_FSIZE in a child: writes fail there as on a full disk."""
    program = Path(__file__).with_name("full_disk.py")
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, str(program), url],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": f"{root / 'backend'}:{root}"},
    )
    assert done.stdout.split() == ["cannot-save", "reads", "recovered"], done.stderr


# Loops


class Crash(Exception):
    """Nobody expects this one."""


def test_a_loop_survives_anything(life: Life, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    for error in (Crash("boom"), MemoryError(), AttributeError("x")):
        life.gateway.fail = error
        life.services.auto_refresh.start()
        _until(lambda: life.services.portfolio.balances().state == "down")
        assert life.services.status.healthy()
        life.gateway.fail = None
        life.clock.advance(400)
        _until(lambda: life.services.portfolio.balances().state == "live")
        life.services.auto_refresh.stop()


def test_a_loop_that_hangs_is_unhealthy(life: Life) -> None:
    life.services.auto_refresh.start()
    assert life.services.status.healthy()
    loop = life.services.auto_refresh.balance_beat
    assert loop.at is not None
    loop.at -= 100
    assert not life.services.status.healthy()
    life.services.auto_refresh.stop()


class StoppedInBetween(threading.Event):
    """Somebody stops the loops in the very moment before a loop forgets what it was told."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._stop_loops = stop

    def clear(self) -> None:
        self._stop_loops.set()
        self.set()
        super().clear()


def test_a_stop_between_two_rounds_is_not_slept_over(life: Life) -> None:
    loops = life.services.auto_refresh
    loops._new_balances = StoppedInBetween(loops._stop)
    rounds = threading.Thread(target=loops._run_snapshots, daemon=True)
    rounds.start()
    rounds.join(5)
    assert not rounds.is_alive()


def test_the_loops_write_the_slot_as_soon_as_there_are_balances(url: str) -> None:
    life = Life(url)
    life.services.auto_refresh.start()
    _until(lambda: life.services.performance.stats().total_snapshots == 1)
    views = life.services.status.status().loops
    assert [view.running for view in views] == [True, True]
    began = time.monotonic()
    life.services.auto_refresh.stop()
    assert time.monotonic() - began < 5
    assert [view.running for view in life.services.status.status().loops] == [False, False]
    life.close()


def test_a_refresh_asked_for_in_one_process_is_done_by_the_writer(url: str) -> None:
    writer = Life(url)
    reader = Life(url, clock=writer.clock)
    writer.services.auto_refresh.start()
    _until(lambda: writer.gateway.calls.count("read_account") == 1)
    assert reader.services.portfolio.request_refresh()
    _until(lambda: writer.gateway.calls.count("read_account") == 2)
    writer.close()
    reader.close()


def test_news_of_another_process_rings_here(url: str) -> None:
    writer = Life(url)
    writer.tick()
    reader = Life(url, clock=writer.clock)
    reader.services.auto_refresh.start()
    with reader.services.doorbell.subscribe() as listening:
        while listening.wait(1.5) is not None:
            pass
        writer.clock.advance(5)
        writer.tick()
        assert listening.wait(10) is not None
    reader.close()
    writer.close()


def _jump(clock: FakeClock, by_ms: int) -> None:
    """The wall clock steps; the monotonic one does not."""
    steady = clock.monotonic()
    clock.set(clock.now_ms() + by_ms)
    clock._monotonic_s = steady


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)
