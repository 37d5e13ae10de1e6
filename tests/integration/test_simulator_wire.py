"""The wire contract: shapes, error bodies, limits, windows, control."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.answer_shapes import SHAPES, complaints
from tests.integration.answer_shapes_wallets import WALLET_SHAPES
from tests.integration.simulated_exchange import Answer, call, control, signed

from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.routes import ROUTES
from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.server import SimulatorServer

DAY_MS = 86_400_000
MINUTE_MS = 60_000
QUERIES = {
    "GET /api/v3/klines": {"symbol": "ETHUSDT", "interval": "15m", "limit": "40"},
    "GET /api/v3/avgPrice": {"symbol": "SOLUSDT"},
    "GET /api/v3/myTrades": {"symbol": "BTCUSDT"},
    "GET /sapi/v1/asset/wallet/balance": {"needBalanceDetail": "true", "quoteAsset": "USDT"},
    "POST /sapi/v3/asset/getUserAsset": {"needBtcValuation": "true"},
}
ERROR = "{code: int, msg: text}"


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    simulator = build("default", now="2025-08-15T12:00:00Z", paused=True)
    simulator.start()
    yield simulator
    simulator.stop()


def ask(server: SimulatorServer, endpoint: str, **parameters: Any) -> Answer:
    method, path = endpoint.split()
    if ROUTES[method, path].security == "signed":
        return signed(server, path, parameters, method)
    return call(server, path, method, "&".join(f"{name}={value}" for name, value in parameters.items()))


def test_every_route_has_a_documented_shape() -> None:
    routes = {f"{method} {path}" for method, path in ROUTES if not path.endswith("userDataStream")}
    assert routes == set(SHAPES)


@pytest.mark.parametrize("endpoint", sorted(set(SHAPES) - set(WALLET_SHAPES)))
def test_every_answer_carries_the_documented_fields(server: SimulatorServer, endpoint: str) -> None:
    answer = ask(server, endpoint, **QUERIES.get(endpoint, {}))
    assert answer.status == 200
    assert complaints(answer.body, SHAPES[endpoint]) == []
    rows = answer.body.get("rows", answer.body) if isinstance(answer.body, dict) else answer.body
    assert rows or endpoint == "GET /api/v3/ping"


def test_the_shape_checker_can_fail() -> None:
    assert complaints([{"symbol": "A", "price": 1.5}], SHAPES["GET /api/v3/ticker/price"])
    assert complaints({"status": True, "msg": "x"}, SHAPES["GET /sapi/v1/system/status"])
    assert complaints({"serverTime": 1}, SHAPES["GET /api/v3/avgPrice"])


@pytest.mark.parametrize(
    ("endpoint", "parameters", "status", "code"),
    [
        ("GET /api/v3/ticker/price", {"symbol": "NOPEUSDT"}, 400, -1121),
        ("GET /api/v3/exchangeInfo", {"symbol": "NOPEUSDT"}, 400, -1121),
        ("GET /api/v3/ticker/price", {"symbol": "BTCUSDT", "symbolStatus": "BREAK"}, 400, -1220),
        ("GET /api/v3/ticker/price", {"symbolStatus": "SLEEPING"}, 400, -1122),
        ("GET /api/v3/klines", {"symbol": "BTCUSDT", "interval": "7m"}, 400, -1120),
        ("GET /api/v3/klines", {"interval": "1m"}, 400, -1102),
        ("GET /api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m", "startTime": "soon"}, 400, -1100),
        ("GET /api/v3/account", {"omitZeroBalances": "True"}, 400, -1130),
        ("GET /api/v3/account", {"recvWindow": "60001"}, 400, -1131),
        ("GET /api/v3/myTrades", {}, 400, -1102),
        ("GET /api/v3/myTrades", {"symbol": "BTCUSDT", "startTime": 0, "endTime": 2 * DAY_MS}, 400, -1127),
        ("GET /api/v3/myTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 5}, 400, -1128),
        ("GET /sapi/v1/capital/deposit/hisrec", {"startTime": 0, "endTime": 90 * DAY_MS}, 400, -1127),
        ("GET /sapi/v1/capital/withdraw/history", {"startTime": 0, "endTime": 91 * DAY_MS}, 400, -1127),
    ],
)
def test_errors_are_the_exchange_s_own(
    server: SimulatorServer, endpoint: str, parameters: dict[str, Any], status: int, code: int
) -> None:
    answer = ask(server, endpoint, **parameters)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert complaints(answer.body, ERROR) == []


def test_timing_and_presence_of_the_signature(server: SimulatorServer) -> None:
    now = server.clock.server_ms()
    path, headers = "/api/v3/account", {"X-MBX-APIKEY": server.api_key}

    def code(timestamp: int) -> int | None:
        body = signed(server, path, timestamp_ms=timestamp).body
        return body.get("code") if isinstance(body, dict) else None

    assert [code(now + 999), code(now - 5000)] == [None, None]
    assert [code(now + 1000), code(now - 5001)] == [-1021, -1021]
    assert call(server, path, headers=headers).body["code"] == -1102
    assert "signature" in call(server, path, query=f"timestamp={now}", headers=headers).body["msg"]
    assert signed(server, path, secret="wrong").body["code"] == -1022
    assert signed(server, path, api_key="unknown").body["code"] == -2015
    assert call(server, path).body["code"] == -2014


def test_a_signature_may_stand_in_the_body(server: SimulatorServer) -> None:
    payload = f"asset=BTC&timestamp={server.clock.server_ms()}"
    signature = hmac.new(server.api_secret.encode(), payload.encode(), hashlib.sha256).hexdigest().upper()
    headers = {"X-MBX-APIKEY": server.api_key, "Content-Type": "application/x-www-form-urlencoded"}
    body = f"{payload}&signature={signature}".encode()
    answer = call(server, "/sapi/v1/asset/get-funding-asset", "POST", headers=headers, body=body)
    assert [row["asset"] for row in answer.body] == ["BTC"]


def test_a_key_needs_permission_and_address(server: SimulatorServer) -> None:
    for spec in (KeySpec(name="blind", permissions=frozenset()), KeySpec(name="away", ip_list=("192.0.2.1",))):
        key = server.add_key(spec)
        answer = signed(server, "/api/v3/account", api_key=key.api_key, secret=key.secret)
        assert (answer.status, answer.body["code"]) == (401, -2015)


def test_an_unknown_path_is_html(server: SimulatorServer) -> None:
    answer = call(server, "/api/v3/nothing")
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html"
    assert "<html>" in answer.body


def test_weights_are_published_and_reset_with_the_minute(server: SimulatorServer) -> None:
    first = call(server, "/api/v3/ticker/price")
    second = signed(server, "/api/v3/account")
    assert [a.headers["X-MBX-USED-WEIGHT-1M"] for a in (first, second)] == ["4", "24"]
    earn = signed(server, "/sapi/v1/simple-earn/account")
    assert earn.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "150"
    taken = signed(server, "/sapi/v1/capital/withdraw/history")
    assert taken.headers["X-SAPI-USED-UID-WEIGHT-1M"] == "18000"
    server.clock.set(jump_ms=MINUTE_MS)
    assert call(server, "/api/v3/ping").headers["X-MBX-USED-WEIGHT-1M"] == "1"


def test_too_much_is_429_then_418_and_passes(server: SimulatorServer) -> None:
    server.exchange.limits.limits["api"] = 100
    statuses = [call(server, "/api/v3/exchangeInfo").status for _ in range(12)]
    assert statuses == [200] * 5 + [429] * 5 + [418] * 2
    banned = call(server, "/api/v3/ping")
    until = server.clock.now_ms() + 2 * MINUTE_MS
    assert (banned.status, banned.headers["Retry-After"], banned.body["code"]) == (418, "120", -1003)
    assert str(until) in banned.body["msg"]
    server.clock.set(jump_ms=2 * MINUTE_MS)
    assert call(server, "/api/v3/ping").status == 200


def test_sapi_never_bans(server: SimulatorServer) -> None:
    statuses = [signed(server, "/sapi/v1/capital/withdraw/history").status for _ in range(20)]
    assert statuses == [200] * 10 + [429] * 10


def test_positions_are_paged(server: SimulatorServer) -> None:
    path = "/sapi/v1/simple-earn/flexible/position"
    pages = [signed(server, path, {"current": page, "size": 1}).body for page in (1, 2, 3)]
    assert [len(page["rows"]) for page in pages] == [1, 1, 0]
    assert {page["total"] for page in pages} == {2}


def test_histories_are_filtered_and_paged(server: SimulatorServer) -> None:
    path = "/sapi/v1/capital/deposit/hisrec"
    rows = signed(server, path).body
    assert [row["insertTime"] for row in rows] == sorted((row["insertTime"] for row in rows), reverse=True)
    assert signed(server, path, {"offset": 1, "limit": 2}).body == rows[1:3]
    assert signed(server, path, {"coin": "SOL"}).body == [row for row in rows if row["coin"] == "SOL"] != []
    assert signed(server, path, {"txId": rows[2]["txId"]}).body == [rows[2]]
    assert signed(server, path, {"status": 0}).body == []
    start = rows[3]["insertTime"]
    older = signed(server, path, {"startTime": start, "endTime": rows[1]["insertTime"]}).body
    assert older == rows[1:4]
    internal = [row for row in rows if row["transferType"] == 1]
    assert [row["txId"].startswith("Off-chain transfer") for row in internal] == [True]
    ancient = signed(server, path, {"startTime": 1_675_209_600_000, "endTime": 1_675_209_600_000 + 89 * DAY_MS}).body
    assert {row["coin"] for row in ancient} == {"USDT"}


def test_trades_are_paged_by_id(server: SimulatorServer) -> None:
    path, symbol = "/api/v3/myTrades", {"symbol": "BTCUSDT"}
    rows = signed(server, path, symbol | {"fromId": 0}).body
    assert [row["id"] for row in rows] == list(range(rows[0]["id"], rows[0]["id"] + len(rows)))
    assert signed(server, path, symbol | {"limit": 2}).body == rows[-2:]
    assert signed(server, path, symbol | {"fromId": rows[2]["id"], "limit": 2}).body == rows[2:4]
    assert signed(server, path, symbol | {"orderId": rows[4]["orderId"]}).body == [rows[4]]
    assert signed(server, path, symbol | {"startTime": rows[3]["time"], "limit": 1}).body == [rows[3]]


def test_ended_symbols_are_broken_and_future_ones_unknown(server: SimulatorServer) -> None:
    control(server, "events", "POST", {"kind": "delist", "asset": "XRP"})
    control(server, "clock", "POST", {"jump_s": 1})
    info = {row["symbol"]: row["status"] for row in call(server, "/api/v3/exchangeInfo").body["symbols"]}
    assert (info["XRPUSDT"], info["BTCUSDT"]) == ("BREAK", "TRADING")
    assert "XRPUSDT" not in {row["symbol"] for row in call(server, "/api/v3/ticker/price").body}
    assert call(server, "/api/v3/ticker/price", query="symbol=XRPUSDT").body["code"] == -1121
    assert call(server, "/api/v3/klines", query="symbol=XRPUSDT&interval=1h").status == 200
    assert control(server, "truth")["unpriced"] == ["XRP"]
    control(server, "clock", "POST", {"now": "2023-03-01T00:00:00Z"})
    assert call(server, "/api/v3/ticker/price", query="symbol=FDUSDUSDT").body["code"] == -1121


def test_ticker_klines_and_average_agree(server: SimulatorServer) -> None:
    query = "symbol=BTCUSDT"
    price = call(server, "/api/v3/ticker/price", query=query).body["price"]
    day = call(server, "/api/v3/ticker/24hr", query=query).body
    hours = call(server, "/api/v3/klines", query=f"{query}&interval=1h&limit=24").body
    seconds = call(server, "/api/v3/klines", query=f"{query}&interval=1s&limit=1").body
    assert price == day["lastPrice"] == hours[-1][4] == seconds[-1][4]
    assert day["highPrice"] == max((row[2] for row in hours), key=Decimal)
    assert day["lowPrice"] == min((row[3] for row in hours), key=Decimal)
    assert Decimal(day["volume"]) == sum(Decimal(row[5]) for row in hours)
    average = Decimal(call(server, "/api/v3/avgPrice", query=query).body["price"])
    assert abs(average / Decimal(price) - 1) < Decimal("0.01")


def test_receipts_mirror_flexible_positions_and_wallets_add_up(server: SimulatorServer) -> None:
    spot = {row["asset"]: row["free"] for row in signed(server, "/api/v3/account").body["balances"]}
    rows = signed(server, "/sapi/v1/simple-earn/flexible/position").body["rows"]
    assert {f"LD{row['asset']}": row["totalAmount"] for row in rows} == {
        asset: free for asset, free in spot.items() if asset.startswith("LD")
    }
    wallets = signed(server, "/sapi/v1/asset/wallet/balance", {"quoteAsset": "USDT"}).body
    truth = control(server, "truth")
    assert abs(sum(Decimal(row["balance"]) for row in wallets) - Decimal(truth["total_value_usd"])) < Decimal("0.01")


def test_trades_explain_the_balance(server: SimulatorServer) -> None:
    """XRP came only through trades, a conversion and fees nobody paid in XRP."""
    rows = signed(server, "/api/v3/myTrades", {"symbol": "XRPUSDT", "fromId": 0}).body
    bought = sum(Decimal(row["qty"]) * (1 if row["isBuyer"] else -1) for row in rows)
    fees = sum(Decimal(row["commission"]) for row in rows if row["commissionAsset"] == "XRP")
    held = Decimal(control(server, "truth")["holdings"]["XRP"])
    converted = [p for e in server.world.ledger.entries for p in e.postings if e.event.kind == "convert"]
    assert held == bought - fees + sum(p.amount for p in converted if (p.account, p.asset) == ("spot", "XRP"))


def test_a_pending_deposit_is_listed_but_not_credited(server: SimulatorServer) -> None:
    before = control(server, "truth")["total_value_usd"]
    control(server, "events", "POST", {"kind": "deposit", "asset": "USDT", "amount": "100", "status_delay_s": 60})
    newest = signed(server, "/sapi/v1/capital/deposit/hisrec").body[0]
    assert (newest["status"], "completeTime" in newest) == (0, False)
    assert control(server, "truth")["total_value_usd"] == before
    control(server, "clock", "POST", {"jump_s": 60})
    newest = signed(server, "/sapi/v1/capital/deposit/hisrec").body[0]
    assert (newest["status"], newest["completeTime"] - newest["insertTime"]) == (1, 60_000)
    assert control(server, "truth")["flows"][-1]["quantity"] == "100"


def test_control_needs_its_token(server: SimulatorServer) -> None:
    assert call(server, "/_sim/clock").status == 401
    assert call(server, "/_sim/clock", headers={"X-Sim-Token": "wrong"}).status == 401
    assert control(server, "clock")["now"] == "2025-08-15T12:00:00Z"


def test_control_refuses_nonsense(server: SimulatorServer) -> None:
    headers = {"X-Sim-Token": server.control_token}
    for name, body in (
        ("clock", b'{"warp": 9}'),
        ("clock", b'{"speed": -1}'),
        ("faults", b'{"template": "gremlin"}'),
        ("events", b'{"kind": "withdrawal", "asset": "BTC", "amount": "1000"}'),
        ("events", b'{"kind": "deposit", "asset": "BTC", "amount": "1", "at": "2020-01-01T00:00:00Z"}'),
    ):
        answer = call(server, f"/_sim/{name}", "POST", headers=headers, body=body)
        assert (answer.status, list(answer.body)) == (400, ["error"])


def test_the_log_remembers_calls_without_signatures(server: SimulatorServer) -> None:
    signed(server, "/api/v3/account", {"omitZeroBalances": "true"})
    signed(server, "/api/v3/account", secret="wrong")
    log = control(server, "log")
    assert [row["verdict"] for row in log["requests"]] == ["ok", -1022]
    assert log["weight"] == 40
    assert "signature" not in str(log)
    assert control(server, "log", "DELETE")["total"] == 0


def test_events_are_listed_by_effect(server: SimulatorServer) -> None:
    query = "from=2025-08-12T15:56:41Z&to=2025-08-13T12:00:00Z"
    events = control(server, "events", query=query)["events"]
    assert [(event["kind"], event["at"], event["flow"]) for event in events] == [
        ("deposit", "2025-08-12T15:56:42Z", True),
        ("trade", "2025-08-13T10:31:26Z", False),
    ]


def test_skew_bends_the_server_s_clock_only(server: SimulatorServer) -> None:
    control(server, "clock", "POST", {"skew_ms": 7000})
    assert call(server, "/api/v3/time").body["serverTime"] == server.clock.now_ms() + 7000
    late = signed(server, "/api/v3/account", timestamp_ms=server.clock.now_ms())
    assert late.body["code"] == -1021
