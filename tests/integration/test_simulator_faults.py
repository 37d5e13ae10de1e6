"""Faults on the wire, one test per way in which an answer can go wrong."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.simulated_exchange import call, control, signed

from dashboard_crypto.simulator.faults import FIXED
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.server import SimulatorServer

PRICES = "/api/v3/ticker/price"


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    simulator = build("deposits-only", now="2025-06-01T00:00:00Z", paused=True)
    simulator.start()
    yield simulator
    simulator.stop()


def inject(server: SimulatorServer, **fault: Any) -> None:
    control(server, "faults", "POST", {"route": "ticker/price", **fault})


def raw_answer(server: SimulatorServer, timeout_s: float = 2.0) -> bytes:
    """Everything that comes back on a bare socket until the other side ends or the time is over."""
    host, port = server.base_url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=timeout_s) as connection:
        connection.sendall(f"GET {PRICES} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        deadline = time.monotonic() + timeout_s
        try:
            while time.monotonic() < deadline and (part := connection.recv(65536)):
                received += part
        except TimeoutError:
            return received
    return received


@pytest.mark.parametrize("template", sorted(FIXED))
def test_fixed_templates_replace_the_answer(server: SimulatorServer, template: str) -> None:
    inject(server, template=template, count=1)
    status, content_type, body = FIXED[template]
    answer = call(server, PRICES)
    assert (answer.status, answer.headers["Content-Type"]) == (status, content_type)
    assert answer.body == (json.loads(body) if body[:1] in {"[", "n", '"'} or body.endswith("}") else body)
    assert call(server, PRICES).status == 200


def test_a_rule_strikes_its_route_so_often(server: SimulatorServer) -> None:
    inject(server, template="html_502", count=2, skip=1)
    statuses = [call(server, PRICES).status for _ in range(5)]
    assert statuses == [200, 502, 502, 200, 200]
    assert call(server, "/api/v3/time").status == 200
    assert control(server, "faults")["faults"][0]["hits"] == 2
    assert [row["fault"] for row in control(server, "log")["requests"]][:3] == [None, "html_502", "html_502"]


def test_probability_repeats_with_the_seed(server: SimulatorServer) -> None:
    inject(server, template="html_500", probability=0.5)
    statuses = [call(server, PRICES).status for _ in range(40)]
    assert 8 <= statuses.count(500) <= 32
    again = build("deposits-only", now="2025-06-01T00:00:00Z", paused=True)
    again.start()
    inject(again, template="html_500", probability=0.5)
    assert [call(again, PRICES).status for _ in range(40)] == statuses
    again.stop()


def test_rules_can_be_taken_back(server: SimulatorServer) -> None:
    inject(server, template="null")
    control(server, "faults", "DELETE")
    assert isinstance(call(server, PRICES).body, list)


def test_free_form_answers_and_limits(server: SimulatorServer) -> None:
    inject(server, template="status", status=451, body={"code": 0, "msg": "no"}, count=1, headers={"X-Extra": 1})
    answer = call(server, PRICES)
    assert (answer.status, answer.body, answer.headers["X-Extra"]) == (451, {"code": 0, "msg": "no"}, "1")
    inject(server, template="rate_limited", retry_after="soon", count=1)
    answer = call(server, PRICES)
    assert (answer.status, answer.headers["Retry-After"], answer.body["code"]) == (429, "soon", -1003)
    until = server.clock.now_ms() + 90_000
    inject(server, template="banned", ban_until=until, count=1)
    answer = call(server, PRICES)
    assert (answer.status, answer.headers["Retry-After"]) == (418, "90")
    assert str(until) in answer.body["msg"]
    inject(server, template="error", code=-1021, msg="off", count=1)
    assert call(server, PRICES).body == {"code": -1021, "msg": "off"}


def test_changes_inside_an_answer(server: SimulatorServer) -> None:
    inject(server, template="set", path="symbol=BTCUSDT.price", value="0.00000000", count=1)
    inject(server, template="drop", path="symbol=BTCUSDT", count=1)
    inject(server, template="duplicate", count=1)
    inject(server, template="shuffle", count=1)
    zero, dropped, doubled, shuffled = (call(server, PRICES).body for _ in range(4))
    plain = call(server, PRICES).body
    assert {row["symbol"]: row["price"] for row in zero}["BTCUSDT"] == "0.00000000"
    assert [row for row in plain if row["symbol"] != "BTCUSDT"] == dropped
    assert doubled == plain + plain
    assert shuffled != plain
    assert sorted(shuffled, key=str) == sorted(plain, key=str)


def test_changes_in_signed_answers(server: SimulatorServer) -> None:
    control(server, "faults", "POST", {"route": "v3/account", "template": "set", "path": "uid", "value": 7, "count": 1})
    assert signed(server, "/api/v3/account").body["uid"] == 7
    assert signed(server, "/api/v3/account").body["uid"] != 7


def test_json_that_python_accepts_and_nobody_should(server: SimulatorServer) -> None:
    inject(server, template="nan", count=1)
    assert b":NaN" in raw_answer(server, 0.3)
    inject(server, template="duplicate_key", count=1)
    assert raw_answer(server, 0.3).count(b'"symbol":"BNBUSDT"') == 2


def test_answers_that_cannot_or_should_not_be_unpacked(server: SimulatorServer) -> None:
    inject(server, template="gzip_bomb", size_mb=30, count=1)
    bomb = raw_answer(server, 0.5)
    assert len(bomb) < 100_000
    assert len(gzip.decompress(bomb.split(b"\r\n\r\n", 1)[1])) == 30_000_000
    inject(server, template="gzip_broken", count=1)
    assert b"Content-Encoding: gzip" in raw_answer(server, 0.3)
    inject(server, template="huge", size_mb=3, count=1)
    assert len(raw_answer(server, 0.5)) > 3_000_000


def test_a_header_alone_can_lie(server: SimulatorServer) -> None:
    inject(server, headers={"X-MBX-USED-WEIGHT-1M": 5700})
    answer = call(server, PRICES)
    assert (answer.status, answer.headers["X-MBX-USED-WEIGHT-1M"]) == (200, "5700")


def test_truncated_bodies(server: SimulatorServer) -> None:
    inject(server, template="truncated", at=50, count=1)
    with pytest.raises(http.client.IncompleteRead):
        call(server, PRICES)
    inject(server, template="truncated_length", at=50, count=1)
    assert len(call(server, PRICES).body) == 50


def test_a_reset_in_mid_body(server: SimulatorServer) -> None:
    inject(server, template="reset", count=1)
    with pytest.raises(OSError, match="reset"):
        raw_answer(server)


def test_stall_and_drip(server: SimulatorServer) -> None:
    inject(server, template="stall", count=1)
    assert raw_answer(server, 0.3) == b""
    inject(server, template="drip", pace_s=0.02, count=1)
    assert 5 <= len(raw_answer(server, 0.4)) <= 25


def test_latency_and_redirect(server: SimulatorServer) -> None:
    inject(server, template="latency", latency_ms=150, count=1)
    began = time.monotonic()
    assert call(server, PRICES).status == 200
    assert time.monotonic() - began >= 0.15
    inject(server, template="redirect", status=307, location="http://127.0.0.2:9/elsewhere", count=1)
    head = raw_answer(server, 0.3).decode()
    assert head.startswith("HTTP/1.1 307")
    assert "Location: http://127.0.0.2:9/elsewhere" in head
