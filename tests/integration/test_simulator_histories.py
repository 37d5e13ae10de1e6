"""The endpoints of the further wallets and of all histories: shapes, windows, pages, permissions, weights, pace."""

from __future__ import annotations

import hashlib
import hmac
import statistics
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.integration.answer_shapes import SHAPES, complaints
from tests.integration.answer_shapes_wallets import WALLET_SHAPES
from tests.integration.long_life import DAY_MS, PRESENT, answer, long_life
from tests.integration.simulated_exchange import call, control, signed

from dashboard_crypto.simulator.built_in import load_scenario
from dashboard_crypto.simulator.exchange import Call
from dashboard_crypto.simulator.history import months_before
from dashboard_crypto.simulator.limits import LIMITS
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.market import load_market
from dashboard_crypto.simulator.routes import ROUTES
from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.server import SimulatorServer
from dashboard_crypto.simulator.view_unused import UNUSED

NOW = 1_755_259_200_000  # PRESENT
NOW_AND_LATER = "2025-08-18T12:00:00Z"
CONVERSIONS = {"startTime": NOW - 60 * DAY_MS, "endTime": NOW - 45 * DAY_MS}
QUERIES: dict[str, dict[str, Any]] = {
    "GET /api/v3/allOrders": {"symbol": "BTCUSDT"},
    "GET /api/v3/myTrades": {"symbol": "BTCUSDT", "fromId": 0, "limit": 1000},
    "GET /api/v3/klines": {"symbol": "ETHUSDT", "interval": "1h", "limit": 1000},
    "GET /api/v3/avgPrice": {"symbol": "SOLUSDT"},
    "GET /sapi/v1/accountSnapshot": {"type": "SPOT"},
    "GET /sapi/v1/asset/transfer": {"type": "MAIN_UMFUTURE", "startTime": NOW - 100 * DAY_MS, "size": 100},
    "GET /sapi/v1/asset/assetDividend": {"limit": 500},
    "GET /sapi/v1/convert/tradeFlow": CONVERSIONS,
    "GET /sapi/v1/sub-account/transfer/subUserHistory": {
        "startTime": NOW - 50 * DAY_MS,
        "endTime": NOW - 20 * DAY_MS,
    },
    "GET /sapi/v1/fiat/orders": {"transactionType": 0, "beginTime": 0},
    "GET /sapi/v1/fiat/payments": {"transactionType": 0, "beginTime": 0},
    "GET /sapi/v1/c2c/orderMatch/listUserOrderHistory": {
        "startTimestamp": NOW - 60 * DAY_MS,
        "endTimestamp": NOW - 30 * DAY_MS,
    },
    "GET /sapi/v1/simple-earn/flexible/history/rewardsRecord": {"type": "ALL", "size": 100},
    "GET /sapi/v1/simple-earn/flexible/history/redemptionRecord": {
        "startTime": NOW - 59 * DAY_MS,
        "endTime": NOW - 29 * DAY_MS,
    },
    "GET /sapi/v1/simple-earn/locked/history/subscriptionRecord": {
        "startTime": NOW - 75 * DAY_MS,
        "endTime": NOW - 45 * DAY_MS,
    },
    "GET /sapi/v1/simple-earn/locked/history/redemptionRecord": {
        "startTime": NOW - 125 * DAY_MS,
        "endTime": NOW - 100 * DAY_MS,
    },
    "GET /sapi/v1/margin/borrow-repay": {"type": "BORROW", "asset": "USDT"}
    | {"startTime": NOW - 55 * DAY_MS}
    | {"endTime": NOW - 45 * DAY_MS},
    "GET /sapi/v1/margin/transfer": {"startTime": NOW - 60 * DAY_MS, "endTime": NOW - 31 * DAY_MS},
    "GET /sapi/v1/margin/myTrades": {"symbol": "BTCUSDT"},
    "GET /dapi/v1/income": {"startTime": NOW - 90 * DAY_MS},
    "GET /papi/v1/um/income": {"startTime": NOW - 90 * DAY_MS},
    "GET /papi/v1/cm/income": {"startTime": NOW - 90 * DAY_MS},
    "GET /sapi/v1/asset/wallet/balance": {"needBalanceDetail": "true"},
}
NOTHING_THERE = {f"GET /sapi/{path}" for path in UNUSED} | {"GET /sapi/v1/spot/delist-schedule", "GET /api/v3/ping"}
LIST_NAMES = ("rows", "data", "list", "userAssetDribblets", "snapshotVos", "assets")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    simulator = long_life(portfolio_margin=True)
    for coin in ("ETH", "SOL"):
        called_back = {"asset": coin, "amount": "0.01", "to": coin, "received": "0.01", "until": NOW_AND_LATER}
        simulator.world.append({"kind": "staking_redeem", **called_back})
    for token in ("BFUSD", "RWUSD"):
        simulator.world.append({"kind": "dividend", "asset": token, "amount": "1"})
        called_back = {"asset": token, "amount": "1", "to": "USDT", "received": "0.99", "until": NOW_AND_LATER}
        simulator.world.append({"kind": "staking_redeem", **called_back})
    yield simulator
    simulator.stop()


@pytest.fixture
def fresh() -> Iterator[SimulatorServer]:
    """A simulator whose account never opened margin or futures."""
    simulator = build("default", now=PRESENT, paused=True)
    simulator.start()
    yield simulator
    simulator.stop()


def test_the_present_is_the_present(server: SimulatorServer) -> None:
    assert server.clock.now_ms() == NOW


@pytest.mark.parametrize("endpoint", sorted(WALLET_SHAPES))
def test_every_answer_carries_the_documented_fields(server: SimulatorServer, endpoint: str) -> None:
    method, path = endpoint.split()
    found = signed(server, path, QUERIES.get(endpoint), method)
    assert found.status == 200
    assert complaints(found.body, SHAPES[endpoint]) == []
    lists = [found.body] if isinstance(found.body, list) else [found.body[n] for n in LIST_NAMES if n in found.body]
    assert all(lists) or endpoint in NOTHING_THERE


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/sapi/v1/asset/transfer", {}, 400, -1102),
        ("/sapi/v1/asset/transfer", {"type": "MAIN_MOON"}, 400, -1130),
        ("/sapi/v1/asset/transfer", {"type": "ISOLATEDMARGIN_MARGIN"}, 400, -1102),
        ("/sapi/v1/asset/assetDividend", {"startTime": 0, "endTime": 181 * DAY_MS}, 400, -1127),
        ("/sapi/v1/fiat/orders", {}, 400, -1102),
        ("/sapi/v1/fiat/orders", {"transactionType": 2}, 400, -1130),
        ("/sapi/v1/convert/tradeFlow", {"startTime": 0}, 400, -1102),
        ("/sapi/v1/convert/tradeFlow", {"startTime": 0, "endTime": 31 * DAY_MS}, 400, -1127),
        (
            "/sapi/v1/c2c/orderMatch/listUserOrderHistory",
            {"startTimestamp": 0, "endTimestamp": 31 * DAY_MS},
            400,
            -1127,
        ),
        ("/sapi/v1/pay/transactions", {"startTime": 0, "endTime": 91 * DAY_MS}, 400, -1127),
        ("/sapi/v1/simple-earn/flexible/history/rewardsRecord", {}, 400, -1102),
        (
            "/sapi/v1/simple-earn/flexible/history/rewardsRecord",
            {"type": "ALL", "startTime": NOW - 31 * DAY_MS, "endTime": NOW},
            400,
            -6021,
        ),
        (
            "/sapi/v1/simple-earn/locked/history/redemptionRecord",
            {"startTime": NOW - 31 * DAY_MS, "endTime": NOW},
            400,
            -6021,
        ),
        ("/sapi/v1/margin/myTrades", {}, 400, -1102),
        ("/sapi/v1/rebate/taxQuery", {"startTime": NOW - 31 * DAY_MS}, 400, -1127),
        ("/sapi/v1/sub-account/universalTransfer", {"startTime": NOW - 8 * DAY_MS}, 400, -1127),
        ("/sapi/v1/eth-staking/eth/history/stakingHistory", {"startTime": NOW - 93 * DAY_MS}, 400, -1127),
        ("/sapi/v1/margin/borrow-repay", {}, 400, -1102),
        ("/sapi/v1/margin/borrow-repay", {"type": "BORROW", "startTime": NOW - 8 * DAY_MS}, 400, -1127),
        ("/sapi/v1/margin/interestHistory", {"startTime": NOW - 31 * DAY_MS}, 400, -1127),
        ("/sapi/v1/accountSnapshot", {}, 400, -1102),
        ("/sapi/v1/accountSnapshot", {"type": "SPOT", "limit": 6}, 400, -1130),
        ("/sapi/v1/accountSnapshot", {"type": "SPOT", "startTime": NOW - 40 * DAY_MS}, 400, -1127),
        ("/api/v3/allOrders", {"symbol": "BTCUSDT", "startTime": 0, "endTime": 2 * DAY_MS}, 400, -1127),
        ("/dapi/v1/income", {"startTime": NOW - 400 * DAY_MS}, 400, -1127),
    ],
)
def test_limits_of_the_windows(
    server: SimulatorServer, path: str, parameters: dict[str, Any], status: int, code: int
) -> None:
    found = signed(server, path, parameters)
    assert (found.status, found.body["code"]) == (status, code)


def test_what_is_too_old_is_not_there_any_more(server: SimulatorServer) -> None:
    """Half a year of transfers and P2P, three months of futures; the start may be asked, but nothing older comes."""
    path, kind = "/sapi/v1/asset/transfer", {"type": "MAIN_UMFUTURE", "startTime": NOW - 400 * DAY_MS}
    assert answer(server, path, **kind)["total"] == 1
    income = answer(server, "/fapi/v1/income", startTime=0, limit=1000)
    assert income[0]["incomeType"] == "TRANSFER"
    server.clock.set(jump_ms=45 * DAY_MS)
    try:
        later = answer(server, "/fapi/v1/income", startTime=0, limit=1000)
        assert later[0]["time"] >= months_before(NOW + 45 * DAY_MS, 3) > income[0]["time"]
        server.clock.set(jump_ms=150 * DAY_MS)
        assert answer(server, path, **kind) == {"total": 0}
        assert "data" not in answer(server, "/sapi/v1/c2c/orderMatch/listUserOrderHistory")
    finally:
        server.clock.set(now_ms=NOW)


def test_pages_of_earn_and_without_rows(server: SimulatorServer) -> None:
    path = "/sapi/v1/simple-earn/flexible/history/rewardsRecord"
    whole = answer(server, path, type="ALL", size=100)
    pages = [answer(server, path, type="ALL", size=3, current=page) for page in (1, 2)]
    assert [row for page in pages for row in page["rows"]] == whole["rows"][:6]
    assert {page["total"] for page in pages} == {whole["total"]} == {len(whole["rows"])}
    realtime = answer(server, path, type="REALTIME", size=100)["rows"]
    assert 0 < len(realtime) < len(whole["rows"])
    only_start = answer(server, path, type="ALL", size=100, startTime=NOW - 60 * DAY_MS)["rows"]
    assert max(row["time"] for row in only_start) <= NOW - 30 * DAY_MS
    assert answer(server, "/sapi/v1/asset/transfer", type="MAIN_OPTION") == {"total": 0}


def test_an_empty_envelope_leaves_out_its_data(server: SimulatorServer) -> None:
    window = {"beginTime": 0, "endTime": 1000}
    body = answer(server, "/sapi/v1/fiat/orders", transactionType=0, **window)
    assert body == {"code": "000000", "message": "success", "total": 0, "success": True}
    assert answer(server, "/sapi/v1/pay/transactions", startTime=0, endTime=1000)["data"] == []
    ignored = answer(server, "/sapi/v1/fiat/orders", transactionType=0, startTime=0)
    assert ignored["total"] < answer(server, "/sapi/v1/fiat/orders", transactionType=0, beginTime=0)["total"]


def test_conversions_and_dividends_have_no_pages(server: SimulatorServer) -> None:
    path = "/sapi/v1/convert/tradeFlow"
    whole = answer(server, path, **CONVERSIONS)
    assert (whole["moreData"], len(whole["list"]) > 1) == (False, True)
    first = answer(server, path, **CONVERSIONS, limit=1)
    assert (first["moreData"], first["list"]) == (True, whole["list"][:1])
    path = "/sapi/v1/asset/assetDividend"
    few = answer(server, path)
    assert len(few["rows"]) == min(20, few["total"])


def test_cash_balance_is_told_of_purchases_only(server: SimulatorServer) -> None:
    bought = answer(server, "/sapi/v1/fiat/payments", transactionType=0, beginTime=0)["data"]
    assert {row["paymentMethod"] for row in bought} == {"Credit Card", "Cash Balance"}
    sold = answer(server, "/sapi/v1/fiat/payments", transactionType=1, beginTime=0)["data"]
    assert all("paymentMethod" not in row for row in sold)
    flows = control(server, "truth")["flows"]
    assert len([flow for flow in flows if flow["kind"] == "card_buy"]) == sum(
        row["paymentMethod"] == "Credit Card" for row in bought
    )


def test_margin_is_net_of_debt(server: SimulatorServer) -> None:
    body = answer(server, "/sapi/v1/margin/account")
    row = next(row for row in body["userAssets"] if row["asset"] == "USDT")
    free, borrowed, interest, net = (Decimal(row[name]) for name in ("free", "borrowed", "interest", "netAsset"))
    assert net == free - borrowed - interest
    assert borrowed > 0
    assert interest > 0
    assert Decimal(body["totalNetAssetOfBtc"]) < Decimal(body["totalAssetOfBtc"])
    assert len(body["userAssets"]) >= len(server.world.market.assets)


def test_a_repayment_tells_interest_from_principal(server: SimulatorServer) -> None:
    window = {"asset": "USDT", "startTime": NOW - 30 * DAY_MS, "endTime": NOW}
    repaid = answer(server, "/sapi/v1/margin/borrow-repay", type="REPAY", **window)["rows"]
    assert len(repaid) == 1
    amount, interest, principal = (Decimal(repaid[0][name]) for name in ("amount", "interest", "principal"))
    charged = answer(server, "/sapi/v1/margin/interestHistory", startTime=NOW - 30 * DAY_MS, size=100)["rows"]
    before = [row for row in charged if row["interestAccuredTime"] < repaid[0]["timestamp"]]
    after = [row for row in charged if row["interestAccuredTime"] > repaid[0]["timestamp"]]
    assert amount == interest + principal
    assert interest > 0
    assert Decimal(before[0]["principal"]) - Decimal(after[-1]["principal"]) == principal


def test_multi_assets_mode_offers_what_one_does_not_own() -> None:
    simulator = long_life(multi_assets=True)
    try:
        assets = {row["asset"]: row for row in answer(simulator, "/fapi/v3/account")["assets"]}
        bitcoin = assets["BTC"]
        assert Decimal(bitcoin["walletBalance"]) == 0
        assert Decimal(bitcoin["availableBalance"]) > 0
        assert Decimal(assets["USDT"]["availableBalance"]) == Decimal(assets["USDT"]["walletBalance"])
    finally:
        simulator.stop()


def test_portfolio_margin_is_the_same_money_again(server: SimulatorServer) -> None:
    rows = {row["asset"]: row for row in answer(server, "/papi/v1/balance")}
    dollars = rows["USDT"]
    parts = [Decimal(dollars[name]) for name in ("crossMarginAsset", "umWalletBalance", "cmWalletBalance")]
    owed = Decimal(dollars["crossMarginBorrowed"]) + Decimal(dollars["crossMarginInterest"])
    assert Decimal(dollars["totalWalletBalance"]) == sum(parts)
    assert owed > 0
    um = {row["asset"]: row["walletBalance"] for row in answer(server, "/fapi/v3/account")["assets"]}
    assert dollars["umWalletBalance"] == um["USDT"]
    equity = Decimal(answer(server, "/papi/v1/account")["accountEquity"])
    worth = {row["walletName"]: row for row in answer(server, "/sapi/v1/asset/wallet/balance", quoteAsset="USDT")}
    names = ("Cross Margin", "USDⓈ-M Futures", "COIN-M Futures")
    assert abs(equity - sum(Decimal(worth[name]["balance"]) for name in names)) < Decimal("0.000001")


def test_an_account_without_margin_and_futures(fresh: SimulatorServer) -> None:
    for path in ("/sapi/v1/margin/account", "/sapi/v1/margin/isolated/account"):
        found = signed(fresh, path)
        assert (found.status, found.body["code"]) == (400, -3003)
    for path in ("/fapi/v3/account", "/fapi/v2/balance", "/dapi/v1/balance", "/fapi/v1/income"):
        found = signed(fresh, path)
        assert (found.status, found.body["code"]) == (401, -2015)
    papi = signed(fresh, "/papi/v1/balance")
    assert (papi.status, papi.headers["Content-Type"]) == (404, "text/html")
    info = answer(fresh, "/sapi/v1/account/info")
    assert (info["isMarginEnabled"], info["isFutureEnabled"]) == (False, False)
    assert answer(fresh, "/sapi/v1/asset/transfer", type="MAIN_MARGIN") == {"total": 0}


def test_a_key_may_be_denied_a_family(server: SimulatorServer) -> None:
    key = server.add_key(KeySpec(name="no-futures", denied=frozenset({"futures"})))
    assert signed(server, "/sapi/v1/margin/account", api_key=key.api_key, secret=key.secret).status == 200
    for path in ("/fapi/v3/account", "/dapi/v1/income", "/papi/v1/balance"):
        found = signed(server, path, api_key=key.api_key, secret=key.secret)
        assert (found.status, found.body["code"]) == (401, -2015)
    blind = server.add_key(KeySpec(name="blind", permissions=frozenset()))
    found = signed(server, "/sapi/v1/pay/transactions", api_key=blind.api_key, secret=blind.secret)
    assert (found.status, found.body["code"]) == (401, -2015)


def test_pools_are_apart(fresh: SimulatorServer) -> None:
    orders = [signed(fresh, "/sapi/v1/fiat/orders", {"transactionType": 0}).status for _ in range(6)]
    assert orders == [200] * 4 + [429] * 2
    paid = signed(fresh, "/sapi/v1/pay/transactions")
    assert paid.headers["X-SAPI-USED-UID-WEIGHT-1M"] == "3000"
    used = [signed(fresh, path).headers["X-MBX-USED-WEIGHT-1M"] for path in ("/fapi/v1/income", "/dapi/v1/account")]
    assert used == ["30", "5"]
    snapshot = [signed(fresh, "/sapi/v1/accountSnapshot", {"type": "SPOT"}).status for _ in range(6)]
    assert snapshot == [200] * 5 + [429]
    assert LIMITS["papi"] == 6000


def test_delistings_are_announced_to_any_known_key(fresh: SimulatorServer) -> None:
    path = "/sapi/v1/spot/delist-schedule"
    assert call(fresh, path).body["code"] == -2014
    headers = {"X-MBX-APIKEY": fresh.api_key}
    assert call(fresh, path, headers=headers).body == []
    control(fresh, "events", "POST", {"kind": "delist", "asset": "XRP", "at": "2025-08-20T08:00:00Z"})
    found = call(fresh, path, headers=headers).body
    assert complaints(found, SHAPES[f"GET {path}"]) == []
    assert found == [{"delistTime": 1_755_676_800_000, "symbols": ["XRPUSDT"]}]


def test_snapshots_are_the_ends_of_days(server: SimulatorServer) -> None:
    body = answer(server, "/sapi/v1/accountSnapshot", type="SPOT", limit=30)
    days = body["snapshotVos"]
    assert [day["updateTime"] % DAY_MS for day in days] == [DAY_MS - 1000] * len(days)
    assert len(days) == 30
    last = {row["asset"]: row["free"] for row in days[-1]["data"]["balances"]}
    books = server.world.ledger.balances(days[-1]["updateTime"])
    assert Decimal(last["BTC"]) == books["spot"]["BTC"]
    assert Decimal(last["LDBTC"]) == books["earn_flexible"]["BTC"]
    for kind, name in (("MARGIN", "userAssets"), ("FUTURES", "assets")):
        body = answer(server, "/sapi/v1/accountSnapshot", type=kind)
        assert complaints(body["snapshotVos"][-1]["data"][name], "[{asset: text}]") == []
        assert body["snapshotVos"][-1]["data"][name]


def test_a_pending_bank_deposit(fresh: SimulatorServer) -> None:
    raw = {"kind": "fiat_deposit", "currency": "EUR", "amount": "100", "fee": "1", "status_delay_s": 60}
    control(fresh, "events", "POST", raw)

    def newest() -> dict[str, Any]:
        body = answer(fresh, "/sapi/v1/fiat/orders", transactionType=0)
        row: dict[str, Any] = body["data"][0]
        return row

    def euros() -> str:
        return str(control(fresh, "truth")["holdings"].get("EUR", "0"))

    held = Decimal(euros())
    assert (newest()["status"], newest()["amount"], newest()["indicatedAmount"]) == ("Processing", "100.00", "101.00")
    control(fresh, "clock", "POST", {"jump_s": 60})
    assert newest()["status"] == "Successful"
    assert Decimal(euros()) == held + 100


def test_a_hidden_deposit_moves_the_balance_and_stands_nowhere(fresh: SimulatorServer) -> None:
    path = "/sapi/v1/capital/deposit/hisrec"
    before, told = control(fresh, "truth")["holdings"]["USDT"], answer(fresh, path)
    control(fresh, "events", "POST", {"kind": "deposit", "asset": "USDT", "amount": "300", "hidden": True})
    truth = control(fresh, "truth")
    assert Decimal(truth["holdings"]["USDT"]) - Decimal(before) == 300
    assert truth["flows"][-1]["amount_usd"] == "300.00"
    assert answer(fresh, path) == told


def test_answers_come_within_three_milliseconds(server: SimulatorServer) -> None:
    """CPU time of whole answers, from the bytes of the request to those of the reply, signature check included.

    The longest pages there are; only a thousand klines may take longer.
    """
    slowest = {}
    for method, path in ROUTES:
        endpoint = f"{method} {path}"
        times = []
        for _ in range(5):
            query = {**QUERIES.get(endpoint, {}), "timestamp": server.clock.server_ms()}
            if ROUTES[method, path].security == "none":
                query.pop("timestamp")
            payload = urlencode(query)
            signature = hmac.new(server.api_secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
            text = payload if ROUTES[method, path].security == "none" else f"{payload}&signature={signature}"
            headers = {"x-mbx-apikey": server.api_key}
            started = time.thread_time()
            server.exchange.answer(Call(method, path, text, "", headers, "127.0.0.1"))
            times.append(time.thread_time() - started)
        slowest[endpoint] = statistics.median(times)
    thousand_klines_s = slowest.pop("GET /api/v3/klines")
    assert {endpoint: seconds for endpoint, seconds in slowest.items() if seconds > 0.003} == {}
    assert thousand_klines_s < 0.02


def test_the_long_life_loads_within_a_second() -> None:
    market = load_market()
    started = time.process_time()
    server = build(load_scenario("three-years", market), now=PRESENT, paused=True)
    assert time.process_time() - started < 1
    assert load_scenario("three-years", market) == server.world.scenario
    server.stop()
