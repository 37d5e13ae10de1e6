"""Products that nobody here uses: their lists are there, with all their limits, and empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard_crypto.simulator.history import Row, Rule, span
from dashboard_crypto.simulator.world import Request, World

NOTHING = "0.00000000"
View = Callable[[World, Request], Any]


def no_rows(_world: World, request: Request) -> Any:
    """An empty page."""
    request.limit(1, 10**9, "current")
    request.limit(10, 100, "size")
    return {"rows": [], "total": 0}


def no_rows_within(days: int, extra: Row | None = None) -> View:
    """An empty page of at most so many days."""
    rule = Rule(default_days=min(days, 30), most_days=days)

    def view(world: World, request: Request) -> Any:
        span(request, rule)
        return (extra or {}) | no_rows(world, request)

    return view


def nothing_within(days: int, answer: Any) -> View:
    """Another empty answer about at most so many days."""
    rule = Rule(default_days=days, most_days=days)

    def view(_world: World, request: Request) -> Any:
        span(request, rule)
        return answer

    return view


def fixed(answer: Any, *mandatory_names: str) -> View:
    """Always the same, if what must be asked is asked."""

    def view(_world: World, request: Request) -> Any:
        for name in mandatory_names:
            request.required(name)
        return answer

    return view


QUARTER_DAYS = 92
UNUSED: dict[str, tuple[View, int, bool]] = {  # path -> view, weight, whether it is charged to the account
    "v2/loan/flexible/ongoing/orders": (no_rows, 300, False),
    "v1/sub-account/list": (fixed({"subAccounts": []}), 1, False),
    "v1/sub-account/universalTransfer": (nothing_within(7, {"result": [], "totalCount": 0}), 1, False),
    "v1/margin/myTrades": (fixed([], "symbol"), 10, False),
    "v1/rebate/taxQuery": (
        nothing_within(
            30,
            {
                "status": "OK",
                "type": "GENERAL",
                "code": "000000000",
                "data": {"page": 1, "totalRecords": 0, "totalPageNum": 0, "data": []},
            },
        ),
        12000,
        True,
    ),
    "v1/eth-staking/eth/history/stakingHistory": (no_rows_within(QUARTER_DAYS), 150, False),
    "v1/eth-staking/eth/history/wbethRewardsHistory": (
        no_rows_within(QUARTER_DAYS, {"estRewardsInETH": NOTHING}),
        150,
        False,
    ),
    "v1/eth-staking/wbeth/history/wrapHistory": (no_rows_within(QUARTER_DAYS), 150, False),
    "v1/eth-staking/wbeth/history/unwrapHistory": (no_rows_within(QUARTER_DAYS), 150, False),
    "v1/sol-staking/sol/history/stakingHistory": (no_rows_within(QUARTER_DAYS), 150, False),
    "v1/sol-staking/sol/history/bnsolRewardsHistory": (
        no_rows_within(QUARTER_DAYS, {"estRewardsInSOL": NOTHING}),
        150,
        False,
    ),
    "v1/sol-staking/sol/history/boostRewardsHistory": (no_rows_within(QUARTER_DAYS), 150, False),
    "v1/soft-staking/history/rewardsRecord": (no_rows_within(QUARTER_DAYS), 50, False),
    "v1/onchain-yields/locked/position": (no_rows, 50, False),
    "v1/bfusd/account": (fixed({"bfusdAmount": "0", "usdtProfit": "0", "bfusdProfit": "0"}), 150, False),
    "v1/rwusd/account": (fixed({"rwusdAmount": "0", "totalProfit": "0"}), 150, False),
    "v1/dci/product/positions": (fixed({"total": 0, "list": []}), 1, False),
}
