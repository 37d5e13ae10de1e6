"""Turns the drivers' errors into ours, in the user's words and without their text."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashboard_crypto.core.errors import DatabaseBusy, DatabaseUnusable, DatabaseUnwritable, PortfolioError

BUSY = "The database is busy. Nothing was changed; try again in a few seconds."
DAMAGED = (
    "The database is damaged. Nothing is written to it any more. Keep the file, and restore the newest backup that "
    "passes its check."
)
FULL = "The disk with the database is full. Free some space; saving goes on by itself."
FAILING = "The disk with the database refuses to write. Check the disk; saving goes on by itself when it works again."
READ_ONLY = "The database file is read-only. Make it writable for the user that runs this program."
UNREACHED = "The database server does not answer. Check DATABASE_URL, start the server, then start this program again."
CLOSED = "The database server does not answer. Reading and saving go on by themselves when it is back."

# Parts of SQLite's messages; PostgreSQL speaks through SQLSTATE.
_SQLITE: tuple[tuple[str, type[PortfolioError], str], ...] = (
    ("malformed", DatabaseUnusable, DAMAGED),
    ("not a database", DatabaseUnusable, DAMAGED),
    ("is full", DatabaseUnwritable, FULL),
    ("disk I/O", DatabaseUnwritable, FAILING),
    ("readonly", DatabaseUnwritable, READ_ONLY),
    ("unable to open", DatabaseUnwritable, READ_ONLY),
    ("locked", DatabaseBusy, BUSY),
)
_SQLSTATE: dict[str, tuple[type[PortfolioError], str]] = {
    "53100": (DatabaseUnwritable, FULL),
    "25006": (DatabaseUnwritable, READ_ONLY),
    "40001": (DatabaseBusy, BUSY),
    "40P01": (DatabaseBusy, BUSY),
    "55P03": (DatabaseBusy, BUSY),
    "57014": (DatabaseBusy, BUSY),
    "XX001": (DatabaseUnusable, DAMAGED),
    "XX002": (DatabaseUnusable, DAMAGED),
}


def explain(error: Exception) -> PortfolioError | None:
    """Our error for a driver's error; None if it is a defect of ours (a broken constraint, bad SQL)."""
    state = getattr(error, "sqlstate", None)
    if state in _SQLSTATE:
        kind, message = _SQLSTATE[state]
        return kind(message)
    text = str(error)
    for part, kind, message in _SQLITE:
        if part in text:
            return kind(message)
    if type(error).__module__.startswith("psycopg") and type(error).__name__ in {"OperationalError", "AdminShutdown"}:
        return DatabaseBusy(CLOSED)
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Every driver error that is the world's fault leaves as one of `core.errors`."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseBusy(BUSY) from error
    except DBAPIError as error:
        ours = explain(error.orig) if isinstance(error.orig, Exception) else None
        raise error if ours is None else ours from error
    except _driver_errors() as error:
        # The hot paths use the driver's own cursor, whose errors SQLAlchemy does not wrap.
        ours = explain(error)
        raise error if ours is None else ours from error


def _driver_errors() -> tuple[type[Exception], ...]:
    # psycopg is only there when it is used: loading it costs a tenth of a second.
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error,) if psycopg is None else (sqlite3.Error, psycopg.Error)
