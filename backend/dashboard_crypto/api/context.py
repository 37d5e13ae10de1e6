"""What the HTTP layer is given: services and facts. `app.py` fills it; nothing here reads the environment."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.services.assembly import Services
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.export import Exporter
from dashboard_crypto.services.ledger_book import LedgerBook
from dashboard_crypto.services.performance import PerformanceService
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.status import StatusService

STATIC_DIR = Path(__file__).resolve().parents[1] / "static"


@dataclass(frozen=True, slots=True)
class Setup:
    """What the page must say before numbers can appear: is a key configured, is this the demo."""

    has_credentials: bool = True
    testnet: bool = False
    demo_note: str | None = None


@dataclass(frozen=True, slots=True)
class ApiContext:
    """Everything the handlers may use."""

    portfolio: PortfolioService
    performance: PerformanceService
    ledger: LedgerBook
    status: StatusService
    exports: Exporter
    doorbell: Doorbell
    clock: Clock
    version: str
    setup: Setup = Setup()
    host: str = "127.0.0.1"
    allowed_origins: tuple[str, ...] = ()
    static_dir: Path = STATIC_DIR
    stream_cap: int = 200
    heartbeat_s: float = 15
    stopping: threading.Event = field(default_factory=threading.Event)
    boot_id: str = field(default_factory=lambda: secrets.token_hex(4))


def context_of(services: Services, version: str) -> ApiContext:
    """The use-cases of assembled services; every fact about this start is the default."""
    return ApiContext(
        portfolio=services.portfolio,
        performance=services.performance,
        ledger=services.ledger,
        status=services.status,
        exports=Exporter(services.store),
        doorbell=services.doorbell,
        clock=services.clock,
        version=version,
    )
