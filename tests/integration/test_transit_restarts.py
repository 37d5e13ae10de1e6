"""Coins that came while their record is pending are counted once: across restarts, kills and other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.first_start import Found, first_start
from tests.integration.test_in_transit import COMING, RENAMED, SCENARIO, redeem

from dashboard_crypto.core.movement import IN_TRANSIT
from dashboard_crypto.core.timekeys import HOUR_MS, MINUTE_MS, to_iso
from dashboard_crypto.services.assembly import Services

OWNED = Decimal("2.4975")
RECORD_LATE_S = 6 * 3600
CYCLE_MS = 30_000
CENT = Decimal("0.01")


@pytest.fixture
def found(database_url: str, tmp_path: Path) -> Iterator[Found]:
    file = tmp_path / "staked.toml"
    file.write_text(SCENARIO + RENAMED)
    with first_start(str(file), tmp_path, database_url) as made:
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
        assert refused < 10
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
