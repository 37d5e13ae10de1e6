"""The writer's lease: of all threads and processes on one database, one writes."""

from __future__ import annotations

import os
import secrets
import threading

from dashboard_crypto.core.errors import LeaseLost
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db import state_rows
from dashboard_crypto.db.store import Store


class WriterLease:
    """Claims and renews a row of the database; its fencing number goes into every write of the loops.

    A holder that stood still past its time (stopped, suspended) is not asked whether it still holds the lease: its
    write carries an old number and is refused in the same transaction.
    """

    def __init__(self, store: Store, clock: Clock, ttl_s: float = 30) -> None:
        self._store = store
        self._clock = clock
        self._ttl_ms = round(ttl_s * 1000)
        self._holder = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._fence: int | None = None
        self._renewed_at = 0.0

    def acquire(self) -> int | None:
        """Our fencing number, claiming or renewing when due; None while another process is the writer."""
        with self._lock:
            if self._fence is not None and self._clock.monotonic() - self._renewed_at < self._ttl_ms / 3000:
                return self._fence
            started = self._clock.monotonic()
            self._fence = self._renew_or_claim()
            self._renewed_at = started
            return self._fence

    def require(self) -> int:
        """As `acquire`, but LeaseLost instead of None."""
        fence = self.acquire()
        if fence is None:
            raise LeaseLost("Another process is the writer.")
        return fence

    def forget(self) -> None:
        """Our number was refused: claim anew next time."""
        with self._lock:
            self._fence = None

    def release(self) -> None:
        """Let another process take over at once."""
        with self._lock:
            if self._fence is not None:
                with self._store.session() as session:
                    state_rows.release_lease(session, self._holder, self._fence)
            self._fence = None

    @property
    def held(self) -> bool:
        """As far as this process knows."""
        return self._fence is not None

    def _renew_or_claim(self) -> int | None:
        now_ms = self._clock.now_ms()
        expires_at_ms = now_ms + self._ttl_ms
        if self._fence is None:
            with self._store.reading() as session:
                current = state_rows.load_lease(session)
            taken = current.holder != self._holder and now_ms < current.expires_at_ms <= now_ms + 3 * self._ttl_ms
            if taken:
                return None
        with self._store.session() as session:
            if self._fence is not None and state_rows.renew_lease(session, self._holder, self._fence, expires_at_ms):
                return self._fence
            return state_rows.claim_lease(session, self._holder, now_ms, expires_at_ms, longest_ms=3 * self._ttl_ms)
