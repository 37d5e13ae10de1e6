"""The lists of redemptions are asked when there is a reason to; what they do not tell is never taken for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from dashboard_crypto.core import ledger
from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.model import SPOT, Holding
from dashboard_crypto.core.transit import is_under_way
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted
from dashboard_crypto.exchange.transit import PAUSE_S, REGULARLY_S, WATCHED_S, Redemptions

HOUR_MS = 3_600_000
ETH, SOL = "eth_redemptions", "sol_redemptions"
LISTS = ("bfusd_redemptions", ETH, "rwusd_redemptions", SOL)


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 1_755_259_200.0

    def now_ms(self) -> int:
        return round(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class Staking:
    """The two lists, newest first, and what was asked."""

    clock: FakeClock = field(default_factory=FakeClock)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in LISTS})
    fail: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        self.asked.append(endpoint_id)
        if endpoint_id in self.fail:
            raise self.fail[endpoint_id]
        question = dict(params or {})
        size, page = int(question["size"]), int(question["current"])
        rows = self.rows[endpoint_id]
        return {"rows": rows[(page - 1) * size : page * size], "total": len(rows)}

    def add(self, amount: str, *, after_h: int = 72, status: str = "PENDING", **other: Any) -> dict[str, Any]:
        now_ms = self.clock.now_ms()
        row = {"time": now_ms, "arrivalTime": now_ms + after_h * HOUR_MS, "asset": "WBETH", "amount": "1",
               "distributeAsset": "ETH", "distributeAmount": amount, "status": status, **other}  # fmt: skip
        self.rows[ETH].insert(0, row)
        return row


@pytest.fixture
def staking() -> Staking:
    return Staking()


@pytest.fixture
def lists(staking: Staking) -> Redemptions:
    return Redemptions(staking, staking.clock)


def spot(**quantities: str) -> list[Holding]:
    return [Holding(asset, SPOT, Decimal(text)) for asset, text in quantities.items()]


def under_way(staking: Staking, lists: Redemptions, **quantities: str) -> dict[str, Decimal]:
    found = lists.read(spot(**quantities))
    sums: dict[str, Decimal] = {}
    for one in found.told:
        if is_under_way(one, staking.clock.now_ms()):
            sums[one.asset] = sums.get(one.asset, Decimal(0)) + one.quantity
    assert found.coming == sums.keys()
    return sums


def test_the_first_reading_of_a_process_finds_what_is_under_way(staking: Staking, lists: Redemptions) -> None:
    staking.add("1.05")
    staking.add("2", status="SUCCESS")
    staking.add("4", status="FAILED")
    staking.add("8", status="SUCCESS", after_h=-1)
    assert under_way(staking, lists, USDT="5") == {"ETH": Decimal("3.05")}


def test_an_account_without_staking_is_asked_once_an_hour(staking: Staking, lists: Redemptions) -> None:
    for _ in range(120):
        under_way(staking, lists, USDT="5", WBETH="1")
        staking.clock.seconds += 30
    assert sorted(staking.asked) == list(LISTS)
    staking.clock.seconds += REGULARLY_S - 120 * 30
    under_way(staking, lists, USDT="5", WBETH="1")
    assert len(staking.asked) == 8


def test_a_token_that_became_less_is_looked_after_for_a_while(staking: Staking, lists: Redemptions) -> None:
    under_way(staking, lists, WBETH="3", BNSOL="1")
    staking.asked.clear()
    assert under_way(staking, lists, WBETH="2", BNSOL="1") == {}
    staking.clock.seconds += 30
    staking.add("1.05")  # the list was late
    assert under_way(staking, lists, WBETH="2", BNSOL="1") == {"ETH": Decimal("1.05")}
    assert staking.asked == [ETH, ETH]
    staking.rows[ETH].clear()
    for _ in range(round(WATCHED_S) // 30):
        under_way(staking, lists, WBETH="2", BNSOL="1")
        staking.clock.seconds += 30
    staking.asked.clear()
    under_way(staking, lists, WBETH="2", BNSOL="1")
    assert staking.asked == []


def test_a_redemption_ends_with_its_record(staking: Staking, lists: Redemptions) -> None:
    row = staking.add("1.05")
    assert under_way(staking, lists, ETH="1") == {"ETH": Decimal("1.05")}
    staking.clock.seconds += 73 * 3600
    assert under_way(staking, lists, ETH="1") == {"ETH": Decimal("1.05")}
    row["status"] = "SUCCESS"
    assert under_way(staking, lists, ETH="2.05") == {}


def test_every_page_is_read(staking: Staking, lists: Redemptions) -> None:
    for _ in range(250):
        staking.add("1")
    assert under_way(staking, lists) == {"ETH": Decimal(250)}
    assert staking.asked.count(ETH) == 3


@pytest.mark.parametrize("refusal", [NotPermitted("no"), EndpointGone("gone")])
def test_a_key_without_staking_has_nothing_under_way(staking: Staking, lists: Redemptions, refusal: Exception) -> None:
    staking.fail = dict.fromkeys(LISTS, refusal)
    for _ in range(3):
        assert under_way(staking, lists, WBETH="1") == {}
        assert lists.read(spot(WBETH="1")).untold == {name.removesuffix("s") for name in LISTS}
        staking.clock.seconds += 30
    assert sorted(staking.asked) == list(LISTS)


@pytest.mark.parametrize("failure", [NotPermitted("no"), EndpointGone("gone"), ExchangeDown("down")])
def test_what_was_under_way_cannot_be_forgotten(staking: Staking, lists: Redemptions, failure: Exception) -> None:
    staking.add("1.05")
    under_way(staking, lists)
    staking.fail[ETH] = failure
    with pytest.raises(PartialReading, match="redemptions under way"):
        lists.read(spot())


def test_a_redemption_without_an_amount_counts_as_what_was_given(staking: Staking, lists: Redemptions) -> None:
    staking.add("0")
    assert under_way(staking, lists) == {"WBETH": Decimal(1)}
    assert not lists.read(spot()).told[0].has_amount


def test_a_failed_redemption_is_not_told_and_a_done_one_is(staking: Staking, lists: Redemptions) -> None:
    staking.add("1", status="FAILED")
    staking.add("2", status="SUCCESS", after_h=-1)
    assert [one.quantity for one in lists.read(spot()).told] == [Decimal(2)]


def test_after_a_pause_the_lists_are_asked_though_the_token_is_as_before(staking: Staking, lists: Redemptions) -> None:
    """Another process read meanwhile: what it saw leave may have been bought again."""
    under_way(staking, lists, WBETH="1")
    staking.clock.seconds += PAUSE_S + 1
    staking.add("1.05")
    assert under_way(staking, lists, WBETH="1") == {"ETH": Decimal("1.05")}


def test_lists_that_refused_are_asked_again_within_the_hour(staking: Staking, lists: Redemptions) -> None:
    staking.fail = {ETH: NotPermitted("not now")}
    under_way(staking, lists)
    staking.fail.clear()
    staking.add("1.05")
    for _ in range(120):
        staking.clock.seconds += 30
        found = lists.read(spot())
    assert found.untold == frozenset()
    assert found.coming == {"ETH"}


def test_the_record_is_named_as_in_the_ledger(staking: Staking, lists: Redemptions) -> None:
    row = staking.add("1.05")
    row["amount"] = "1.0"
    (one,) = lists.read(spot()).told
    assert one.key == ledger.convert("eth_redemption", row).record_key


@pytest.mark.parametrize("token", ["BFUSD", "RWUSD"])
def test_dollars_that_bear_interest_are_told_by_lists_of_their_own(
    staking: Staking, lists: Redemptions, token: str
) -> None:
    now_ms = staking.clock.now_ms()
    name = f"{token.lower()}_redemption"
    staking.rows[f"{name}s"] = [
        {"time": now_ms, "asset": token, "amount": "100", "receiveAsset": "USDT", "receiveAmount": "99.5",
         "fee": "0.5", "arrivalTime": now_ms + 72 * HOUR_MS, "status": "PENDING"}
    ]  # fmt: skip
    assert under_way(staking, lists) == {"USDT": Decimal("99.5")}
    (one,) = lists.read(spot()).told
    assert (one.source, one.key) == (name, f"{name}:{token}:{now_ms}:100")
