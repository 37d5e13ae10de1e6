"""A write transaction of a few rows on SQLite, on the driver alone: SQLAlchemy's own work costs as much as the disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from types import TracebackType

from dashboard_crypto.core.errors import DatabaseBusy
from dashboard_crypto.db.faults import BUSY, explain
from dashboard_crypto.db.plain_reading import PlainSession


class PlainWriter:
    """One connection, opened when it is first needed and used by one thread at a time: `with writer as session`.

    Its transactions are those of `Database.session`: they begin with SQLite's write lock, commit on disk, and an error
    of any kind leaves nothing behind. `connect` gives a connection that is configured like every other.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], patience_s: float) -> None:
        self._connect = connect
        self._patience_s = patience_s
        self._turn = threading.Lock()
        self._session: PlainSession | None = None

    def __enter__(self) -> PlainSession:
        """Begin at once, when it is our turn; DatabaseBusy if that takes too long."""
        if not self._turn.acquire(timeout=self._patience_s):
            raise DatabaseBusy(BUSY)
        try:
            if self._session is None:
                self._session = PlainSession(self._connect())
            self._session.connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._undo()
            self._turn.release()
            _tell(error)
            raise
        return self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit; on any error roll back instead."""
        try:
            if error is None and self._session is not None:
                self._session.connection.execute("COMMIT")
        except BaseException as refused:
            error = refused
            raise
        finally:
            if error is not None:
                self._undo()
            self._turn.release()
            _tell(error)

    def close(self) -> None:
        """Give the connection back; the next transaction opens another."""
        with self._turn:
            if self._session is not None:
                self._session.connection.close()
                self._session = None

    def forget(self) -> None:
        """After a fork: the parent's connection is not ours to use or close, nor is its lock."""
        self._turn = threading.Lock()
        self._session = None

    def _undo(self) -> None:
        """Also what a refused COMMIT left open. A connection that cannot even do this takes its lock with it."""
        if self._session is None:
            return
        connection = self._session.connection
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._session = None
            connection.close()


def _tell(error: BaseException | None) -> None:
    """Raise what is the world's fault as one of `core.errors`."""
    ours = explain(error) if isinstance(error, sqlite3.Error) else None
    if ours is not None:
        raise ours from error
