"""What the services take and return. Frozen records without behaviour; the api turns them into JSON.

Instants are epoch milliseconds UTC (`_ms`). Money is Decimal USD. `twr` and `pnl_percent` of a stored snapshot are
percentages, as in the table. A withdrawal's `amount_usd` is negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from dashboard_crypto.core.decisions import FlowMeaning
from dashboard_crypto.core.model import Balance, Currency, State
from dashboard_crypto.core.movement import FlowClass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FlowType = Literal["DEPOSIT", "WITHDRAW"]
FlowSource = Literal["manual", "exchange"]
SnapshotSource = Literal["live", "manual", "backfill"]
Topic = Literal["portfolio", "performance", "status"]


@dataclass(frozen=True, slots=True)
class BalancesView:
    """The newest complete reading. Before the first one: total 0, no balances, `instant_ms` None.

    `state` already says `stale` when the reading is old; whoever keeps this record must ask again for age and state.
    `rates_usd`: USD per unit of the display currencies at the reading, or None.
    """

    total_value_usd: Decimal
    instant_ms: int | None
    balances: tuple[Balance, ...]
    unpriced: tuple[str, ...]
    state: State
    state_message: str
    age_seconds: int | None
    revision: int
    rates_usd: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One stored snapshot. `pnl` is exact: total value less the capital put in so far; None behind a doubted flow."""

    id: int
    instant_ms: int
    total_value_usd: Decimal
    twr: float | None
    pnl: Decimal | None
    pnl_percent: float | None
    source: SnapshotSource
    status: str


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Oldest first. `next_after_ms` is the cursor of the next page, None on the last."""

    rows: Sequence[SnapshotRow]
    next_after_ms: int | None


@dataclass(frozen=True, slots=True)
class CashFlowPart:
    """One part of a split cash flow, with the sign of the flow; `quantity` is None where it was split in USD."""

    amount_usd: Decimal | None
    quantity: Decimal | None
    flow_class: FlowMeaning
    note: str | None


@dataclass(frozen=True, slots=True)
class CashFlowRow:
    """One stored cash flow. It counts while `flow_class` is external and `linked_id` None.

    `instant_ms` is when it was reported to have happened, `counted_ms` where it stands among the snapshots: the instant
    of one that already contains it, or the moment at which the balances showed it.

    `kind` is the exchange's word for an imported one; `imported_amount_usd` what it says where the owner overrides it.
    `valuation_method` tells how the return treats it: `exact` (the portfolio was valued just before it), `at_snapshot`,
    `modified_dietz` or `mixed` (approximated), `pre_tracking` (its money is in the first snapshot), `unvalued` (no
    price is known, so `amount_usd` is None and nothing depends on it). `counted_usd` is what counts as money in or out,
    None if nothing does; of a flow in `parts` the external ones, unless the exchange has corrected the quantity since
    they were made (`parts_apply` False). `rates_usd`: USD per unit of the display currencies at its minute, or None.
    """

    id: int
    instant_ms: int
    amount_usd: Decimal | None
    type: FlowType
    asset: str | None
    quantity: Decimal | None
    price_usd: Decimal | None
    source: FlowSource
    note: str | None
    valuation_method: str
    kind: str | None = None
    flow_class: FlowClass = "external"
    imported_amount_usd: Decimal | None = None
    linked_id: int | None = None
    counted_usd: Decimal | None = None
    parts: tuple[CashFlowPart, ...] = ()
    parts_apply: bool = True
    counted_ms: int | None = None
    rates_usd: Mapping[str, float | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class CashFlowList:
    """Oldest first. `total_withdrawals` is positive."""

    rows: tuple[CashFlowRow, ...]
    total_deposits: Decimal
    total_withdrawals: Decimal


@dataclass(frozen=True, slots=True)
class NewCashFlow:
    """What a person enters: an amount in USD, or an asset and a quantity; now when `instant_ms` is None.

    `in_snapshot` says whether a snapshot of the same minute already contains it; None: it does.
    """

    type: FlowType
    instant_ms: int | None = None
    amount_usd: Decimal | None = None
    asset: str | None = None
    quantity: Decimal | None = None
    note: str | None = None
    in_snapshot: bool | None = None


@dataclass(frozen=True, slots=True)
class CashFlowChange:
    """None leaves a field as it is; an empty note removes the note.

    Of an imported flow only note, class and `override_usd` may change (`drop_override`: back to the imported amount).
    """

    type: FlowType | None = None
    instant_ms: int | None = None
    amount_usd: Decimal | None = None
    asset: str | None = None
    quantity: Decimal | None = None
    note: str | None = None
    flow_class: FlowClass | None = None
    override_usd: Decimal | None = None
    drop_override: bool = False
    in_snapshot: bool | None = None


@dataclass(frozen=True, slots=True)
class TwinView:
    """A manual and an imported cash flow that look like the same one."""

    manual: CashFlowRow
    imported: CashFlowRow
    apart_seconds: int
    difference_percent: float


@dataclass(frozen=True, slots=True)
class OwnTotals:
    """What cash flows brought in and took out (positive), each at the rate of its minute; None where one is missing."""

    currency: Currency
    deposits: Decimal | None
    withdrawals: Decimal | None


@dataclass(frozen=True, slots=True)
class StatsView:
    """Totals over the whole history. `total_withdrawals_usd` is positive. `own`: in the currency asked for, if one was.

    `history_start_ms` is where the rebuilt past begins, None without one; `coverage` the share of its value that rests
    on recorded movements, and `assumed_openings` the coins that were there before their first record.
    """

    tracking_days: float
    total_snapshots: int
    total_cashflows: int
    total_deposits_usd: Decimal
    total_withdrawals_usd: Decimal
    first_snapshot_ms: int | None
    last_snapshot_ms: int | None
    latest_snapshot_id: int | None
    history_start_ms: int | None = None
    coverage: float | None = None
    assumed_openings: Mapping[str, Decimal] = field(default_factory=dict)
    assumed_departures: int = 0
    own: OwnTotals | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TwrHistory:
    """Percent since the window's base, whose own point is the first, with 0."""

    instants_ms: npt.NDArray[np.int64]
    percent: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """A change of balances between two readings that nothing explains, offered as a cash flow."""

    id: int
    after_ms: int
    until_ms: int
    amount_usd: Decimal
    asset: str | None
    quantity: Decimal | None
