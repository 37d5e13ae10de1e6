"""Statements on the driver's own cursor, for the paths that run often: a third of the cost of a result object.

One text serves both databases: parameters are written `:name`, and `{real}`, `{int}`, `{exact}` stand for types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

_WORDS = {
    "sqlite": {
        "real": "REAL",
        "int": "INTEGER",
        "exact": "TEXT",
        "greatest": "max",
        # Otherwise the statement keeps the old pages of every row, to undo itself alone: a seventh of a whole rewrite.
        # The transaction undoes it all the same.
        "or_fail": "OR FAIL ",
        # The driver tells it by itself; for RETURNING, SQLite makes a table each time.
        "returning_id": "",
    },
    "postgresql": {
        "real": "DOUBLE PRECISION",
        "int": "BIGINT",
        "exact": "NUMERIC",
        "greatest": "GREATEST",
        "or_fail": "",
        "returning_id": " RETURNING id",
    },
}


class Spoken(Protocol):
    """What a statement needs of a session: SQLAlchemy's, or that of `plain_reading`."""

    @property
    def connection(self) -> Any:
        """The driver's connection."""
        ...

    @property
    def dialect(self) -> Any:
        """Its `name` says which database it is."""
        ...


def cursor(session: Spoken, sql: str, parameters: Mapping[str, Any]) -> Any:
    """Run and give the open cursor."""
    opened = session.connection.cursor()
    opened.execute(native(sql, session.dialect.name), parameters)
    return opened


def rows(session: Spoken, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run and fetch everything."""
    opened = cursor(session, sql, parameters)
    fetched: list[tuple[Any, ...]] = opened.fetchall()
    opened.close()
    return fetched


def each(session: Spoken, sql: str, batch: Sequence[Mapping[str, Any]]) -> None:
    """Run once per set of parameters."""
    opened = session.connection.cursor()
    opened.executemany(native(sql, session.dialect.name), batch)
    opened.close()


@lru_cache(maxsize=256)
def native(sql: str, dialect: str) -> str:
    """The text in the words of one database."""
    text = sql.format_map(_WORDS[dialect])
    return text if dialect == "sqlite" else re.sub(r":(\w+)", r"%(\1)s", text)
