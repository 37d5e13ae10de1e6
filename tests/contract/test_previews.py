"""A preview says what the change then does, in every figure, refuses what it refuses, and writes nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.world import HOUR_MS, START_MS, MemoryGateway, World

from dashboard_crypto.db import flow_rows
from dashboard_crypto.db.records import NewFlow

FLOWS = "/api/performance/cashflows"
PREVIEW = FLOWS + "/preview"
DAYS = "1,7,30,90,0"
AT_0930 = "2026-01-05T09:30:00Z"
AT_1130 = "2026-01-05T11:30:00Z"


def decoded(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_data(as_text=True)
    return json.loads(answer.data, parse_float=Decimal)


def windows(world: World) -> list[Any]:
    return list(decoded(world.client.get(f"/api/performance/windows?days={DAYS}"))["windows"])


def stored_flow(world: World, **fields: object) -> int:
    given = {"type": "DEPOSIT", "amount_usd": 500, "timestamp": AT_0930} | fields
    return int(decoded(world.client.post(FLOWS, json=given), 201)["cashflow"]["id"])


def imported_flow(world: World) -> int:
    """A deposit that the exchange reported, between two snapshots."""
    at_ms = START_MS + HOUR_MS + 1_000_000
    flow = NewFlow(
        instant_ms=at_ms,
        reported_ms=at_ms,
        amount_usd=Decimal("700.5"),
        type="DEPOSIT",
        asset="USDT",
        quantity=Decimal("700.5"),
        price_usd=Decimal(1),
        value_before_usd=None,
        valuation_method="modified_dietz",
        valuation_pending=False,
        source="exchange",
        external_id="deposit:1",
        note=None,
        kind="deposit",
    )
    with world.store.session() as session:
        before = world.services.history.synced(session)
        record = flow_rows.insert_flow(session, 1, flow, 0)
        state = world.services.history.after_flow_change(session, before, (record,))
    world.services.history.publish(state)
    return record.id


def in_usd(world: World) -> tuple[str, str, dict[str, object]]:
    return "add", FLOWS, {"type": "DEPOSIT", "amount_usd": 1000.10, "timestamp": AT_0930}


def large_withdrawal(world: World) -> tuple[str, str, dict[str, object]]:
    return "add", FLOWS, {"type": "WITHDRAW", "amount_usd": 40_000, "timestamp": AT_1130}


def in_coins(world: World) -> tuple[str, str, dict[str, object]]:
    return "add", FLOWS, {"type": "WITHDRAW", "asset": "BTC", "quantity": 0.1, "timestamp": AT_1130, "note": "gift"}


def now(world: World) -> tuple[str, str, dict[str, object]]:
    return "add", FLOWS, {"type": "DEPOSIT", "amount_usd": 10}


def before_the_first_snapshot(world: World) -> tuple[str, str, dict[str, object]]:
    return "add", FLOWS, {"type": "DEPOSIT", "amount_usd": 10, "timestamp": "2025-01-05T08:00:00Z"}


def at_a_snapshot(world: World) -> tuple[str, str, dict[str, object]]:
    return "add", FLOWS, {"type": "DEPOSIT", "amount_usd": 10, "timestamp": "2026-01-05T10:00:30Z"}


def other_amount(world: World) -> tuple[str, str, dict[str, object]]:
    return "edit", f"{FLOWS}/{stored_flow(world)}", {"amount_usd": 900.5, "type": "WITHDRAW"}


def other_time(world: World) -> tuple[str, str, dict[str, object]]:
    return "edit", f"{FLOWS}/{stored_flow(world)}", {"timestamp": AT_1130}


def from_usd_to_coins(world: World) -> tuple[str, str, dict[str, object]]:
    return "edit", f"{FLOWS}/{stored_flow(world)}", {"asset": "BTC", "quantity": 0.25}


def note_only(world: World) -> tuple[str, str, dict[str, object]]:
    return "edit", f"{FLOWS}/{stored_flow(world)}", {"note": None}


def override(world: World) -> tuple[str, str, dict[str, object]]:
    return "edit", f"{FLOWS}/{imported_flow(world)}", {"override_usd": 650.25}


def reclassed(world: World) -> tuple[str, str, dict[str, object]]:
    return "edit", f"{FLOWS}/{imported_flow(world)}", {"flow_class": "income"}


def removed(world: World) -> tuple[str, str, dict[str, object]]:
    return "delete", f"{FLOWS}/{stored_flow(world)}", {}


CHANGES = [
    in_usd,
    large_withdrawal,
    in_coins,
    now,
    before_the_first_snapshot,
    at_a_snapshot,
    other_amount,
    other_time,
    from_usd_to_coins,
    note_only,
    override,
    reclassed,
    removed,
]


def as_preview(action: str, path: str, fields: dict[str, object]) -> dict[str, object]:
    number = None if action == "add" else int(path.rsplit("/", 1)[1])
    return {"action": action, "id": number, **fields}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_preview_is_what_then_happens(world: World, change: Any) -> None:
    action, path, fields = change(world)
    before = windows(world)
    on_disk = world.stored_bytes()
    preview = decoded(world.client.post(PREVIEW, json=as_preview(action, path, fields)))
    assert world.stored_bytes() == on_disk
    assert windows(world) == before
    assert [one["before"] | {"days": one["days"]} for one in preview["windows"]] == before
    method = {"add": "POST", "edit": "PATCH", "delete": "DELETE"}[action]
    metrics = stored_metrics(world)
    done = world.client.open(path, method=method, json=fields if action != "delete" else None)
    assert done.status_code in {200, 201}, done.data
    assert [one["after"] | {"days": one["days"]} for one in preview["windows"]] == windows(world)
    changed = sum(old != new for old, new in zip(metrics, stored_metrics(world), strict=True))
    assert changed <= preview["snapshots_changed"] <= len(metrics)
    assert (preview["snapshots_changed"] > 0) == (changed > 0)
    if action != "delete":
        flow = decoded(done, done.status_code)["cashflow"]
        assert preview["amount_usd"] == flow["amount_usd"]
        assert preview["valuation_method"] == flow["valuation_method"]


@pytest.mark.parametrize("currency", ["USD", "EUR", "BTC"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_preview_in_a_currency_is_what_the_windows_then_tell(world: World, change: Any, currency: str) -> None:
    action, path, fields = change(world)
    asked = as_preview(action, path, fields)
    plain = world.client.post(PREVIEW, json=asked)
    preview = decoded(world.client.post(f"{PREVIEW}?currency={currency}", json=asked))
    assert preview["currency"] == currency
    assert (preview["amount"] is None) == (preview["reason"] == "rate_unknown")
    usd = decoded(plain)
    assert b'"currency"' not in plain.data
    assert usd.keys().isdisjoint({"amount", "reason", "currency"})
    assert "rates_pending" not in usd["flags"]
    assert {name: preview[name] for name in usd.keys() - {"windows", "flags"}} == {
        name: usd[name] for name in usd.keys() - {"windows", "flags"}
    }
    assert set(preview["flags"]) - set(usd["flags"]) <= {"rates_pending"}
    method = {"add": "POST", "edit": "PATCH", "delete": "DELETE"}[action]
    world.client.open(path, method=method, json=fields if action != "delete" else None)
    told = decoded(world.client.get(f"/api/performance/windows?days={DAYS}&currency={currency}"))["windows"]
    assert [one["after"] | {"days": one["days"]} for one in preview["windows"]] == told


@pytest.mark.parametrize("currency", ["", "eur", "GBP", "EUR,BTC"])
def test_a_preview_in_a_currency_that_is_none_of_ours_is_refused(shared_world: World, currency: str) -> None:
    given = {"action": "add", "type": "DEPOSIT", "amount_usd": 1}
    answer = shared_world.client.post(PREVIEW, query_string={"currency": currency}, json=given)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["pointer"] == "/query/currency"


def stored_metrics(world: World) -> list[tuple[Any, ...]]:
    return [(row.twr, row.pnl, row.pnl_percent) for row in world.services.performance.snapshots().rows]


def test_the_exchange_is_asked_once_for_a_price_that_is_looked_at_often(world: World) -> None:
    gateway = world.services.session.gateway()
    assert isinstance(gateway, MemoryGateway)
    gateway.asked.clear()
    given = as_preview(*in_coins(world))
    for quantity in (0.1, 0.11, 0.111):
        decoded(world.client.post(PREVIEW, json=given | {"quantity": quantity}))
    assert gateway.asked == ["BTC"]


def test_a_flow_that_waits_for_its_valuation_is_said_to(world: World) -> None:
    preview = decoded(world.client.post(PREVIEW, json=as_preview(*in_usd(world))))
    assert preview["flags"] == ["valuation_pending"]
    inside = decoded(world.client.post(PREVIEW, json=as_preview(*at_a_snapshot(world))))
    assert inside["flags"] == []


def test_a_flow_that_the_exchange_reports_as_well_is_said_to(world: World) -> None:
    imported_flow(world)
    twin = {"action": "add", "type": "DEPOSIT", "amount_usd": 700.5, "timestamp": AT_0930}
    assert "looks_imported" in decoded(world.client.post(PREVIEW, json=twin))["flags"]
    other = twin | {"amount_usd": 90}
    assert "looks_imported" not in decoded(world.client.post(PREVIEW, json=other))["flags"]


def test_a_withdrawal_of_more_than_there_is_brings_its_flag(world: World) -> None:
    too_much = {"action": "add", "type": "WITHDRAW", "amount_usd": 400_000, "timestamp": AT_1130}
    assert "implausible_flow" in decoded(world.client.post(PREVIEW, json=too_much))["flags"]


REFUSED: list[tuple[str, dict[str, object], int]] = [
    ("no action", {"type": "DEPOSIT", "amount_usd": 1}, 422),
    ("other action", {"action": "burn", "id": 1}, 422),
    ("add with id", {"action": "add", "id": 1, "type": "DEPOSIT", "amount_usd": 1}, 422),
    ("add without type", {"action": "add", "amount_usd": 1}, 422),
    ("add without amount", {"action": "add", "type": "DEPOSIT"}, 422),
    ("add with class", {"action": "add", "type": "DEPOSIT", "amount_usd": 1, "flow_class": "income"}, 422),
    ("add with null note", {"action": "add", "type": "DEPOSIT", "amount_usd": 1, "note": None}, 422),
    ("negative deposit", {"action": "add", "type": "DEPOSIT", "amount_usd": -1}, 422),
    ("future", {"action": "add", "type": "DEPOSIT", "amount_usd": 1, "timestamp": "2026-01-05T14:00:00Z"}, 422),
    ("unknown asset", {"action": "add", "type": "DEPOSIT", "asset": "NOSUCH", "quantity": 1}, 422),
    ("edit without id", {"action": "edit", "note": "x"}, 422),
    ("edit nothing", {"action": "edit", "id": 1}, 422),
    ("edit missing", {"action": "edit", "id": 999, "note": "x"}, 404),
    ("delete without id", {"action": "delete", "id": None}, 422),
    ("delete with fields", {"action": "delete", "id": 1, "note": "x"}, 422),
    ("delete missing", {"action": "delete", "id": 999}, 404),
    ("unknown field", {"action": "delete", "id": 1, "nope": 1}, 422),
]


@pytest.mark.parametrize(("given", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_change_is_refused(shared_world: World, given: dict[str, object], status: int) -> None:
    before = shared_world.stored_bytes()
    answer = shared_world.client.post(PREVIEW, json=given)
    assert answer.status_code == status, answer.data
    assert shared_world.stored_bytes() == before


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("add", {"type": "DEPOSIT", "asset": "NOSUCH", "quantity": 1}),
        ("add", {"type": "DEPOSIT", "amount_usd": 1, "timestamp": "2017-06-30T23:59:00Z"}),
        ("edit", {"amount_usd": 5}),
        ("edit", {"timestamp": AT_1130}),
        ("delete", {}),
    ],
)
def test_the_words_of_a_refusal_are_those_of_the_change(world: World, action: str, fields: dict[str, object]) -> None:
    path = FLOWS if action == "add" else f"{FLOWS}/{imported_flow(world)}"
    looked = decoded_problem(world.client.post(PREVIEW, json=as_preview(action, path, fields)))
    method = {"add": "POST", "edit": "PATCH", "delete": "DELETE"}[action]
    done = decoded_problem(world.client.open(path, method=method, json=fields if action != "delete" else None))
    assert looked == done


def decoded_problem(answer: Any) -> dict[str, object]:
    assert answer.mimetype == "application/problem+json"
    problem: dict[str, object] = json.loads(answer.data)
    return {name: value for name, value in problem.items() if name != "instance"}
