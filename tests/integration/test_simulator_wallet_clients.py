"""python-binance, unmodified but for its base URLs, reads every further wallet and every history."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.integration.long_life import DAY_MS, long_life
from tests.integration.simulated_exchange import BinanceAPIException, python_binance

from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.server import SimulatorServer

NOW = 1_755_259_200_000
EARN = "simple-earn/flexible/history"
CALLS: dict[str, Callable[[Any], Any]] = {
    "snapshot": lambda c: c.get_account_snapshot(type="SPOT"),
    "coins": lambda c: c.get_all_coins_info(),
    "transfers": lambda c: c.query_universal_transfer_history(type="MAIN_UMFUTURE", startTime=NOW - 90 * DAY_MS),
    "dust": lambda c: c.get_dust_log(),
    "dividends": lambda c: c.get_asset_dividend_history(limit=500),
    "fiat orders": lambda c: c.get_fiat_deposit_withdraw_history(transactionType=0, beginTime=0),
    "fiat payments": lambda c: c.get_fiat_payments_history(transactionType=1, beginTime=0),
    "convert": lambda c: c.get_convert_trade_history(startTime=NOW - 60 * DAY_MS, endTime=NOW - 45 * DAY_MS),
    "p2p": lambda c: c.get_c2c_trade_history(tradeType="BUY", endTimestamp=NOW - 30 * DAY_MS),
    "pay": lambda c: c.get_pay_trade_history(),
    "earn subscriptions": lambda c: c.margin_v1_get_simple_earn_flexible_history_subscription_record(),
    "earn rewards": lambda c: c._request_margin_api("get", f"{EARN}/rewardsRecord", True, data={"type": "ALL"}),
    "eth staking": lambda c: c.margin_v2_get_eth_staking_account(),
    "sol staking": lambda c: c.margin_v1_get_sol_staking_account(),
    "loans": lambda c: c.margin_v2_get_loan_flexible_ongoing_orders(),
    "margin": lambda c: c.get_margin_account(),
    "isolated": lambda c: c.get_isolated_margin_account(),
    "isolated one": lambda c: c.get_isolated_margin_account(symbols="ETHUSDT"),
    "interest": lambda c: c.get_margin_interest_history(),
    "margin transfers": lambda c: c.get_margin_transfer_history(endTime=NOW - 30 * DAY_MS),
    "um account": lambda c: c.futures_account(version=3),
    "um account v2": lambda c: c.futures_account(),
    "um balance": lambda c: c.futures_account_balance(),
    "um income": lambda c: c.futures_income_history(limit=1000),
    "cm account": lambda c: c.futures_coin_account(),
    "cm balance": lambda c: c.futures_coin_account_balance(),
    "cm income": lambda c: c.futures_coin_income_history(startTime=NOW - 90 * DAY_MS),
    "pm balance": lambda c: c.papi_get_balance(),
    "pm account": lambda c: c.papi_get_account(),
    "pm um account": lambda c: c.papi_get_um_account_v2(),
    "orders": lambda c: c.get_all_orders(symbol="BTCUSDT"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    simulator = long_life(portfolio_margin=True)
    yield simulator
    simulator.stop()


def client_of(server: SimulatorServer, api_key: str | None = None, secret: str | None = None) -> Any:
    client = python_binance(server, api_key, secret)
    client.FUTURES_URL = f"{server.base_url}/fapi"
    client.FUTURES_COIN_URL = f"{server.base_url}/dapi"
    client.PAPI_URL = f"{server.base_url}/papi"
    return client


@pytest.mark.parametrize("name", list(CALLS))
def test_every_reading_call_completes(server: SimulatorServer, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert CALLS[name](client_of(server))


def test_announced_delistings_need_no_signature(server: SimulatorServer) -> None:
    """FDUSD left the market three weeks before; nothing else is announced."""
    assert client_of(server).get_spot_delist_schedule() == []


def test_a_denied_family_is_a_refused_key(server: SimulatorServer) -> None:
    key = server.add_key(KeySpec(name="spot-only", denied=frozenset({"margin", "futures"})))
    client = client_of(server, key.api_key, key.secret)
    assert client.get_account()["uid"]
    for act in (client.get_margin_account, client.futures_account, client.futures_coin_account_balance):
        with pytest.raises(BinanceAPIException) as caught:
            act()
        assert (caught.value.code, caught.value.status_code) == (-2015, 401)
