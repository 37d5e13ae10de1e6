"""The gateway as a whole: what it sends, how keys sign, what it costs, what it refuses to send anywhere."""

from __future__ import annotations

import datetime
import ipaddress
import json
import logging
import pickle
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.integration.probe import (
    ACCOUNT,
    DEPOSITS,
    EXCHANGE_INFO,
    FLEXIBLE,
    FUNDING,
    KLINES,
    LOCKED,
    PRICES,
    RESTRICTIONS,
    TICKER,
    TIME,
    Bans,
    Probe,
    Reply,
    SteppedClock,
    balances,
    permissions,
    refusal,
    reply,
)

from dashboard_crypto.core.errors import (
    ExchangeDown,
    ExchangeLimited,
    KeyRefused,
    KeyTooPowerful,
    MalformedAnswer,
    PartialReading,
)
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.endpoints import ENDPOINTS
from dashboard_crypto.exchange.limits import Limits
from dashboard_crypto.exchange.transport import Transport

KEY = "k" * 64
SECRET = "s" * 64
QUICK = Limits(connect_s=0.5, total_s=2.0)


@pytest.fixture
def probe() -> Iterator[Probe]:
    with Probe() as running:
        yield running


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


Make = Callable[..., BinanceGateway]


@pytest.fixture
def make(probe: Probe, clock: SteppedClock) -> Make:
    def build(*, testnet: bool = False, allow_trading_key: bool = False) -> BinanceGateway:
        return BinanceGateway(
            Credentials(KEY, SECRET), base_url=probe.base_url, testnet=testnet, clock=clock, ban_store=Bans(),
            allow_trading_key=allow_trading_key, limits=QUICK,
        )  # fmt: skip

    return build


def test_nothing_is_imported_or_sent_before_the_first_question(probe: Probe) -> None:
    code = (
        "import sys; from tests.integration.probe import Bans, SteppedClock\n"
        "from dashboard_crypto.exchange.binance_trader import BinanceGateway\n"
        "from dashboard_crypto.exchange.credentials import Credentials\n"
        f"gateway = BinanceGateway(Credentials('k', 's'), base_url={probe.base_url!r}, clock=SteppedClock(),"
        " ban_store=Bans())\n"
        "gateway.close()\n"
        "assert not {'binance', 'requests', 'Crypto'} & set(sys.modules), sorted(sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    path = f"{root / 'backend'}:{root}"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env={"PYTHONPATH": path}, timeout=60)
    assert probe.calls() == 0


def test_the_second_cycle_asks_for_each_wallet_once_and_for_all_prices_once(probe: Probe, make: Make) -> None:
    many = [(f"C{number}", "1.5") for number in range(300)]
    probe.always(ACCOUNT, reply(balances(*many)))
    gateway = make()
    gateway.read_account()
    probe.asked.clear()
    gateway.read_account()
    assert [asked.path for asked in probe.asked] == [ACCOUNT, FUNDING, FLEXIBLE, LOCKED, PRICES]
    assert {asked.path: asked.method for asked in probe.asked}[FUNDING] == "POST"
    api = [endpoint.weight for endpoint in ENDPOINTS.values() if endpoint.id in {"account", "prices"}]
    assert sum(api) == 24


def test_on_the_test_network_the_key_never_reaches_sapi(probe: Probe, make: Make) -> None:
    gateway = make(testnet=True)
    gateway.read_account()
    assert gateway.external_flows(0, 10**13) == ()
    assert gateway.key_permissions().can_read
    probe.asked.clear()
    gateway.read_account()
    assert [asked.path for asked in probe.asked] == [ACCOUNT, PRICES]
    assert not [asked for asked in probe.asked if "sapi" in asked.path]


def test_values_are_percent_encoded_once_and_posts_carry_them_in_the_query(probe: Probe, clock: SteppedClock) -> None:
    transport = Transport(
        Credentials(KEY, SECRET), base_url=probe.base_url, testnet=False, clock=clock, ban_store=Bans()
    )
    transport.call("funding", {"asset": "a b+c@d/é币&x=1", "needBtcValuation": "true"})
    asked = probe.asked[-1]
    assert (asked.method, asked.param("asset")) == ("POST", "a b+c@d/é币&x=1")
    assert "asset=a%20b%2Bc%40d%2F%C3%A9%E5%B8%81%26x%3D1" in asked.query
    assert asked.headers.get("content-length", "0") == "0"
    transport.call("klines", {"symbol": "币安人生USDT", "interval": "1m", "limit": 1})
    assert probe.asked[-1].param("symbol") == "币安人生USDT"


def test_questions_of_the_past_that_time_out_leave_live_readings_their_tries(probe: Probe, clock: SteppedClock) -> None:
    import_module("dashboard_crypto.exchange.wire")  # at once, and not within the first question's second
    transport = Transport(
        Credentials(KEY, SECRET),
        base_url=probe.base_url,
        testnet=False,
        clock=clock,
        ban_store=Bans(),
        limits=Limits(connect_s=0.5, total_s=1.0),
    )
    probe.always(KLINES, Reply(b"[]", stall_s=3.0))
    with ThreadPoolExecutor(8) as crew:
        asked: dict[str, str | int] = {"symbol": "BTCUSDT", "interval": "1h", "limit": 1}
        futures = [crew.submit(transport.call_in_background, "klines", asked) for _ in range(8)]
    assert {type(future.exception()) for future in futures} == {ExchangeDown}
    assert transport.call("prices")
    probe.always(PRICES, Reply(b"[]", stall_s=3.0))
    for _ in range(5):
        with pytest.raises(ExchangeDown):
            transport.call("prices")
    sent = probe.calls()
    with pytest.raises(ExchangeDown, match="several times in a row"):
        transport.call("prices")
    assert probe.calls() == sent


def test_the_account_and_the_time(probe: Probe, make: Make, clock: SteppedClock) -> None:
    gateway = make()
    assert gateway.account_id() == "354937868"
    probe.skew_ms = 7000
    assert abs(gateway.server_time_ms() - clock.now_ms() - 7000) < 200
    probe.script(TIME, Reply(json.dumps({"serverTime": clock.now_ms()}).encode(), stall_s=0.4))
    asked_at = clock.now_ms()
    assert 150 <= gateway.server_time_ms() - asked_at <= 350


def test_the_account_id_costs_nothing_after_a_reading(probe: Probe, make: Make) -> None:
    gateway = make()
    gateway.read_account()
    asked = probe.calls()
    assert gateway.account_id() == "354937868"
    assert probe.calls() == asked


@pytest.mark.parametrize("name", ["enableWithdrawals", "permitsUniversalTransfer", "enableInternalTransfer"])
def test_n39_a_key_that_can_move_money_reads_nothing(probe: Probe, make: Make, name: str) -> None:
    probe.always(RESTRICTIONS, reply(permissions(**{name: True})))
    for allow in (False, True):
        with pytest.raises(KeyTooPowerful):
            make(allow_trading_key=allow).read_account()
    assert probe.calls(ACCOUNT) == 0


def test_n39_a_trading_key_needs_permission_and_is_rechecked_daily(
    probe: Probe, make: Make, clock: SteppedClock
) -> None:
    probe.always(RESTRICTIONS, reply(permissions(enableSpotAndMarginTrading=True)))
    with pytest.raises(KeyTooPowerful):
        make().read_account()
    gateway = make(allow_trading_key=True)
    gateway.read_account()
    assert gateway.key_permissions().can_trade
    probe.always(RESTRICTIONS, reply(permissions(enableWithdrawals=True)))
    clock.advance(86_000)
    gateway.read_account()
    clock.advance(500)
    with pytest.raises(KeyTooPowerful):
        gateway.read_account()


@pytest.mark.parametrize("answer", [Reply(b"<html>", 404), refusal(-1000, "x", 503), refusal(-2015, "x", 401)])
def test_n39_unknown_permissions_warn_and_go_on(
    probe: Probe, make: Make, answer: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    probe.script(RESTRICTIONS, answer)
    make().read_account()
    assert "permissions could not be read" in caplog.text


def test_a_caller_that_asks_for_the_permissions_itself_makes_our_own_question_needless(
    probe: Probe, make: Make
) -> None:
    gateway = make()
    gateway.key_permissions()
    gateway.read_account()
    assert probe.calls(RESTRICTIONS) == 1


def test_no_ip_list_is_a_warning(probe: Probe, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    probe.always(RESTRICTIONS, reply(permissions(ipRestrict=False)))
    make().read_account()
    assert "not restricted to IP" in caplog.text


def test_the_list_of_pairs_is_needed_first_kept_six_hours_and_outlives_a_failure(
    probe: Probe, make: Make, clock: SteppedClock
) -> None:
    gateway = make()
    probe.script(EXCHANGE_INFO, Reply(b"", 502))
    with pytest.raises(ExchangeDown):
        gateway.read_account()
    gateway.read_account()
    for _ in range(5):
        clock.advance(3600)
        gateway.read_account()
    assert probe.calls(EXCHANGE_INFO) == 2
    probe.script(EXCHANGE_INFO, Reply(b"", 502))
    clock.advance(3700)
    assert gateway.read_account().prices_usd["BTC"] == 60000
    assert probe.calls(EXCHANGE_INFO) == 3


def test_a_server_that_does_not_know_the_parameter_is_asked_without_it(probe: Probe, make: Make) -> None:
    probe.script(EXCHANGE_INFO, refusal(-1104, "Not all sent parameters were read"))
    make().read_account()
    assert [asked.query for asked in probe.asked if asked.path == EXCHANGE_INFO] == ["showPermissionSets=false", ""]


def test_a_new_listing_is_noticed_by_its_price(probe: Probe, make: Make, clock: SteppedClock) -> None:
    gateway = make()
    gateway.read_account()
    probe.always(ACCOUNT, reply(balances(("NEW", "3"), ("BTC", "1"))))
    probe.always(PRICES, reply([*TICKER, {"symbol": "NEWUSDT", "price": "2"}]))
    assert gateway.read_account().unpriced == ("NEW",)
    symbols = [{"symbol": "NEWUSDT", "status": "TRADING", "baseAsset": "NEW", "quoteAsset": "USDT"},
               {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT"}]  # fmt: skip
    probe.always(EXCHANGE_INFO, reply({"symbols": symbols}))
    clock.advance(301)
    assert gateway.read_account().prices_usd["NEW"] == 2
    asked = probe.calls(EXCHANGE_INFO)
    clock.advance(600)
    gateway.read_account()
    assert probe.calls(EXCHANGE_INFO) == asked, "pairs that stay unknown must not cost a question each time"


def test_n31_a_price_times_hundred_is_held_back_unless_another_pair_agrees(probe: Probe, make: Make) -> None:
    gateway = make()
    gateway.read_account()
    probe.script(PRICES, reply([{**TICKER[0], "price": "6000000"}, *TICKER[1:]]))
    with pytest.raises(PartialReading, match="BTC"):
        gateway.read_account()
    probe.script(
        PRICES, reply([{**TICKER[0], "price": "30000"}, TICKER[1], {**TICKER[2], "price": "0.1"}, *TICKER[3:]])
    )
    assert gateway.read_account().prices_usd["BTC"] == 30000


class HurriedClock(SteppedClock):
    """Half a minute passes whenever somebody looks."""

    def monotonic(self) -> float:
        self.ahead_s += 31
        return super().monotonic()


def test_n33_balances_and_prices_too_far_apart_are_not_used(probe: Probe) -> None:
    gateway = BinanceGateway(
        Credentials(KEY, SECRET), base_url=probe.base_url, clock=HurriedClock(), ban_store=Bans(), limits=QUICK
    )
    with pytest.raises(PartialReading, match="too far apart"):
        gateway.read_account()


def test_flows_and_past_prices_come_through_the_gateway(probe: Probe, make: Make, clock: SteppedClock) -> None:
    now_ms = clock.now_ms()
    at_ms = now_ms // 60_000 * 60_000 - 600_000
    row = {"id": "1", "amount": "0.5", "coin": "BTC", "status": 1, "insertTime": at_ms, "address": "", "txId": ""}
    probe.always(DEPOSITS, reply([row]))
    flows = make().external_flows(now_ms - 86_400_000, now_ms)
    assert [(flow.external_id, flow.quantity, flow.instant_ms) for flow in flows] == [
        ("deposit:1", Decimal("0.5"), at_ms)
    ]
    bar = [at_ms - 1000, "1", "1", "1", "61000.50", "1", at_ms - 1, "1", 1, "1", "1", "0"]
    probe.always("/api/v3/klines", reply([bar]))
    assert make().price_at("BTC", at_ms) == Decimal("61000.50")
    assert probe.asked[-1].param("endTime") == str(at_ms - 1)
    probe.always("/api/v3/klines", reply([]))
    assert make().price_at("BTC", at_ms) is None
    probe.always("/api/v3/klines", reply([["x"]]))
    with pytest.raises(MalformedAnswer):
        make().price_at("BTC", at_ms)


def test_full_history_stops_at_our_own_budget_and_says_until_when(make: Make, clock: SteppedClock) -> None:
    gateway = make()
    now_ms = clock.now_ms()
    waits = 0
    while (limit := _limit_met(lambda: gateway.external_flows(0, now_ms))) is not None:
        assert 0 < limit.retry_at_ms - clock.now_ms() <= 60_100
        clock.advance(60)
        waits += 1
    assert 3 <= waits <= 5


def _limit_met(action: Callable[[], object]) -> ExchangeLimited | None:
    try:
        action()
    except ExchangeLimited as limit:
        return limit
    return None


def test_sixteen_threads_share_one_gateway(probe: Probe, make: Make) -> None:
    gateway = make()
    gateway.read_account()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                assert gateway.account_id()
                gateway.server_time_ms()
                gateway.key_permissions()
        except BaseException as problem:
            problems.append(problem)
            raise

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []


def test_nothing_of_the_gateway_shows_or_keeps_the_secret(
    probe: Probe, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = make()
    probe.script(ACCOUNT, refusal(-2015, f"Invalid API-key {KEY}", 401))
    with pytest.raises(KeyRefused) as caught:
        gateway.read_account()
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert SECRET not in pickle.dumps(error).decode("latin-1")
    for text in (caplog.text, repr(gateway), str(error)):
        assert SECRET not in text
        assert KEY not in text


def _certificate(tmp_path: Path, name: str, *, expired: bool) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    end = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=2)).not_valid_after(end)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return paths


def test_it_works_in_a_process_patched_by_gevent(probe: Probe) -> None:
    code = (
        "from gevent import monkey; monkey.patch_all()\n"
        "import gevent, time\n"
        "from tests.integration.probe import Bans, SteppedClock\n"
        "from dashboard_crypto.core.errors import ExchangeDown\n"
        "from dashboard_crypto.exchange.binance_trader import BinanceGateway\n"
        "from dashboard_crypto.exchange.credentials import Credentials\n"
        "from dashboard_crypto.exchange.limits import Limits\n"
        f"gateway = BinanceGateway(Credentials('k', 's'), base_url={probe.base_url!r}, clock=SteppedClock(),"
        " ban_store=Bans(), limits=Limits(1, 1))\n"
        "gateway.read_account()\n"
        "jobs = [gevent.spawn(gateway.server_time_ms) for _ in range(8)] + [gevent.spawn(gateway.read_account)]\n"
        "gevent.joinall(jobs, raise_error=True)\n"
        "started, beats = time.monotonic(), []\n"
        "slow = gevent.spawn(gateway.price_at, 'BTC', 1_780_000_000_000)\n"
        "while not slow.ready():\n"
        "    beats.append(time.monotonic()); gevent.sleep(0.05)\n"
        "assert isinstance(slow.exception, ExchangeDown), slow.exception\n"
        "assert time.monotonic() - started < 3, time.monotonic() - started\n"
        "assert len(beats) > 10, beats\n"
    )
    probe.always("/api/v3/klines", Reply(b"[]" * 100, drip_s=0.1))
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": f"{root / 'backend'}:{root}"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env=environment, timeout=60, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("expired", [False, True])
def test_n21_certificates_nobody_vouches_for_are_refused(
    tmp_path: Path, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch, expired: bool
) -> None:
    certificate, key = _certificate(tmp_path, "exchange", expired=expired)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Probe(context) as probe:
        gateway = BinanceGateway(
            Credentials(KEY, SECRET), base_url=probe.base_url, clock=clock, ban_store=Bans(), limits=QUICK
        )
        with pytest.raises(ExchangeDown, match="certificate"):
            gateway.server_time_ms()
        assert probe.calls() == 0


def test_n21_plain_http_where_tls_is_expected(probe: Probe, clock: SteppedClock) -> None:
    base = probe.base_url.replace("http:", "https:")
    gateway = BinanceGateway(Credentials(KEY, SECRET), base_url=base, clock=clock, ban_store=Bans(), limits=QUICK)
    started = time.monotonic()
    with pytest.raises(ExchangeDown):
        gateway.server_time_ms()
    assert time.monotonic() - started < 3
