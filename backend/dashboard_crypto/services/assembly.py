"""Wires the services together, given the world outside. `app.py` chooses what is real."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.auto_refresh import AutoRefresh
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.performance import PerformanceService
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.session_manager import GatewayFactory, SessionManager
from dashboard_crypto.services.status import StatusService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the api and the command line call."""

    store: Store
    clock: Clock
    doorbell: Doorbell
    session: SessionManager
    portfolio: PortfolioService
    performance: PerformanceService
    status: StatusService
    auto_refresh: AutoRefresh

    def close(self) -> None:
        """Stop the loops, close streams, the gateway and the database."""


def assemble(
    store: Store,
    clock: Clock,
    gateway_factory: GatewayFactory | None,
    *,
    balance_interval_s: float = 30,
    snapshot_interval_s: float = 3600,
    min_base_usd: Decimal = Decimal(1),
    allow_trading_key: bool = False,
    lease_ttl_s: float = 30,
    portfolio_id: int = 1,
) -> Services:
    """Build every service. Nothing touches the network and no thread starts here."""
    raise NotImplementedError
