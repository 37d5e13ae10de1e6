"""The portfolio as it stands now."""

from __future__ import annotations

from dashboard_crypto.core.model import Valuation
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.views import BalancesView


class PortfolioService:
    """Reads and replaces the current balances."""

    def __init__(
        self, store: Store, clock: Clock, doorbell: Doorbell, *, portfolio_id: int = 1, balance_interval_s: float = 30
    ) -> None: ...

    def balances(self) -> BalancesView:
        """The newest complete reading with its age and state. Never waits for the exchange."""
        raise NotImplementedError

    def revision(self) -> tuple[int, int]:
        """`(revision, history_revision)`: the first moves with every visible change, the second when stored history was rewritten."""
        raise NotImplementedError

    def request_refresh(self) -> bool:
        """Ask the balance loop for an early cycle; False when one was asked for less than 5 s ago or while the exchange made us wait."""
        raise NotImplementedError

    def record(self, valuation: Valuation) -> int:
        """Replace the balances in one transaction, ring, and return the new revision."""
        raise NotImplementedError
