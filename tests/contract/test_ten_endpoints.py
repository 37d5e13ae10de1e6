"""The ten endpoints over the real services: names, units, effects."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from typing import Any

import pytest
from tests.contract.world import HOUR_MS, START_MS, World

from dashboard_crypto.api import models, snapshots
from dashboard_crypto.api.snapshots import _row  # the row that is written without a model
from dashboard_crypto.db import flow_rows
from dashboard_crypto.db.records import NewFlow

FLOWS = "/api/performance/cashflows"


def get(world: World, path: str) -> Any:
    answer = world.client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.data, parse_float=Decimal)


def test_balances(world: World) -> None:
    found = get(world, "/api/portfolio/balances")
    assert [row["asset"] for row in found["balances"]] == ["BTC", "USDT"]
    assert sum(row["usd_value"] for row in found["balances"]) == found["total_value_usd"]
    assert sum(row["percentage"] for row in found["balances"]) == pytest.approx(100, abs=0.02)
    assert found["state"] == "live"
    assert found["timestamp"].endswith("Z")
    assert found["balances"][0]["wallets"] == {"spot": Decimal("0.5")}


def test_refresh_answers_at_once_and_is_limited(world: World) -> None:
    first = world.client.post("/api/portfolio/refresh")
    assert first.json is not None
    assert first.json["refresh_requested"] is True
    assert {"message", "total_value_usd", "balances_count", "state"} <= set(first.json)
    second = world.client.post("/api/portfolio/refresh", json={})
    assert second.json is not None
    assert second.json["refresh_requested"] is False


def test_snapshots_oldest_first_and_paged(world: World) -> None:
    everything = get(world, "/api/performance/snapshots")
    assert everything["count"] == 5
    assert everything["next_cursor"] is None
    times = [row["timestamp"] for row in everything["snapshots"]]
    assert times == sorted(times)
    assert everything["snapshots"][0]["twr"] in {0, None}
    pages, cursor = [], None
    while True:
        page = get(world, f"/api/performance/snapshots?limit=2{f'&cursor={cursor}' if cursor else ''}")
        pages += page["snapshots"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == everything["snapshots"]
    some = get(world, f"/api/performance/snapshots?start_date={times[1]}&end_date={times[3]}")
    assert [row["timestamp"] for row in some["snapshots"]] == times[1:4]


def test_all_snapshots_are_of_one_moment_whatever_is_written_meanwhile(world: World) -> None:
    before = world.services.performance.snapshots().rows
    pages = world.services.performance.snapshot_pages(rows=2)
    found = list(next(pages))
    world.client.post(FLOWS, json={"amount_usd": 9000, "type": "DEPOSIT", "timestamp": "2026-01-05T08:30:00Z"})
    found += [row for page in pages for row in page]
    assert found == before
    assert world.services.performance.snapshots().rows != before


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 6])
def test_pages_of_every_size_add_up(world: World, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    whole = get(world, "/api/performance/snapshots")
    monkeypatch.setattr(snapshots, "PAGE_ROWS", rows)
    assert get(world, "/api/performance/snapshots") == whole
    later = whole["snapshots"][1]["timestamp"]
    assert get(world, f"/api/performance/snapshots?start_date={later}")["snapshots"] == whole["snapshots"][1:]
    assert get(world, "/api/performance/snapshots?start_date=203001010000")["snapshots"] == []


def test_the_unmodelled_row_has_the_models_fields(world: World) -> None:
    row = world.services.performance.snapshots().rows[0]
    assert models.SnapshotOut.model_validate(_row(row)).model_dump() == _row(row)


def test_a_manual_snapshot_once_per_minute(world: World) -> None:
    created = world.client.post("/api/performance/snapshots")
    assert created.status_code == 201
    assert created.json is not None
    assert created.json["snapshot"]["source"] == "manual"
    again = world.client.post("/api/performance/snapshots")
    assert again.status_code == 409
    assert get(world, "/api/performance/snapshots")["count"] == 6


def test_a_stale_reading_makes_no_snapshot(world: World) -> None:
    world.clock.advance(3600)
    answer = world.client.post("/api/performance/snapshots")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert get(world, "/api/portfolio/balances")["state"] == "stale"


def test_cash_flow_life(world: World) -> None:
    before = get(world, "/api/performance/twr/0")
    created = world.client.post(FLOWS, json={"amount_usd": 1000.10, "type": "DEPOSIT", "note": "gift"})
    assert created.status_code == 201
    assert b'"amount_usd":1000.1' in created.data
    assert created.json is not None
    identifier = created.json["cashflow"]["id"]
    listed = get(world, FLOWS)
    assert (listed["count"], listed["total_deposits"], listed["total_withdrawals"]) == (1, Decimal("1000.1"), 0)
    edited = world.client.patch(f"{FLOWS}/{identifier}", json={"note": None, "type": "WITHDRAW", "amount_usd": 500})
    assert edited.status_code == 200, edited.data
    assert edited.json is not None
    assert edited.json["cashflow"]["note"] in {None, ""}
    assert edited.json["cashflow"]["amount_usd"] == -500
    assert world.client.delete(f"{FLOWS}/{identifier}").status_code == 200
    assert get(world, FLOWS)["count"] == 0
    assert get(world, "/api/performance/twr/0") == before


@pytest.mark.parametrize("amount", [250, -250])
def test_a_withdrawal_takes_either_sign_and_stores_a_negative_one(world: World, amount: int) -> None:
    created = world.client.post(FLOWS, json={"amount_usd": amount, "type": "WITHDRAW"})
    assert created.json is not None
    assert created.json["cashflow"]["amount_usd"] == -250


def test_a_flow_in_coins_is_valued_at_its_minute(world: World) -> None:
    given = {"asset": "BTC", "quantity": 0.1, "type": "DEPOSIT", "timestamp": "2026-01-05T09:30:00Z"}
    created = world.client.post(FLOWS, json=given)
    assert created.status_code == 201, created.data
    assert created.json is not None
    flow = created.json["cashflow"]
    assert flow["amount_usd"] == pytest.approx(0.1 * flow["price_usd"])
    assert flow["timestamp"] == "2026-01-05T09:30:00Z"


def test_a_back_dated_flow_shows_everywhere_at_once(world: World) -> None:
    for path in ("/api/performance/twr/0", "/api/performance/pnl/0", "/api/performance/stats", FLOWS):
        get(world, path)
    history = get(world, "/api/performance/twr-history?days=0")
    before = get(world, "/api/performance/pnl/0")["pnl_usd"]
    world.client.post(FLOWS, json={"amount_usd": 1000, "type": "DEPOSIT", "timestamp": "2026-01-05T09:30:00Z"})
    assert get(world, "/api/performance/pnl/0")["pnl_usd"] == before - 1000
    assert get(world, "/api/performance/stats")["total_cashflows"] == 1
    assert get(world, FLOWS)["count"] == 1
    after = get(world, "/api/performance/twr-history?days=0")
    assert after != history
    assert after[0] == history[0] | {"y": 0}


def test_an_idempotency_key_stores_once(world: World) -> None:
    headers = {"Idempotency-Key": "abc-1"}
    given = {"amount_usd": 10, "type": "DEPOSIT"}
    first = world.client.post(FLOWS, json=given, headers=headers)
    second = world.client.post(FLOWS, json=given, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    before = world.stored_bytes()
    third = world.client.post(FLOWS, json={**given, "amount_usd": 11}, headers=headers)
    assert third.status_code == 409
    assert world.stored_bytes() == before
    assert get(world, FLOWS)["count"] == 1


def test_twr_units_and_explanation(world: World) -> None:
    world.client.post(FLOWS, json={"amount_usd": 1000, "type": "DEPOSIT", "timestamp": "2026-01-05T09:30:00Z"})
    found = get(world, "/api/performance/twr/30")
    assert found["twr_percent"] == found["twr"].scaleb(2, Context(prec=80))
    assert found["annualization"] == "none"
    assert found["twr_annualized"] is None
    assert found["flow_count"] == 1
    explained = get(world, "/api/performance/twr/30/explain?limit=1")
    periods = list(explained["periods"])
    while explained["next_cursor"] is not None:
        explained = get(world, f"/api/performance/twr/30/explain?limit=1&cursor={explained['next_cursor']}")
        periods += explained["periods"]
    product = Decimal(1)
    for period in periods:
        product *= period["factor"]
    assert abs(product - (1 + found["twr"])) < Decimal("1e-25")


def test_history_ends_where_the_window_ends(world: World) -> None:
    history = get(world, "/api/performance/twr-history?days=0&max_points=0")
    assert history[0]["y"] == 0
    assert len(history) >= 5
    assert history[-1]["y"] == pytest.approx(get(world, "/api/performance/twr/0")["twr_percent"], abs=Decimal("1e-7"))


def test_stats(world: World) -> None:
    found = get(world, "/api/performance/stats")
    assert found["total_snapshots"] == 5
    assert found["tracking_days"] == pytest.approx(Decimal(4 * HOUR_MS) / 86_400_000)


def test_status_and_health(world: World) -> None:
    assert get(world, "/health") == {"status": "ok"}
    found = get(world, "/api/status")
    assert found["exchange"]["state"] == "live"
    assert found["key"]["can_withdraw"] is False
    assert found["database"]["backend"] == "sqlite"
    assert found["setup"]["steps"] == []
    assert {loop["name"]: loop["interval_seconds"] for loop in found["loops"]} == {"balances": 30, "snapshots": 3600}


def test_a_get_changes_nothing(world: World) -> None:
    before = world.stored_bytes()
    for path in (
        "/api/portfolio/balances",
        "/api/performance/snapshots",
        FLOWS,
        "/api/performance/twr/7",
        "/api/performance/twr/7/explain",
        "/api/performance/pnl/7",
        "/api/performance/stats",
        "/api/performance/twr-history",
        "/api/status",
        "/health",
    ):
        get(world, path)
    assert world.stored_bytes() == before


def test_a_flow_without_a_price_has_no_amount(world: World) -> None:
    flow = NewFlow(
        instant_ms=START_MS + 1_000_000,
        reported_ms=START_MS + 1_000_000,
        amount_usd=None,
        type="DEPOSIT",
        asset="OLDCOIN",
        quantity=Decimal(5),
        price_usd=None,
        value_before_usd=None,
        valuation_method="unvalued",
        valuation_pending=False,
        source="exchange",
        external_id="deposit:9",
        note=None,
    )
    with world.store.session() as session:
        before = world.services.history.synced(session)
        record = flow_rows.insert_flow(session, 1, flow, 0)
        world.services.history.publish(world.services.history.after_flow_change(session, before, (record,)))
    found = get(world, FLOWS)
    assert (found["cashflows"][0]["amount_usd"], found["cashflows"][0]["valuation_method"]) == (None, "unvalued")
    assert (found["total_deposits"], found["count"]) == (0, 1)
