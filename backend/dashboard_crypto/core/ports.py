"""What the services need from the outside world, as Protocols. Real and fake are chosen in `app.py` only."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from dashboard_crypto.core.model import AccountReading, ExternalFlow, KeyPermissions


class Clock(Protocol):
    """Tells the time. Only `services/clock.py` asks the machine."""

    def now_ms(self) -> int:
        """The present, epoch milliseconds UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never steps."""
        ...


class ExchangeGateway(Protocol):
    """A Binance account, read only. Every method raises errors of `core.errors` and nothing else."""

    def read_account(self) -> AccountReading:
        """Read every wallet and one price table; raise rather than return part of it."""
        ...

    def price_at(self, asset: str, instant_ms: int) -> Decimal | None:
        """USD price of one unit just before `instant_ms` (close of the bar that ends there); None if there was none."""
        ...

    def external_flows(self, since_ms: int, until_ms: int) -> Sequence[ExternalFlow]:
        """Credited deposits and debited withdrawals in `(since_ms, until_ms]`, oldest first."""
        ...

    def key_permissions(self) -> KeyPermissions:
        """What the key may do."""
        ...

    def account_id(self) -> str:
        """The exchange's own id of the account, to notice a key of somebody else."""
        ...

    def server_time_ms(self) -> int:
        """The exchange's clock, corrected for half the round trip."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class BanStore(Protocol):
    """Remembers until when the exchange must not be asked, across restarts."""

    def load_ban(self) -> int:
        """Epoch milliseconds of the end of the ban; 0 if none."""
        ...

    def save_ban(self, until_ms: int) -> None:
        """Store the end of the ban durably before the caller goes on."""
        ...
