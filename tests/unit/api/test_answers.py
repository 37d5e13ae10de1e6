"""Finished answers: made once per revision, never stale, 304 when nothing changed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from tests.unit.api.fakes import Fakes

from dashboard_crypto.api.answers import AnswerStore, Stored, accepts_gzip
from dashboard_crypto.core.errors import DatabaseBusy

BALANCES = "/api/portfolio/balances"


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


def test_balances_have_the_contract_form(fakes: Fakes) -> None:
    answer = fakes.client.get(BALANCES)
    assert b'"total_value_usd":47104.10' in answer.data
    body = json.loads(answer.data)
    assert body["balances"][0]["asset"] == "BTC"
    assert body["timestamp"] == "2026-01-05T10:00:18Z"
    assert (body["count"], body["state"], body["age_seconds"], body["revision"]) == (1, "live", 12, 1841)
    assert body["unpriced"] == ["OLD"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_age_and_state_are_of_the_moment_of_the_answer(fakes: Fakes) -> None:
    first = fakes.client.get(BALANCES)
    fakes.clock.ms += 5_000
    second = fakes.client.get(BALANCES)
    assert second.json is not None
    assert second.json["age_seconds"] == 17
    assert second.headers["ETag"] == first.headers["ETag"]
    fakes.clock.ms += 100_000
    third = fakes.client.get(BALANCES, headers={"If-None-Match": first.headers["ETag"]})
    assert third.status_code == 200
    assert third.json is not None
    assert third.json["state"] == "stale"


def test_a_new_message_is_news(fakes: Fakes) -> None:
    etag = fakes.client.get(BALANCES).headers["ETag"]
    fakes.portfolio.state_message = "The disk is full."
    answer = fakes.client.get(BALANCES, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert b"The disk is full." in answer.data


def test_an_unchanged_poll_is_a_304_without_body(fakes: Fakes) -> None:
    etag = fakes.client.get(BALANCES).headers["ETag"]
    answer = fakes.client.get(BALANCES, headers={"If-None-Match": f'"x", {etag}'})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert "Content-Security-Policy" in answer.headers


def test_a_new_revision_is_seen_at_once(fakes: Fakes) -> None:
    fakes.client.get(BALANCES)
    fakes.portfolio.now_revision = (1842, 3)
    assert b'"revision":1842' in fakes.client.get(BALANCES).data


def test_an_error_of_the_database_is_a_problem_even_when_an_answer_is_stored(fakes: Fakes) -> None:
    fakes.client.get(BALANCES)
    fakes.portfolio.error = DatabaseBusy("The database is busy.")
    answer = fakes.client.get(BALANCES)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_history_is_compressed_for_those_who_ask(fakes: Fakes) -> None:
    plain = fakes.client.get("/api/performance/twr-history?days=7")
    assert plain.json == [
        {"x": "1970-01-01T00:00:00Z", "y": 0.0},
        {"x": "1970-01-01T01:00:00Z", "y": 0.3},
        {"x": "1970-01-01T02:00:00.500Z", "y": -1.0},
    ]
    stored = Stored(b"x" * 5000)
    _, headers, body = stored.answer("", "br, gzip")
    assert ("Content-Encoding", "gzip") in headers
    assert gzip.decompress(body) == b"x" * 5000


@pytest.mark.parametrize(
    ("header", "welcome"),
    [
        ("gzip", True),
        ("br;q=1, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("", False),
    ],
)
def test_gzip_only_where_welcome(header: str, welcome: bool) -> None:
    assert accepts_gzip(header) is welcome


def test_the_store_is_bounded_in_number_and_size() -> None:
    store = AnswerStore(most=3, most_bytes=1000)
    for number in range(10):
        store.put((str(number), ""), (1, 1), Stored(b"x" * 10))
    assert [key for key in map(str, range(10)) if store.holds((key, ""))] == ["7", "8", "9"]
    store.put(("big", ""), (1, 1), Stored(b"x" * 2000))
    assert store.holds(("big", ""))
    assert not store.holds(("9", ""))
    assert store.get(("big", ""), (2, 1)) is None


def test_snapshots_are_streamed_page_by_page_and_add_up(tmp_path: Path) -> None:
    fakes = Fakes(tmp_path)
    fakes.performance.rows = 4_500
    answer = fakes.client.get("/api/performance/snapshots")
    assert answer.json is not None
    assert answer.json["count"] == 4_500
    assert [row["id"] for row in answer.json["snapshots"]] == list(range(1, 4_501))
    page = fakes.client.get("/api/performance/snapshots?limit=2&cursor=1000")
    assert page.json is not None
    assert [row["id"] for row in page.json["snapshots"]] == [3, 4]
    assert page.json["next_cursor"] == "3000"
