"""The gateway against the simulated exchange: signed for real, priced by real records, held against its own truth."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from tests.integration.probe import Bans
from tests.integration.simulated_exchange import VirtualTime

from dashboard_crypto.core.errors import ExchangeBanned, ExchangeDown, KeyRefused, KeyTooPowerful, PartialReading
from dashboard_crypto.core.model import AccountReading
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.server import SimulatorServer

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Stage:
    """A paused simulator with one gateway on it."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.bans = Bans()
        self.gateway = self.connect(Credentials(server.api_key, server.api_secret))

    def connect(self, credentials: Credentials) -> BinanceGateway:
        return BinanceGateway(
            credentials, base_url=self.server.base_url, clock=VirtualTime(self.server), ban_store=self.bans
        )

    def control(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Sim-Token": self.server.control_token, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.base_url}/_sim/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture(params=["earn-and-funding", "near-full-withdrawal", "deposits-only"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    yield from _stage(request.param)


@pytest.fixture
def earning() -> Iterator[Stage]:
    yield from _stage("earn-and-funding")


def _stage(scenario: str) -> Iterator[Stage]:
    server = build(scenario)
    server.clock.set(paused=True)
    server.start()
    current = Stage(server)
    try:
        yield current
    finally:
        current.gateway.close()
        server.stop()


def total(reading: AccountReading) -> Decimal:
    """What the reading is worth, to the cent."""
    values = [each.quantity * reading.prices_usd[each.asset] for each in reading.holdings]
    return sum(values, Decimal(0)).quantize(Decimal("0.01"))


def test_value_and_holdings_equal_the_truth_hour_after_hour(stage: Stage) -> None:
    end_ms = stage.server.clock.now_ms()
    for step in range(48, -1, -1):
        stage.server.clock.set(now_ms=end_ms - step * (37 * HOUR_MS + 1_234_567))
        reading = stage.gateway.read_account()
        truth = stage.control("GET", "truth")
        assert total(reading) == Decimal(truth["total_value_usd"])
        assert list(reading.unpriced) == truth["unpriced"]
        held: dict[str, Decimal] = {}
        for each in reading.holdings:
            held[each.asset] = held.get(each.asset, Decimal(0)) + each.quantity
        assert held == {asset: Decimal(quantity) for asset, quantity in truth["holdings"].items()}


def test_flows_and_their_prices_equal_the_truth(stage: Stage) -> None:
    now_ms = stage.server.clock.now_ms()
    flows = stage.gateway.external_flows(now_ms - 700 * DAY_MS, now_ms)
    truth = [flow for flow in stage.control("GET", "truth")["flows"] if flow["kind"] in {"deposit", "withdrawal"}]
    assert [(flow.kind, flow.asset, flow.quantity) for flow in flows] == [
        (flow["kind"], flow["asset"], Decimal(flow["quantity"])) for flow in truth
    ]
    for flow, told in zip(flows, truth, strict=True):
        price = stage.gateway.price_at(flow.asset, flow.instant_ms)
        assert price is not None
        assert abs(price * flow.quantity / Decimal(told["amount_usd"]) - 1) < Decimal("0.0001")


def test_an_idle_cycle_costs_two_calls_and_24_weight_plus_the_further_wallets(earning: Stage) -> None:
    earning.gateway.read_account()
    earning.control("DELETE", "log")
    earning.server.clock.set(jump_ms=30_000)
    earning.gateway.read_account()
    asked = [(row["path"], row["weight"], row["verdict"]) for row in earning.control("GET", "log")["requests"]]
    spot = [row for row in asked if row[0].startswith("/api/")]
    assert [row[1] for row in spot] == [20, 4]
    assert sorted(asked) == [
        ("/api/v3/account", 20, "ok"),
        ("/api/v3/ticker/price", 4, "ok"),
        ("/sapi/v1/asset/get-funding-asset", 1, "ok"),
        ("/sapi/v1/simple-earn/flexible/position", 150, "ok"),
        ("/sapi/v1/simple-earn/locked/position", 150, "ok"),
    ]


def test_all_three_kinds_of_key_sign_every_call(earning: Stage) -> None:
    plain = serialization.NoEncryption()
    for key in (ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(public_exponent=65537, key_size=2048)):
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        known = earning.server.add_key(KeySpec(name=type(key).__name__, public_key=public.decode()))
        gateway = earning.connect(Credentials(known.api_key, secret.replace("\n", "\r\n")))
        assert total(gateway.read_account()) == total(earning.gateway.read_account())
        assert gateway.account_id() == earning.gateway.account_id()
        now_ms = earning.server.clock.now_ms()
        assert gateway.external_flows(now_ms - 300 * DAY_MS, now_ms)
        gateway.close()


@pytest.mark.parametrize("wrong", ["secret", "key"])
def test_a_wrong_secret_and_an_unknown_key_are_refused(earning: Stage, wrong: str) -> None:
    key = earning.server.api_key if wrong == "secret" else "x" * 64
    secret = "y" * 64 if wrong == "secret" else earning.server.api_secret
    with pytest.raises(KeyRefused):
        earning.connect(Credentials(key, secret)).read_account()


def test_a_key_that_can_withdraw_is_refused_before_the_account_is_read(earning: Stage) -> None:
    strong = earning.server.add_key(KeySpec(name="strong", permissions=frozenset({"reading", "withdrawals"})))
    earning.control("DELETE", "log")
    assert strong.secret is not None
    with pytest.raises(KeyTooPowerful):
        earning.connect(Credentials(strong.api_key, strong.secret)).read_account()
    assert "/api/v3/account" not in [row["path"] for row in earning.control("GET", "log")["requests"]]


@pytest.mark.parametrize("skew_ms", [20_000, -20_000])
def test_a_skewed_exchange_clock_heals_without_a_lost_cycle(earning: Stage, skew_ms: int) -> None:
    earning.gateway.read_account()
    earning.server.clock.set(skew_ms=skew_ms)
    reading = earning.gateway.read_account()
    assert reading.read_at_ms - earning.server.clock.now_ms() == skew_ms


@pytest.mark.parametrize(
    ("route", "template", "kind"),
    [
        ("/api/v3/account", "html_200", ExchangeDown),
        ("/api/v3/account", "empty_200", ExchangeDown),
        ("/api/v3/ticker/price", "list", ExchangeDown),
        ("/api/v3/ticker/price", "nan", ExchangeDown),
        ("/api/v3/ticker/price", "truncated", ExchangeDown),  # twice: one broken connection is tried again
        ("/sapi/v1/asset/get-funding-asset", "html_502", PartialReading),
        ("/sapi/v1/simple-earn/flexible/position", "object", PartialReading),
        ("/sapi/v1/simple-earn/locked/position", "empty_500", PartialReading),
    ],
)
def test_faults_of_the_simulator_give_no_reading_and_the_next_cycle_is_whole(
    earning: Stage, route: str, template: str, kind: type[Exception]
) -> None:
    before = total(earning.gateway.read_account())
    earning.control("POST", "faults", {"route": route, "template": template, "count": 1 + (template == "truncated")})
    with pytest.raises(kind):
        earning.gateway.read_account()
    assert total(earning.gateway.read_account()) == before


def test_a_ban_silences_everything_until_it_ends(earning: Stage) -> None:
    earning.gateway.read_account()
    earning.control("POST", "faults", {"route": "/api/v3/account", "template": "banned", "count": 1})
    with pytest.raises(ExchangeBanned) as caught:
        earning.gateway.read_account()
    earning.control("DELETE", "log")
    again = earning.connect(Credentials(earning.server.api_key, earning.server.api_secret))
    for gateway in (earning.gateway, again):
        with pytest.raises(ExchangeBanned):
            gateway.read_account()
    assert earning.control("GET", "log")["total"] == 0
    earning.server.clock.set(now_ms=caught.value.retry_at_ms + 1)
    again.read_account()
