"""The records that travel through every layer. Frozen, typed, free of behaviour.

Instants are epoch milliseconds (UTC) and named `_ms`; intervals are half-open `(start, end]`. Quantities, prices and
USD amounts are `Decimal`; ratios are plain (0.10 is ten percent). A cash flow is positive when money comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

SPOT = "spot"
FUNDING = "funding"
EARN_FLEXIBLE = "earn_flexible"
EARN_LOCKED = "earn_locked"

DISPLAY_CURRENCIES = ("EUR", "BTC")
"""In what, beside USD, amounts may be shown."""
Currency = Literal["USD", "EUR", "BTC"]

PriceStatus = Literal["live", "missing"]
FlowMethod = Literal["exact", "modified_dietz", "mixed", "at_snapshot", "pre_tracking", "start", "end", "mid"]
Annualization = Literal["achieved", "extrapolated", "none"]
State = Literal["live", "stale", "partial", "limited", "banned", "key_refused", "clock_off", "down", "no_key"]
LoopName = Literal["balances", "snapshots", "history"]


@dataclass(frozen=True, slots=True)
class Holding:
    """A quantity of one asset in one wallet. Negative only for debt."""

    asset: str
    wallet: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Redemption:
    """Of staked coins: `quantity` of `asset` comes at `arrival_ms`, or later while the exchange calls it pending.

    `key` is that of its record in the ledger, `source` the list that told it. Without `has_amount` it is not told what
    comes, and what was given stands for it.
    """

    key: str
    source: str
    asked_ms: int
    asset: str
    quantity: Decimal
    arrival_ms: int
    is_pending: bool
    has_amount: bool = True


@dataclass(frozen=True, slots=True)
class Transit:
    """Keys of the redemptions that are under way by their records, and of those among them whose coins are here."""

    under_way: frozenset[str] = frozenset()
    arrived: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccountReading:
    """One complete cycle: every wallet that exists, and one price table. Incomplete cycles raise instead.

    `prices_usd` has one entry per held asset that could be priced, in USD (1 USDT = 1 USD is a stated assumption);
    `routes` names the pairs each price came through. `unpriced` lists held assets without a usable price. `rates_usd`
    has the USD price of every one of `DISPLAY_CURRENCIES`, held or not, from the same table; None where it has none.
    `redemptions` are those of the last weeks, done or not, and priced while under way; `untold` names the lists of them
    that could not be asked. `transit` is what was made of them, with the coins among the holdings; None: nothing yet.
    """

    read_at_ms: int
    holdings: tuple[Holding, ...]
    prices_usd: Mapping[str, Decimal]
    routes: Mapping[str, str]
    unpriced: tuple[str, ...]
    rates_usd: Mapping[str, Decimal | None] = field(default_factory=dict)
    redemptions: tuple[Redemption, ...] = ()
    untold: frozenset[str] = frozenset()
    transit: Transit | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """One row of `last_balance`. `usd_value` and `price_usd` are None when the asset has no price.

    `change_24h_percent` is how far the price of one unit in USD moved in a day; None if the earlier one is not known.
    """

    asset: str
    quantity: Decimal
    price_usd: Decimal | None
    usd_value: Decimal | None
    percentage: float
    price_status: PriceStatus
    wallets: Mapping[str, Decimal]
    change_24h_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Valuation:
    """What the whole account is worth at one instant; `balances` largest first, the rest as in the reading."""

    instant_ms: int
    total_value_usd: Decimal
    balances: tuple[Balance, ...]
    unpriced: tuple[str, ...]
    rates_usd: Mapping[str, Decimal | None] = field(default_factory=dict)
    transit: Transit | None = None


@dataclass(frozen=True, slots=True)
class ExternalFlow:
    """A deposit or withdrawal as the exchange records it. `quantity` > 0 for money in, < 0 for money out."""

    external_id: str
    kind: Literal["deposit", "withdrawal"]
    asset: str
    quantity: Decimal
    instant_ms: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One step through one source of past records. `cursor` is opaque: store it in the commit that stores `records`.

    `done` says that there is nothing more until `until_ms`, `progress` (0..1) how much of the source's known
    span is read. `reach_ms` is the oldest instant that the exchange itself still tells of; 0 when it tells everything.
    `until_ms` is the instant up to which a source that is `done` was really read: what happened while a round of
    several questions went on is not in it.
    """

    source: str
    records: tuple[Mapping[str, Any], ...]
    cursor: str
    done: bool
    progress: float
    until_ms: int
    reach_ms: int = 0


EVERYTHING_MS = 0
"""As `since_ms` of a span: nothing is left to read before."""


@dataclass(frozen=True, slots=True)
class Span:
    """Of one source: every record that moves anything in `[since_ms, until_ms]` has been read."""

    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class KeyPermissions:
    """What the exchange says the key may do."""

    can_read: bool
    can_withdraw: bool
    can_trade: bool
    ip_restricted: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """A cash flow as the return calculation sees it.

    `amount` > 0 is a deposit. `value_before` is the portfolio's value just before the flow, None when it was not
    valued at its instant (then the fallback of the method applies and the result is flagged).
    """

    instant_ms: int
    amount: Decimal
    value_before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SubPeriod:
    """A stretch without an inner flow: `factor = end_value / (start_value + flow)` unless `method` says otherwise.

    `start_value` is the value before the flow at the start, `flow` that flow (0 if none), `end_value` the value before
    any flow at the end. The product of all factors of a window is exactly `1 + twr` (34 digits).
    """

    start_ms: int
    end_ms: int
    start_value: Decimal
    flow: Decimal
    end_value: Decimal
    factor: Decimal
    method: FlowMethod
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowReturn:
    """The time-weighted return of one window. Ratios; None with a `reason` when undefined."""

    period_days: int
    actual_days: float
    twr: Decimal | None
    twr_annualized: Decimal | None
    annualization: Annualization
    start_ms: int | None
    end_ms: int | None
    start_value: Decimal | None
    end_value: Decimal | None
    is_partial: bool
    flow_count: int
    approximate_flows: int
    segments: int
    gap_days: float
    base_offset_seconds: int
    flags: tuple[str, ...]
    reason: str | None
    periods: tuple[SubPeriod, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class WindowPnl:
    """Profit and loss of one window in USD; `pnl_percent` is a percentage of `invested_capital`."""

    period_days: int
    actual_days: float
    pnl_usd: Decimal | None
    pnl_percent: float | None
    pnl_percent_base: Literal["average_capital", "total_inflows"] | None
    invested_capital: Decimal | None
    initial_value: Decimal | None
    current_value: Decimal | None
    total_deposits: Decimal
    total_withdrawals: Decimal
    net_cash_flow: Decimal
    start_ms: int | None
    end_ms: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """Constants that give every stored metric of the snapshots in `(after_ms, until_ms]` from their value V.

    index(V) = index_offset + index_per_usd * V            (a flat stretch has index_per_usd 0)
    capital  = V_0 + net flows so far, so pnl = V - capital
    average capital at s = first_value + flow_sum - flow_moment / (s - first_ms)   (USD, s in ms; s > first_ms)

    `flow_sum` = sum of F, `flow_moment` = sum of F * (t - first_ms): times count from the first snapshot, since epoch
    times would leave only half the digits. `inflows` is the sum of the positive netted flows. NaN index constants mean
    that the row has no return yet (before inception): store NULL. `is_doubted`: a flow up to here contradicts the
    values, so that neither return nor profit is known: store NULL.
    """

    after_ms: int
    until_ms: int
    index_offset: float
    index_per_usd: float
    capital_usd: Decimal
    flow_sum: float
    flow_moment: float
    largest_capital: float
    inflows: float
    is_doubted: bool = False

    def stretched(self, until_ms: int) -> Segment:
        """The same constants to a later end; several times faster than `replace`, and every snapshot needs one."""
        return Segment(
            self.after_ms,
            until_ms,
            self.index_offset,
            self.index_per_usd,
            self.capital_usd,
            self.flow_sum,
            self.flow_moment,
            self.largest_capital,
            self.inflows,
            self.is_doubted,
        )
