"""A settled SQLite file read through the driver alone: what a start can answer from before SQLAlchemy is loaded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard_crypto.db.identity import APPLICATION_ID, HEAD, marker_path

_BUSY_S = 1.0
_PREFIX = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Dialect:
    """As SQLAlchemy calls it."""

    name: str = "sqlite"


@dataclass(frozen=True, slots=True)
class PlainSession:
    """One read transaction."""

    connection: sqlite3.Connection
    dialect: Dialect = Dialect()


@dataclass(frozen=True, slots=True)
class PlainStore:
    """Reads like `store.Store` and cannot write. Every reading opens the file anew; errors are the driver's own."""

    path: Path
    portfolio_id: int = 1

    @contextmanager
    def reading(self) -> Iterator[PlainSession]:
        """A read transaction: one consistent picture."""
        with closing(sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield PlainSession(connection)

    def revision(self) -> tuple[int, int]:
        """`(revision, history_revision)` as committed now."""
        sql = "SELECT revision, history_revision FROM portfolios WHERE id = ?"
        with self.reading() as session:
            revision, history_revision = session.connection.execute(sql, (self.portfolio_id,)).fetchone()
        return revision, history_revision


def settled(url: str) -> PlainStore | None:
    """The database at `url` if it can be read as it is: ours, of this version's schema, nothing to create or upgrade.

    Anything else is for `opening.open_database`, which decides and speaks.
    """
    place = url.removeprefix(_PREFIX)
    if not url.startswith(_PREFIX) or not place or place.startswith(":") or any(sign in place for sign in "?#%"):
        return None
    path = Path(place)
    if not (path.is_file() and path.stat().st_size and marker_path(path).exists()):
        return None
    try:
        store = PlainStore(path)
        with store.reading() as session:
            known = session.connection.execute("PRAGMA application_id").fetchone()
            version = session.connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return None
    return store if known == (APPLICATION_ID,) and version == [(HEAD,)] else None
