"""A withdrawal of more than there was: nothing that rests on it is shown as known, everything else is as before."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.world import World

FLOWS = "/api/performance/cashflows"
TOO_MUCH = {"type": "WITHDRAW", "amount_usd": 400_000, "timestamp": "2026-01-05T10:30:00Z"}


def get(world: World, path: str) -> Any:
    answer = world.client.get("/api/performance" + path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.data, parse_float=Decimal)


@pytest.fixture
def doubted(world: World) -> World:
    assert world.client.post(FLOWS, json=TOO_MUCH).status_code == 201
    return world


def test_return_and_profit_of_a_window_with_it_are_not_known(doubted: World) -> None:
    twr, pnl = get(doubted, "/twr/0"), get(doubted, "/pnl/0")
    for name in ("twr", "twr_percent", "twr_annualized"):
        assert twr[name] is None
    assert (twr["reason"], twr["flags"], twr["annualization"]) == ("implausible_flow", ["implausible_flow"], "none")
    assert (pnl["pnl_usd"], pnl["pnl_percent"], pnl["pnl_percent_base"]) == (None, None, None)
    assert pnl["reason"] == "implausible_flow"
    assert pnl["current_value"] == twr["end_value"]
    windows = get(doubted, "/windows?days=0")["windows"][0]
    assert (windows["twr"], windows["pnl"]) == (twr, pnl)


def test_the_working_still_shows_which_one(doubted: World) -> None:
    working = get(doubted, "/twr/0/explain")
    assert (working["twr"], working["reason"]) == (None, "implausible_flow")
    flagged = [period for period in working["periods"] if "implausible_flow" in period["flags"]]
    assert [period["flow"] for period in flagged] == [-400_000]


def test_windows_before_and_after_it_are_as_they_were(world: World) -> None:
    queries = ("?end_date=2026-01-05T10:00:00Z", "?start_date=2026-01-05T11:00:00Z")
    before = [get(world, "/range" + query) for query in queries]
    world.client.post(FLOWS, json=TOO_MUCH)
    assert [get(world, "/range" + query) for query in queries] == before
    assert all(window["twr"]["twr"] is not None for window in before)


def test_the_lines_end_where_knowledge_does(world: World) -> None:
    before, drawn = get(world, "/series?days=0"), get(world, "/twr-history?days=0")
    world.client.post(FLOWS, json=TOO_MUCH)
    found = get(world, "/series?days=0")
    for line in ("twr_percent", "pnl_usd"):
        assert found[line] == [*before[line][:3], None, None]
    assert found["value_usd"] == before["value_usd"]
    assert get(world, "/twr-history?days=0") == drawn[:3]


def test_correcting_it_brings_everything_back(world: World) -> None:
    before = get(world, "/windows")
    number = world.client.post(FLOWS, json=TOO_MUCH).get_json()["cashflow"]["id"]
    assert get(world, "/windows") != before
    world.client.delete(f"{FLOWS}/{number}")
    assert get(world, "/windows") == before


def test_a_withdrawal_of_what_there_was_is_believed(world: World) -> None:
    world.client.post(FLOWS, json=TOO_MUCH | {"amount_usd": 46_000})
    assert get(world, "/twr/0")["twr"] is not None
    assert get(world, "/pnl/0")["pnl_usd"] is not None


def stored(world: World) -> list[tuple[Any, Any, Any]]:
    return [(row["twr"], row["pnl"], row["pnl_percent"]) for row in get(world, "/snapshots")["snapshots"]]


def test_stored_figures_behind_it_are_not_known_and_come_back_with_the_correction(world: World) -> None:
    before = stored(world)
    number = world.client.post(FLOWS, json=TOO_MUCH).get_json()["cashflow"]["id"]
    assert stored(world) == [*before[:3], *[(None, None, None)] * (len(before) - 3)]
    exported = world.client.get("/api/export/snapshots/csv").get_data(as_text=True).splitlines()
    assert [line.split(",")[4:6] for line in exported[4:]] == [["", ""]] * (len(before) - 3)
    assert world.client.delete(f"{FLOWS}/{number}").status_code == 200
    assert stored(world) == before
