"""A flow typed in the minute of a snapshot: the owner can say that the snapshot does not contain it yet."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.world import World

FLOWS = "/api/performance/cashflows"
MINUTE = "2026-01-05T10:00:00Z"
GIVEN: dict[str, object] = {"type": "DEPOSIT", "amount_usd": 1000, "timestamp": MINUTE}


def post(world: World, **fields: object) -> dict[str, Any]:
    answer = world.client.post(FLOWS, json=GIVEN | fields)
    assert answer.status_code == 201, answer.data
    return dict(json.loads(answer.data)["cashflow"])


def patch(world: World, number: int, **fields: object) -> dict[str, Any]:
    answer = world.client.patch(f"{FLOWS}/{number}", json=fields)
    assert answer.status_code == 200, answer.data
    return dict(json.loads(answer.data)["cashflow"])


def pnl_until(world: World, end: str) -> Decimal:
    answer = world.client.get(f"/api/performance/range?end_date={end}")
    return Decimal(str(json.loads(answer.data, parse_float=Decimal)["pnl"]["pnl_usd"]))


@pytest.mark.parametrize("said", [{}, {"in_snapshot": None}, {"in_snapshot": True}])
def test_without_a_word_the_snapshot_contains_it(world: World, said: dict[str, object]) -> None:
    before = pnl_until(world, MINUTE)
    flow = post(world, **said)
    assert (flow["valuation_method"], flow["counted_at"]) == ("at_snapshot", MINUTE)
    assert pnl_until(world, MINUTE) == before - 1000


def test_not_yet_in_that_snapshot_counts_after_it(world: World) -> None:
    before = (pnl_until(world, MINUTE), pnl_until(world, "2026-01-05T11:00:00Z"))
    flow = post(world, in_snapshot=False)
    assert flow["valuation_method"] == "modified_dietz"
    assert flow["timestamp"] == MINUTE
    assert flow["counted_at"] == "2026-01-05T10:00:00.001Z"
    assert (pnl_until(world, MINUTE), pnl_until(world, "2026-01-05T11:00:00Z")) == (before[0], before[1] - 1000)


def test_a_later_second_of_the_minute_keeps_its_time(world: World) -> None:
    flow = post(world, in_snapshot=False, timestamp="2026-01-05T10:00:40Z")
    assert flow["counted_at"] == "2026-01-05T10:00:40Z"


def test_the_word_survives_other_changes_and_the_next_readings(world: World) -> None:
    number = post(world, in_snapshot=False)["id"]
    assert patch(world, number, amount_usd=900)["counted_at"] == "2026-01-05T10:00:00.001Z"
    assert patch(world, number, note="x")["counted_at"] == "2026-01-05T10:00:00.001Z"
    world.clock.advance(60)
    world.services.auto_refresh.balance_tick()
    assert world.services.performance.cash_flows().rows[0].valuation_method == "modified_dietz"


def test_the_word_can_be_changed(world: World) -> None:
    number = post(world)["id"]
    assert patch(world, number, in_snapshot=False)["valuation_method"] == "modified_dietz"
    assert patch(world, number, in_snapshot=True)["counted_at"] == MINUTE
    assert patch(world, number, in_snapshot=False)["counted_at"] == "2026-01-05T10:00:00.001Z"
    assert patch(world, number, timestamp="2026-01-05T11:00:10Z")["counted_at"] == "2026-01-05T11:00:00Z"


def test_a_snapshot_that_is_not_there_contains_nothing(world: World) -> None:
    elsewhere = {"timestamp": "2026-01-05T10:30:00Z", "in_snapshot": True}
    answer = world.client.post(FLOWS, json=GIVEN | elsewhere)
    assert answer.status_code == 422
    assert answer.json is not None
    assert [error["pointer"] for error in answer.json["errors"]] == ["/in_snapshot"]
    assert post(world, **(elsewhere | {"in_snapshot": False}))["counted_at"] == "2026-01-05T10:30:00Z"


def test_a_preview_knows_the_word(world: World) -> None:
    for said, method in ((None, "at_snapshot"), (False, "modified_dietz")):
        given = GIVEN | {"action": "add", "in_snapshot": said}
        answer = world.client.post(FLOWS + "/preview", json=given)
        assert json.loads(answer.data)["valuation_method"] == method


@pytest.mark.parametrize("said", ["no", 0, []])
def test_a_word_that_is_none_is_refused(shared_world: World, said: object) -> None:
    assert shared_world.client.post(FLOWS, json=GIVEN | {"in_snapshot": said}).status_code == 422


def test_the_same_key_with_another_word_is_a_conflict(world: World) -> None:
    headers = {"Idempotency-Key": "k"}
    assert world.client.post(FLOWS, json=GIVEN | {"in_snapshot": False}, headers=headers).status_code == 201
    assert world.client.post(FLOWS, json=GIVEN, headers=headers).status_code == 409
