"""Deposits and withdrawals: states, instants, windows, pages, order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.core.errors import ExchangeDown, ExchangeLimited, MalformedAnswer
from dashboard_crypto.exchange.flows import WINDOW_MS, FlowReader, deposit, windows, withdrawal

DAY_MS = 86_400_000
T0 = 1_780_000_000_000


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def now_ms(self) -> int:
        return T0 + int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


def dep(number: int, at_ms: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number), "amount": "1.5", "coin": "BTC", "network": "BTC", "status": 1, "address": "a",
        "txId": f"t{number}", "insertTime": at_ms, **changes,
    }  # fmt: skip


def wd(number: int, apply_time: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"w{number}", "amount": "8.91", "transactionFee": "0.004", "coin": "USDT", "status": 6, "address": "a",
        "txId": f"x{number}", "applyTime": apply_time, **changes,
    }  # fmt: skip


class History:
    """Answers like the exchange: filters by insert or apply time, cuts pages; `before_call` may raise."""

    def __init__(self, deposits: list[dict[str, Any]], withdrawals: list[dict[str, Any]] | None = None) -> None:
        self.rows = {"deposits": deposits, "withdrawals": withdrawals or []}
        self.asked: list[tuple[str, Mapping[str, str | int]]] = []
        self.fail_at: dict[int, Exception] = {}
        self.shuffle: random.Random | None = None

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        assert params is not None
        self.asked.append((endpoint_id, params))
        failure = self.fail_at.pop(len(self.asked), None)
        if failure is not None:
            raise failure
        start, end = int(params["startTime"]), int(params["endTime"])
        assert end - start < 90 * DAY_MS
        inside = [row for row in self.rows[endpoint_id] if _between(row, start, end)]
        offset = int(params["offset"])
        page = inside[offset : offset + int(params["limit"])]
        if self.shuffle:
            self.shuffle.shuffle(page)
        return page


def _between(row: dict[str, Any], start: int, end: int) -> bool:
    seen = row.get("insertTime")
    return start <= seen <= end if isinstance(seen, int) else True


@pytest.mark.parametrize(("status", "counts"), [(0, 0), (1, 1), (2, 0), (6, 1), (7, 0), (8, 0)])
def test_only_credited_deposits_count(status: int, counts: int) -> None:
    assert (deposit(dep(1, T0, status=status)) is not None) == bool(counts)


@pytest.mark.parametrize(("status", "counts"), [(0, 0), (1, 0), (2, 1), (3, 0), (4, 1), (5, 0), (6, 1)])
def test_only_withdrawals_whose_money_left_count(status: int, counts: int) -> None:
    assert (withdrawal(wd(1, "2026-05-28 20:26:40", status=status)) is not None) == bool(counts)


def test_a_deposit_counts_when_it_was_credited() -> None:
    seen = deposit(dep(769800519366885376, T0, completeTime=T0 + 90_000, amount="0.001"))
    assert seen is not None
    assert (seen.external_id, seen.quantity, seen.instant_ms) == (
        "deposit:769800519366885376", Decimal("0.001"), T0 + 90_000,
    )  # fmt: skip
    for absent in ({}, {"completeTime": None}, {"completeTime": 0}, {"completeTime": ""}):
        plain = deposit(dep(1, T0, **absent))
        assert plain is not None
        assert plain.instant_ms == T0


def test_a_withdrawal_leaves_at_apply_time_utc_without_its_fee() -> None:
    left = withdrawal(wd(1, "2019-10-12 11:12:02"))
    assert left is not None
    assert (left.kind, left.quantity, left.instant_ms) == ("withdrawal", Decimal("-8.91"), 1_570_878_722_000)


def test_old_rows_bare_numbers_quoted_times_and_no_id() -> None:
    old = dep(1, T0, amount=Decimal("0.04670582"), insertTime=str(T0))
    del old["id"]
    first, again = deposit(old), deposit(dict(reversed(old.items())))
    assert first is not None
    assert first == again
    assert first.quantity == Decimal("0.04670582")
    other = deposit({**old, "txId": "other"})
    assert other is not None
    assert other.external_id != first.external_id


@pytest.mark.parametrize(
    "wrong",
    [{"amount": None}, {"amount": "abc"}, {"amount": "-1"}, {"amount": True}, {"coin": 5}, {"coin": ""},
     {"insertTime": None}, {"insertTime": 1.5}, {"completeTime": "soon"}, {"id": ["x"]}, {"status": "x"}],
    ids=str,
)  # fmt: skip
def test_a_wrong_field_refuses_the_history(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswer, match=f"'{next(iter(wrong))}'"):
        FlowReader(History([dep(1, T0), dep(2, T0 + 1, **wrong)]), FakeClock()).read(T0 - DAY_MS, T0 + DAY_MS)


def test_the_span_is_open_at_its_start_and_closed_at_its_end() -> None:
    rows = [dep(number, T0 + number) for number in range(4)]
    found = FlowReader(History(rows), FakeClock()).read(T0, T0 + 2)
    assert [flow.external_id for flow in found] == ["deposit:1", "deposit:2"]


def test_a_deposit_seen_before_the_span_and_credited_inside_it_is_found() -> None:
    rows = [dep(1, T0 - 3 * DAY_MS, completeTime=T0 + 5)]
    assert len(FlowReader(History(rows), FakeClock()).read(T0, T0 + DAY_MS)) == 1


@given(start=st.integers(T0, T0 + 10 * DAY_MS), days=st.integers(0, 900), extra=st.integers(0, DAY_MS))
def test_windows_cover_the_span_once(start: int, days: int, extra: int) -> None:
    end = start + days * DAY_MS + extra
    cut = list(windows(start, end))
    assert cut[0][0] == start
    assert cut[-1][1] == end
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(cut))
    assert all(stop - first < WINDOW_MS for first, stop in cut)


def test_pages_of_a_thousand_are_all_read() -> None:
    rows = [dep(number, T0 + number) for number in range(2500)]
    history = History(rows)
    assert len(FlowReader(history, FakeClock()).read(T0 - 1, T0 + DAY_MS)) == 2500
    assert [params["offset"] for name, params in history.asked if name == "deposits"] == [0, 1000, 2000]


def test_n34_a_failing_page_gives_nothing_and_the_next_run_everything() -> None:
    history = History([dep(number, T0 + number) for number in range(1500)])
    history.fail_at[2] = ExchangeDown("page 2")
    reader = FlowReader(history, FakeClock())
    with pytest.raises(ExchangeDown):
        reader.read(T0 - 1, T0 + DAY_MS)
    assert len(reader.read(T0 - 1, T0 + DAY_MS)) == 1500


def test_a_long_history_goes_on_after_a_rate_limit_where_it_stopped() -> None:
    rows = [dep(number, T0 + number * 30 * DAY_MS) for number in range(20)]
    history = History(rows)
    history.fail_at[5] = ExchangeLimited("minute", T0)
    reader = FlowReader(history, FakeClock())
    until = T0 + 600 * DAY_MS
    with pytest.raises(ExchangeLimited):
        reader.read(T0 - 1, until)
    asked = len(history.asked)
    assert len(reader.read(T0 - 1, until + 1)) == 20
    again = [params["startTime"] for _, params in history.asked[asked:]]
    assert history.asked[0][1]["startTime"] not in again
    reader.read(T0 - 1, until)
    assert history.asked[0][1]["startTime"] in [params["startTime"] for _, params in history.asked[-20:]]


@pytest.mark.parametrize("seed", range(50))
def test_n35_order_repeats_and_equal_instants_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    rows = [dep(number, T0 + chance.choice([0, 5, 7]) * DAY_MS) for number in range(30)]
    left = [wd(number, "2026-06-02 10:00:00") for number in range(5)]
    plain = FlowReader(History(rows, left), FakeClock()).read(T0 - 1, T0 + 60 * DAY_MS)
    muddled = History(chance.sample(rows, 30) + chance.sample(rows, 10), left + left[:2])
    muddled.shuffle = chance
    assert FlowReader(muddled, FakeClock()).read(T0 - 1, T0 + 60 * DAY_MS) == plain
    assert len(plain) == 35
