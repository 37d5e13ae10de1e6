"""What the API answers: the models that shape every body and write the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard_crypto.api.fields import InstantOut, Number
from dashboard_crypto.core.decisions import FlowMeaning
from dashboard_crypto.core.model import PriceStatus, State
from dashboard_crypto.core.movement import FlowClass


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class BalanceOut(Answer):
    """One asset over all wallets."""

    asset: str
    balance: Number
    usd_value: Number | None
    percentage: float
    price_usd: Number | None
    price_status: PriceStatus
    wallets: dict[str, Number]
    change_24h_percent: float | None = Field(
        description="How far the price of one unit in USD moved in the 24 hours before the reading; null: not known"
    )


class RatesOut(Answer):
    """USD per unit; null where not known."""

    EUR: Number | None
    BTC: Number | None


class BalancesOut(Answer):
    """The newest complete reading, largest first."""

    total_value_usd: Number
    timestamp: InstantOut | None
    count: int
    balances: list[BalanceOut]
    unpriced: list[str] = Field(description="Held assets that no price could be found for")
    rates: RatesOut = Field(description="From the same price table as the balances")
    revision: int
    state: State
    state_message: str
    age_seconds: int | None = Field(description="Seconds since the reading, at the moment of the answer")


class RefreshOut(Answer):
    """The cached total, and whether the exchange will be asked early."""

    message: str
    total_value_usd: Number
    balances_count: int
    refresh_requested: bool
    state: State


class SnapshotOut(Answer):
    """One stored snapshot; `twr` and `pnl_percent` are percentages. Behind a doubted flow they and `pnl` are null."""

    id: int
    timestamp: InstantOut
    total_value_usd: Number
    twr: float | None
    pnl: Number | None
    pnl_percent: float | None
    source: Literal["live", "manual", "backfill"]
    status: str = Field(description="`complete`; `unreconciled`: the exchange's own total differs by over 0.5 %")


class SnapshotsOut(Answer):
    """Oldest first."""

    snapshots: list[SnapshotOut]
    count: int
    next_cursor: str | None


class SnapshotCreatedOut(Answer):
    """The snapshot just stored."""

    message: str
    snapshot: SnapshotOut


class CashFlowPartOut(Answer):
    """One part of a split cash flow; negative for withdrawals."""

    amount_usd: Number | None
    quantity: Number | None = Field(description="Null where the flow was split in USD")
    flow_class: FlowMeaning
    note: str | None


class CashFlowOut(Answer):
    """One deposit or withdrawal; `amount_usd` is negative for withdrawals."""

    id: int
    timestamp: InstantOut
    amount_usd: Number | None = Field(description="null while no price is known: then it counts for nothing")
    type: Literal["DEPOSIT", "WITHDRAW"]
    asset: str | None
    quantity: Number | None
    price_usd: Number | None
    source: Literal["manual", "exchange"]
    note: str | None
    valuation_method: str
    kind: str | None = Field(description="The exchange's word for an imported flow, such as p2p_buy")
    flow_class: FlowClass = Field(description="It counts as a cash flow only while this is external")
    imported_amount_usd: Number | None = Field(description="What was imported, where the owner overrides it")
    linked_id: int | None = Field(description="The imported flow that stands for this one")
    counted_usd: Number | None = Field(description="What of it counts as money in or out; null if nothing does")
    parts: list[CashFlowPartOut] = Field(description="What the owner has split it into; empty for a whole one")
    parts_apply: bool = Field(description="False: the exchange corrected the quantity after the split")
    counted_at: InstantOut = Field(description="Where it stands among the snapshots; one of this instant contains it")
    rates: RatesOut = Field(description="USD per unit at its minute; null where not known, or not asked for yet")


class CashFlowsOut(Answer):
    """Oldest first; `total_withdrawals` is positive."""

    cashflows: list[CashFlowOut]
    count: int
    total_deposits: Number
    total_withdrawals: Number


class CashFlowChangedOut(Answer):
    """The cash flow as it is stored now."""

    message: str
    cashflow: CashFlowOut


class TwinOut(Answer):
    """A manual and an imported cash flow that look like the same one; both count until they are linked."""

    manual: CashFlowOut
    imported: CashFlowOut
    apart_seconds: int
    difference_percent: float


class TwinsOut(Answer):
    """Nearest first."""

    twins: list[TwinOut]
    count: int


class SuggestionOut(Answer):
    """A change of balances between two readings that no record explains, offered as a cash flow."""

    id: int
    after: InstantOut
    until: InstantOut
    amount_usd: Number
    asset: str | None
    quantity: Number | None


class SuggestionsOut(Answer):
    """Oldest first."""

    suggestions: list[SuggestionOut]
    count: int


class MessageOut(Answer):
    """A sentence for the user."""

    message: str


class FieldErrorOut(Answer):
    """One wrong value."""

    pointer: Annotated[str, Field(description="JSON pointer to the value; empty for the whole request")]
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem document."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="The id that the log line carries")
    errors: list[FieldErrorOut] = []
