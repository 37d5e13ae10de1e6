"""The real services on a real SQLite file, with an exchange that answers from memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from flask import Flask

from dashboard_crypto.api import flask_app
from dashboard_crypto.api.context import context_of
from dashboard_crypto.core.model import SPOT, AccountReading, ExternalFlow, Holding, KeyPermissions
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.assembly import Services, assemble
from dashboard_crypto.services.clock import SteppedClock

START_MS = 1_767_600_000_000  # 2026-01-05T08:00:00Z
HOUR_MS = 3_600_000


class MemoryGateway:
    """Half a bitcoin and some dollars; the price follows the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.asked: list[str] = []

    def read_account(self) -> AccountReading:
        """All holdings, all priced."""
        now_ms = self._clock.now_ms()
        price = self.price_at("BTC", now_ms)
        assert price is not None
        holdings = (Holding("BTC", SPOT, Decimal("0.5")), Holding("USDT", SPOT, Decimal(1000)))
        return AccountReading(
            now_ms, holdings, {"BTC": price, "USDT": Decimal(1)}, {"BTC": "BTCUSDT"}, (), self.rates()
        )

    def rates(self) -> dict[str, Decimal | None]:
        """A rate for the bitcoin, none for the euro."""
        return {"BTC": self.price_at("BTC", self._clock.now_ms()), "EUR": None}

    def price_at(self, asset: str, instant_ms: int) -> Decimal | None:
        """A price per asset known here; who was asked for is remembered."""
        self.asked.append(asset)
        known = {"BTC": Decimal(90_000) + (instant_ms - START_MS) // 60_000, "USDT": Decimal(1)}
        return known.get(asset)

    def external_flows(self, since_ms: int, until_ms: int) -> Sequence[ExternalFlow]:
        """None."""
        return ()

    def key_permissions(self) -> KeyPermissions:
        """Read only."""
        return KeyPermissions(can_read=True, can_withdraw=False, can_trade=False, ip_restricted=True)

    def account_id(self) -> str:
        """Always the same account."""
        return "1"

    def server_time_ms(self) -> int:
        """In step with us."""
        return self._clock.now_ms()

    def close(self) -> None:
        """Nothing to give back."""


class World:
    """An application with a few hours of history."""

    def __init__(self, place: Path, hours: int = 5) -> None:
        self.path = place / "portfolio.db"
        self.clock = SteppedClock(START_MS)
        self.store = Store(open_database(f"sqlite:///{self.path}"))
        self.services: Services = assemble(self.store, self.clock, lambda: MemoryGateway(self.clock))
        for _ in range(hours):
            self.services.auto_refresh.balance_tick()
            self.services.auto_refresh.snapshot_tick()
            self.clock.advance(3600)
        self.clock.advance(30)
        self.services.auto_refresh.balance_tick()
        self.context = replace(context_of(self.services, "0"), static_dir=place, heartbeat_s=0.05)
        self.app: Flask = flask_app.create(self.context, "x" * 32)
        self.client = self.app.test_client()

    def stored_bytes(self) -> str:
        """A hash of everything on disk."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return hashlib.sha256(b"|".join(file.read_bytes() for file in files if file.exists())).hexdigest()

    def stored_sizes(self) -> list[tuple[int, int]]:
        """Size and time of change of the files: cheaper than `stored_bytes`, for thousands of cases."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return [(file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.exists()]

    def close(self) -> None:
        """Stop everything."""
        self.services.close()
