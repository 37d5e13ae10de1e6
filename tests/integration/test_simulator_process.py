"""The simulator as a process of its own: start, one line of JSON, a clean end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.integration.simulated_exchange import OPENER, call, control

from dashboard_crypto.simulator.main import announcement, build

PROGRAM = "from dashboard_crypto.simulator.main import run; run(port=0, as_json=True)"
BACKEND = Path(__file__).parents[2] / "backend"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_announces_itself_and_ends_cleanly(number: signal.Signals) -> None:
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=BACKEND, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = json.loads(process.stdout.readline())
        assert time.monotonic() - began < 5
        with OPENER.open(urllib.request.Request(f"{said['base_url']}/api/v3/ticker/price"), timeout=5) as answer:
            assert len(json.load(answer)) >= 5
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stderr.read() == ""
    assert set(said) == {"base_url", "api_key", "api_secret", "control_token", "now_ms", "shift_days"}
    assert abs(said["now_ms"] - time.time() * 1000) < 60_000


def test_without_now_record_and_life_reach_the_present() -> None:
    server = build("default", paused=True)
    server.start()
    truth = control(server, "truth")
    late = control(server, "truth", query=f"at={server.clock.now_ms() + 30 * 86_400_000}")
    text = announcement(server, as_json=False)
    server.stop()
    assert server.shift_days > 300
    assert truth["unpriced"] == late["unpriced"] == []
    assert float(truth["total_value_usd"]) > 50_000
    assert f"{server.shift_days} days" in text


def test_with_now_nothing_is_shifted() -> None:
    server = build("deposits-only", now="2025-06-01T00:00:00Z", paused=True)
    server.start()
    price = call(server, "/api/v3/ticker/price", query="symbol=BTCUSDT").body["price"]
    server.stop()
    assert (server.shift_days, price) == (0, "104591.88000000")


def test_a_stopped_server_frees_its_port_and_its_clients() -> None:
    first = build("deposits-only", now="2025-06-01T00:00:00Z")
    first.start()
    port = int(first.base_url.rsplit(":", 1)[1])
    call(first, "/api/v3/ping")
    first.stop()
    second = build("deposits-only", now="2025-06-01T00:00:00Z", port=port)
    second.start()
    assert call(second, "/api/v3/ping").status == 200
    second.stop()
