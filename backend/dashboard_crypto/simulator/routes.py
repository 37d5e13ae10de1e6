"""The table of endpoints: view, pool, weight, security."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dashboard_crypto.simulator import view_account as account
from dashboard_crypto.simulator import view_asset as asset
from dashboard_crypto.simulator import view_coins as coins
from dashboard_crypto.simulator import view_earn as earn
from dashboard_crypto.simulator import view_earn_history as earned
from dashboard_crypto.simulator import view_fiat as fiat
from dashboard_crypto.simulator import view_futures as futures
from dashboard_crypto.simulator import view_margin as margin
from dashboard_crypto.simulator import view_market as market
from dashboard_crypto.simulator import view_portfolio as portfolio
from dashboard_crypto.simulator import view_staking as staking
from dashboard_crypto.simulator import view_trades as trades
from dashboard_crypto.simulator import view_wallet as wallet
from dashboard_crypto.simulator.limits import PoolKind
from dashboard_crypto.simulator.view_unused import UNUSED
from dashboard_crypto.simulator.world import Request, World

Security = Literal["none", "key", "signed"]
Parameters = Mapping[str, str]
View = Callable[[World, Request], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. A key may be denied a family of them."""

    view: View
    pool: PoolKind
    weight: int | Callable[[Parameters], int]
    security: Security = "signed"
    family: str = ""

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


def sapi(view: View, weight: int, family: str = "", *, uid: bool = False) -> Route:
    """A signed endpoint of /sapi with a pool of its own, per address or per account."""
    return Route(view, "sapi_uid" if uid else "sapi_ip", weight, family=family)


_EARN = "/sapi/v1/simple-earn"
SAPI_ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/sapi/v1/spot/delist-schedule"): Route(coins.delist_schedule, "sapi_ip", 100, "key"),
    ("GET", "/sapi/v1/capital/config/getall"): sapi(coins.all_coins, 10),
    ("GET", "/sapi/v1/accountSnapshot"): sapi(coins.account_snapshot, 2400),
    ("GET", "/sapi/v1/asset/transfer"): sapi(asset.transfers, 1),
    ("GET", "/sapi/v1/asset/dribblet"): sapi(asset.dust_log, 1),
    ("GET", "/sapi/v1/asset/assetDividend"): sapi(asset.dividends, 10),
    ("GET", "/sapi/v1/convert/tradeFlow"): sapi(asset.conversions, 3000, uid=True),
    ("GET", "/sapi/v1/sub-account/transfer/subUserHistory"): sapi(asset.sub_account_history, 1),
    ("GET", "/sapi/v1/fiat/orders"): sapi(fiat.fiat_orders, 45000, uid=True),
    ("GET", "/sapi/v1/fiat/payments"): sapi(fiat.fiat_payments, 1),
    ("GET", "/sapi/v1/c2c/orderMatch/listUserOrderHistory"): sapi(fiat.p2p_orders, 1),
    ("GET", "/sapi/v1/pay/transactions"): sapi(fiat.pay_transactions, 3000, uid=True),
    ("GET", f"{_EARN}/flexible/history/subscriptionRecord"): sapi(earned.flexible_subscriptions, 150),
    ("GET", f"{_EARN}/flexible/history/redemptionRecord"): sapi(earned.flexible_redemptions, 150),
    ("GET", f"{_EARN}/flexible/history/rewardsRecord"): sapi(earned.flexible_rewards, 150),
    ("GET", f"{_EARN}/locked/history/subscriptionRecord"): sapi(earned.locked_subscriptions, 150),
    ("GET", f"{_EARN}/locked/history/redemptionRecord"): sapi(earned.locked_redemptions, 150),
    ("GET", f"{_EARN}/locked/history/rewardsRecord"): sapi(earned.locked_rewards, 150),
    ("GET", "/sapi/v1/margin/account"): sapi(margin.margin_account, 10, "margin"),
    ("GET", "/sapi/v1/margin/isolated/account"): sapi(margin.isolated_account, 10, "margin"),
    ("GET", "/sapi/v1/margin/borrow-repay"): sapi(margin.loan_history, 10, "margin"),
    ("GET", "/sapi/v1/margin/interestHistory"): sapi(margin.interest_history, 1, "margin"),
    ("GET", "/sapi/v1/margin/transfer"): sapi(margin.margin_transfers, 1, "margin"),
    ("GET", "/sapi/v1/eth-staking/eth/history/redemptionHistory"): sapi(staking.eth_redemptions, 150),
    ("GET", "/sapi/v1/sol-staking/sol/history/redemptionHistory"): sapi(staking.sol_redemptions, 150),
    ("GET", "/sapi/v1/bfusd/history/redemptionHistory"): sapi(staking.dollar_redemptions("BFUSD"), 150),
    ("GET", "/sapi/v1/rwusd/history/redemptionHistory"): sapi(staking.dollar_redemptions("RWUSD"), 150),
    ("GET", "/sapi/v2/eth-staking/account"): sapi(coins.eth_staking, 150),
    ("GET", "/sapi/v1/sol-staking/account"): sapi(coins.sol_staking, 150),
    **{("GET", f"/sapi/{path}"): sapi(view, weight, uid=uid) for path, (view, weight, uid) in UNUSED.items()},
}
DERIVATIVES_ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/fapi/v2/account"): Route(futures.um_account_v2, "fapi", 5, family="futures"),
    ("GET", "/fapi/v3/account"): Route(futures.um_account, "fapi", 5, family="futures"),
    ("GET", "/fapi/v2/balance"): Route(futures.um_balance, "fapi", 5, family="futures"),
    ("GET", "/fapi/v3/balance"): Route(futures.um_balance, "fapi", 5, family="futures"),
    ("GET", "/fapi/v1/income"): Route(futures.um_income, "fapi", 30, family="futures"),
    ("GET", "/dapi/v1/account"): Route(futures.cm_account, "dapi", 5, family="futures"),
    ("GET", "/dapi/v1/balance"): Route(futures.cm_balance, "dapi", 1, family="futures"),
    ("GET", "/dapi/v1/income"): Route(futures.cm_income, "dapi", 20, family="futures"),
    ("GET", "/papi/v1/balance"): Route(portfolio.balance, "papi", 20, family="futures"),
    ("GET", "/papi/v1/account"): Route(portfolio.account, "papi", 20, family="futures"),
    ("GET", "/papi/v1/um/account"): Route(portfolio.um_account, "papi", 5, family="futures"),
    ("GET", "/papi/v2/um/account"): Route(portfolio.um_account, "papi", 5, family="futures"),
    ("GET", "/papi/v1/cm/account"): Route(portfolio.cm_account, "papi", 5, family="futures"),
    ("GET", "/papi/v1/um/income"): Route(portfolio.um_income, "papi", 30, family="futures"),
    ("GET", "/papi/v1/cm/income"): Route(portfolio.cm_income, "papi", 30, family="futures"),
}
ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/v3/ping"): Route(market.ping, "api", 1, "none"),
    ("GET", "/api/v3/time"): Route(market.server_time, "api", 1, "none"),
    ("GET", "/api/v3/exchangeInfo"): Route(market.exchange_info, "api", 20, "none"),
    ("GET", "/api/v3/ticker/price"): Route(market.ticker_price, "api", price_weight, "none"),
    ("GET", "/api/v3/ticker/24hr"): Route(market.ticker_day, "api", day_weight, "none"),
    ("GET", "/api/v3/klines"): Route(market.klines, "api", 2, "none"),
    ("GET", "/api/v3/avgPrice"): Route(market.average_price, "api", 2, "none"),
    ("GET", "/api/v3/account"): Route(account.account, "api", 20),
    ("GET", "/api/v3/myTrades"): Route(trades.my_trades, "api", trades_weight),
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
    ("GET", "/api/v3/allOrders"): Route(trades.all_orders, "api", 20),
    ("GET", "/api/v3/rateLimit/order"): Route(trades.order_rate, "api", 40),
    **SAPI_ROUTES,
    **DERIVATIVES_ROUTES,
}
