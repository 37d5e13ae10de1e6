"""Routes to USD: their order, inversion, dead pairs, loops; prices of the past."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.exchange.parsing import Symbol
from dashboard_crypto.exchange.prices import PastPrices, PriceTable
from dashboard_crypto.exchange.refusals import RequestRefused
from dashboard_crypto.exchange.symbol_map import SymbolMap


def pairs(*names: str, dead: tuple[str, ...] = ()) -> SymbolMap:
    """`pairs("BTC/USDT", dead=("OLD/USDT",))`."""
    rows = [(name, "TRADING") for name in names] + [(name, "BREAK") for name in dead]
    sides = [(*name.split("/", 1), status) for name, status in rows]
    return SymbolMap(Symbol(base + quote, base, quote, status) for base, quote, status in sides)


def table(symbols: SymbolMap, **prices: str) -> PriceTable:
    return PriceTable(symbols, prices)


@pytest.mark.parametrize(
    ("asset", "usd", "route"),
    [
        ("USDT", "1", "par"),
        ("BTC", "60000", "BTCUSDT"),
        ("USDC", "0.87", "USDCUSDT"),
        ("ALT", "1.74", "ALTUSDC x USDCUSDT"),
        ("NEAR", "6.0", "NEARBTC x BTCUSDT"),
        ("TIN", "1.20", "TINBNB x BNBUSDT"),
        ("LIRA", "0.50", "LIRATRY x 1/USDTTRY"),
        ("EUR", "1.10", "EURUSDT"),
        ("TRY", "0.025", "1/USDTTRY"),
        ("JPY", "0.01", "1/BTCJPY x BTCUSDT"),
        ("DEEP", "3", "DEEPMID x MIDBTC x BTCUSDT"),
    ],
)
def test_each_kind_of_route(asset: str, usd: str, route: str) -> None:
    symbols = pairs(
        "BTC/USDT", "BTC/USDC", "USDC/USDT", "ALT/USDC", "ALT/BTC", "NEAR/BTC", "NEAR/ETH", "ETH/USDT", "TIN/BNB",
        "BNB/USDT", "LIRA/TRY", "USDT/TRY", "EUR/USDT", "BTC/JPY", "DEEP/MID", "MID/BTC",
    )  # fmt: skip
    prices = table(
        symbols, BTCUSDT="60000", BTCUSDC="1", USDCUSDT="0.87", ALTUSDC="2", ALTBTC="9", NEARBTC="0.0001", NEARETH="9",
        ETHUSDT="3000", TINBNB="0.002", BNBUSDT="600", LIRATRY="20", USDTTRY="40", EURUSDT="1.10", BTCJPY="6000000",
        DEEPMID="2", MIDBTC="0.000025",
    )  # fmt: skip
    price = prices.price(asset)
    assert price is not None
    assert (price.usd, price.route) == (Decimal(usd), route)


def test_an_inverse_keeps_34_digits() -> None:
    price = table(pairs("USDT/TRY"), USDTTRY="3").price("TRY")
    assert price is not None
    assert price.usd == Decimal("0.3333333333333333333333333333333333")


def test_a_dead_pair_is_never_used_even_when_the_ticker_still_has_it() -> None:
    symbols = pairs("COIN/BTC", "BTC/USDT", dead=("COIN/USDT", "OLD/USDT"))
    prices = table(symbols, COINUSDT="99", OLDUSDT="99", COINBTC="0.001", BTCUSDT="1000")
    coin = prices.price("COIN")
    assert coin is not None
    assert (coin.usd, coin.route) == (Decimal(1), "COINBTC x BTCUSDT")
    found = prices.for_assets(["OLD", "COIN", "NEVER"])
    assert (found.unpriced, found.missing) == (("NEVER", "OLD"), ())
    assert prices.strangers() == {"COINUSDT", "OLDUSDT"}


def test_the_route_does_not_change_because_a_price_is_missing() -> None:
    symbols = pairs("COIN/USDT", "COIN/BTC", "BTC/USDT")
    prices = table(symbols, COINBTC="0.001", BTCUSDT="1000")
    assert prices.price("COIN") is None
    assert prices.for_assets(["COIN"]).missing == ("COIN",)
    other = prices.second_opinion("COIN")
    assert other is not None
    assert other.usd == 1


def test_circles_end() -> None:
    symbols = pairs("A/B", "B/C", "C/A", "X/A")
    prices = table(symbols, AB="1", BC="1", CA="1", XA="1")
    assert [prices.price(asset) for asset in "ABCX"] == [None] * 4


@given(st.lists(st.tuples(st.sampled_from("ABCDEU"), st.sampled_from("ABCDEU")), max_size=15))
def test_whatever_pairs_exist_a_route_ends_in_dollars_and_repeats_nothing(edges: list[tuple[str, str]]) -> None:
    named = {"U": "USDT"}
    rows = {(named.get(a, a), named.get(b, b)) for a, b in edges if a != b}
    symbols = SymbolMap(Symbol(a + b, a, b, "TRADING") for a, b in rows)
    for asset in "ABCDE":
        for route in symbols.routes(asset):
            assert 1 <= len(route.steps) <= 3
            assert len({pair for pair, _ in route.steps}) == len(route.steps)
            assert "USDT" in route.steps[-1][0]


def test_receipts_and_coins_that_look_like_receipts() -> None:
    symbols = pairs("LDO/USDT", "BTC/USDT", dead=("LDGONE/USDT",))
    answers = {name: symbols.is_receipt(name) for name in ("LDBTC", "LDUSDT", "LDBAKET", "LDO", "LDGONE", "LD", "BTC")}
    assert answers == {
        "LDBTC": True, "LDUSDT": True, "LDBAKET": True, "LDO": False, "LDGONE": False, "LD": False, "BTC": False,
    }  # fmt: skip


class Klines:
    """Answers klines questions from a list of (symbol, interval, close ms, close)."""

    def __init__(self, *bars: tuple[str, str, int, str]) -> None:
        self.bars = bars
        self.asked: list[Mapping[str, str | int]] = []

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        assert endpoint_id == "klines"
        assert params is not None
        self.asked.append(params)
        length = {"1s": 1000, "1m": 60_000}[str(params["interval"])]
        found = [
            [close_ms - length + 1, "1", "1", "1", close, "1", close_ms, "1", 1, "1", "1", "0"]
            for symbol, interval, close_ms, close in self.bars
            if (symbol, interval) == (params["symbol"], params["interval"])
            and close_ms - length + 1 <= int(params["endTime"])
        ]
        return found[-1:]


NOON = 1_780_000_020_000


def test_the_price_of_the_past_is_the_close_of_the_second_before() -> None:
    klines = Klines(("BTCUSDT", "1s", NOON - 1, "100"), ("BTCUSDT", "1s", NOON + 999, "777"))
    price = PastPrices(pairs("BTC/USDT"), klines).price("BTC", NOON)
    assert price is not None
    assert price.usd == 100
    price = PastPrices(pairs("BTC/USDT"), klines).price("BTC", NOON + 999)
    assert price is not None
    assert price.usd == 100


def test_without_seconds_the_minute_before_is_used_and_nothing_older_than_two_minutes() -> None:
    minute = NOON // 60_000 * 60_000 - 1
    klines = Klines(("BTCUSDT", "1s", NOON - 130_000, "1"), ("BTCUSDT", "1m", minute, "100"))
    price = PastPrices(pairs("BTC/USDT"), klines).price("BTC", NOON)
    assert price is not None
    assert price.usd == 100
    assert PastPrices(pairs("BTC/USDT"), klines).price("BTC", NOON + 600_000) is None


def test_past_routes_use_pairs_that_are_dead_today_and_both_legs_of_one_instant() -> None:
    symbols = pairs("BTC/USDT", dead=("OLD/USDT", "GONE/BTC"))
    klines = Klines(
        ("OLDUSDT", "1s", NOON - 1, "5"), ("GONEBTC", "1s", NOON - 1, "0.5"), ("BTCUSDT", "1s", NOON - 1, "10")
    )
    past = PastPrices(symbols, klines)
    assert [past.price(asset, NOON) for asset in ("NEVER",)] == [None]
    for asset, usd, route in (("OLD", 5, "OLDUSDT"), ("GONE", 5, "GONEBTC x BTCUSDT"), ("USDT", 1, "par")):
        price = past.price(asset, NOON)
        assert price is not None
        assert (price.usd, price.route) == (Decimal(usd), route)


def test_a_question_about_the_past_is_bounded_and_survives_refusals() -> None:
    symbols = pairs("BTC/USDT", *(f"C{number}/BTC" for number in range(400)))
    silent = Klines()
    assert PastPrices(symbols, silent).price("BTC", NOON) is None
    assert len(silent.asked) <= 24

    def refuse(endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        raise RequestRefused("Invalid symbol.", -1121)

    assert PastPrices(pairs("BTC/USDT"), refuse).price("BTC", NOON) is None
