"""A life of the services on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.databases import quick_folder, sqlite_url
from tests.worlds import Life


@pytest.fixture
def url() -> Iterator[str]:
    folder = quick_folder()
    yield sqlite_url(folder / "portfolio.db")
    shutil.rmtree(folder)


@pytest.fixture
def life(url: str) -> Iterator[Life]:
    made = Life(url)
    made.live(3)
    yield made
    made.close()
