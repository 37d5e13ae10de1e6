"""The connection to the database: sessions, the cheap revision read, and what SQLite needs to be told."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dashboard_crypto.core.errors import DatabaseUnusable
from dashboard_crypto.db.driver import Spoken
from dashboard_crypto.db.faults import BUSY, DAMAGED, explain, translated
from dashboard_crypto.db.plain_writing import PlainWriter

Session = sa.Connection
"""One transaction. Opaque to the services, which only hand it back to the store."""

BUSY_TIMEOUT_S = 5.0
PAGE_BYTES = 4096
"""Of a new file. An append logs four pages, so their size is a fifth of what it costs."""

_PRAGMAS = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA journal_size_limit = 67108864",
    # 64 MB of log, what its file keeps anyway, before it is copied back: of several rewrites of the whole history
    # (10 MB each) only the last one's pages are copied, and few changes of a cash flow wait for that.
    "PRAGMA wal_autocheckpoint = 16000",
)
# The log is used from its start again once it was copied back, and overwriting it is confirmed a third sooner than
# making the file longer. So the hourly append, which is small, sees to it early.
_SHORT_PRAGMAS = (*_PRAGMAS, "PRAGMA wal_autocheckpoint = 1000")
_REVISION = "SELECT revision, history_revision FROM portfolios WHERE id = ?"


class Database:
    """One database, shared by all threads of the process. Made by `db.opening.open_database`."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.path = Path(url.database) if self.is_sqlite and url.database else None
        self.engine = _make_engine(url, is_sqlite=self.is_sqlite)
        self._writing_engine = self.engine.execution_options(writes=True)
        self._revision_lock = threading.Lock()
        self._revision_reader: sqlite3.Connection | None = None
        self._short_writer = PlainWriter(self._open_configured, BUSY_TIMEOUT_S) if self.is_sqlite else None
        _forget_connections_in_children(self)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A write transaction: begins at once (waiting at most 5 s), commits at the end, rolls back on any error."""
        with translated(), self._writing_engine.connect() as connection, connection.begin():
            yield connection

    def short_session(self) -> AbstractContextManager[Spoken]:
        """As `session`, for statements of `db.driver` alone: on SQLite below SQLAlchemy, in a third of the time."""
        return self.session() if self._short_writer is None else self._short_writer

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read transaction: one consistent picture."""
        with translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def revision(self, portfolio_id: int) -> tuple[int, int]:
        """`(revision, history_revision)` as committed now, by any process. A few microseconds on SQLite."""
        if not self.is_sqlite:
            return self._revision_by_pool(portfolio_id)
        with self._revision_lock:
            try:
                if self._revision_reader is None:
                    self._revision_reader = self._open_raw()
                rows = self._revision_reader.execute(_REVISION, (portfolio_id,)).fetchall()
            except sqlite3.Error as error:
                ours = explain(error)
                raise error if ours is None else ours from error
        return rows[0]  # type: ignore[no-any-return]

    def damage(self) -> str | None:
        """SQLite's own check of every page: None when sound, else a sentence. About 1 ms per MB."""
        if not self.is_sqlite:
            return None
        try:
            with self.reading() as session:
                first = session.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        except DatabaseUnusable as error:
            return str(error)
        return None if first == "ok" else DAMAGED

    def size_bytes(self) -> int | None:
        """What the file (with its write-ahead log) takes on disk; None on a server."""
        if self.path is None:
            return None
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def version(self) -> str:
        """The engine's name and version, for diagnostics."""
        if self.is_sqlite:
            return f"SQLite {sqlite3.sqlite_version}"
        with self.reading() as session:
            return f"PostgreSQL {session.exec_driver_sql('SHOW server_version').scalar()}"

    def close(self) -> None:
        """Give back every connection."""
        with self._revision_lock:
            if self._revision_reader is not None:
                self._revision_reader.close()
                self._revision_reader = None
        if self._short_writer is not None:
            self._short_writer.close()
        self.engine.dispose()

    def forget_connections(self) -> None:
        """After a fork: the parent's connections are not ours to use or close."""
        self._revision_lock = threading.Lock()
        self._revision_reader = None
        if self._short_writer is not None:
            self._short_writer.forget()
        self.engine.dispose(close=False)

    def _revision_by_pool(self, portfolio_id: int) -> tuple[int, int]:
        with self.reading() as session:
            row = session.exec_driver_sql(_REVISION.replace("?", "%s"), (portfolio_id,)).one()
        return row[0], row[1]

    def _open_raw(self) -> sqlite3.Connection:
        assert self.path is not None  # noqa: S101 - narrows the type: only called on SQLite
        return sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)

    def _open_configured(self) -> sqlite3.Connection:
        connection = self._open_raw()
        for pragma in _SHORT_PRAGMAS:
            connection.execute(pragma)
        return connection


def _make_engine(url: sa.URL, *, is_sqlite: bool) -> sa.Engine:
    if not is_sqlite:
        return sa.create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15, pool_timeout=BUSY_TIMEOUT_S)
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None, "check_same_thread": False},
        poolclass=sa.QueuePool,
        pool_size=4,
        max_overflow=28,
        pool_timeout=BUSY_TIMEOUT_S,
    )
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    # IMMEDIATE: a reader that turns writer half way would fail at once instead of waiting for its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _forget_connections_in_children(database: Database) -> None:
    alive = weakref.ref(database)

    def forget() -> None:
        found = alive()
        if found is not None:
            found.forget_connections()

    os.register_at_fork(after_in_child=forget)


__all__ = ["BUSY", "Database", "Session"]
