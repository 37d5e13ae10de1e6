"""Host, size, origin, method tricks; headers on every answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.api.fakes import Fakes

URL = "/api/performance/cashflows"
BODY = {"amount_usd": 1000, "type": "DEPOSIT"}


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path, allowed_origins=("https://money.example",))


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "money.example"])
def test_our_own_names_are_served(fakes: Fakes, host: str) -> None:
    assert fakes.client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil", "a,localhost"]
)
def test_foreign_names_are_refused(fakes: Fakes, host: str) -> None:
    answer = fakes.client.get("/health", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://["},
        {"Origin": "http://[::1"},
        {"Origin": "//localhost"},
        {"Origin": "evil://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_writes_from_other_origins_are_refused(fakes: Fakes, headers: dict[str, str]) -> None:
    answer = fakes.client.post(URL, json=BODY, headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert fakes.performance.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "https://money.example"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:5173", "Host": "localhost:5173"},
    ],
)
def test_writes_from_our_own_page_or_a_tool_are_taken(fakes: Fakes, headers: dict[str, str]) -> None:
    assert fakes.client.post(URL, json=BODY, headers=headers).status_code == 201


def test_cors_is_for_the_named_origins_only(fakes: Fakes) -> None:
    preflight = {"Access-Control-Request-Method": "POST"}
    mine = fakes.client.options(URL, headers={"Origin": "https://money.example", **preflight})
    assert mine.status_code == 204
    assert mine.headers["Access-Control-Allow-Origin"] == "https://money.example"
    other = fakes.client.options(URL, headers={"Origin": "https://evil.example", **preflight})
    assert other.status_code == 403
    assert "Access-Control-Allow-Origin" not in other.headers


def test_every_answer_carries_the_security_headers(fakes: Fakes) -> None:
    for path in ("/", "/health", "/api/nothing", "/api/docs", "/assets/x.js", "/api/portfolio/balances"):
        headers = fakes.client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_sizes(fakes: Fakes) -> None:
    assert fakes.client.post(URL, data=b"x" * 65_537, content_type="application/json").status_code == 413
    assert fakes.client.get("/api/status?" + "x" * 5_000).status_code == 414
    assert fakes.client.get("/health", headers={"X-Long": "x" * 20_000}).status_code == 431
    assert fakes.client.get("/health", environ_overrides={"CONTENT_LENGTH": "-1"}).status_code == 400


def test_host_is_checked_before_size_and_origin_before_method(fakes: Fakes) -> None:
    wrong = {"Host": "evil.example", "Origin": "https://evil.example"}
    assert fakes.client.post(URL, data=b"x" * 70_000, headers=wrong).status_code == 400
    assert fakes.client.put(URL, headers={"Origin": "https://evil.example"}).status_code == 403
    assert fakes.client.put(URL, data="x").status_code == 405


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_is_never_overridden(fakes: Fakes, name: str) -> None:
    answer = fakes.client.post(URL, json=BODY, headers={name: "DELETE"})
    assert answer.status_code == 405
    assert answer.headers["Allow"]
