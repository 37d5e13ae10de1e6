"""The two loops: balances every 30 seconds, a snapshot every hour. Each is a thread around a testable tick."""

from __future__ import annotations


class AutoRefresh:
    """Only the holder of the writer's lease works; the others stand by."""

    def balance_tick(self) -> bool:
        """Read the account once and record it. True if new balances were stored; never raises a core error."""
        raise NotImplementedError

    def snapshot_tick(self) -> bool:
        """Write this slot's snapshot from the database if it is due and the balances are complete and fresh."""
        raise NotImplementedError

    def start(self) -> None:
        """Start both daemon threads (after any fork)."""
        raise NotImplementedError

    def stop(self, timeout_s: float = 10) -> None:
        """Ask both threads to end and wait for them."""
        raise NotImplementedError
