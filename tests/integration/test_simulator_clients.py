"""python-binance, unmodified but for its base URLs, against the simulator: every call with every kind of key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.integration.simulated_exchange import BinanceAPIException, python_binance

from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.server import SimulatorServer

DAY_MS = 86_400_000

CALLS: dict[str, Callable[[Any], Any]] = {
    "ping": lambda c: c.ping(),
    "time": lambda c: c.get_server_time(),
    "exchangeInfo": lambda c: c.get_exchange_info(),
    "all tickers": lambda c: c.get_all_tickers(),
    "one ticker": lambda c: c.get_symbol_ticker(symbol="BTCUSDT"),
    "trading tickers": lambda c: c.get_symbol_ticker(symbolStatus="TRADING"),
    "24hr": lambda c: c.get_ticker(),
    "24hr mini": lambda c: c.get_ticker(type="MINI"),
    "klines": lambda c: c.get_klines(symbol="BTCUSDT", interval="1m", limit=10),
    "avgPrice": lambda c: c.get_avg_price(symbol="BTCUSDT"),
    "account": lambda c: c.get_account(omitZeroBalances="true"),
    "myTrades": lambda c: c.get_my_trades(symbol="BTCUSDT", fromId=0, limit=1000),
    "apiRestrictions": lambda c: c.get_account_api_permissions(),
    "account info": lambda c: c.margin_v1_get_account_info(),
    "funding": lambda c: c.funding_wallet(needBtcValuation="true"),
    "user asset": lambda c: c.get_user_asset(),
    "wallet balance": lambda c: c.margin_v1_get_asset_wallet_balance(),
    "flexible": lambda c: c.get_simple_earn_flexible_product_position(),
    "locked": lambda c: c.get_simple_earn_locked_product_position(),
    "earn account": lambda c: c.get_simple_earn_account(),
    "deposits": lambda c: c.get_deposit_history(),
    "withdrawals": lambda c: c.get_withdraw_history(),
    "system status": lambda c: c.get_system_status(),
}
MAY_BE_EMPTY = {"ping"}


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    simulator = build("default", now="2025-08-15T12:00:00Z")
    simulator.start()
    yield simulator
    simulator.stop()


def pem_pair(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> tuple[str, str]:
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return secret, public


@pytest.fixture(scope="module", params=["hmac", "rsa", "ed25519"])
def client(request: pytest.FixtureRequest, server: SimulatorServer) -> Any:
    if request.param == "hmac":
        return python_binance(server)
    made = rsa.generate_private_key(65537, 2048) if request.param == "rsa" else ed25519.Ed25519PrivateKey.generate()
    secret, public = pem_pair(made)
    key = server.add_key(KeySpec(name=request.param, public_key=public))
    return python_binance(server, key.api_key, "", private_key=secret)


@pytest.mark.parametrize("name", list(CALLS))
def test_every_offered_call_completes(client: Any, name: str) -> None:
    answer = CALLS[name](client)
    assert answer or name in MAY_BE_EMPTY


def refusal(act: Callable[[], Any]) -> tuple[int, int]:
    with pytest.raises(BinanceAPIException) as caught:
        act()
    return caught.value.code, caught.value.status_code


def test_a_wrong_secret_is_refused(server: SimulatorServer) -> None:
    assert refusal(python_binance(server, secret="wrong").get_account) == (-1022, 400)


def test_an_unknown_key_is_refused(server: SimulatorServer) -> None:
    assert refusal(python_binance(server, api_key="unknown").get_account) == (-2015, 401)


def test_a_missing_key_is_refused(server: SimulatorServer) -> None:
    client = python_binance(server)
    client.session.headers.pop("X-MBX-APIKEY")
    assert refusal(client.get_account) == (-2014, 401)


@pytest.mark.parametrize(("late_ms", "code"), [(-60_000, -1021), (30_000, -1021)])
def test_a_timestamp_off_the_clock_is_refused(server: SimulatorServer, late_ms: int, code: int) -> None:
    client = python_binance(server)
    client.timestamp_offset += late_ms
    assert refusal(client.get_account) == (code, 400)


def test_another_key_of_the_same_kind_does_not_verify(server: SimulatorServer) -> None:
    _, public = pem_pair(ed25519.Ed25519PrivateKey.generate())
    secret, _ = pem_pair(ed25519.Ed25519PrivateKey.generate())
    key = server.add_key(KeySpec(name="stranger", public_key=public))
    assert refusal(python_binance(server, key.api_key, "", private_key=secret).get_account) == (-1022, 400)


def test_the_listen_key_endpoint_is_gone(server: SimulatorServer) -> None:
    assert refusal(python_binance(server).stream_get_listen_key)[1] == 410


def test_the_default_life_has_something_to_say_everywhere(server: SimulatorServer) -> None:
    client = python_binance(server)
    assert client.get_simple_earn_flexible_product_position()["total"] == 2
    assert client.get_simple_earn_locked_product_position()["total"] == 2
    assert len(client.funding_wallet()) >= 3
    recent = client.get_deposit_history(startTime=server.clock.now_ms() - 89 * DAY_MS)
    assert len(recent) >= 6
    assert {row["status"] for row in recent} == {1}
    assert len(client.get_withdraw_history()) == 1
    trades = [client.get_my_trades(symbol=f"{asset}USDT", fromId=0) for asset in ("BTC", "ETH", "BNB", "SOL", "XRP")]
    assert all(trades)
