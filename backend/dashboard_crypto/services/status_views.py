"""What `/api/status` tells: the loops, the reading of the past, the comparison of wallets. Frozen, like `views`."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from dashboard_crypto.core.model import LoopName, State


@dataclass(frozen=True, slots=True)
class LoopView:
    """One loop of this process: is its thread alive, how long ago did it last go round, how often is its work due."""

    name: LoopName
    running: bool
    heartbeat_age_s: float | None
    interval_s: float
    failures: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source of history. `oldest_ms` is the oldest instant the exchange tells of, None if it tells everything;
    `read_until_ms` how far it was read to the end."""

    name: str
    progress: float
    done: bool
    oldest_ms: int | None
    read_until_ms: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class HistoryView:
    """How far the account's history has been read; `seconds_left` None while nobody can tell."""

    sources: tuple[SourceView, ...]
    percent: float
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class WalletView:
    """One wallet by both accounts; `ours_usd` None: it is not read at all."""

    wallet: str
    ours_usd: Decimal | None
    theirs_usd: Decimal
    is_over: bool


@dataclass(frozen=True, slots=True)
class ReconciliationView:
    """Our total against the exchange's own. `is_flagged`: they differ by more than `limit_usd`."""

    instant_ms: int
    wallets: tuple[WalletView, ...]
    ours_usd: Decimal
    theirs_usd: Decimal
    limit_usd: Decimal
    is_flagged: bool
    unpriced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusView:
    """Everything `/api/status` tells. Nothing secret."""

    state: State
    state_message: str
    state_since_ms: int | None
    last_success_ms: int | None
    last_attempt_ms: int | None
    age_seconds: int | None
    last_error: str | None
    banned_until_ms: int | None
    is_writer: bool
    revision: int
    history_revision: int
    database_backend: str
    database_bytes: int | None
    database_version: str
    key_can_read: bool | None
    key_can_trade: bool | None
    key_can_withdraw: bool | None
    key_ip_restricted: bool | None
    retry_at_ms: int | None = None
    loops: tuple[LoopView, ...] = ()
    history: HistoryView = HistoryView((), 0.0, None)
    reconciliation: ReconciliationView | None = None
    suggestions: int = 0
    warnings: tuple[str, ...] = field(default=())
