"""The exchange and the network misbehave, row by row of the fault matrix; the gateway says so and gives no number."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.probe import (
    ACCOUNT,
    EXCHANGE_INFO,
    FUNDING,
    PRICES,
    SYMBOLS,
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
    PartialReading,
    PortfolioError,
    Wait,
)
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.limits import Limits

KEY = "K" * 60 + "key1"
SECRET = "S" * 60 + "sec1"
QUICK = Limits(connect_s=0.5, total_s=1.0)
HTML = b"<!DOCTYPE html><html><body>Service under maintenance</body></html>"


class World:
    """A probe, a clock and a ban store, with as many gateways as a test wants."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.clock = SteppedClock()
        self.bans = Bans()

    def gateway(self, limits: Limits = QUICK) -> BinanceGateway:
        return BinanceGateway(
            Credentials(KEY, SECRET),
            base_url=self.probe.base_url,
            clock=self.clock,
            ban_store=self.bans,
            limits=limits,
        )

    def warm(self, limits: Limits = QUICK) -> BinanceGateway:
        """A gateway that has read once and has forgotten nothing since."""
        gateway = self.gateway(limits)
        gateway.read_account()
        self.probe.asked.clear()
        return gateway


@pytest.fixture
def world() -> Iterator[World]:
    with Probe() as probe:
        yield World(probe)


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    logged = [record.getMessage() for phase in ("setup", "call") for record in caplog.get_records(phase)]
    assert not [line for line in logged if SECRET in line or KEY in line]
    assert not [line for line in logged if "signature=" in line.replace("signature=[hidden]", "")]


def _fails(action: Callable[[], object], kind: type[PortfolioError]) -> PortfolioError:
    with pytest.raises(PortfolioError) as caught:
        action()
    error = caught.value
    assert isinstance(error, kind), repr(error)
    chain: BaseException | None = error
    while chain is not None:
        assert "signature=" not in repr(chain)
        assert SECRET not in repr(chain)
        chain = chain.__cause__ or chain.__context__
    return error


def _recovers(gateway: BinanceGateway) -> None:
    assert gateway.read_account().prices_usd["BTC"] == Decimal(60000)


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
    _fails(gateway.read_account, ExchangeDown)


def test_n01_a_signed_question_to_a_dead_port_leaves_no_trace_of_its_signature(world: World) -> None:
    gateway = world.warm()
    gateway.close()
    world.probe.hang_up()
    error = _fails(gateway.key_permissions, ExchangeDown)
    assert (error.__cause__, error.__context__) == (None, None)


def test_n02_the_name_does_not_resolve() -> None:
    gateway = BinanceGateway(
        Credentials(KEY, SECRET), base_url="http://exchange.invalid", clock=SteppedClock(), ban_store=Bans()
    )
    error = _fails(gateway.server_time_ms, ExchangeDown)
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
        _fails(gateway.server_time_ms, ExchangeDown)
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
    error = _fails(gateway.read_account, ExchangeDown)
    assert 0.8 < time.monotonic() - started < 3  # undisturbed, these answers take 3 s and more
    assert "1 s" in str(error)
    _recovers(gateway)


def test_n06_a_reset_in_mid_body_is_tried_once_more(world: World) -> None:
    gateway = world.warm()
    body = json.dumps(TICKER).encode()
    world.probe.script(PRICES, Reply(body, cut_at=40, reset=True))
    _recovers(gateway)
    assert world.probe.calls(PRICES) == 2
    world.probe.script(PRICES, Reply(body, cut_at=40, reset=True), Reply(body, cut_at=0, reset=True))
    _fails(gateway.read_account, ExchangeDown)
    assert world.probe.calls(PRICES) == 4


@pytest.mark.parametrize("true_length", [True, False], ids=["length as sent", "length of the whole"])
def test_n07_a_truncated_answer_is_never_read_in_part(world: World, true_length: bool) -> None:
    gateway = world.warm()
    body = json.dumps(TICKER).encode()
    for cut in range(0, len(body), 50):
        world.clock.advance(400)
        world.probe.always(PRICES, Reply(body, cut_at=cut, true_length=not true_length))
        _fails(gateway.read_account, ExchangeDown)
    world.clock.advance(400)
    world.probe.always(PRICES, reply(TICKER))
    _recovers(gateway)


@pytest.mark.parametrize("path", [ACCOUNT, PRICES])
@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"[]", b"{}", b"null", b'"ok"', b"true", b"17", b"[1]", b"[null]", b"{" * 5, b"[" * 99_999, b"\xff"],
    ids=["empty", "blank", "list", "object", "null", "text", "true", "number", "[1]", "[null]", "{{{", "deep", "bytes"],
)  # fmt: skip
def test_n08_n09_n28_wrong_shapes(world: World, path: str, body: bytes) -> None:
    gateway = world.warm()
    world.probe.script(path, Reply(body))
    _fails(gateway.read_account, MalformedAnswer)
    _recovers(gateway)


def test_n10_html_with_status_200(world: World, caplog: pytest.LogCaptureFixture) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(HTML, headers={"Content-Type": "text/html"}))
    error = _fails(gateway.read_account, MalformedAnswer)
    assert "maintenance" in str(error)
    assert "<" not in str(error)
    assert "Service under" not in caplog.text


@pytest.mark.parametrize("status", [403, 451])
def test_n11_blocked_by_the_edge_means_ten_minutes_of_silence(world: World, status: int) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(HTML, status, {"Content-Type": "text/html"}))
    _fails(gateway.read_account, ExchangeBlocked)
    calls = world.probe.calls()
    world.clock.advance(590)
    _fails(gateway.read_account, ExchangeBlocked)
    _fails(gateway.server_time_ms, ExchangeBlocked)
    assert world.probe.calls() == calls
    world.clock.advance(11)
    _recovers(gateway)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_n12_server_errors_are_not_hammered(world: World, status: int) -> None:
    gateway = world.warm()
    world.probe.always(ACCOUNT, Reply(HTML, status, {"Content-Type": "text/html"}))
    for _ in range(500):
        world.clock.advance(1)
        _fails(gateway.read_account, ExchangeDown)
    assert 6 <= world.probe.calls(ACCOUNT) < 25
    world.probe.always(ACCOUNT, reply(balances(("BTC", "1"))))
    world.clock.advance(301)
    _recovers(gateway)


def test_n13_retry_after_silences_every_kind_of_call(world: World) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, refusal(-1003, "Too much request weight used", 429, Retry_After="7"))
    error = _fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    assert 6500 <= error.retry_at_ms - world.clock.now_ms() <= 7000
    calls = world.probe.calls()
    world.clock.advance(6)
    for action in (gateway.read_account, gateway.server_time_ms, gateway.account_id, gateway.key_permissions):
        if action != gateway.account_id:
            _fails(action, ExchangeLimited)
    _fails(lambda: gateway.external_flows(0, world.clock.now_ms()), ExchangeLimited)
    assert world.probe.calls() == calls
    world.clock.advance(1.1)
    _recovers(gateway)


@pytest.mark.parametrize(
    "headers", [{}, {"Retry_After": "0"}, {"Retry_After": "-5"}, {"Retry_After": "soon"},
                {"Retry_After": "Wed, 21 Oct 2099 07:28:00 GMT"}],
    ids=["absent", "0", "-5", "soon", "date"],
)  # fmt: skip
def test_n14_without_a_usable_retry_after_we_wait_for_the_next_minute(world: World, headers: dict[str, str]) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, refusal(-1003, "slow down", 429, **headers))
    now_ms = world.clock.now_ms()
    error = _fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    next_minute_ms = (now_ms // 60_000 + 1) * 60_000
    assert next_minute_ms <= error.retry_at_ms <= next_minute_ms + 64_000


def test_n14_an_endless_retry_after_is_cut_to_three_days(world: World) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, refusal(-1003, "slow down", 429, Retry_After="1000000000"))
    error = _fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    assert error.retry_at_ms - world.clock.now_ms() <= 72 * 3600 * 1000


def test_n15_a_ban_outlives_the_process(world: World) -> None:
    gateway = world.warm()
    until_ms = world.clock.now_ms() + 600_000
    text = f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams."
    world.probe.script(PRICES, refusal(-1003, text, 418, Retry_After="60"))
    error = _fails(gateway.read_account, ExchangeBanned)
    assert isinstance(error, Wait)
    assert abs(error.retry_at_ms - until_ms) < 50
    assert world.bans.until_ms == error.retry_at_ms
    calls = world.probe.calls()
    world.clock.advance(595)
    restarted = world.gateway()
    for action in (gateway.read_account, restarted.read_account, restarted.server_time_ms, restarted.account_id):
        if action != gateway.account_id:
            _fails(action, ExchangeBanned)
    assert world.probe.calls() == calls
    world.clock.advance(6)
    _recovers(restarted)
    _recovers(gateway)


@pytest.mark.parametrize("retry_after", [{}, {"Retry_After": "0"}])
def test_n15_a_ban_without_a_date_still_holds(world: World, retry_after: dict[str, str]) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, refusal(-1003, "banned", 418, **retry_after))
    error = _fails(gateway.read_account, ExchangeBanned)
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
    assert abs(gateway.clock_skew_ms() - skew_ms) < 100
    stamps = [asked.param("timestamp") for asked in world.probe.asked if asked.path == ACCOUNT]
    assert abs(int(stamps[1] or 0) - int(stamps[0] or 0) - skew_ms) < 500
    assert abs(reading.read_at_ms - world.clock.now_ms() - skew_ms) < 1000


def test_n16_a_clock_that_stays_off_is_named(world: World) -> None:
    gateway = world.warm()
    world.probe.skew_ms = 5000
    world.probe.script(ACCOUNT, refusal(-1021), refusal(-1021))
    error = _fails(gateway.read_account, ClockOff)
    assert "5.0 s" in str(error)
    _recovers(gateway)


@pytest.mark.parametrize(("code", "status"), [(-2014, 401), (-2015, 401), (-1022, 400), (-1002, 401), (0, 401)])
def test_n17_a_refused_key_is_not_tried_again_for_an_hour(world: World, code: int, status: int) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, refusal(code, "Invalid API-key, IP, or permissions for action.", status))
    _fails(gateway.read_account, KeyRefused)
    calls = world.probe.calls()
    world.clock.advance(3500)
    _fails(gateway.read_account, KeyRefused)
    assert world.probe.calls() == calls
    assert gateway.server_time_ms() > 0
    world.clock.advance(101)
    _recovers(gateway)


def test_n18_the_used_weight_header_slows_us_down_before_a_429(world: World) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(json.dumps(balances(("BTC", "1"))).encode(),
                                      headers={"X-MBX-USED-WEIGHT-1M": "5700"}))  # fmt: skip
    error = _fails(gateway.read_account, ExchangeLimited)
    assert isinstance(error, Wait)
    assert (error.retry_at_ms + 100) % 60_000 < 200
    assert world.probe.calls(PRICES) == 0
    world.clock.advance(60)
    _recovers(gateway)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"", b"null", b'{"code":"x","msg":7}', HTML])
@pytest.mark.parametrize("status", [400, 418, 429, 500])
def test_n19_error_bodies_of_any_shape_are_mapped(world: World, body: bytes, status: int) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(body, status))
    kinds = {400: ExchangeDown, 418: ExchangeBanned, 429: ExchangeLimited, 500: ExchangeDown}
    _fails(gateway.read_account, kinds[status])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_n20_redirects_are_not_followed(world: World, status: int) -> None:
    gateway = world.warm()
    with Probe() as elsewhere:
        world.probe.script(ACCOUNT, Reply(b"", status, {"Location": f"{elsewhere.base_url}{ACCOUNT}"}))
        _fails(gateway.read_account, MalformedAnswer)
        assert elsewhere.calls() == 0


def test_n23_broken_gzip_and_sound_gzip(world: World) -> None:
    gateway = world.warm()
    packed = gzip.compress(json.dumps(TICKER).encode())
    for broken in (packed[:-9], b"\x1f\x8b" + b"\x00" * 30, b"plain text", b""):
        world.probe.script(PRICES, Reply(broken, headers={"Content-Encoding": "gzip"}))
        _fails(gateway.read_account, MalformedAnswer)
    world.probe.script(PRICES, Reply(packed, headers={"Content-Encoding": "br"}))
    _fails(gateway.read_account, MalformedAnswer)
    world.clock.advance(400)
    world.probe.script(PRICES, Reply(packed, headers={"Content-Encoding": "gzip"}))
    _recovers(gateway)


def test_n23_a_gzip_bomb_and_a_huge_body_are_cut_at_the_cap(world: World) -> None:
    gateway = world.warm(Limits(total_s=20.0))
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"0" * 1_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    before = _resident_mb()
    world.probe.script(PRICES, Reply(bomb, headers={"Content-Encoding": "gzip"}))
    assert "larger" in str(_fails(gateway.read_account, MalformedAnswer))
    world.probe.script(PRICES, Reply(b" " * 17 * 1024 * 1024))
    assert "larger" in str(_fails(gateway.read_account, MalformedAnswer))
    assert _resident_mb() - before < 70  # the probe's own copy of the big body is in this process too


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


@pytest.mark.parametrize(
    "row",
    [
        {"asset": "BTC", "free": None, "locked": "0"},
        {"asset": "BTC", "free": 1.5, "locked": "0"},
        {"asset": "BTC", "free": "abc", "locked": "0"},
        {"asset": "BTC", "free": ["1"], "locked": "0"},
        {"asset": "BTC", "locked": "0"},
        {"asset": "BTC", "free": "-1", "locked": "0"},
        {"asset": "BTC", "free": "nan", "locked": "0"},
        {"asset": "BTC", "free": "Infinity", "locked": "0"},
        {"asset": "BTC", "free": "1e400", "locked": "0"},
        {"asset": "BTC", "free": "1e99", "locked": "0"},
        {"asset": "BTC", "free": "1_000", "locked": "0"},
        {"asset": "BTC", "free": "١", "locked": "0"},
        {"asset": 7, "free": "1", "locked": "0"},
        {"asset": "", "free": "1", "locked": "0"},
        {"asset": "\ud800", "free": "1", "locked": "0"},
        {"asset": "X" * 201, "free": "1", "locked": "0"},
        "row",
    ],
    ids=str,
)
def test_n24_n25_one_wrong_field_refuses_the_whole_answer(world: World, row: object) -> None:
    gateway = world.warm()
    good = {"asset": "ETH", "free": "1", "locked": "0"}
    world.probe.script(ACCOUNT, reply({"uid": 1, "balances": [good, row]}))
    error = _fails(gateway.read_account, MalformedAnswer)
    assert "balances" in str(error)
    _recovers(gateway)


@pytest.mark.parametrize(
    "body",
    [
        b'{"uid":1,"balances":[{"asset":"BTC","free":NaN,"locked":"0"}]}',
        b'{"uid":1,"balances":[{"asset":"BTC","free":-Infinity,"locked":"0"}]}',
        b'{"uid":1,"balances":[{"asset":"BTC","free":"1","free":"2","locked":"0"}]}',
        b'{"uid":1,"balances":[],"balances":[{"asset":"BTC","free":"1","locked":"0"}]}',
        b'{"uid":1,"balances":[{"asset":"BTC","free":1e999999999999999999999,"locked":"0"}]}',
    ],
    ids=["NaN", "-Infinity", "name twice in a row", "name twice on top", "beyond any number"],
)
def test_n25_what_json_must_not_hold(world: World, body: bytes) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(body))
    _fails(gateway.read_account, MalformedAnswer)


@pytest.mark.parametrize("price", [None, 60000.0, "abc", "", "nan", "1e5", {}])
def test_n24_a_price_of_the_wrong_type_refuses_the_ticker(world: World, price: object) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, reply([*TICKER[1:], {"symbol": "BTCUSDT", "price": price}]))
    _fails(gateway.read_account, MalformedAnswer)
    _recovers(gateway)


@pytest.mark.parametrize("price", ["0", "0.00000000", "-60000.00"])
def test_n26_a_price_of_nothing_is_a_missing_price(world: World, price: str) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, reply([*TICKER[1:], {"symbol": "BTCUSDT", "price": price}]))
    error = _fails(gateway.read_account, PartialReading)
    assert "BTC" in str(error)
    _recovers(gateway)


def test_n27_a_held_asset_without_a_trading_pair_is_named_and_the_others_are_fresh(world: World) -> None:
    world.probe.always(ACCOUNT, reply(balances(("BTC", "1"), ("OLD", "5"), ("BUSD", "7"))))
    world.probe.always(PRICES, reply([*TICKER, {"symbol": "OLDUSDT", "price": "3.00"}]))
    reading = world.gateway().read_account()
    assert reading.unpriced == ("BUSD", "OLD")
    assert set(reading.prices_usd) == {"BTC"}


def test_n27_a_pair_that_leaves_the_ticker_is_missing_until_the_exchange_says_it_is_delisted(world: World) -> None:
    world.probe.always(ACCOUNT, reply(balances(("BTC", "1"), ("LDO", "5"))))
    gateway = world.warm()
    world.probe.always(PRICES, reply([row for row in TICKER if row["symbol"] != "LDOUSDT"]))
    error = _fails(gateway.read_account, PartialReading)
    assert "LDO" in str(error)
    delisted = [row | ({"status": "BREAK"} if row["symbol"] == "LDOUSDT" else {}) for row in SYMBOLS]
    world.probe.always(EXCHANGE_INFO, reply({"symbols": delisted}))
    world.clock.advance(400)
    assert gateway.read_account().unpriced == ("LDO",)


def test_a_pair_without_a_price_gives_way_to_the_next_route_after_ten_minutes(world: World) -> None:
    gateway = world.warm()
    world.probe.always(PRICES, reply(TICKER[1:]))
    for _ in range(3):
        assert "BTC" in str(_fails(gateway.read_account, PartialReading))
        world.clock.advance(199)
    assert "BTC" in str(_fails(gateway.read_account, PartialReading))
    world.clock.advance(4)
    reading = gateway.read_account()
    assert reading.routes["BTC"] == "1/ETHBTC x ETHUSDT"
    assert reading.prices_usd["BTC"] == 60000
    world.probe.always(PRICES, reply(TICKER))
    assert gateway.read_account().routes["BTC"] == "BTCUSDT"


def test_a_symbol_that_comes_twice_refuses_the_ticker(world: World) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, reply([*TICKER, TICKER[0]]))
    assert "repeated" in str(_fails(gateway.read_account, MalformedAnswer))


@pytest.mark.parametrize(
    "answer",
    [refusal(-1000, "oops", 500), Reply(b""), reply({"rows": []}), refusal(-3000, "odd", 400)],
    ids=["500", "empty", "object", "business error"],
)
def test_a_failing_further_wallet_makes_the_reading_partial_and_names_it(world: World, answer: Reply) -> None:
    gateway = world.warm()
    world.probe.script(FUNDING, answer)
    error = _fails(gateway.read_account, PartialReading)
    assert "funding" in str(error)
    _recovers(gateway)


def test_a_ban_met_in_a_further_wallet_is_a_ban(world: World) -> None:
    gateway = world.warm()
    world.probe.script(FUNDING, refusal(-1003, "banned", 418, Retry_After="300"))
    _fails(gateway.read_account, ExchangeBanned)


@pytest.mark.parametrize("answer", [0, "soon", 4_039_372_800_000, None, 1.5, True])
def test_n44_an_absurd_time_is_ignored(world: World, answer: object) -> None:
    world.probe.skew_ms = 3000
    gateway = world.warm()
    world.probe.always(TIME, reply({"serverTime": answer}))
    world.clock.advance(3601)
    world.probe.asked.clear()
    _recovers(gateway)
    assert world.probe.calls(TIME) == 3
    assert abs(gateway.clock_skew_ms() - 3000) < 100


def test_n45_proxies_and_bundles_of_the_environment_are_not_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with Probe() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
        _recovers(world.gateway())
        assert proxy.calls() == 0


def test_cookies_of_the_exchange_are_not_sent_back(world: World) -> None:
    world.probe.script(TIME, *[reply({"serverTime": 1}, Set_Cookie="a=b; Path=/")] * 3)
    world.gateway().read_account()
    assert not [asked for asked in world.probe.asked if "cookie" in asked.headers]
