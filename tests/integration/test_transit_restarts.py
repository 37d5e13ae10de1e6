"""Coins that came while their record is pending are counted once: across restarts, kills and other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.first_start import Found, first_start, installed
from tests.integration.test_in_transit import COMING, RENAMED, SCENARIO, redeem

from dashboard_crypto.core.movement import IN_TRANSIT
from dashboard_crypto.core.timekeys import HOUR_MS, MINUTE_MS, to_iso
from dashboard_crypto.services.assembly import Services

OWNED = Decimal("2.4975")
RECORD_LATE_S = 6 * 3600
CYCLE_MS = 30_000
MOST_REFUSED = 25
"""What left by neither sale nor withdrawal (Pay) is believed after ten minutes."""
CENT = Decimal("0.01")


@pytest.fixture
def found(database_url: str, tmp_path: Path) -> Iterator[Found]:
    file = tmp_path / "staked.toml"
    file.write_text(SCENARIO + RENAMED)
    with first_start(str(file), tmp_path, database_url) as made:
        yield made


@pytest.fixture
def found_once(tmp_path: Path) -> Iterator[Found]:
    """On one kind of database only: what is tested is what the records tell."""
    file = tmp_path / "staked.toml"
    file.write_text(SCENARIO + RENAMED)
    with first_start(str(file), tmp_path) as made:
        yield made


def stop(services: Services) -> None:
    services.close()


def kill(_: Services) -> None:
    """Nothing is given back: the lease runs out."""


END = pytest.mark.parametrize("end", [stop, kill])


def held(found: Found) -> dict[str, Decimal]:
    rows = found.services.portfolio.balances().balances
    return next((dict(row.wallets) for row in rows if row.asset == "ETH"), {})


def read(found: Found, at_ms: int) -> bool:
    found.jump_to(at_ms)
    done = found.services.auto_refresh.balance_tick()
    found.services.auto_refresh.snapshot_tick()
    return done


def read_with_records(found: Found, at_ms: int) -> int:
    """As the loops do: what cannot be told waits for the records. How many readings were refused."""
    refused = 0
    while not read(found, at_ms + refused * CYCLE_MS):
        refused += 1
        assert found.services.status.status().state == "partial"
        assert refused < MOST_REFUSED
        for _ in range(300):
            if not found.services.auto_refresh.history_tick():
                break
    return refused


def check_truth(found: Found) -> None:
    """The newest snapshot is right to the cent, and nobody is asked about it."""
    newest = found.services.performance.snapshots().rows[-1]
    theirs = Decimal(found.truth(newest.instant_ms)["total_value_usd"])
    assert abs(newest.total_value_usd - theirs) < CENT, to_iso(newest.instant_ms)
    assert found.services.performance.suggestions() == ()


def do(found: Found, kind: str, at_ms: int, **fields: object) -> None:
    found.exchange.control("POST", "events", {"kind": kind, "at": to_iso(at_ms), **fields})


@END
def test_a_restart_between_every_pair_of_readings(found: Found, end: Callable[[Services], None]) -> None:
    start_ms = found.clock.now_ms()
    until_ms = redeem(found, record_late_s=RECORD_LATE_S)
    done_ms = until_ms + RECORD_LATE_S * 1000
    some = [*range(start_ms + HOUR_MS, until_ms, 24 * HOUR_MS), *range(until_ms - CYCLE_MS, done_ms, 2 * HOUR_MS)]
    for at_ms in [*some, done_ms, done_ms + MINUTE_MS, done_ms + HOUR_MS]:
        end(found.services)
        found.services = found.another()
        read_with_records(found, at_ms)
        expected = {} if at_ms >= until_ms else {IN_TRANSIT: COMING}
        assert {wallet: held(found)[wallet] for wallet in held(found) if wallet == IN_TRANSIT} == expected
        assert sum(held(found).values()) == OWNED + COMING
        check_truth(found)


def down_over_the_arrival(found: Found, **late: int) -> tuple[int, int]:
    """Redeem, read until just before the told instant, and end. The told instant, and when it is read again."""
    until_ms = redeem(found, **late)
    for at_ms in range(found.clock.now_ms() + HOUR_MS, until_ms, 23 * HOUR_MS):
        read_with_records(found, at_ms)
    read_with_records(found, until_ms - HOUR_MS)
    found.services.close()
    found.services = found.another()
    return until_ms, until_ms + 2 * HOUR_MS


def check_counted(found: Found, owned: Decimal, *, is_here: bool) -> None:
    assert held(found).get(IN_TRANSIT, Decimal(0)) == (0 if is_here else COMING)
    assert sum(held(found).values()) == owned
    check_truth(found)


HERE = pytest.mark.parametrize(
    ("late", "is_here"), [({"record_late_s": RECORD_LATE_S}, True), ({"late_s": RECORD_LATE_S}, False)]
)


@HERE
@pytest.mark.parametrize(
    ("kind", "fields", "change"),
    [
        (None, {}, "0"),
        ("withdrawal", {"asset": "ETH", "amount": "1.04", "fee": "0"}, "-1.04"),
        ("pay_out", {"asset": "ETH", "amount": "1.04", "wallet": "spot"}, "-1.04"),
        ("deposit", {"asset": "ETH", "amount": "1.04"}, "1.04"),
        ("trade", {"symbol": "ETHUSDT", "side": "SELL", "amount": "1.04"}, "-1.04"),
        ("trade", {"symbol": "ETHUSDT", "side": "BUY", "amount": "0.8", "fee_asset": "USDT"}, "0.8"),
        ("transfer", {"asset": "ETH", "amount": "1.04", "from": "spot", "to": "funding"}, "0"),
        ("earn_subscribe", {"asset": "ETH", "amount": "1.04", "product": "locked"}, "0"),
    ],
)
def test_coins_that_came_while_the_app_was_down(  # noqa: PLR0917 - two tables
    found_once: Found, late: dict[str, int], is_here: bool, kind: str | None, fields: dict[str, str], change: str
) -> None:
    """Whatever else moved meanwhile: the records tell, and until they do nothing is written."""
    found = found_once
    until_ms, again_ms = down_over_the_arrival(found, **late)
    if kind is not None:
        do(found, kind, until_ms + HOUR_MS, **fields)
    before = found.services.performance.snapshots().rows[-1]
    assert not read(found, again_ms)
    assert found.services.performance.snapshots().rows[-1] == before
    refused = read_with_records(found, again_ms + CYCLE_MS)
    assert refused <= 2 or kind == "pay_out"
    owned = OWNED + COMING + Decimal(change)
    check_counted(found, owned, is_here=is_here)
    done_ms = until_ms + RECORD_LATE_S * 1000
    for at_ms in [again_ms + HOUR_MS, done_ms - CYCLE_MS, done_ms, done_ms + CYCLE_MS, done_ms + HOUR_MS]:
        read_with_records(found, at_ms)
        check_counted(found, owned, is_here=is_here or found.clock.now_ms() >= done_ms)


@HERE
def test_a_trade_beside_a_late_record_waits_for_the_records(
    found_once: Found, late: dict[str, int], is_here: bool
) -> None:
    found = found_once
    until_ms = redeem(found, **late)
    for at_ms in [until_ms - CYCLE_MS, until_ms, until_ms + CYCLE_MS]:
        read_with_records(found, at_ms)
    do(found, "trade", until_ms + CYCLE_MS + 5000, symbol="ETHUSDT", side="BUY", amount="0.8", fee_asset="USDT")
    assert read(found, until_ms + 2 * CYCLE_MS) == is_here, "what has arrived is settled"
    assert read_with_records(found, until_ms + 3 * CYCLE_MS) <= 1
    check_counted(found, OWNED + COMING + Decimal("0.8"), is_here=is_here)


def test_coins_that_come_before_their_told_instant(found_once: Found) -> None:
    found = found_once
    until_ms = redeem(found, late_s=-7200)
    here_ms = until_ms - 7_200_000
    for at_ms in [here_ms - 2 * HOUR_MS, here_ms - CYCLE_MS]:
        read_with_records(found, at_ms)
        for _ in range(300):
            if not found.services.auto_refresh.history_tick():
                break
    assert read_with_records(found, here_ms + 5000) in {1, 2}
    for at_ms in [here_ms + 2 * CYCLE_MS, until_ms - CYCLE_MS, until_ms, until_ms + HOUR_MS]:
        read_with_records(found, at_ms)
        check_counted(found, OWNED + COMING, is_here=True)


def test_two_processes_that_take_turns(found: Found) -> None:
    both = [found.services, found.another()]
    until_ms = redeem(found, record_late_s=RECORD_LATE_S)
    done_ms = until_ms + RECORD_LATE_S * 1000
    steps = [*range(until_ms - 3 * HOUR_MS, done_ms + HOUR_MS, 20 * 60_000), done_ms + HOUR_MS]
    for turn, at_ms in enumerate(steps):
        found.services = both[turn // 2 % 2]
        refused = read_with_records(found, at_ms)
        assert refused == 0 or turn == 0
        check_counted(found, OWNED + COMING, is_here=at_ms >= until_ms)


@HERE
def test_the_first_start_finds_a_late_record(tmp_path: Path, late: dict[str, int], is_here: bool) -> None:
    """Nothing to compare with: only all records together tell whether the coins are here."""
    fields = "".join(f"{name} = {value * 4}\n" for name, value in late.items())
    redeemed = f"""
[[event]]
at = "2025-09-10T10:00:00Z"
kind = "staking_redeem"
asset = "WBETH"
amount = "20"
to = "ETH"
received = "{COMING}"
until = "2025-09-14T23:00:00Z"
{fields}"""
    file = tmp_path / "staked.toml"
    file.write_text(SCENARIO + RENAMED + redeemed)
    with installed(str(file), tmp_path) as found:
        assert not read(found, found.clock.now_ms())
        assert found.services.portfolio.balances().instant_ms is None
        read_with_records(found, found.clock.now_ms() + CYCLE_MS)
        check_counted(found, OWNED + COMING, is_here=is_here)
