"""What /health and /api/status answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dashboard_crypto.api.fields import InstantOut, Number
from dashboard_crypto.api.models import Answer
from dashboard_crypto.core.model import LoopName, State


class HealthOut(Answer):
    """Whether both loops go round."""

    status: Literal["ok", "degraded"]


class LoopOut(Answer):
    """One loop of this process. `interval_seconds`: how often its work is due."""

    name: LoopName
    running: bool
    heartbeat_age_seconds: float | None
    interval_seconds: float
    failures: int


class KeyOut(Answer):
    """What the exchange says the key may do; null while it was not asked."""

    configured: bool
    can_read: bool | None
    can_trade: bool | None
    can_withdraw: bool | None
    ip_restricted: bool | None


class ExchangeOut(Answer):
    """The connection to the exchange."""

    state: State
    state_message: str
    state_since: InstantOut | None
    last_success: InstantOut | None
    last_attempt: InstantOut | None
    age_seconds: int | None
    last_error: str | None
    banned_until: InstantOut | None
    retry_at: InstantOut | None = Field(description="When the exchange may be asked again, if it made us wait")


class DatabaseOut(Answer):
    """Where the numbers are kept."""

    backend: str
    version: str
    size_bytes: int | None


class SetupOut(Answer):
    """What the page must say before numbers can appear."""

    has_credentials: bool
    testnet: bool
    demo: bool
    demo_note: str | None
    steps: list[str] = Field(description="What to do next, in order; empty when nothing is missing")


class SourceOut(Answer):
    """One source of the account's history."""

    name: str
    progress: float = Field(description="0 to 1")
    done: bool
    reach: InstantOut | None = Field(description="The oldest instant the exchange tells of; null: everything")
    read_until: InstantOut | None
    error: str | None


class HistoryOut(Answer):
    """How far the account's history has been read."""

    sources: list[SourceOut]
    percent: float
    seconds_left: int | None


class WalletOut(Answer):
    """One wallet by both accounts; `ours_usd` null: it is not read."""

    wallet: str
    ours_usd: Number | None
    theirs_usd: Number
    is_over: bool


class ReconciliationOut(Answer):
    """Our total against the exchange's own figure."""

    timestamp: InstantOut
    wallets: list[WalletOut]
    ours_usd: Number
    theirs_usd: Number
    limit_usd: Number
    is_flagged: bool
    unpriced: list[str]


class StatusOut(Answer):
    """How the program itself is doing."""

    version: str
    now: InstantOut
    exchange: ExchangeOut
    key: KeyOut
    database: DatabaseOut
    loops: list[LoopOut]
    is_writer: bool
    revision: int
    history_revision: int
    open_streams: int
    setup: SetupOut
    history: HistoryOut
    reconciliation: ReconciliationOut | None
    suggestions: int = Field(description="Unexplained changes of balances that wait for an answer")
    warnings: list[str]
