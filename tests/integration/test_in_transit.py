"""Staked coins that were called back are owned while they are under way: no dip, no gain, no jump, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.first_start import Found, first_start

from dashboard_crypto.core.movement import IN_TRANSIT
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS, to_iso

STAKED, COMING = Decimal(20), Decimal("1.04")
UNDER_WAY_MS = 3 * DAY_MS
LATE_S = 2 * 3600
SCENARIO = """
name = "staked"
opened_at = "2025-09-01T00:00:00Z"
seed = 5
[[event]]
at = "2025-09-02T08:00:10Z"
kind = "deposit"
asset = "USDT"
amount = "20000"
[[event]]
at = "2025-09-03T08:00:10Z"
kind = "trade"
symbol = "ETHUSDT"
side = "BUY"
amount = "2.5"
[[event]]
at = "2025-09-03T09:00:10Z"
kind = "trade"
symbol = "SOLUSDT"
side = "BUY"
amount = "20.5"
"""
RENAMED = """
[[event]]
at = "2025-09-04T00:00:00Z"
kind = "rename"
asset = "SOL"
to = "WBETH"
"""
"""So the token has a price record; that it is another coin's does not matter here."""


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "staked.toml"
    file.write_text(SCENARIO + RENAMED)
    return str(file)


@pytest.fixture
def found(scenario: str, tmp_path: Path) -> Iterator[Found]:
    with first_start(scenario, tmp_path) as made:
        yield made


def redeem(found: Found, **late: int) -> int:
    """Call the staked coins back; when they are told to arrive."""
    until_ms = found.clock.now_ms() + UNDER_WAY_MS
    event = {"kind": "staking_redeem", "asset": "WBETH", "amount": str(STAKED), "to": "ETH", "received": str(COMING)}
    found.exchange.control("POST", "events", {**event, "until": to_iso(until_ms), **late})
    return until_ms


def read_at(found: Found, at_ms: int) -> dict[str, dict[str, Decimal]]:
    """A cycle of both loops; quantities by coin and wallet."""
    found.jump_to(at_ms)
    assert found.services.auto_refresh.balance_tick()
    found.services.auto_refresh.snapshot_tick()
    rows = found.services.portfolio.balances().balances
    return {row.asset: dict(row.wallets) for row in rows}


def check_truth(found: Found) -> None:
    performance = found.services.performance
    end_ms = performance.snapshots().rows[-1].instant_ms
    theirs = found.truth(end_ms)
    total = performance.snapshots().rows[-1].total_value_usd
    assert abs(total - Decimal(theirs["total_value_usd"])) < 1
    assert performance.suggestions() == ()
    ours = performance.twr(0)
    assert ours.start_ms is not None
    whole = found.truth(end_ms, ours.start_ms)["twr"]["0"]
    assert float(ours.twr or 0) == pytest.approx(float(whole), abs=1e-4)


@pytest.mark.parametrize("late_s", [0, LATE_S])
def test_what_is_under_way_is_counted_once(found: Found, late_s: int) -> None:
    start_ms = found.clock.now_ms()
    found.jump_to(start_ms + HOUR_MS)
    until_ms = redeem(found, late_s=late_s)
    arrival_ms = until_ms + late_s * 1000
    often = range(until_ms - HOUR_MS, arrival_ms + 2 * HOUR_MS, HOUR_MS // 2)
    for at_ms in [*range(start_ms + HOUR_MS + 30_000, until_ms - HOUR_MS, 9 * HOUR_MS), *often]:
        held = read_at(found, at_ms)
        expected = {} if at_ms >= arrival_ms else {IN_TRANSIT: COMING}
        assert {wallet: held["ETH"][wallet] for wallet in held["ETH"] if wallet == IN_TRANSIT} == expected
        assert sum(held["ETH"].values()) == Decimal("2.4975") + COMING
        check_truth(found)


def test_the_past_is_rebuilt_from_a_beginning_in_the_middle_of_it(tmp_path: Path) -> None:
    """The first snapshot is taken while coins are under way: they were given before it, and arrive after it."""
    extra = f"""
[[event]]
at = "2025-09-13T10:00:00Z"
kind = "staking_redeem"
asset = "SOL"
amount = "{STAKED}"
to = "ETH"
received = "{COMING}"
until = "2025-09-16T10:00:00Z"
"""
    file = tmp_path / "staked.toml"
    file.write_text(SCENARIO + extra)
    with first_start(str(file), tmp_path) as found:
        found.read_the_past()
        check_truth(found)
        stats = found.services.performance.stats()
        assert (dict(stats.assumed_openings), stats.assumed_departures) == ({}, 0)
        for row in found.services.performance.snapshots().rows:
            theirs: dict[str, Any] = found.truth(row.instant_ms)
            assert abs(row.total_value_usd - Decimal(theirs["total_value_usd"])) < 5, to_iso(row.instant_ms)


@pytest.mark.parametrize("late", [{}, {"late_s": LATE_S}, {"record_late_s": LATE_S}])
@pytest.mark.parametrize("token", ["BFUSD", "RWUSD"])
def test_interest_bearing_dollars_under_way_are_counted_once(tmp_path: Path, token: str, late: dict[str, int]) -> None:
    """Their lists name the same things otherwise. What they bring is a coin that everything is traded against."""
    file = tmp_path / "dollars.toml"
    file.write_text(SCENARIO + RENAMED.replace("WBETH", token))
    with first_start(str(file), tmp_path) as found:
        until_ms = found.clock.now_ms() + UNDER_WAY_MS
        event = {"kind": "staking_redeem", "asset": token, "amount": "20", "to": "USDT", "received": "4700"}
        found.exchange.control("POST", "events", {**event, "until": to_iso(until_ms), **late})
        here_ms = until_ms + late.get("late_s", 0) * 1000
        owned = None
        for at_ms in range(until_ms - HOUR_MS, until_ms + LATE_S * 1000 + HOUR_MS, HOUR_MS // 2):
            wallets = read_at(found, at_ms)["USDT"]
            assert wallets.get(IN_TRANSIT, 0) == (4700 if at_ms < here_ms else 0)
            owned = owned or sum(wallets.values())
            assert sum(wallets.values()) == owned
            assert found.services.performance.suggestions() == ()
