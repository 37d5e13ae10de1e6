"""What the API answers about windows of the history: returns, profits and their course."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dashboard_crypto.api.fields import InstantOut, Number
from dashboard_crypto.api.models import Answer
from dashboard_crypto.core.model import Annualization, Currency, FlowMethod


class TwrOut(Answer):
    """The time-weighted return of one window. `twr` is a ratio, `twr_percent` the same times 100."""

    period_days: int
    actual_days: float
    twr: Number | None
    twr_percent: Number | None
    twr_annualized: Number | None
    twr_annualized_percent: Number | None
    annualization: Annualization
    start_date: InstantOut | None
    end_date: InstantOut | None
    start_value: Number | None
    end_value: Number | None
    is_partial: bool
    flow_count: int
    approximate_flows: int
    segments: int
    gap_days: float
    base_offset_seconds: int
    flags: list[str]
    reason: str | None
    currency: Currency | None = Field(default=None, description="Of the figures, if one was asked for; else USD")


class PeriodOut(Answer):
    """A stretch without an inner flow."""

    start: InstantOut
    end: InstantOut
    start_value: Number
    flow: Number
    end_value: Number
    factor: Number
    method: FlowMethod
    flags: list[str]


class ExplainOut(Answer):
    """The sub-periods behind a return; the product of all factors is `1 + twr`."""

    period_days: int
    twr: Number | None
    periods: list[PeriodOut]
    count: int
    total_periods: int
    next_cursor: str | None
    reason: str | None
    currency: Currency | None = Field(
        default=None, description="Of the figures, if one was asked for: USD where a rate of the sub-periods is missing"
    )


class PnlOut(Answer):
    """Profit and loss of one window; `pnl_percent` is a percentage of `invested_capital`.

    `total_withdrawals` is positive; `net_cash_flow` is deposits less withdrawals. Everything but `pnl_usd` is in the
    currency that was asked for, and null where it needs a rate that is not known.
    """

    pnl_usd: Number | None
    pnl_percent: float | None
    pnl_percent_base: Literal["average_capital", "total_inflows"] | None
    invested_capital: Number | None
    initial_value: Number | None
    current_value: Number | None
    total_deposits: Number | None
    total_withdrawals: Number | None
    net_cash_flow: Number | None
    period_days: int
    actual_days: float
    period_start: InstantOut | None
    period_end: InstantOut | None
    reason: str | None
    currency: Currency | None = Field(default=None, description="Of the figures, if one was asked for; else USD")
    pnl: Number | None = Field(default=None, description="The profit in `currency`, if one was asked for")


class StatsOut(Answer):
    """Totals over the whole history."""

    tracking_days: float
    total_snapshots: int
    total_cashflows: int
    total_deposits_usd: Number
    total_withdrawals_usd: Number
    first_snapshot_date: InstantOut | None
    last_snapshot_date: InstantOut | None
    latest_snapshot_id: int | None
    history_start: InstantOut | None = Field(description="Where the history rebuilt from records begins")
    coverage: float | None = Field(description="Share of the rebuilt value that rests on recorded movements, 0 to 1")
    assumed_openings: dict[str, Number] = Field(description="Coins that were there before their first record")
    assumed_departures: int = Field(description="Times that coins must have left without a record")
    currency: Currency | None = Field(default=None, description="Of the two totals below, if one was asked for")
    total_deposits: Number | None = Field(
        default=None, description="Every deposit at the rate of its minute; null where one of these is not known"
    )
    total_withdrawals: Number | None = Field(default=None, description="The same of the withdrawals, positive")
    reason: str | None = Field(default=None, description="Why one of the two totals is null")


class PointOut(Answer):
    """Percent since the window's base."""

    x: InstantOut
    y: float


class MeasuresOut(Answer):
    """Return and profit of one window, as of one moment."""

    twr: TwrOut
    pnl: PnlOut


class WindowOut(Answer):
    """Return and profit of one window of `days`; between two dates in whole days, at least one."""

    days: int
    twr: TwrOut
    pnl: PnlOut


class WindowsOut(Answer):
    """All windows and the totals, as of one moment."""

    windows: list[WindowOut] = Field(description="In the order asked for")
    stats: StatsOut
    since: WindowOut | None = Field(default=None, description="`/range` from `since` on, if that was asked for")


class SeriesOut(Answer):
    """Columns of equal length, base first; return and profit count from the base."""

    start: InstantOut | None = Field(description="The window's base; null without two snapshots")
    end: InstantOut | None
    instants_ms: list[int] = Field(description="Epoch milliseconds")
    twr_percent: list[float | None] = Field(description="null while there is no money yet")
    value_usd: list[float]
    pnl_usd: list[float | None]
    eur_usd: list[float | None] = Field(description="USD per euro at the same instants; null where not known")
    btc_usd: list[float | None] = Field(description="USD per bitcoin at the same instants; null where not known")
    live_from: InstantOut | None = Field(description="Everything before it was rebuilt from records; null: nothing was")
    gap_ms: int = Field(description="Neighbouring stored snapshots further apart are a gap")
    gaps: list[Annotated[list[int], Field(min_length=2, max_length=2)]] = Field(
        description="From and to of every gap in the window, whatever was thinned"
    )
    total_points: int = Field(description="Before thinning")
    currency: Currency | None = Field(default=None, description="Of `twr_percent` and `pnl`, if one was asked for")
    pnl: list[float | None] | None = Field(default=None, description="The profit in `currency`, if one was asked for")


class PreviewWindowOut(Answer):
    """One window before and after a change."""

    days: int
    before: MeasuresOut
    after: MeasuresOut


class PreviewOut(Answer):
    """What a change of a cash flow would do. Amount and method are of the flow it is about."""

    amount_usd: Number | None
    valuation_method: str
    snapshots_changed: int = Field(description="Stored snapshots whose metrics are rewritten")
    flags: list[str] = Field(
        description="What the change brings: flags of the returns; `valuation_pending` (approximate until the next "
        "reading); `rates_pending` (what `currency` costs at the flow's minute is asked for once it is saved); "
        "`looks_imported` (the exchange reports a flow like this one)"
    )
    windows: list[PreviewWindowOut]
    currency: Currency | None = Field(default=None, description="Of `amount` and the windows, if one was asked for")
    amount: Number | None = Field(default=None, description="The amount in `currency`, at the rate of its minute")
    reason: str | None = Field(default=None, description="Why the rate that `amount` needs is missing")
