"""Walking through a source window by window: nothing is left out, whatever the exchange's limits and moods."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.exchange.past import DAY_MS, FORMS, NOW_MS, Past, Reader, lives, past_of, records, walk

from dashboard_crypto.core.crew import Alone
from dashboard_crypto.core.errors import ExchangeLimited, MalformedAnswer
from dashboard_crypto.exchange.facts import AccountFacts
from dashboard_crypto.exchange.history.cursor import place_of
from dashboard_crypto.exchange.history.sources import HOUR_MS, LISTINGS, OPENED_MS, months_before
from dashboard_crypto.exchange.refusals import RequestRefused


def ids(rows: list[Mapping[str, Any]]) -> set[str]:
    return {str(row["id"]) for row in rows}


@settings(max_examples=60, deadline=None)
@given(lived=lives(), seed=st.integers(0, 2**30))
def test_every_record_arrives_whatever_the_limits_and_interruptions(lived: tuple[Reader, list[int]], seed: int) -> None:
    (reader, instants), chance = lived, random.Random(seed)
    done = False
    while not done:
        if chance.random() < 0.2 and not _is_at_end(reader):
            reader.fails()
            continue
        done = reader.step()
    floor = place_of(reader.cursor or "").floor
    assert ids(reader.found) == {str(n) for n, at in enumerate(instants) if at >= floor}
    assert reader.progress[-1] == 1.0
    assert all(0 <= share < 1 for share in reader.progress[:-1])


def _is_at_end(reader: Reader) -> bool:
    if reader.cursor is None:
        return False
    place = place_of(reader.cursor)
    return not place.end and not place.goal and place.low <= place.floor


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_newest_window_comes_first(form: str) -> None:
    source, shape, when = FORMS[form]
    past = past_of(source, shape, when)
    Reader(past, source).finish()
    end = past.listing.times[1]
    asked = [question[end] for question in past.asked]
    assert asked == sorted(asked, reverse=True)
    assert asked[0] == NOW_MS


def test_no_window_is_asked_twice_and_together_they_cover_all_time() -> None:
    past = past_of("deposit", "list", "insertTime")
    Reader(past, "deposit").finish()
    spans = [(question["startTime"], question["endTime"]) for question in past.asked][::-1]
    assert spans[0][0] == OPENED_MS
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(spans))
    assert len(spans) == -(-(NOW_MS + 1 - OPENED_MS) // (89 * DAY_MS))


@pytest.mark.parametrize("source", sorted(LISTINGS))
def test_no_window_is_wider_than_the_exchange_allows(source: str) -> None:
    """`most` is the documented span between start and end."""
    most = {
        "deposit": 90, "withdrawal": 90, "c2c": 30, "pay": 90, "sub_transfer": 7, "sub_history": 30, "convert": 30,
        "dividend": 180, "rebate": 30, "margin_interest": 30, "margin_loan": 7, "cm_income": 366,
        "flexible_subscription": 30, "flexible_redemption": 30, "flexible_reward": 30, "locked_subscription": 30,
        "locked_redemption": 30, "locked_reward": 30, "soft_staking_reward": 89, "boost_reward": 89, "eth_staking": 89,
        "eth_redemption": 89, "sol_staking": 89, "sol_redemption": 89, "wbeth_wrap": 89, "wbeth_unwrap": 89,
    }  # fmt: skip
    past = past_of(source, "more" if source == "convert" else "list", "time")
    Reader(past, source).finish()
    start, end = past.listing.times
    widest = max(question[end] - question[start] for question in past.asked)
    assert widest < most.get(source, 10**6) * DAY_MS


@pytest.mark.parametrize(("source", "months"), [("c2c", 6), ("transfer", 6), ("um_income", 3), ("pay", 18)])
def test_the_reach_of_the_exchange_is_said_and_not_passed(source: str, months: int) -> None:
    past = past_of(source, "list", "time")
    reader = Reader(past, source)
    page = walk(past, source).step(None, NOW_MS)
    assert page.reach_ms == months_before(NOW_MS, months) + HOUR_MS
    reader.finish()
    start = past.listing.times[0]
    assert min(question[start] for question in past.asked) == page.reach_ms


def test_a_failed_page_leaves_the_cursor() -> None:
    past = past_of("deposit", "list", "insertTime")
    past.listing = replace(past.listing, size=2)
    past.records = records("insertTime", [NOW_MS - n for n in range(7)])
    reader = Reader(past, "deposit")
    reader.step()
    before = reader.cursor
    reader.fails()
    assert reader.cursor == before
    reader.finish()
    assert len(reader.found) == 7
    assert [question["offset"] for question in past.asked[:6]] == [0, 2, 2, 4, 6, 0]


@pytest.mark.parametrize("code", [-1127, -6021])
def test_a_window_that_is_too_wide_is_made_smaller_once_and_stays_so(code: int) -> None:
    past = past_of("flexible_reward", "rows", "time", most_ms=10 * DAY_MS, code=code)
    past.listing = replace(past.listing, since_ms=NOW_MS - 300 * DAY_MS)
    past.records = records("time", [NOW_MS - n * DAY_MS for n in range(200)])
    reader = Reader(past, "flexible_reward")
    reader.finish()
    assert ids(reader.found) == {str(n) for n in range(200)}
    widths = [question["endTime"] - question["startTime"] for question in past.asked]
    assert sum(width > 10 * DAY_MS for width in widths) == 2  # 30 days, then 15


def test_a_wide_fiat_question_falls_back_to_months() -> None:
    past = past_of("fiat_deposit", "data", "createTime", most_ms=30 * DAY_MS)
    Reader(past, "fiat_deposit").finish()
    widths = [question["endTime"] - question["beginTime"] for question in past.asked]
    assert widths[0] > 2900 * DAY_MS
    assert set(widths[1:-1]) == {30 * DAY_MS - 1}
    assert {question["transactionType"] for question in past.asked} == {0}


def test_a_refusal_of_an_hour_is_a_refusal() -> None:
    past = past_of("dividend", "rows", "divTime", most_ms=1)
    with pytest.raises(RequestRefused):
        Reader(past, "dividend").finish()


def test_more_records_in_one_moment_than_an_answer_holds_are_not_passed_over() -> None:
    past = past_of("dividend", "rows", "divTime")
    past.listing = replace(past.listing, size=3)
    past.records = records("divTime", [NOW_MS - DAY_MS] * 3)
    with pytest.raises(MalformedAnswer, match="one moment"):
        Reader(past, "dividend").finish()


def test_a_page_shorter_than_its_total_is_refused() -> None:
    past = past_of("flexible_reward", "rows", "time", per_answer=3)
    past.records = records("time", [NOW_MS - n for n in range(7)])
    with pytest.raises(MalformedAnswer, match="fewer records"):
        Reader(past, "flexible_reward").finish()


def test_more_data_without_saying_where_is_refused() -> None:
    past = past_of("convert", "more", "createTime", per_answer=1)
    past.records = records("createTime", [NOW_MS - 5, NOW_MS - 5])
    with pytest.raises(MalformedAnswer, match="not where"):
        Reader(past, "convert").finish()


def test_later_records_arrive_by_one_question_each_time() -> None:
    past = past_of("withdrawal", "list", "applyTime")
    reader = Reader(past, "withdrawal")
    reader.finish()
    past.asked.clear()
    later = NOW_MS + 30_000
    past.records = [{"id": "new", "applyTime": later - 5000, "status": 6, "coin": "BTC", "amount": "1"}]
    assert ids(reader.finish(later)) == {"new"}
    assert len(past.asked) == 1
    past.asked.clear()
    assert reader.finish(later) == []
    assert past.asked == []


def test_a_record_that_appears_late_is_found() -> None:
    past = past_of("withdrawal", "list", "applyTime")
    reader = Reader(past, "withdrawal")
    reader.finish()
    past.records = [{"id": "late", "applyTime": NOW_MS - 3 * DAY_MS, "status": 6, "coin": "BTC", "amount": "1"}]
    assert ids(reader.finish(NOW_MS + 30_000)) == {"late"}


def test_a_pending_record_is_read_until_it_is_settled() -> None:
    past = past_of("deposit", "list", "insertTime")
    row = {"id": "slow", "insertTime": NOW_MS - DAY_MS, "status": 0, "coin": "BTC", "amount": "1"}
    past.records = [row]
    reader = Reader(past, "deposit")
    reader.finish()
    for days in (20, 40, 60):
        assert ids(reader.finish(NOW_MS + days * DAY_MS)) == {"slow"}, days
    row["status"] = 1
    assert ids(reader.finish(NOW_MS + 80 * DAY_MS)) == {"slow"}
    assert reader.finish(NOW_MS + 100 * DAY_MS) == []


def test_a_new_record_does_not_wait_for_a_long_backfill() -> None:
    past = past_of("convert", "more", "createTime")
    reader = Reader(past, "convert")
    for _ in range(10):
        assert not reader.step()
    later = NOW_MS + 600_000
    past.records = [{"id": "new", "createTime": later - 1000}]
    reader.step(later)
    assert ids(reader.found) == {"new"}
    reader.finish(later)


def test_transfers_are_asked_for_by_every_kind_and_say_which_pair() -> None:
    past = past_of("transfer", "bare", "timestamp")
    past.records = [
        {"id": "1", "timestamp": NOW_MS - DAY_MS, "type": "MAIN_FUNDING", "status": "CONFIRMED"},
        {"id": "2", "timestamp": NOW_MS - DAY_MS, "type": "MARGIN_ISOLATEDMARGIN", "status": "CONFIRMED"},
    ]
    reader = Reader(past, "transfer")
    reader.finish()
    kinds = [question["type"] for question in past.asked]
    assert len({*kinds}) == 33
    assert ids(reader.found) == {"1", "2"}
    assert {row.get("toSymbol") for row in reader.found} == {None, "BTCUSDT", "ETHBTC"}


def test_news_of_transfers_are_asked_for_open_wallets_only() -> None:
    past = past_of("transfer", "bare", "timestamp", closed=AccountFacts(has_portfolio_margin=True).closed())
    reader = Reader(past, "transfer")
    reader.finish()
    past.asked.clear()
    reader.finish(NOW_MS + 30_000)
    kinds = {question["type"] for question in past.asked}
    assert kinds == {"MAIN_FUNDING", "FUNDING_MAIN", "MAIN_PORTFOLIO_MARGIN", "PORTFOLIO_MARGIN_MAIN"}


def test_what_the_exchange_has_forgotten_meanwhile_is_not_asked_for() -> None:
    past = past_of("c2c", "data", "createTime")
    reader = Reader(past, "c2c")
    reader.step()
    later = NOW_MS + 400 * DAY_MS
    reader.finish(later)
    past.asked.clear()
    reader.finish(later + 400 * DAY_MS)
    starts = [question["startTimestamp"] for question in past.asked]
    assert min(starts) == months_before(later + 400 * DAY_MS, 6) + HOUR_MS


def test_an_unknown_kind_of_transfer_is_passed_over_and_other_refusals_are_not() -> None:
    past = past_of("transfer", "bare", "timestamp")
    past.fail = RequestRefused("Data sent for parameter 'type' is not valid.", -1130)
    Reader(past, "transfer").finish()
    past.fail = RequestRefused("odd", -1000)
    with pytest.raises(RequestRefused):
        Reader(past, "transfer").finish()


def test_loans_say_which_way_they_went() -> None:
    past = past_of("margin_loan", "rows", "timestamp")
    past.records = [{"id": "1", "timestamp": NOW_MS - DAY_MS, "status": "CONFIRMED", "txId": 1}]
    past.listing = replace(past.listing, since_ms=NOW_MS - 10 * DAY_MS)
    reader = Reader(past, "margin_loan")
    reader.finish()
    assert {row["type"] for row in reader.found} == {"BORROW", "REPAY"}
    assert {row.get("isolatedSymbol", "") for row in reader.found} == {"", "BTCUSDT", "ETHBTC"}


@pytest.mark.parametrize("cursor", ["", "x", "[]", "{}", '{"low":1}', "null"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(MalformedAnswer):
        place_of(cursor)


class Together(Alone):
    """Several at once, one after the other."""

    size = 3


def test_the_kinds_of_one_window_are_asked_together_and_none_twice() -> None:
    one, many = past_of("margin_loan", "rows", "timestamp"), past_of("margin_loan", "rows", "timestamp")
    many.crew = Together()
    for past in (one, many):
        past.listing = replace(past.listing, since_ms=NOW_MS - 30 * DAY_MS, size=2)
        past.records = [
            {"txId": n, "timestamp": NOW_MS - n * DAY_MS, "type": kind, "status": "CONFIRMED", "asset": "BTC"}
            for n in range(30) for kind in ("BORROW", "REPAY")
        ]  # fmt: skip
    readers = [Reader(past, "margin_loan") for past in (one, many)]
    for reader in readers:
        reader.finish()
    assert {str(row) for row in readers[0].found} == {str(row) for row in readers[1].found}
    assert sorted(map(str, one.asked)) == sorted(set(map(str, many.asked)))
    assert readers[1].steps < readers[0].steps


def test_a_kind_that_fails_is_asked_again_and_what_came_before_it_counts() -> None:
    past = past_of("transfer", "rows", "timestamp")
    past.crew = Together()
    past.listing = replace(past.listing, since_ms=NOW_MS - 30 * DAY_MS)
    reader = Reader(past, "transfer")
    plain = Past.__call__
    asked: list[str] = []

    class Limited(Past):
        def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
            asked.append(str(params))
            if len(asked) == 3:
                raise ExchangeLimited("spent", NOW_MS)
            return plain(self, endpoint_id, params)

    reader.past = Limited(past.listing, past.shape, past.when, crew=past.crew)
    reader.finish()
    again = {kind for kind in asked if asked.count(kind) > 1}
    assert again == {asked[2]}


def test_a_round_of_several_questions_says_when_it_began() -> None:
    """What happens while its kinds are asked one by one may be missing: it must not be said to have been read."""
    past = past_of("transfer", "rows", "timestamp")
    past.listing = replace(past.listing, since_ms=NOW_MS - DAY_MS)
    cursor, now_ms = None, NOW_MS
    while True:
        page = walk(past, "transfer").step(cursor, now_ms)
        cursor = page.cursor
        now_ms += 5_000  # the answer to each takes a while
        if page.done:
            break
    assert now_ms > NOW_MS + 100_000
    assert page.until_ms == NOW_MS
    late = {"tranId": 1, "timestamp": NOW_MS + 1000, "type": "MAIN_FUNDING", "status": "CONFIRMED", "asset": "BTC"}
    past.records = [late]
    reader = Reader(past, "transfer", cursor)
    assert [row["tranId"] for row in reader.finish(now_ms)] == [1]
