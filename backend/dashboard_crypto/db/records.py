"""What the store hands out and takes in. Frozen, like everything that crosses a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from dashboard_crypto.core.decisions import Split
from dashboard_crypto.core.model import DISPLAY_CURRENCIES, Balance, Flow, State
from dashboard_crypto.core.movement import FlowClass

StoredFlowType = Literal["DEPOSIT", "WITHDRAW"]
StoredFlowSource = Literal["manual", "exchange"]
StoredSnapshotSource = Literal["live", "manual", "backfill"]


@dataclass(frozen=True, slots=True)
class BalanceHead:
    """Instant and total of the newest complete reading; `read_at_ms` None before the first."""

    read_at_ms: int | None
    total_value_usd: Decimal


@dataclass(frozen=True, slots=True)
class StoredBalances:
    """The newest complete reading; `read_at_ms` None before the first. `rates_usd` has the display currencies."""

    revision: int
    read_at_ms: int | None
    total_value_usd: Decimal
    balances: tuple[Balance, ...]
    unpriced: tuple[str, ...]
    rates_usd: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """A row of `snapshots`; `twr` and `pnl_percent` are percentages."""

    id: int
    instant_ms: int
    total_value_usd: Decimal
    capital_usd: Decimal
    twr: float | None
    pnl_percent: float | None
    source: StoredSnapshotSource
    status: str
    eur_usd: float | None
    btc_usd: float | None


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A snapshot to append. `slot` is None for one that a person asked for; a rate is None where it is not known."""

    instant_ms: int
    slot: int | None
    total_value_usd: Decimal
    source: StoredSnapshotSource
    status: str = "complete"
    eur_usd: float | None = None
    btc_usd: float | None = None


@dataclass(frozen=True, slots=True)
class NewFlow:
    """A cash flow to store. `amount_usd` is None while no price is known for it.

    `amount_usd` is what counts; `imported_amount_usd` is what the import says where the owner says otherwise.
    `linked_id` names the imported flow that tells the same; `split` are the owner's parts of an imported one.
    `eur_usd` and `btc_usd` are USD per unit at the minute it was reported for; None while that was not asked
    (`rates_pending`) or where nobody knows. They follow from it, so two flows that differ in them only are the same.
    """

    instant_ms: int
    reported_ms: int
    amount_usd: Decimal | None
    type: StoredFlowType
    asset: str | None
    quantity: Decimal | None
    price_usd: Decimal | None
    value_before_usd: Decimal | None
    valuation_method: str
    valuation_pending: bool
    source: StoredFlowSource
    external_id: str | None
    note: str | None
    kind: str | None = None
    flow_class: FlowClass = "external"
    imported_amount_usd: Decimal | None = None
    linked_id: int | None = None
    split: Split | None = None
    eur_usd: float | None = field(default=None, compare=False)
    btc_usd: float | None = field(default=None, compare=False)
    rates_pending: bool = field(default=True, compare=False)

    @property
    def content(self) -> NewFlow:
        """The flow without what the storing added."""
        return NewFlow(**{name: getattr(self, name) for name in NewFlow.__dataclass_fields__})

    @property
    def rates_usd(self) -> Mapping[str, float | None]:
        """By display currency."""
        return dict(zip(DISPLAY_CURRENCIES, (self.eur_usd, self.btc_usd), strict=True))

    @property
    def is_split(self) -> bool:
        """Whether the owner's parts apply; not if the exchange has corrected the quantity since."""
        return self.split is not None and self.split.applies_to(self.quantity)

    @property
    def counted_usd(self) -> Decimal | None:
        """What counts as money in or out: nothing if the owner calls it something else, or linked it to another; of a
        split flow its external parts."""
        if self.linked_id is not None or self.amount_usd is None:
            return None
        if self.split is not None and self.is_split:
            share = self.split.external_share
            return self.split.worth(share, self.amount_usd) if share else None
        return self.amount_usd if self.flow_class == "external" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord(NewFlow):
    """A row of `cash_flows`."""

    id: int
    created_at_ms: int
    updated_at_ms: int

    def as_flow(self) -> Flow | None:
        """As the return calculation sees it; None if it does not count, or its amount is not known."""
        amount = self.counted_usd
        return None if amount is None else Flow(self.instant_ms, amount, self.value_before_usd)


@dataclass(frozen=True, slots=True)
class HoldingSet:
    """Quantities per asset, all wallets together, as read first at `instant_ms` and last at `confirmed_until_ms`."""

    instant_ms: int
    confirmed_until_ms: int
    quantities: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class ExchangeStatus:
    """What the loops know about the exchange."""

    state: State
    message: str
    since_ms: int | None
    last_success_ms: int | None
    last_attempt_ms: int | None
    last_error: str | None
    banned_until_ms: int
    flows_read_until_ms: int
    permissions: Mapping[str, bool] | None
    retry_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may write. `fence` grows with every change of holder."""

    holder: str
    fence: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an idempotency key answered the first time."""

    body_digest: str
    answer: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A jump between two readings that nothing explained when it was found; coins are None when several moved."""

    id: int
    after_ms: int
    until_ms: int
    amount_usd: Decimal
    asset: str | None
    quantity: Decimal | None
    state: str
