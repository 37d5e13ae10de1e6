"""The commands against a simulated exchange, with the real python-binance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.processes import run, served

from dashboard_crypto.db.engine import PAGE_BYTES
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.server import SimulatorServer


@pytest.fixture(scope="module")
def exchange() -> Iterator[SimulatorServer]:
    server = build("deposits-only")
    server.start()
    yield server
    server.stop()


def settings(exchange: SimulatorServer) -> dict[str, str]:
    return {
        "BINANCE_API_KEY": exchange.api_key,
        "BINANCE_API_SECRET": exchange.api_secret,
        "BINANCE_API_URL": exchange.base_url,
        "EXCHANGE_CLOCK": "true",
    }


def test_check_says_that_all_is_well(tmp_path: Path, exchange: SimulatorServer) -> None:
    result = run(tmp_path, "check", **settings(exchange))
    assert result.returncode == 0, result.stdout + result.stderr
    for word in ("database", "connection", "API key", "balances", "Everything needed is there."):
        assert word in result.stdout
    assert exchange.api_key not in result.stdout + result.stderr
    assert exchange.api_secret not in result.stdout + result.stderr


def test_check_without_a_key_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path, "check")
    assert result.returncode == 1
    assert "no key is configured" in result.stdout
    assert "dashboard-crypto demo" in result.stdout


def test_check_names_a_wrong_secret(tmp_path: Path, exchange: SimulatorServer) -> None:
    result = run(tmp_path, "check", **{**settings(exchange), "BINANCE_API_SECRET": "x" * 64})
    assert result.returncode == 1
    assert "FAILED" in result.stdout
    assert "x" * 64 not in result.stdout + result.stderr


def test_check_names_an_exchange_that_is_not_there(tmp_path: Path) -> None:
    nowhere = {
        "BINANCE_API_KEY": "k" * 64,
        "BINANCE_API_SECRET": "s" * 64,
        "BINANCE_API_URL": "http://127.0.0.1:9",
    }
    result = run(tmp_path, "check", **nowhere)
    assert result.returncode == 1
    assert "connection" in result.stdout


def test_snapshot_stores_one_and_refuses_a_second_in_the_same_minute(tmp_path: Path, exchange: SimulatorServer) -> None:
    while time.time() % 60 > 40:
        time.sleep(1)  # both runs must fall into one minute
    first = run(tmp_path, "snapshot", **settings(exchange))
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Stored: ")
    second = run(tmp_path, "snapshot", **settings(exchange))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1


def test_database_commands(tmp_path: Path) -> None:
    assert run(tmp_path, "db", "path").stdout.strip() == str(tmp_path / "portfolio.db")
    assert "schema" in run(tmp_path, "db", "upgrade").stdout
    assert "snapshots:  0" in run(tmp_path, "db", "status").stdout
    assert run(tmp_path, "db", "check").returncode == 0
    hidden = run(tmp_path, "db", "path", DATABASE_URL="postgresql://me:hunter2@db.example:5433/x").stdout
    assert hidden.strip() == "postgresql://me@db.example:5433/x"


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    run(tmp_path, "db", "upgrade")
    file = tmp_path / "portfolio.db"
    data = bytearray(file.read_bytes())
    data[PAGE_BYTES * 3 : PAGE_BYTES * 4] = b"\xa5" * PAGE_BYTES
    file.write_bytes(data)
    result = run(tmp_path, "db", "check")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_the_server_lives_on_the_simulated_exchange(tmp_path: Path, exchange: SimulatorServer) -> None:
    with served(tmp_path, **settings(exchange)) as server:
        server.wait_until_ready()
        end = time.monotonic() + 40
        while (found := server.get("/api/portfolio/balances"))["state"] != "live" and time.monotonic() < end:
            time.sleep(0.2)
        assert found["state"] == "live", server.log.read_text()
        assert found["count"] >= 1
        assert found["age_seconds"] <= 30
        status = server.get("/api/status")
        assert status["key"]["can_withdraw"] is False
        assert status["is_writer"] is True
        log = server.log.read_text()
        assert exchange.api_secret not in log
        assert "signature=" not in log
