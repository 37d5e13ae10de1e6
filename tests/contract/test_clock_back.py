"""A clock that went back cannot tell how old anything is, and does not pretend to."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.world import World

BALANCES = "/api/portfolio/balances"


def shown(world: World) -> dict[str, Any]:
    answer = world.client.get(BALANCES).get_json()
    status = world.client.get("/api/status").get_json()
    assert (status["exchange"]["age_seconds"], status["exchange"]["state"]) == (answer["age_seconds"], answer["state"])
    return dict(answer)


@pytest.mark.parametrize(("seconds", "age"), [(0, 0), (-1.5, 0), (7.9, 7)])
def test_a_step_of_a_moment_is_noise(world: World, seconds: float, age: int) -> None:
    world.clock.set(world.clock.now_ms() + round(seconds * 1000))
    found = shown(world)
    assert (found["age_seconds"], found["state"]) == (age, "live")


def test_a_step_back_of_some_seconds_leaves_the_age_unknown(world: World) -> None:
    world.clock.set(world.clock.now_ms() - 30_000)
    found = shown(world)
    assert (found["age_seconds"], found["state"]) == (None, "live")


def test_a_large_step_back_is_said(world: World) -> None:
    revision = shown(world)["revision"]
    world.clock.set(world.clock.now_ms() - 3_600_000)
    found = shown(world)
    assert (found["age_seconds"], found["state"], found["revision"]) == (None, "clock_off", revision)
    assert "3600 seconds" in found["state_message"]
    world.clock.set(world.clock.now_ms() + 3_600_000)
    assert (shown(world)["state"], shown(world)["age_seconds"]) == ("live", 0)


def test_a_known_trouble_is_not_talked_over(world: World) -> None:
    world.services.portfolio.cannot_save("The disk is full.")
    world.clock.set(world.clock.now_ms() - 3_600_000)
    assert shown(world)["state_message"] == "The disk is full."
