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
        has_begun = False
        try:
            if self._session is None:
                self._session = PlainSession(self._connect())
            self._session.connection.execute("BEGIN IMMEDIATE")
            has_begun = True
        except sqlite3.Error as error:
            raise _told(error) from error
        finally:
            if not has_begun:
                self._end()
        return self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit; on any error roll back instead."""
        try:
            if error is None and self._session is not None:
                self._session.connection.execute("COMMIT")
        except sqlite3.Error as refused:
            raise _told(refused) from refused
        finally:
            self._end()
        if isinstance(error, sqlite3.Error):
            raise _told(error) from error

    def close(self) -> None:
        """Give the connection back; the next transaction opens another."""
        with self._turn:
            self._drop()

    def forget(self) -> None:
        """After a fork: the parent's connection is not ours to use or close, nor is its lock."""
        self._turn = threading.Lock()
        self._session = None

    def _drop(self) -> None:
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def _end(self) -> None:
        """Undo what is not committed, also what a refused COMMIT left open, and let the next one have its turn.

        A connection that cannot even roll back is closed, which frees its lock.
        """
        connection = None if self._session is None else self._session.connection
        try:
            if connection is not None and connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._drop()
        finally:
            self._turn.release()


def _told(error: sqlite3.Error) -> Exception:
    """What is the world's fault as one of `core.errors`."""
    ours = explain(error)
    return error if ours is None else ours
