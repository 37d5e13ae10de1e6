"""Answers that cannot be what they claim, row by row of the fault matrix; one wrong field refuses the whole."""

from __future__ import annotations

import gc
import gzip
import json
import zlib
from pathlib import Path

import pytest
from tests.integration.exchange_world import HTML, World, fails, recovers
from tests.integration.probe import (
    ACCOUNT,
    EXCHANGE_INFO,
    FUNDING,
    PRICES,
    SYMBOLS,
    TICKER,
    TIME,
    Reply,
    balances,
    refusal,
    reply,
)

from dashboard_crypto.core.errors import ExchangeBanned, ExchangeDown, ExchangeLimited, MalformedAnswer, PartialReading
from dashboard_crypto.exchange.limits import Limits

pytestmark = pytest.mark.usefixtures("no_secret_is_logged")


@pytest.mark.parametrize("path", [ACCOUNT, PRICES])
@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"[]", b"{}", b"null", b'"ok"', b"true", b"17", b"[1]", b"[null]", b"{" * 5, b"[" * 99_999, b"\xff"],
    ids=["empty", "blank", "list", "object", "null", "text", "true", "number", "[1]", "[null]", "{{{", "deep", "bytes"],
)  # fmt: skip
def test_n08_n09_n28_wrong_shapes(world: World, path: str, body: bytes) -> None:
    gateway = world.warm()
    world.probe.script(path, Reply(body))
    # Clients of earlier tests close their connections when they are finalised, which needs room on the stack.
    gc.collect()
    fails(gateway.read_account, MalformedAnswer)
    recovers(gateway)


def test_n10_html_with_status_200(world: World, caplog: pytest.LogCaptureFixture) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(HTML, headers={"Content-Type": "text/html"}))
    error = fails(gateway.read_account, MalformedAnswer)
    assert "maintenance" in str(error)
    assert "<" not in str(error)
    assert "Service under" not in caplog.text


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"", b"null", b'{"code":"x","msg":7}', HTML])
@pytest.mark.parametrize("status", [400, 418, 429, 500])
def test_n19_error_bodies_of_any_shape_are_mapped(world: World, body: bytes, status: int) -> None:
    gateway = world.warm()
    world.probe.script(ACCOUNT, Reply(body, status))
    kinds = {400: ExchangeDown, 418: ExchangeBanned, 429: ExchangeLimited, 500: ExchangeDown}
    fails(gateway.read_account, kinds[status])


def test_n23_broken_gzip_and_sound_gzip(world: World) -> None:
    gateway = world.warm()
    packed = gzip.compress(json.dumps(TICKER).encode())
    for broken in (packed[:-9], b"\x1f\x8b" + b"\x00" * 30, b"plain text", b""):
        world.probe.script(PRICES, Reply(broken, headers={"Content-Encoding": "gzip"}))
        fails(gateway.read_account, MalformedAnswer)
    world.probe.script(PRICES, Reply(packed, headers={"Content-Encoding": "br"}))
    fails(gateway.read_account, MalformedAnswer)
    world.clock.advance(400)
    world.probe.script(PRICES, Reply(packed, headers={"Content-Encoding": "gzip"}))
    recovers(gateway)


def test_n23_a_gzip_bomb_and_a_huge_body_are_cut_at_the_cap(world: World) -> None:
    gateway = world.warm(Limits(total_s=20.0))
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"0" * 1_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    before = _resident_mb()
    world.probe.script(PRICES, Reply(bomb, headers={"Content-Encoding": "gzip"}))
    assert "larger" in str(fails(gateway.read_account, MalformedAnswer))
    world.probe.script(PRICES, Reply(b" " * 17 * 1024 * 1024))
    assert "larger" in str(fails(gateway.read_account, MalformedAnswer))
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
    error = fails(gateway.read_account, MalformedAnswer)
    assert "balances" in str(error)
    recovers(gateway)


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
    fails(gateway.read_account, MalformedAnswer)


@pytest.mark.parametrize("price", [None, 60000.0, "abc", "", "nan", "1e5", {}])
def test_n24_a_price_of_the_wrong_type_refuses_the_ticker(world: World, price: object) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, reply([*TICKER[1:], {"symbol": "BTCUSDT", "price": price}]))
    fails(gateway.read_account, MalformedAnswer)
    recovers(gateway)


@pytest.mark.parametrize("price", ["0", "0.00000000", "-60000.00"])
def test_n26_a_price_of_nothing_is_a_missing_price(world: World, price: str) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, reply([*TICKER[1:], {"symbol": "BTCUSDT", "price": price}]))
    error = fails(gateway.read_account, PartialReading)
    assert "BTC" in str(error)
    recovers(gateway)


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
    error = fails(gateway.read_account, PartialReading)
    assert "LDO" in str(error)
    delisted = [row | ({"status": "BREAK"} if row["symbol"] == "LDOUSDT" else {}) for row in SYMBOLS]
    world.probe.always(EXCHANGE_INFO, reply({"symbols": delisted}))
    world.clock.advance(400)
    assert gateway.read_account().unpriced == ("LDO",)


def test_a_pair_without_a_price_gives_way_to_the_next_route_after_ten_minutes(world: World) -> None:
    gateway = world.warm()
    world.probe.always(PRICES, reply(TICKER[1:]))
    for _ in range(3):
        assert "BTC" in str(fails(gateway.read_account, PartialReading))
        world.clock.advance(199)
    assert "BTC" in str(fails(gateway.read_account, PartialReading))
    world.clock.advance(4)
    reading = gateway.read_account()
    assert reading.routes["BTC"] == "1/ETHBTC x ETHUSDT"
    assert reading.prices_usd["BTC"] == 60000
    world.probe.always(PRICES, reply(TICKER))
    assert gateway.read_account().routes["BTC"] == "BTCUSDT"


def test_a_symbol_that_comes_twice_refuses_the_ticker(world: World) -> None:
    gateway = world.warm()
    world.probe.script(PRICES, reply([*TICKER, TICKER[0]]))
    assert "repeated" in str(fails(gateway.read_account, MalformedAnswer))


@pytest.mark.parametrize(
    "answer",
    [refusal(-1000, "oops", 500), Reply(b""), reply({"rows": []}), refusal(-3000, "odd", 400)],
    ids=["500", "empty", "object", "business error"],
)
def test_a_failing_further_wallet_makes_the_reading_partial_and_names_it(world: World, answer: Reply) -> None:
    gateway = world.warm()
    world.probe.script(FUNDING, answer)
    error = fails(gateway.read_account, PartialReading)
    assert "funding" in str(error)
    recovers(gateway)


@pytest.mark.parametrize("answer", [0, "soon", 4_039_372_800_000, None, 1.5, True])
def test_n44_an_absurd_time_is_ignored(world: World, answer: object) -> None:
    world.probe.skew_ms = 3000
    gateway = world.warm()
    world.probe.always(TIME, reply({"serverTime": answer}))
    world.clock.advance(3601)
    world.probe.asked.clear()
    recovers(gateway)
    assert world.probe.calls(TIME) == 3
    assert abs(gateway.read_account().read_at_ms - world.clock.now_ms() - 3000) < 100
