"""Before the application is loaded: the stored balances at once, everything else in its turn."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from tests.unit.api.fakes import Fakes
from werkzeug.test import Client

from dashboard_crypto.api import first_answers
from dashboard_crypto.api.first_answers import FirstAnswers
from dashboard_crypto.services.balances_view import BalancesReader
from dashboard_crypto.services.views import BalancesView

PATH = "/api/portfolio/balances"


class FakeReader(BalancesReader):
    """Reads from the fakes, or fails as a broken file does."""

    def __init__(self, fakes: Fakes, error: sqlite3.Error | None = None) -> None:
        self.fakes = fakes
        self.error = error

    def newest(self) -> BalancesView:
        if self.error is not None:
            raise self.error
        return self.fakes.portfolio.newest()

    def aged(self, view: BalancesView) -> BalancesView:
        return self.fakes.portfolio.aged(view)


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


def first(fakes: Fakes, error: sqlite3.Error | None = None) -> FirstAnswers:
    return FirstAnswers(FakeReader(fakes, error), "127.0.0.1", ())


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}])
def test_balances_are_those_of_the_application_to_the_byte_and_header(fakes: Fakes, headers: dict[str, str]) -> None:
    early = Client(first(fakes)).get(PATH, headers=headers)
    late = fakes.client.get(PATH, headers=headers)
    assert (early.status_code, early.data, sorted(early.headers)) == (200, late.data, sorted(late.headers))
    assert early.headers["ETag"] == late.headers["ETag"]
    assert Client(first(fakes)).get(PATH, headers={"If-None-Match": late.headers["ETag"]}).status_code == 304


def test_a_foreign_host_is_refused_before_anything_is_read(fakes: Fakes) -> None:
    door = first(fakes)
    assert Client(door).get(PATH, headers={"Host": "evil.example"}).status_code == 400
    assert fakes.portfolio.made == 0


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/health"), ("GET", "/"), ("GET", f"{PATH}?x=1"), ("POST", "/api/portfolio/refresh")]
)
def test_everything_else_waits_for_the_application(fakes: Fakes, method: str, path: str) -> None:
    door = first(fakes)
    found: list[tuple[int, bytes]] = []

    def ask() -> None:
        answer = Client(door).open(path, method=method)
        found.append((answer.status_code, answer.data if answer.status_code == 200 else b""))

    waiting = threading.Thread(target=ask)
    waiting.start()
    assert door.asked.wait(10)
    assert not found
    door.open(fakes.client.application)
    waiting.join(10)
    expected = fakes.client.open(path, method=method)
    assert found == [(expected.status_code, expected.data if expected.status_code == 200 else b"")]


def test_a_database_that_cannot_be_read_is_left_to_the_application(fakes: Fakes) -> None:
    door = first(fakes, sqlite3.OperationalError("disk I/O error"))
    threading.Timer(0.05, lambda: door.open(fakes.client.application)).start()
    assert Client(door).get(PATH).data == fakes.client.get(PATH).data


def test_nobody_waits_for_ever(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_answers, "LONGEST_WAIT_S", 0.01)
    answer = Client(first(fakes)).get("/health")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_once_open_the_application_answers_alone(fakes: Fakes) -> None:
    door = first(fakes, sqlite3.OperationalError("not asked any more"))
    door.open(fakes.client.application)
    assert Client(door).get(PATH).status_code == 200
