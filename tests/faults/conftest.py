"""A life of the services on a database of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from tests.databases import sqlite_url
from tests.worlds import Life


@pytest.fixture
def url(folder: Path) -> str:
    return sqlite_url(folder / "portfolio.db")


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Starts children that have the heavy modules already, so that a kill hits their work, not their start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.children", "alembic.command"])
    return context


@pytest.fixture
def life(url: str) -> Iterator[Life]:
    made = Life(url)
    made.live(3)
    yield made
    made.close()
