"""Stores and services are tested on a SQLite file and on PostgreSQL, the exchange layer on a scripted exchange."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.databases import BACKENDS, NewUrl, postgresql_server, sqlite_url
from tests.integration.exchange_world import KEY, SECRET, World
from tests.integration.probe import Probe
from tests.worlds import Life


@pytest.fixture(scope="session")
def postgresql() -> Iterator[NewUrl]:
    with postgresql_server() as new_url:
        yield new_url


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("folder")
        return sqlite_url(folder / "portfolio.db")
    new_url: NewUrl = request.getfixturevalue("postgresql")
    return new_url()


@pytest.fixture
def life(database_url: str) -> Iterator[Life]:
    made = Life(database_url)
    yield made
    made.close()


@pytest.fixture
def new_life(database_url: str) -> Iterator[Callable[..., Life]]:
    """Makes further back ends on the same database."""
    made: list[Life] = []

    def make(**options: object) -> Life:
        made.append(Life(database_url, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def world() -> Iterator[World]:
    with Probe() as probe:
        yield World(probe)


@pytest.fixture
def no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    logged = [record.getMessage() for phase in ("setup", "call") for record in caplog.get_records(phase)]
    assert not [line for line in logged if SECRET in line or KEY in line]
    assert not [line for line in logged if "signature=" in line.replace("signature=[hidden]", "")]


@pytest.fixture
def past_life(database_url: str) -> Iterator[Life]:
    """One whose account has a past that can be read."""
    made = Life(database_url, has_past=True)
    yield made
    made.close()
