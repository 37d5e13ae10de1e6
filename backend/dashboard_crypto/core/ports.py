"""What the services need from the outside world, as Protocols. Real and fake are chosen in `app.py` only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from dashboard_crypto.core.model import AccountReading, ExternalFlow, HistoryPage, KeyPermissions, Span


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


class HistoryReader(Protocol):
    """The account's past, in small resumable steps that leave room for live calls. Raises errors of `core.errors`.

    Several sources, and several bars or prices, may be asked for from threads side by side.
    """

    def sources(self) -> Sequence[str]:
        """Names of `core.ledger.SOURCES` that this key and this account offer."""
        ...

    def read(self, source: str, cursor: str | None, until_ms: int, needed_ms: int = 0) -> HistoryPage:
        """One window or page of one source, going on from `cursor` (None: from the beginning).

        Newest first; but a source that was not read up to `needed_ms` reads on to `until_ms` before anything older.

        ExchangeLimited with `retry_at_ms` when the share of the request budget for history is spent for now. After any
        error, the same cursor serves again: nothing was lost.
        """
        ...

    def span(self, source: str, cursor: str) -> Span | None:
        """What has been read when the source stands at `cursor`; None if no part of the past is complete yet."""
        ...

    def pairs(self) -> Mapping[str, tuple[str, str]]:
        """Every pair's (base, quote), which the records of trades leave out. Keep them: pairs vanish."""
        ...

    def wallet_totals_usd(self) -> Mapping[str, Decimal]:
        """The exchange's own total of every wallet, by its name for it, for reconciliation."""
        ...

    def prices_then(self, assets: Collection[str], instant_ms: int) -> Mapping[str, Decimal | None]:
        """USD prices just before `instant_ms`, as `ExchangeGateway.price_at` tells them; None where there was none."""
        ...

    def bars(self, asset: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Decimal]]:
        """Hourly closes in USD of bars that end in `(start_ms, end_ms]`, by end instant (whole hours), oldest first."""
        ...


class BanStore(Protocol):
    """Remembers until when the exchange must not be asked, across restarts."""

    def load_ban(self) -> int:
        """Epoch milliseconds of the end of the ban; 0 if none."""
        ...

    def save_ban(self, until_ms: int) -> None:
        """Store the end of the ban durably before the caller goes on."""
        ...
