"""The table of endpoints: view, pool, weight, security."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dashboard_crypto.simulator import view_account as account
from dashboard_crypto.simulator import view_earn as earn
from dashboard_crypto.simulator import view_market as market
from dashboard_crypto.simulator import view_wallet as wallet
from dashboard_crypto.simulator.limits import PoolKind
from dashboard_crypto.simulator.world import Request, World

Security = Literal["none", "signed"]
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint."""

    view: Callable[[World, Request], Any]
    pool: PoolKind
    weight: int | Callable[[Parameters], int]
    security: Security = "signed"

    def cost(self, parameters: Parameters) -> int:
        """The weight of a request with these parameters."""
        return self.weight if isinstance(self.weight, int) else self.weight(parameters)


def price_weight(parameters: Parameters) -> int:
    """2 for one symbol, 4 otherwise."""
    return 2 if "symbol" in parameters else 4


def day_weight(parameters: Parameters) -> int:
    """2 up to 20 symbols, 40 up to 100, 80 beyond and for all."""
    if "symbol" in parameters:
        return 2
    try:
        count = len(json.loads(parameters["symbols"]))
    except (KeyError, TypeError, ValueError):
        return 80
    return 2 if count <= 20 else 40 if count <= 100 else 80


def trades_weight(parameters: Parameters) -> int:
    """5 with an orderId, else 20."""
    return 5 if "orderId" in parameters else 20


ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/v3/ping"): Route(market.ping, "api", 1, "none"),
    ("GET", "/api/v3/time"): Route(market.server_time, "api", 1, "none"),
    ("GET", "/api/v3/exchangeInfo"): Route(market.exchange_info, "api", 20, "none"),
    ("GET", "/api/v3/ticker/price"): Route(market.ticker_price, "api", price_weight, "none"),
    ("GET", "/api/v3/ticker/24hr"): Route(market.ticker_day, "api", day_weight, "none"),
    ("GET", "/api/v3/klines"): Route(market.klines, "api", 2, "none"),
    ("GET", "/api/v3/avgPrice"): Route(market.average_price, "api", 2, "none"),
    ("GET", "/api/v3/account"): Route(account.account, "api", 20),
    ("GET", "/api/v3/myTrades"): Route(account.my_trades, "api", trades_weight),
    ("POST", "/api/v3/userDataStream"): Route(account.gone, "api", 2, "none"),
    ("PUT", "/api/v3/userDataStream"): Route(account.gone, "api", 2, "none"),
    ("DELETE", "/api/v3/userDataStream"): Route(account.gone, "api", 2, "none"),
    ("GET", "/sapi/v1/system/status"): Route(market.system_status, "sapi_ip", 1, "none"),
    ("GET", "/sapi/v1/account/apiRestrictions"): Route(wallet.api_restrictions, "sapi_ip", 1),
    ("GET", "/sapi/v1/account/info"): Route(wallet.account_info, "sapi_ip", 1),
    ("POST", "/sapi/v1/asset/get-funding-asset"): Route(wallet.funding_asset, "sapi_ip", 1),
    ("POST", "/sapi/v3/asset/getUserAsset"): Route(wallet.user_asset, "sapi_ip", 5),
    ("GET", "/sapi/v1/asset/wallet/balance"): Route(wallet.wallet_balance, "sapi_ip", 60),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): Route(wallet.deposit_history, "sapi_ip", 1),
    ("GET", "/sapi/v1/capital/withdraw/history"): Route(wallet.withdrawal_history, "sapi_uid", 18000),
    ("GET", "/sapi/v1/simple-earn/flexible/position"): Route(earn.flexible_positions, "sapi_ip", 150),
    ("GET", "/sapi/v1/simple-earn/locked/position"): Route(earn.locked_positions, "sapi_ip", 150),
    ("GET", "/sapi/v1/simple-earn/account"): Route(earn.earn_account, "sapi_ip", 150),
}
