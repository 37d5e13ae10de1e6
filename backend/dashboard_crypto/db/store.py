"""The store: one object that the services hold, and hand to the functions of the `*_rows` modules.

Everything happens in a session: `with store.session() as session:` commits at the end or changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from dashboard_crypto.db import state_rows
from dashboard_crypto.db.driver import Spoken
from dashboard_crypto.db.engine import Database, Session


class Store:
    """The database of one portfolio. Also remembers the exchange's ban (`core.ports.BanStore`)."""

    def __init__(self, database: Database, portfolio_id: int = 1) -> None:
        self.database = database
        self.portfolio_id = portfolio_id

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A write transaction; one at a time per portfolio, so what it reads stays true until it commits."""
        with self.database.session() as session:
            state_rows.lock_portfolio(session, self.portfolio_id)
            yield session

    def reading(self) -> AbstractContextManager[Session]:
        """A read transaction."""
        return self.database.reading()

    @contextmanager
    def writing_as(self, fence: int) -> Iterator[Session]:
        """A write transaction of the leader: LeaseLost, and nothing written, if the lease has moved on."""
        with self.session() as session:
            state_rows.check_fence(session, fence)
            yield session

    def appending(self) -> AbstractContextManager[Spoken]:
        """The shortest write transaction, speaking through `db.driver` alone. `stand` comes first in it."""
        return self.database.short_session()

    def stand(self, session: Spoken, fence: int | None) -> tuple[int, int]:
        """Both revisions as they stand for this transaction of the leader (LeaseLost if it is no longer that) or (None)
        of a person."""
        return state_rows.stand(session, self.portfolio_id, fence)

    def revision(self) -> tuple[int, int]:
        """`(revision, history_revision)` as committed now, by any process."""
        return self.database.revision(self.portfolio_id)

    def load_ban(self) -> int:
        """Until when the exchange must not be asked (epoch milliseconds); 0 if it may."""
        with self.reading() as session:
            return state_rows.load_status(session, self.portfolio_id).banned_until_ms

    def save_ban(self, until_ms: int) -> None:
        """Remember a ban; on disk when this returns."""
        with self.session() as session:
            state_rows.save_status(session, self.portfolio_id, {"banned_until_ms": until_ms})
            state_rows.bump(session, self.portfolio_id)

    def close(self) -> None:
        """Give back every connection."""
        self.database.close()
