"""The network and the exchange misbehave, row by row of the fault matrix; the gateway says so and gives no number."""

from __future__ import annotations

import json
import socket
import time
from decimal import Decimal

import pytest
from tests.integration.exchange_world import HTML, KEY, QUICK, SECRET, World, fails, recovers
from tests.integration.probe import (
    ACCOUNT,
    FUNDING,
    PRICES,
    TICKER,
    TIME,
    Bans,
    Probe,
    Reply,
    SteppedClock,
    balances,
    refusal,
    reply,
)

from dashboard_crypto.core.errors import (
    ClockOff,
    ExchangeBanned,
    ExchangeBlocked,
    ExchangeDown,
    ExchangeLimited,
    KeyRefused,
    MalformedAnswer,
    Wait,
)
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials

pytestmark = pytest.mark.usefixtures("no_secret_is_logged")


def test_a_sound_cycle(world: World) -> None:
    reading = world.gateway().read_account()
    assert {h.asset: h.quantity for h in reading.holdings} == {"BTC": Decimal(1), "USDT": Decimal(100)}
    assert reading.prices_usd == {"BTC": Decimal(60000), "USDT": Decimal(1)}
    assert reading.routes == {"BTC": "BTCUSDT", "USDT": "par"}
    assert reading.unpriced == ()


def test_n01_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gateway = BinanceGateway(
        Credentials(KEY, SECRET), base_url=f"http://127.0.0.1:{port}", clock=SteppedClock(), ban_store=Bans()
    )
    fails(gateway.read_account, ExchangeDown)


def test_n01_a_signed_question_to_a_dead_port_leaves_no_trace_of_its_signature(world: World) -> None:
    gateway = world.warm()
    gateway.close()
    world.probe.hang_up()
    error = fails(gateway.key_permissions, ExchangeDown)
    assert (error.__cause__, error.__context__) == (None, None)


def test_n02_the_name_does_not_resolve() -> None:
    gateway = BinanceGateway(
        Credentials(KEY, SECRET), base_url="http://exchange.invalid", clock=SteppedClock(), ban_store=Bans()
    )
    error = fails(gateway.server_time_ms, ExchangeDown)
    assert "resolve" in str(error)


def test_n03_connecting_hangs() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        crowd = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
            crowd.append(each)
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        gateway = BinanceGateway(
            Credentials(KEY, SECRET), base_url=base, clock=SteppedClock(), ban_store=Bans(), limits=QUICK
        )
        started = time.monotonic()
        fails(gateway.server_time_ms, ExchangeDown)
        assert time.monotonic() - started < 3
        for each in crowd:
            each.close()


@pytest.mark.parametrize(
    "slow",
    [
        Reply(stall_s=20),
        Reply(json.dumps(balances(("BTC", "1"), ("ETH", "1"))).encode(), drip_s=0.1),
        Reply(json.dumps(balances()).encode(), drip_s=0.1, drip_headers=True),
    ],
    ids=["n04 silent", "n05 body drips", "n05 headers drip"],
)
def test_one_deadline_covers_the_whole_answer(world: World, slow: Reply) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, slow)
    started = time.monotonic()
    error = fails(gateway.read_account, ExchangeDown)
    assert 0.8 < time.monotonic() - started < 3  # undisturbed, these answers take 3 s and more
    assert "1 s" in str(error)
    recovers(gateway)


def test_n06_a_reset_in_mid_body_is_tried_once_more(world: World) -> None:
    gateway = world.warm()
    body = json.dumps(TICKER).encode()
    world.probe.script(PRICES, Reply(body, cut_at=40, reset=True))
    recovers(gateway)
    assert world.probe.calls(PRICES) == 2
    world.probe.script(PRICES, Reply(body, cut_at=40, reset=True), Reply(body, cut_at=0, reset=True))
    fails(gateway.read_account, ExchangeDown)
    assert world.probe.calls(PRICES) == 4


@pytest.mark.parametrize("true_length", [True, False], ids=["length as sent", "length of the whole"])
def test_n07_a_truncated_answer_is_never_read_in_part(world: World, true_length: bool) -> None:
    gateway = world.warm()
    body = json.dumps(TICKER).encode()
    for cut in range(0, len(body), 50):
        world.clock.advance(400)
        world.probe.always(PRICES, Reply(body, cut_at=cut, true_length=not true_length))
        fails(gateway.read_account, ExchangeDown)
    world.clock.advance(400)
    world.probe.always(PRICES, reply(TICKER))
    recovers(gateway)


@pytest.mark.parametrize("status", [403, 451])
def test_n11_blocked_by_the_edge_means_ten_minutes_of_silence(world: World, status: int) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(HTML, status, {"Content-Type": "text/html"}))
    fails(gateway.read_account, ExchangeBlocked)
    calls = world.probe.calls()
    world.clock.advance(590)
    fails(gateway.read_account, ExchangeBlocked)
    fails(gateway.server_time_ms, ExchangeBlocked)
    assert world.probe.calls() == calls
    world.clock.advance(11)
    recovers(gateway)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_n12_server_errors_are_not_hammered(world: World, status: int) -> None:
    gateway = world.warm()
    world.probe.always(ACCOUNT, Reply(HTML, status, {"Content-Type": "text/html"}))
    for _ in range(500):
        world.clock.advance(1)
        fails(gateway.read_account, ExchangeDown)
    assert 6 <= world.probe.calls(ACCOUNT) < 25
    world.probe.always(ACCOUNT, reply(balances(("BTC", "1"))))
    world.clock.advance(301)
    recovers(gateway)


def test_n13_retry_after_silences_every_kind_of_call(world: World) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, refusal(-1003, "Too much request weight used", 429, Retry_After="7"))
    error = fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    assert 6500 <= error.retry_at_ms - world.clock.now_ms() <= 7000
    calls = world.probe.calls()
    world.clock.advance(6)
    for action in (gateway.read_account, gateway.server_time_ms, gateway.account_id, gateway.key_permissions):
        if action != gateway.account_id:
            fails(action, ExchangeLimited)
    fails(lambda: gateway.external_flows(0, world.clock.now_ms()), ExchangeLimited)
    assert world.probe.calls() == calls
    world.clock.advance(1.1)
    recovers(gateway)


@pytest.mark.parametrize(
    "headers", [{}, {"Retry_After": "0"}, {"Retry_After": "-5"}, {"Retry_After": "soon"},
                {"Retry_After": "Wed, 21 Oct 2099 07:28:00 GMT"}],
    ids=["absent", "0", "-5", "soon", "date"],
)  # fmt: skip
def test_n14_without_a_usable_retry_after_we_wait_for_the_next_minute(world: World, headers: dict[str, str]) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, refusal(-1003, "slow down", 429, **headers))
    now_ms = world.clock.now_ms()
    error = fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    next_minute_ms = (now_ms // 60_000 + 1) * 60_000
    assert next_minute_ms <= error.retry_at_ms <= next_minute_ms + 64_000


def test_n14_an_endless_retry_after_is_cut_to_three_days(world: World) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, refusal(-1003, "slow down", 429, Retry_After="1000000000"))
    error = fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    assert error.retry_at_ms - world.clock.now_ms() <= 72 * 3600 * 1000


def test_n15_a_ban_outlives_the_process(world: World) -> None:
    gateway = world.warm()
    until_ms = world.clock.now_ms() + 600_000
    text = f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams."
    world.probe.script(PRICES, refusal(-1003, text, 418, Retry_After="60"))
    error = fails(gateway.read_account, ExchangeBanned)
    assert isinstance(error, Wait)
    assert abs(error.retry_at_ms - until_ms) < 50
    assert world.bans.until_ms == error.retry_at_ms
    calls = world.probe.calls()
    world.clock.advance(595)
    restarted = world.gateway()
    for action in (gateway.read_account, restarted.read_account, restarted.server_time_ms, restarted.account_id):
        if action != gateway.account_id:
            fails(action, ExchangeBanned)
    assert world.probe.calls() == calls
    world.clock.advance(6)
    recovers(restarted)
    recovers(gateway)


@pytest.mark.parametrize("retry_after", [{}, {"Retry_After": "0"}])
def test_n15_a_ban_without_a_date_still_holds(world: World, retry_after: dict[str, str]) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, refusal(-1003, "banned", 418, **retry_after))
    error = fails(gateway.read_account, ExchangeBanned)
    assert isinstance(error, Wait)
    assert error.retry_at_ms - world.clock.now_ms() > 100_000
    assert world.bans.until_ms == error.retry_at_ms


@pytest.mark.parametrize("skew_ms", [20_000, -20_000])
def test_n16_a_clock_that_is_off_heals_with_one_retry(world: World, skew_ms: int) -> None:
    gateway = world.warm()
    world.probe.skew_ms = skew_ms
    world.probe.script(ACCOUNT, refusal(-1021, "Timestamp for this request is outside of the recvWindow."))
    reading = gateway.read_account()
    assert world.probe.calls(ACCOUNT) == 2
    assert world.probe.calls(TIME) == 3
    stamps = [asked.param("timestamp") for asked in world.probe.asked if asked.path == ACCOUNT]
    assert abs(int(stamps[1] or 0) - int(stamps[0] or 0) - skew_ms) < 500
    assert abs(reading.read_at_ms - world.clock.now_ms() - skew_ms) < 100


def test_n16_a_clock_that_stays_off_is_named(world: World) -> None:
    gateway = world.warm()
    world.probe.skew_ms = 5000
    world.probe.script(ACCOUNT, refusal(-1021), refusal(-1021))
    error = fails(gateway.read_account, ClockOff)
    assert "5.0 s" in str(error)
    recovers(gateway)


@pytest.mark.parametrize(("code", "status"), [(-2014, 401), (-2015, 401), (-1022, 400), (-1002, 401), (0, 401)])
def test_n17_what_is_under_way_does_not_try_a_refused_key_again(world: World, code: int, status: int) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, refusal(code, "Invalid API-key, IP, or permissions for action.", status))
    fails(gateway.read_account, KeyRefused)
    calls = world.probe.calls()
    world.clock.advance(4)
    fails(gateway.read_account, KeyRefused)
    assert world.probe.calls() == calls
    assert gateway.server_time_ms() > 0
    world.clock.advance(2)
    recovers(gateway)


def test_n18_the_used_weight_header_slows_us_down_before_a_429(world: World) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(json.dumps(balances(("BTC", "1"))).encode(),
                                      headers={"X-MBX-USED-WEIGHT-1M": "5700"}))  # fmt: skip
    error = fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    assert (error.retry_at_ms + 100) % 60_000 < 200
    assert world.probe.calls(PRICES) == 0
    world.clock.advance(60)
    recovers(gateway)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_n20_redirects_are_not_followed(world: World, status: int) -> None:
    gateway = world.warm()
    with Probe() as elsewhere:
        world.probe.script(ACCOUNT, Reply(b"", status, {"Location": f"{elsewhere.base_url}{ACCOUNT}"}))
        fails(gateway.read_account, MalformedAnswer)
        assert elsewhere.calls() == 0


def test_a_ban_met_in_a_further_wallet_is_a_ban(world: World) -> None:
    gateway = world.warm()
    world.probe.script(FUNDING, refusal(-1003, "banned", 418, Retry_After="300"))
    fails(gateway.read_account, ExchangeBanned)


def test_n45_proxies_and_bundles_of_the_environment_are_not_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with Probe() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
        recovers(world.gateway())
        assert proxy.calls() == 0


def test_cookies_of_the_exchange_are_not_sent_back(world: World) -> None:
    world.probe.script(TIME, *[reply({"serverTime": 1}, Set_Cookie="a=b; Path=/")] * 3)
    world.gateway().read_account()
    assert not [asked for asked in world.probe.asked if "cookie" in asked.headers]
