"""Where each kind of record is listed: endpoint, window, pages, how far back, how late records may still change."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Params = Mapping[str, str | int]
Pager = Literal["offset", "number", "split", "older"]
Need = Literal["none", "margin", "futures", "subs"]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OPENED_MS = 1_498_867_200_000
"""2017-07-01: the exchange has nothing older."""

MARGIN_MS = 1_554_076_800_000
"""2019-04-01: margin trading began three months later."""

REBATES_MS = 1_591_747_200_000
"""2020-06-10: the documented earliest start of the list of rebates."""

STAKING_MS = 1_604_188_800_000
"""2020-11-01: ETH 2.0 staking began a month later, every other kind of staking after it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How one source is read.

    `pager` says what to do when a window holds more than `size` records: `offset` and `number` count on, `older` asks
    again for what is older than the last answer while it says `moreData`, `split` asks for a shorter window.
    `months` is how far the exchange itself looks back. `overlap_ms` is read again each time, because records appear
    late and change. A refusal of the very first question means "not for this account" when `is_optional`.
    """

    endpoint: str
    window_ms: int
    size: int
    pager: Pager = "number"
    params: Params = field(default_factory=dict)
    times: tuple[str, str] = ("startTime", "endTime")
    pages: tuple[str, str] = ("current", "size")
    since_ms: int = OPENED_MS
    months: int = 0
    overlap_ms: int = DAY_MS
    narrow_ms: int = 0
    need: Need = "none"
    is_optional: bool = False
    variants: Literal["none", "transfer", "interest", "loan", "direction"] = "none"


def _earn(endpoint: str, overlap_days: int = 3, **params: str | int) -> Listing:
    return Listing(endpoint, 30 * DAY_MS, 100, params=params, overlap_ms=overlap_days * DAY_MS)


def _staking(endpoint: str, overlap_days: int = 14, **params: str | int) -> Listing:
    return Listing(
        endpoint, 89 * DAY_MS, 100, params=params, since_ms=STAKING_MS, overlap_ms=overlap_days * DAY_MS,
        is_optional=True,
    )  # fmt: skip


def _fiat(endpoint: str, transaction_type: int) -> Listing:
    """One wide question; a refused one is asked again by months."""
    return Listing(
        endpoint, 20 * 366 * DAY_MS, 500, params={"transactionType": transaction_type},
        times=("beginTime", "endTime"), pages=("page", "rows"), overlap_ms=30 * DAY_MS, narrow_ms=30 * DAY_MS,
    )  # fmt: skip


def _income(endpoint: str, window_days: int, months: int) -> Listing:
    return Listing(
        endpoint, window_days * DAY_MS, 1000, pages=("page", "limit"), months=months, need="futures", is_optional=True
    )


LISTINGS: Mapping[str, Listing] = {
    "deposit": Listing("deposits", 89 * DAY_MS, 1000, "offset", overlap_ms=14 * DAY_MS),
    "withdrawal": Listing("withdrawals", 89 * DAY_MS, 1000, "offset", overlap_ms=14 * DAY_MS),
    "fiat_deposit": _fiat("fiat_orders", 0),
    "fiat_withdrawal": _fiat("fiat_orders", 1),
    "fiat_buy": _fiat("fiat_payments", 0),
    "fiat_sell": _fiat("fiat_payments", 1),
    "c2c": Listing(
        "p2p_orders", 30 * DAY_MS, 100, times=("startTimestamp", "endTimestamp"), pages=("page", "rows"), months=6,
        overlap_ms=14 * DAY_MS,
    ),
    "pay": Listing("pay_transactions", 89 * DAY_MS, 100, "split", months=18),
    "sub_transfer": Listing(
        "sub_transfers", 7 * DAY_MS - 1, 500, pages=("page", "limit"), need="subs", is_optional=True
    ),
    "sub_history": Listing("sub_history", 30 * DAY_MS, 500, "split", variants="direction", is_optional=True),
    "convert": Listing("conversions", 30 * DAY_MS, 1000, "older"),
    "dividend": Listing("dividends", 180 * DAY_MS, 500, "split", overlap_ms=7 * DAY_MS),
    "rebate": Listing(
        "rebates", 30 * DAY_MS, 200, pages=("page", ""), since_ms=REBATES_MS, overlap_ms=7 * DAY_MS, is_optional=True
    ),
    "transfer": Listing("transfers", 200 * DAY_MS, 100, months=6, variants="transfer", overlap_ms=3 * DAY_MS),
    "margin_interest": Listing(
        "margin_interest", 30 * DAY_MS, 100, months=3, need="margin", variants="interest", is_optional=True
    ),
    "margin_loan": Listing(
        "margin_loans", 7 * DAY_MS - 1, 100, since_ms=MARGIN_MS, need="margin", variants="loan", is_optional=True
    ),
    "um_income": _income("um_income", 89, 3),
    "cm_income": _income("cm_income", 360, 0),
    "flexible_subscription": _earn("flexible_subscriptions"),
    "flexible_redemption": _earn("flexible_redemptions"),
    "flexible_reward": _earn("flexible_rewards", type="ALL"),
    "locked_subscription": _earn("locked_subscriptions"),
    "locked_redemption": _earn("locked_redemptions", 14),
    "locked_reward": _earn("locked_rewards"),
    "soft_staking_reward": _staking("soft_staking_rewards", 3),
    "boost_reward": _staking("boost_rewards", type="CLAIM"),
    "eth_staking": _staking("eth_stakings"),
    "eth_redemption": _staking("eth_redemptions", 30),
    "sol_staking": _staking("sol_stakings"),
    "sol_redemption": _staking("sol_redemptions", 30),
    "wbeth_wrap": _staking("wbeth_wraps"),
    "wbeth_unwrap": _staking("wbeth_unwraps"),
}  # fmt: skip
"""Every source that is read window by window. Trades (by pair) and dust (one list) are read in their own way."""

TRANSFER_TYPES = (
    "CMFUTURE_FUNDING", "CMFUTURE_MAIN", "CMFUTURE_MARGIN", "FUNDING_CMFUTURE", "FUNDING_MAIN", "FUNDING_MARGIN",
    "FUNDING_OPTION", "FUNDING_UMFUTURE", "MAIN_CMFUTURE", "MAIN_FUNDING", "MAIN_MARGIN", "MAIN_OPTION",
    "MAIN_PORTFOLIO_MARGIN", "MAIN_UMFUTURE", "MARGIN_CMFUTURE", "MARGIN_FUNDING", "MARGIN_MAIN", "MARGIN_OPTION",
    "MARGIN_UMFUTURE", "OPTION_FUNDING", "OPTION_MAIN", "OPTION_MARGIN", "OPTION_UMFUTURE",
    "PORTFOLIO_MARGIN_MAIN", "UMFUTURE_FUNDING", "UMFUTURE_MAIN", "UMFUTURE_MARGIN", "UMFUTURE_OPTION",
)  # fmt: skip
"""Kinds of transfer that need no pair; each must be asked for by name."""


def months_before(instant_ms: int, months: int) -> int:
    """The same day and hour some calendar months earlier (the month's last day if it is shorter)."""
    moment = datetime.fromtimestamp(instant_ms / 1000, UTC)
    count = moment.year * 12 + moment.month - 1 - months
    year, month = count // 12, count % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return round(moment.replace(year=year, month=month, day=day).timestamp() * 1000)
