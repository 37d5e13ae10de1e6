"""Stand-ins for the world outside: an exchange account whose every answer a test decides. Fakes, not mocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from dashboard_crypto.core.model import (
    DISPLAY_CURRENCIES,
    EARN_FLEXIBLE,
    SPOT,
    AccountReading,
    ExternalFlow,
    Holding,
    KeyPermissions,
    Redemption,
)
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.services.clock import SteppedClock

FakeClock = SteppedClock
START_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z, a whole hour."""

READ_ONLY = KeyPermissions(can_read=True, can_withdraw=False, can_trade=False, ip_restricted=True)


def dec(text: str | int) -> Decimal:
    """A Decimal from a literal."""
    return Decimal(text)


@dataclass
class FakeGateway:
    """An account in memory. `prices` may be replaced by a function of asset and instant; `fail` raises instead."""

    clock: Clock
    holdings: dict[str, Decimal] = field(default_factory=lambda: {"BTC": Decimal("0.5"), "USDT": Decimal(1000)})
    earn: dict[str, Decimal] = field(default_factory=dict)
    price_of: Callable[[str, int], Decimal | None] = field(default=lambda asset, _at: PRICES.get(asset))
    flows: list[ExternalFlow] = field(default_factory=list)
    permissions: KeyPermissions = READ_ONLY
    account: str = "account-1"
    clock_error_ms: int = 0
    fail: Exception | None = None
    flows_fail: Exception | None = None
    prices_fail: Exception | None = None
    redemptions: list[Redemption] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    closed: bool = False

    def read_account(self) -> AccountReading:
        """The balances and prices of now."""
        self._called("read_account", self.fail)
        now_ms = self.clock.now_ms()
        wallets = ((SPOT, self.holdings), (EARN_FLEXIBLE, self.earn))
        held = [Holding(asset, wallet, amount) for wallet, all_ in wallets for asset, amount in all_.items() if amount]
        coming = [one.asset for one in self.redemptions]
        names = list(dict.fromkeys([*(holding.asset for holding in held), *coming]))
        prices = {asset: price for asset in names if (price := self.price_of(asset, now_ms)) is not None}
        return AccountReading(
            read_at_ms=now_ms,
            holdings=tuple(held),
            prices_usd=prices,
            routes={asset: f"{asset}USDT" for asset in prices},
            unpriced=tuple(asset for asset in names if asset not in prices),
            rates_usd={asset: self.price_of(asset, now_ms) for asset in DISPLAY_CURRENCIES},
            redemptions=tuple(self.redemptions),
        )

    def price_at(self, asset: str, instant_ms: int) -> Decimal | None:
        """As in the reading of that moment."""
        self._called("price_at", self.prices_fail)
        return self.price_of(asset, instant_ms)

    def external_flows(self, since_ms: int, until_ms: int) -> Sequence[ExternalFlow]:
        """The recorded ones."""
        self._called("external_flows", self.flows_fail)
        inside = [flow for flow in self.flows if since_ms < flow.instant_ms <= until_ms]
        return sorted(inside, key=lambda flow: flow.instant_ms)

    def key_permissions(self) -> KeyPermissions:
        """As set."""
        self._called("key_permissions", self.fail)
        return self.permissions

    def account_id(self) -> str:
        """As set."""
        self._called("account_id", self.fail)
        return self.account

    def server_time_ms(self) -> int:
        """Our clock less its error."""
        self._called("server_time_ms", self.fail)
        return self.clock.now_ms() - self.clock_error_ms

    def close(self) -> None:
        """Remembered."""
        self.closed = True

    def deposit(self, asset: str, quantity: str | int | Decimal, name: str = "") -> ExternalFlow:
        """Coins arrive now, and the exchange reports it."""
        amount = Decimal(quantity)
        self.holdings[asset] = self.holdings.get(asset, Decimal(0)) + amount
        kind: Literal["deposit", "withdrawal"] = "deposit" if amount > 0 else "withdrawal"
        flow = ExternalFlow(name or f"flow-{len(self.flows)}", kind, asset, amount, self.clock.now_ms())
        self.flows.append(flow)
        return flow

    def withdraw(self, asset: str, quantity: str | int, name: str = "") -> ExternalFlow:
        """Coins leave now."""
        return self.deposit(asset, -Decimal(quantity), name)

    def _called(self, name: str, fail: Exception | None) -> None:
        self.calls.append(name)
        if fail is not None:
            raise fail


PRICES: dict[str, Decimal] = {
    "BTC": Decimal(90000),
    "ETH": Decimal(3000),
    "USDT": Decimal(1),
    "BNB": Decimal("612.34"),
}


@dataclass
class MovingPrices:
    """Prices that follow a deterministic wave, different for each asset; USDT stays at 1."""

    start_ms: int = START_MS

    def __call__(self, asset: str, at_ms: int) -> Decimal | None:
        """The price of the minute."""
        base = PRICES.get(asset)
        if base is None or asset == "USDT":
            return base
        minute = (at_ms - self.start_ms) // 60_000
        wave = (minute * (7 + len(asset) * 3 + ord(asset[0]) % 5)) % 997
        return base * (Decimal(1) + Decimal(wave) / Decimal(9970))


def hours(count: float) -> int:
    """Hours in milliseconds."""
    return round(count * HOUR_MS)
