"""What is under way is asked for when there is a reason to, and never counted beside the coins that came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.model import SPOT, Holding
from dashboard_crypto.core.movement import IN_TRANSIT
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted
from dashboard_crypto.exchange.transit import REGULARLY_S, WATCHED_S, Transit

HOUR_MS = 3_600_000
ETH, SOL = "eth_redemptions", "sol_redemptions"


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
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {ETH: [], SOL: []})
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
def transit(staking: Staking) -> Transit:
    return Transit(staking, staking.clock)


def spot(**quantities: str) -> list[Holding]:
    return [Holding(asset, SPOT, Decimal(text)) for asset, text in quantities.items()]


def under_way(transit: Transit, **quantities: str) -> dict[str, Decimal]:
    found = transit.read(spot(**quantities))
    assert {holding.wallet for holding in found} <= {IN_TRANSIT}
    return {holding.asset: holding.quantity for holding in found}


def test_the_first_reading_of_a_process_finds_what_is_under_way(staking: Staking, transit: Transit) -> None:
    staking.add("1.05")
    staking.add("2", status="SUCCESS")
    staking.add("4", status="FAILED")
    staking.add("8", status="SUCCESS", after_h=-1)
    assert under_way(transit, USDT="5") == {"ETH": Decimal("3.05")}


def test_an_account_without_staking_is_asked_once_an_hour(staking: Staking, transit: Transit) -> None:
    for _ in range(120):
        under_way(transit, USDT="5", WBETH="1")
        staking.clock.seconds += 30
    assert sorted(staking.asked) == [ETH, SOL]
    staking.clock.seconds += REGULARLY_S - 120 * 30
    under_way(transit, USDT="5", WBETH="1")
    assert len(staking.asked) == 4


def test_a_token_that_became_less_is_looked_after_for_a_while(staking: Staking, transit: Transit) -> None:
    under_way(transit, WBETH="3", BNSOL="1")
    staking.asked.clear()
    assert under_way(transit, WBETH="2", BNSOL="1") == {}
    staking.clock.seconds += 30
    staking.add("1.05")  # the list was late
    assert under_way(transit, WBETH="2", BNSOL="1") == {"ETH": Decimal("1.05")}
    assert staking.asked == [ETH, ETH]
    staking.rows[ETH].clear()
    under_way(transit, WBETH="2", BNSOL="1")
    staking.clock.seconds += WATCHED_S
    staking.asked.clear()
    under_way(transit, WBETH="2", BNSOL="1")
    assert staking.asked == []


def test_a_redemption_ends_with_its_record(staking: Staking, transit: Transit) -> None:
    row = staking.add("1.05")
    assert under_way(transit, ETH="1") == {"ETH": Decimal("1.05")}
    staking.clock.seconds += 73 * 3600
    assert under_way(transit, ETH="1") == {"ETH": Decimal("1.05")}
    row["status"] = "SUCCESS"
    assert under_way(transit, ETH="2.05") == {}


def test_coins_that_came_count_once_though_the_record_is_late(staking: Staking, transit: Transit) -> None:
    staking.add("1.05")
    staking.add("0.5", after_h=200)
    assert under_way(transit, ETH="1") == {"ETH": Decimal("1.55")}
    staking.clock.seconds += 73 * 3600
    for _ in range(3):
        assert under_way(transit, ETH="2.05") == {"ETH": Decimal("0.5")}
        staking.clock.seconds += 30


def test_a_deposit_before_the_told_instant_is_no_arrival(staking: Staking, transit: Transit) -> None:
    staking.add("1.05")
    under_way(transit, ETH="1")
    staking.clock.seconds += 30
    assert under_way(transit, ETH="9") == {"ETH": Decimal("1.05")}


def test_every_page_is_read(staking: Staking, transit: Transit) -> None:
    for _ in range(250):
        staking.add("1")
    assert under_way(transit) == {"ETH": Decimal(250)}
    assert staking.asked.count(ETH) == 3


@pytest.mark.parametrize("refusal", [NotPermitted("no"), EndpointGone("gone")])
def test_a_key_without_staking_has_nothing_under_way(staking: Staking, transit: Transit, refusal: Exception) -> None:
    staking.fail = {ETH: refusal, SOL: refusal}
    for _ in range(3):
        assert under_way(transit, WBETH="1") == {}
        staking.clock.seconds += 30
    assert sorted(staking.asked) == [ETH, SOL]


@pytest.mark.parametrize("failure", [NotPermitted("no"), EndpointGone("gone"), ExchangeDown("down")])
def test_what_was_under_way_cannot_be_forgotten(staking: Staking, transit: Transit, failure: Exception) -> None:
    staking.add("1.05")
    under_way(transit)
    staking.fail[ETH] = failure
    with pytest.raises(PartialReading, match="redemptions under way"):
        transit.read(spot())


def test_a_redemption_without_an_amount_counts_as_what_was_given(staking: Staking, transit: Transit) -> None:
    staking.add("0")
    assert under_way(transit) == {"WBETH": Decimal(1)}
