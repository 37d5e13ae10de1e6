"""Trades by pair: nothing asked twice, nothing missed, little asked when nothing has moved."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from dashboard_crypto.core.errors import ExchangeDown, MalformedAnswer
from dashboard_crypto.exchange.history.coins import Coins
from dashboard_crypto.exchange.history.trades import TradeWalk, round_of, with_margin
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

NOW_MS = 1_755_259_200_000
HOUR_MS = 3_600_000
COINS = ("ADA", "BNB", "BTC", "ETH", "SOL", "XRP")
PAIRS = {f"{base}{quote}": (base, quote) for base in COINS for quote in ("USDT", "BTC", "ETH") if base != quote}


class Trades:
    """The exchange's list of trades, 1000 at a time."""

    def __init__(self, **counts: int) -> None:
        self.counts = counts
        self.asked: list[str] = []
        self.fail = False
        self.gone: frozenset[str] = frozenset()

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        assert endpoint_id == "trades"
        question = dict(params or {})
        name, first = str(question["symbol"]), int(question["fromId"])
        self.asked.append(name)
        if self.fail:
            raise ExchangeDown("broken")
        if name in self.gone:
            raise RequestRefused("Invalid symbol.", -1121)
        numbers = range(max(first, 100), 100 + self.counts.get(name, 0))
        return [{"symbol": name, "id": number} for number in numbers[: int(question["limit"])]]


class Story:
    """A reader with its stored cursor; `restart` forgets what only the process knew."""

    def __init__(self, trades: Trades) -> None:
        self.trades = trades
        self.found: list[tuple[str, int]] = []
        self.cursor: str | None = None
        self.now_ms = NOW_MS
        self.coins = Coins()

    def restart(self) -> None:
        self.coins = Coins()

    def step(self) -> bool:
        page = TradeWalk(self.trades).step(self.cursor, self.now_ms, PAIRS, self.coins)
        self.cursor = page.cursor
        self.found += [(row["symbol"], row["id"]) for row in page.records]
        assert page.progress == 1.0 if page.done else page.progress < 1
        return page.done

    def finish(self) -> list[str]:
        """Read to the end; which pairs that took."""
        self.trades.asked.clear()
        for _ in range(500):
            if self.step():
                return list(self.trades.asked)
        raise AssertionError("the round does not end")

    def holds(self, **quantities: int) -> None:
        self.coins.note_quantities({coin: Decimal(quantity) for coin, quantity in quantities.items()})


def every(trades: Trades) -> set[tuple[str, int]]:
    return {(name, 100 + number) for name, count in trades.counts.items() for number in range(count)}


def test_every_pair_is_asked_and_long_lists_are_paged() -> None:
    trades = Trades(BTCUSDT=2500, XRPETH=3, ADABTC=1000)
    story = Story(trades)
    story.holds(BTC=1, USDT=5)
    asked = story.finish()
    assert set(story.found) == every(trades)
    assert len(story.found) == len(set(story.found))
    assert set(asked) == set(PAIRS)
    assert asked[:3] == ["BTCUSDT"] * 3
    assert len(asked) == len(PAIRS) + 2 + 1


def test_coins_that_leave_no_other_trace_are_found_by_the_sweep() -> None:
    """Bought with bitcoin and sold for ether: held neither before nor after, in no other record."""
    trades = Trades(SOLBTC=1, SOLETH=1)
    story = Story(trades)
    story.holds(USDT=1)
    story.finish()
    assert set(story.found) == every(trades)


def test_a_pair_found_by_the_sweep_makes_others_likely_that_it_had_passed() -> None:
    trades = Trades(XRPUSDT=2, ADAUSDT=1)
    story = Story(trades)
    asked = story.finish()
    assert set(story.found) == every(trades)
    assert len(asked) == len(PAIRS)


@pytest.mark.parametrize("seed", range(20))
def test_interruptions_and_restarts_lose_nothing_and_repeat_nothing(seed: int) -> None:
    chance = random.Random(seed)
    trades = Trades(**{name: chance.choice([0, 0, 1, 999, 1000, 1001, 2001]) for name in PAIRS})
    story = Story(trades)
    done = False
    while not done:
        trades.fail = chance.random() < 0.3
        if chance.random() < 0.1:
            story.restart()
        if chance.random() < 0.3:
            story.holds(**{coin: chance.randint(0, 3) for coin in COINS})
        before = story.cursor
        try:
            done = story.step()
        except ExchangeDown:
            assert story.cursor == before
    assert len(story.found) == len(set(story.found))
    assert set(story.found) == every(trades)


def test_an_idle_account_costs_a_handful_of_pairs_in_rotation() -> None:
    story = Story(Trades(BTCUSDT=2))
    story.holds(BTC=1, USDT=5)
    story.finish()
    rotated: list[str] = []
    for _ in range(4):
        story.now_ms += 30_000
        story.holds(BTC=1, USDT=5)
        asked = story.finish()
        assert len(asked) <= 5
        rotated += asked
    assert set(rotated) == set(PAIRS)


def test_what_has_moved_is_asked_at_once() -> None:
    story = Story(Trades(BTCUSDT=2))
    story.holds(BTC=1, USDT=5)
    story.finish()
    story.now_ms += 30_000
    story.trades.counts |= {"ETHBTC": 1}
    story.holds(BTC=2, USDT=5, ETH=3)
    assert story.finish()[:2] == ["BTCETH", "ETHBTC"]
    assert ("ETHBTC", 100) in story.found


def test_a_failed_round_does_not_forget_what_has_moved() -> None:
    story = Story(Trades())
    story.holds(BTC=1, USDT=5)
    story.finish()
    story.now_ms += 30_000
    story.trades.counts |= {"XRPBTC": 1}
    story.holds(BTC=2, USDT=5, XRP=3)
    story.trades.fail = True
    for _ in range(3):
        with pytest.raises(ExchangeDown):
            story.step()
    story.trades.fail = False
    assert story.finish()[0] == "XRPBTC"


def test_after_six_hours_every_likely_pair_is_asked() -> None:
    story = Story(Trades(ADAUSDT=2))
    story.holds(BTC=1, USDT=5)
    story.finish()
    story.now_ms += 7 * HOUR_MS
    assert {"ADAUSDT", "ADABTC", "BTCUSDT"} <= set(story.finish())


def test_nothing_is_asked_for_the_same_instant_twice() -> None:
    story = Story(Trades())
    story.finish()
    assert story.finish() == []


def test_a_delisted_pair_that_nobody_knows_any_more_is_passed() -> None:
    trades = Trades(BTCUSDT=1)
    trades.gone = frozenset({"ADAUSDT"})
    story = Story(trades)
    story.finish()
    assert set(story.found) == {("BTCUSDT", 100)}


def test_margin_trades_are_read_beside_those_of_the_spot_market() -> None:
    asked: list[tuple[str, str, str | int | None]] = []

    def call(endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        question = dict(params or {})
        asked.append((endpoint_id, str(question["symbol"]), question.get("isIsolated")))
        if endpoint_id == "margin_trades" and question["symbol"] == "ADAUSDT":
            raise RequestRefused("Not a valid margin pair", -3028)
        return [{"symbol": question["symbol"], "id": 5}] if question["fromId"] == 0 else []

    pairs = with_margin({"ADAUSDT": ("ADA", "USDT"), "BTCUSDT": ("BTC", "USDT")}, ["BTCUSDT", "GONEUSDT"])
    cursor, done, found = None, False, 0
    while not done:
        page = TradeWalk(call).step(cursor, NOW_MS, pairs, Coins())
        cursor, done, found = page.cursor, page.done, found + len(page.records)
    assert sorted(asked, key=str) == sorted(
        [
            ("trades", "ADAUSDT", None), ("trades", "BTCUSDT", None), ("margin_trades", "ADAUSDT", "FALSE"),
            ("margin_trades", "BTCUSDT", "FALSE"), ("margin_trades", "BTCUSDT", "TRUE"),
        ],
        key=str,
    )  # fmt: skip
    assert found == 4


@pytest.mark.parametrize("refusal", [EndpointGone("no"), NotPermitted("no")])
def test_margin_trades_that_are_not_offered_do_not_stop_the_others(refusal: Exception) -> None:
    refused: list[object] = []

    def call(endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        if endpoint_id == "margin_trades":
            refused.append(params)
            raise refusal
        return [{"symbol": "BTCUSDT", "id": 5}] if params and params["fromId"] == 0 else []

    pairs = with_margin({"BTCUSDT": ("BTC", "USDT"), "ADAUSDT": ("ADA", "USDT")}, [])
    walk, cursor, done, found = TradeWalk(call), None, False, 0
    while not done:
        page = walk.step(cursor, NOW_MS, pairs, Coins())
        cursor, done, found = page.cursor, page.done, found + len(page.records)
    assert found == 2
    assert len(refused) == 1


def test_an_answer_older_than_the_question_is_refused() -> None:
    walk = TradeWalk(lambda _id, _params=None: [{"symbol": "BTCUSDT", "id": 7}])
    cursor = '{"ids":{"BTCUSDT":100}}'
    coins = Coins()
    coins.note_quantities({"BTC": Decimal(1), "USDT": Decimal(1)})
    with pytest.raises(MalformedAnswer, match="older"):
        walk.step(cursor, NOW_MS, PAIRS, coins)


@pytest.mark.parametrize("cursor", ["x", "[]", '{"moon":1}'])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(MalformedAnswer):
        round_of(cursor)
