"""What every test shares."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.databases import quick_folder

# A verdict must not depend on luck: the same examples at each run. HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A quick one, for databases."""
    made = quick_folder()
    yield made
    shutil.rmtree(made)
