"""Every endpoint this product calls: one table, read by the transport and by the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


class Call(Protocol):
    """Asks the exchange: an id of this table and plain parameters in, the parsed answer out (`Transport.call`)."""

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Raises errors of `core.errors` only."""
        ...


Family = Literal["api", "sapi", "fapi", "dapi", "papi"]
PoolKind = Literal["api_ip", "sapi_ip", "sapi_uid", "fapi_ip", "dapi_ip", "papi_ip"]
Shape = Literal["object", "list"]

POOL_LIMITS: Mapping[PoolKind, int] = {
    "api_ip": 6_000,
    "sapi_ip": 12_000,
    "sapi_uid": 180_000,
    "fapi_ip": 2_400,
    "dapi_ip": 2_400,
    "papi_ip": 6_000,
}
"""Request weight per minute. /api, /fapi, /dapi and /papi share one pool each; every /sapi endpoint has its own."""

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table. `required` are the names an object answer must have; `keep` see `strict_json.loads`."""

    id: str
    method: Literal["get", "post"]
    family: Family
    version: int
    path: str
    pool: PoolKind
    weight: int
    signed: bool
    shape: Shape
    required: tuple[str, ...] = ()
    keep: frozenset[str] | None = None
    max_bytes: int = 16 * _MEBIBYTE

    @property
    def pool_key(self) -> str:
        """Endpoints with the same key spend from the same budget."""
        return f"{self.pool}:{self.path}" if self.family == "sapi" else self.family


_SYMBOL_FIELDS = frozenset({"symbols", "symbol", "status", "baseAsset", "quoteAsset"})

_LIVE = (
    Endpoint("time", "get", "api", 3, "time", "api_ip", 1, False, "object", ("serverTime",)),
    Endpoint(
        "exchange_info", "get", "api", 3, "exchangeInfo", "api_ip", 20, False, "object", ("symbols",),
        keep=_SYMBOL_FIELDS, max_bytes=32 * _MEBIBYTE,
    ),
    Endpoint("prices", "get", "api", 3, "ticker/price", "api_ip", 4, False, "list"),
    Endpoint("klines", "get", "api", 3, "klines", "api_ip", 2, False, "list"),
    Endpoint("account", "get", "api", 3, "account", "api_ip", 20, True, "object", ("balances",)),
    Endpoint(
        "key_restrictions", "get", "sapi", 1, "account/apiRestrictions", "sapi_ip", 1, True, "object",
        ("enableReading",),
    ),
    Endpoint("funding", "post", "sapi", 1, "asset/get-funding-asset", "sapi_ip", 1, True, "list"),
    Endpoint(
        "earn_flexible", "get", "sapi", 1, "simple-earn/flexible/position", "sapi_ip", 150, True, "object",
        ("total",),
    ),
    Endpoint(
        "earn_locked", "get", "sapi", 1, "simple-earn/locked/position", "sapi_ip", 150, True, "object",
        ("total",),
    ),
    Endpoint("deposits", "get", "sapi", 1, "capital/deposit/hisrec", "sapi_ip", 1, True, "list"),
    Endpoint("withdrawals", "get", "sapi", 1, "capital/withdraw/history", "sapi_uid", 18_000, True, "list"),
    Endpoint("account_info", "get", "sapi", 1, "account/info", "sapi_ip", 1, True, "object"),
    Endpoint("wallet_totals", "get", "sapi", 1, "asset/wallet/balance", "sapi_ip", 60, True, "list"),
    Endpoint("margin", "get", "sapi", 1, "margin/account", "sapi_ip", 10, True, "object", ("userAssets",)),
    Endpoint("isolated", "get", "sapi", 1, "margin/isolated/account", "sapi_ip", 10, True, "object", ("assets",)),
    Endpoint("loans", "get", "sapi", 2, "loan/flexible/ongoing/orders", "sapi_ip", 300, True, "object", ("total",)),
    Endpoint("um_futures", "get", "fapi", 3, "account", "fapi_ip", 5, True, "object", ("assets",)),
    Endpoint("cm_futures", "get", "dapi", 1, "account", "dapi_ip", 5, True, "object", ("assets",)),
    Endpoint("portfolio_margin", "get", "papi", 1, "balance", "papi_ip", 20, True, "list"),
)  # fmt: skip


def _past(endpoint_id: str, path: str, weight: int, shape: Shape = "object", *, uid: bool = False) -> Endpoint:
    """A list of past records under /sapi; `path` begins with the version."""
    version, _, rest = path.partition("/")
    pool: PoolKind = "sapi_uid" if uid else "sapi_ip"
    return Endpoint(endpoint_id, "get", "sapi", int(version[1:]), rest, pool, weight, True, shape)


_PAST = (
    Endpoint("trades", "get", "api", 3, "myTrades", "api_ip", 20, True, "list"),
    _past("margin_trades", "v1/margin/myTrades", 10, "list"),
    _past("fiat_orders", "v1/fiat/orders", 45_000, uid=True),
    _past("fiat_payments", "v1/fiat/payments", 1),
    _past("p2p_orders", "v1/c2c/orderMatch/listUserOrderHistory", 1),
    _past("pay_transactions", "v1/pay/transactions", 3_000, uid=True),
    _past("sub_accounts", "v1/sub-account/list", 1),
    _past("sub_transfers", "v1/sub-account/universalTransfer", 1),
    _past("sub_history", "v1/sub-account/transfer/subUserHistory", 1, "list"),
    _past("conversions", "v1/convert/tradeFlow", 3_000, uid=True),
    _past("dust_log", "v1/asset/dribblet", 1),
    _past("dividends", "v1/asset/assetDividend", 10),
    _past("rebates", "v1/rebate/taxQuery", 12_000, uid=True),
    _past("transfers", "v1/asset/transfer", 1),
    _past("margin_interest", "v1/margin/interestHistory", 1),
    _past("margin_loans", "v1/margin/borrow-repay", 10),
    _past("flexible_subscriptions", "v1/simple-earn/flexible/history/subscriptionRecord", 150),
    _past("flexible_redemptions", "v1/simple-earn/flexible/history/redemptionRecord", 150),
    _past("flexible_rewards", "v1/simple-earn/flexible/history/rewardsRecord", 150),
    _past("locked_subscriptions", "v1/simple-earn/locked/history/subscriptionRecord", 150),
    _past("locked_redemptions", "v1/simple-earn/locked/history/redemptionRecord", 150),
    _past("locked_rewards", "v1/simple-earn/locked/history/rewardsRecord", 150),
    _past("soft_staking_rewards", "v1/soft-staking/history/rewardsRecord", 50),
    _past("boost_rewards", "v1/sol-staking/sol/history/boostRewardsHistory", 150),
    _past("eth_stakings", "v1/eth-staking/eth/history/stakingHistory", 150),
    _past("eth_redemptions", "v1/eth-staking/eth/history/redemptionHistory", 150),
    _past("sol_stakings", "v1/sol-staking/sol/history/stakingHistory", 150),
    _past("sol_redemptions", "v1/sol-staking/sol/history/redemptionHistory", 150),
    _past("wbeth_wraps", "v1/eth-staking/wbeth/history/wrapHistory", 150),
    _past("wbeth_unwraps", "v1/eth-staking/wbeth/history/unwrapHistory", 150),
    _past("bfusd_redemptions", "v1/bfusd/history/redemptionHistory", 150),
    _past("rwusd_redemptions", "v1/rwusd/history/redemptionHistory", 150),
    Endpoint("um_income", "get", "fapi", 1, "income", "fapi_ip", 30, True, "list"),
    Endpoint("cm_income", "get", "dapi", 1, "income", "dapi_ip", 20, True, "list"),
    Endpoint("pm_um_income", "get", "papi", 1, "um/income", "papi_ip", 30, True, "list"),
    Endpoint("pm_cm_income", "get", "papi", 1, "cm/income", "papi_ip", 30, True, "list"),
)  # fmt: skip

ENDPOINTS: Mapping[str, Endpoint] = {endpoint.id: endpoint for endpoint in (*_LIVE, *_PAST)}

_LIVE_TOO = {"eth_redemptions", "sol_redemptions", "bfusd_redemptions", "rwusd_redemptions"}
"""Lists of the past that live readings ask for what is under way."""
_OF_READINGS = (*_LIVE, *(endpoint for endpoint in _PAST if endpoint.id in _LIVE_TOO))
LIVE_CALLS: Mapping[str, int] = {
    pool: max(endpoint.weight for endpoint in _OF_READINGS if endpoint.pool_key == pool)
    for pool in {endpoint.pool_key for endpoint in _OF_READINGS}
}
"""The heaviest call of live readings, by the pools that they spend from."""
