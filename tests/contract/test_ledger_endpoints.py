"""/api/ledger and splits over the real services: what is taken, what is answered, what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.world import START_MS, World

from dashboard_crypto.core import ledger
from dashboard_crypto.core.model import Span
from dashboard_crypto.db import ledger_rows
from dashboard_crypto.db.ledger_rows import LedgerRecord, SourceState

FLOWS = "/api/performance/cashflows"


@pytest.fixture
def told(world: World) -> World:
    """With three airdrops and a deposit in the ledger, and the deposit among the cash flows."""
    deposit = {
        "id": "d1", "coin": "USDT", "amount": "100.50", "status": 1, "txId": "0x1", "address": "a",
        "insertTime": START_MS, "completeTime": START_MS + 7_200_000,
    }  # fmt: skip
    gifts = [
        {"id": n, "asset": "BTC", "amount": "0.01", "divTime": START_MS + n * 1000, "enInfo": "Airdrop", "tranId": n}
        for n in range(3)
    ]
    entries = [ledger.convert("deposit", deposit), *(ledger.convert("dividend", gift) for gift in gifts)]
    with world.store.session() as session:
        ledger_rows.save_records(session, 1, [LedgerRecord(entry, "{}") for entry in entries])
        for name in ("deposit", "dividend"):
            ledger_rows.save_source(session, 1, SourceState(name, done=True, progress=1.0), START_MS)
    gateway = world.services.session.gateway()
    assert gateway is not None
    flows = world.services.auto_refresh._worker._flows
    spans = dict.fromkeys(("deposit", "dividend"), Span(0, START_MS))
    flows.step(gateway, world.services.auto_refresh._lease.require(), spans)
    return world


def get(world: World, path: str) -> Any:
    answer = world.client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.data, parse_float=Decimal)


def test_the_ledger_in_pages(told: World) -> None:
    page = get(told, "/api/ledger?limit=3")
    assert [(row["kind"], row["quantity"]) for row in page["movements"]] == [
        ("deposit", Decimal("100.50")), ("dividend", Decimal("0.01")), ("dividend", Decimal("0.01")),
    ]  # fmt: skip
    rest = get(told, f"/api/ledger?limit=3&cursor={page['next_cursor']}")
    assert [row["exchange_id"] for row in rest["movements"]] == ["0"]
    assert rest["next_cursor"] is None
    assert get(told, "/api/ledger?kind=dividend&asset=BTC&wallet=spot&end_date=2026-01-05T08:00:01Z")["movements"] == [
        *page["movements"][2:], *rest["movements"],
    ]  # fmt: skip
    assert get(told, "/api/ledger?asset=ETH")["movements"] == []


def test_a_movement_is_reclassified_and_back(told: World) -> None:
    (gift,) = get(told, "/api/ledger?kind=dividend&limit=1")["movements"]
    path = f"/api/ledger/{gift['id']}"
    changed = told.client.patch(path, json={"flow_class": "external", "note": "a refund"})
    assert changed.status_code == 200
    assert changed.json is not None
    assert changed.json["movement"] == {**gift, "quantity": 0.01, "flow_class": "external", "note": "a refund"}
    flows = get(told, FLOWS)["cashflows"]
    assert [(flow["kind"], flow["note"]) for flow in flows] == [("dividend", "a refund"), ("deposit", None)]
    assert told.client.patch(path, json={"flow_class": None, "note": None}).status_code == 200
    assert [flow["kind"] for flow in get(told, FLOWS)["cashflows"]] == ["deposit"]
    assert get(told, "/api/ledger?kind=dividend&limit=1")["movements"] == [gift]


def test_a_flow_is_split_and_whole_again(told: World) -> None:
    (flow,) = get(told, FLOWS)["cashflows"]
    assert (flow["parts"], flow["parts_apply"], flow["counted_usd"]) == ([], True, Decimal("100.50"))
    parts = [
        {"quantity": 60.25, "flow_class": "external"},
        {"quantity": 40.25, "flow_class": "performance", "note": "x"},
    ]
    split = told.client.post(f"{FLOWS}/{flow['id']}/split", json={"parts": parts})
    assert split.status_code == 200, split.data
    (now,) = get(told, FLOWS)["cashflows"]
    assert (now["counted_usd"], now["amount_usd"]) == (Decimal("60.25"), Decimal("100.50"))
    assert now["parts"] == [
        {"amount_usd": Decimal("60.25"), "quantity": Decimal("60.25"), "flow_class": "external", "note": None},
        {"amount_usd": Decimal("40.25"), "quantity": Decimal("40.25"), "flow_class": "performance", "note": "x"},
    ]
    assert told.client.delete(f"{FLOWS}/{flow['id']}/split").status_code == 200
    assert get(told, FLOWS)["cashflows"] == [flow]
    assert told.client.delete(f"{FLOWS}/{flow['id']}/split").status_code == 409


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([{"quantity": 60, "flow_class": "external"}, {"quantity": 40, "flow_class": "internal"}], "split_sum"),
        ([{"quantity": 60, "flow_class": "external"}, {"amount_usd": 40.5, "flow_class": "internal"}], "contradiction"),
        ([{"quantity": 1, "amount_usd": 1, "flow_class": "external"}] * 2, "contradiction"),
        ([{"quantity": -1, "flow_class": "external"}, {"quantity": 101.5, "flow_class": "internal"}], "sign"),
        ([{"quantity": 100.5, "flow_class": "external"}], "too_short"),
        ([{"quantity": 50.25, "flow_class": "income"}] * 2, "choice"),
    ],
)
def test_parts_that_make_no_sense_are_refused(told: World, parts: list[Any], code: str) -> None:
    (flow,) = get(told, FLOWS)["cashflows"]
    answer = told.client.post(f"{FLOWS}/{flow['id']}/split", json={"parts": parts})
    assert answer.status_code == 422
    assert answer.json is not None
    assert code in {error["code"] for error in answer.json["errors"]}
    assert get(told, FLOWS)["cashflows"] == [flow]


@pytest.mark.parametrize("name", ["x", "!", "ZA", "ZGVwb3NpdDo5OQ", "A" * 2001, "ZGVwb3NpdA=="])
def test_ids_and_cursors_of_our_own_making_only(told: World, name: str) -> None:
    assert told.client.patch(f"/api/ledger/{name}", json={"note": "x"}).status_code in {404, 422}
    assert told.client.get(f"/api/ledger?cursor={name}").status_code == 422


def test_an_empty_change_is_refused(told: World) -> None:
    (gift,) = get(told, "/api/ledger?kind=dividend&limit=1")["movements"]
    assert told.client.patch(f"/api/ledger/{gift['id']}", json={}).status_code == 422
