"""The balances of a start that has not loaded the services yet."""

from __future__ import annotations

from dashboard_crypto.db import plain_reading
from dashboard_crypto.services.balances_view import BalancesReader
from dashboard_crypto.services.clock import SystemClock


def stored_balances(database_url: str, *, balance_interval_s: float) -> BalancesReader | None:
    """A reader of what the last run stored; None where the database has to be created, upgraded or refused first."""
    store = plain_reading.settled(database_url)
    return None if store is None else BalancesReader(store, SystemClock(), balance_interval_s=balance_interval_s)
