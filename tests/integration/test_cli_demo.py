"""The demo: what it lived through is what the simulator says happened."""

from __future__ import annotations

import os
import time
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.processes import served

from dashboard_crypto import config
from dashboard_crypto.cli import demo
from dashboard_crypto.cli.fast_forward import DAY_MS, HOUR_MS, PAST_MS, TICK_MS, FastForward, Instant, instants
from dashboard_crypto.cli.simulated_exchange import Announcement, SimulatedExchange
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.assembly import assemble
from dashboard_crypto.services.clock import SteppedClock


def test_instants_are_full_hours_and_the_ticks_around_events() -> None:
    event = 2 * HOUR_MS + 45_000
    found = instants(HOUR_MS - 1, 3 * HOUR_MS + 1, [event, 10 * HOUR_MS])
    assert found == [
        Instant(HOUR_MS, True),
        Instant(2 * HOUR_MS, True),
        Instant(2 * HOUR_MS + TICK_MS, False),
        Instant(2 * HOUR_MS + 2 * TICK_MS, False),
        Instant(3 * HOUR_MS, True),
    ]


def test_an_event_on_the_grid_is_seen_from_both_sides() -> None:
    found = instants(0, HOUR_MS, [10 * TICK_MS])
    assert [moment.at_ms for moment in found] == [0, 9 * TICK_MS, 10 * TICK_MS, HOUR_MS]


def test_nothing_of_the_owners_settings_reaches_the_demo(tmp_path: Path) -> None:
    outside = {"BINANCE_API_KEY": "real", "DATABASE_URL_FILE": "/real", "LOG_LEVEL": "debug", "PATH": "/bin"}
    assert demo.plain_environment(outside) == {"LOG_LEVEL": "debug", "PATH": "/bin"}
    told = Announcement("http://127.0.0.1:1", "k", "s", "t", 0, 3)
    env_file = tmp_path / ".env"
    env_file.write_text("BINANCE_TESTNET=true\nBINANCE_API_KEY=real\nDATABASE_URL=/real.db\nALLOW_TRADING_KEY=true\n")
    settings = config.load_from(demo.demo_environment(told, tmp_path / "demo", 5000), env_file).settings
    assert (settings.api_key, settings.testnet, settings.allow_trading_key) == ("k", False, False)
    assert settings.database_url == f"sqlite:///{tmp_path}/demo/portfolio.db"
    assert settings.demo_note is not None
    assert "3 days" in settings.demo_note


@pytest.mark.parametrize("scenario", ["deposits-only", "earn-and-funding"])
def test_what_was_lived_through_equals_the_simulators_own_account(tmp_path: Path, scenario: str) -> None:
    with SimulatedExchange(scenario, [], None, demo.plain_environment(os.environ), paused=True) as exchange:
        settings = config.load_from(demo.demo_environment(exchange.told, tmp_path, 0)).settings
        end_ms = exchange.told.now_ms // HOUR_MS * HOUR_MS
        start_ms = end_ms - 4 * DAY_MS
        with FastForward(settings, exchange, start_ms) as program:
            program.live_through(instants(start_ms, end_ms, exchange.event_instants(start_ms, end_ms)))
            assert program.stats().total_snapshots == 4 * 24 + 1
        services = assemble(Store(open_database(settings.database_url)), SteppedClock(end_ms), None)
        rows = services.performance.snapshots().rows
        for row in rows[::12]:
            truth = exchange.control("GET", f"truth?at={row.instant_ms}")
            assert round(row.total_value_usd, 2) == pytest.approx(
                Decimal(truth["total_value_usd"]), abs=Decimal("0.005")
            )
        truth = exchange.control("GET", f"truth?at={end_ms}&from={start_ms}")
        ours = services.performance.twr(0).twr
        assert ours is not None
        assert float(ours) == pytest.approx(truth["twr"]["0"], abs=0.0001)
        services.close()


def test_the_command_from_start_to_stop(tmp_path: Path) -> None:
    with served(tmp_path, "demo", "--live-days", "1", "--scenario", "deposits-only") as server:
        server.wait_until_ready()
        kept = server.get("/api/performance/stats")
        assert kept["coverage"] == 1, "the past before the first day is there when the page opens"
        assert kept["tracking_days"] > 160
        assert kept["total_snapshots"] == int(kept["tracking_days"] * 24 + 1e-6) + 1, "one for every hour"
        end = time.monotonic() + 40
        while server.get("/api/portfolio/balances")["state"] != "live" and time.monotonic() < end:
            time.sleep(0.2)
        assert server.get("/api/portfolio/balances")["state"] == "live", server.log.read_text()
        assert server.get("/api/status")["setup"]["demo"] is True
        code, took_s = server.stop()
        assert code == 0
        assert took_s < 10
        assert "1 days lived through" in server.log.read_text()
        assert "All of it read" in server.log.read_text()


def test_a_past_that_takes_too_long_is_left_to_the_loops_without_a_false_word(tmp_path: Path) -> None:
    with SimulatedExchange("deposits-only", [], None, demo.plain_environment(os.environ), paused=True) as exchange:
        settings = config.load_from(demo.demo_environment(exchange.told, tmp_path, 0)).settings
        now_ms = exchange.told.now_ms - PAST_MS
        with FastForward(settings, exchange, now_ms) as program:
            program.live_through([Instant(now_ms, True)])
            assert not program.read_the_past(now_ms)
            assert program.stats().coverage is None
            assert program.read_the_past(exchange.told.now_ms)
            assert program.stats().coverage == 1
