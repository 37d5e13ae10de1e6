"""The bad-input table, row by row: the status, the form of the answer, and a database that did not move a byte."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from tests.contract.world import World

from dashboard_crypto.api.routes import ENDPOINTS

FLOWS = "/api/performance/cashflows"
SNAPSHOTS = "/api/performance/snapshots"
JSON = {"content_type": "application/json"}
GOOD: dict[str, object] = {"amount_usd": 1000, "type": "DEPOSIT"}


def body(**changes: object) -> dict[str, Any]:
    return {"json": {**GOOD, **changes}}


def raw(data: bytes | str, **more: Any) -> dict[str, Any]:
    return {"data": data, **JSON, **more}


def without(name: str) -> dict[str, Any]:
    return {"json": {key: value for key, value in GOOD.items() if key != name}}


ROWS: list[tuple[str, str, str, dict[str, Any], int]] = [
    # wrong method, TRACE, invented method, override
    ("put", "PUT", FLOWS, body(), 405),
    ("delete a list", "DELETE", FLOWS, {}, 405),
    ("trace", "TRACE", FLOWS, {}, 405),
    ("invented", "FROBNICATE", FLOWS, {}, 405),
    ("post to a getter", "POST", "/api/performance/stats", body(), 405),
    ("override", "POST", FLOWS, {**body(), "headers": {"X-HTTP-Method-Override": "DELETE"}}, 405),
    # who and from where
    ("unknown host", "GET", "/api/status", {"headers": {"Host": "evil.example"}}, 400),
    ("cross-site write", "POST", FLOWS, {**body(), "headers": {"Origin": "https://evil.example"}}, 403),
    ("cross-site refresh", "POST", "/api/portfolio/refresh", {"headers": {"Origin": "https://evil.example"}}, 403),
    # sizes
    ("body too large", "POST", FLOWS, raw(b'{"note":"' + b"x" * 65_536 + b'"}'), 413),
    ("url too long", "GET", "/api/performance/twr-history?days=" + "1" * 5_000, {}, 414),
    ("headers too large", "GET", "/api/status", {"headers": {"X-A": "a" * 20_000}}, 431),
    # media type
    ("form", "POST", FLOWS, {"data": {"amount_usd": "1"}}, 415),
    ("text", "POST", FLOWS, {"data": "{}", "content_type": "text/plain"}, 415),
    ("no type", "POST", FLOWS, {"data": b'{"amount_usd":1}'}, 415),
    ("latin1", "POST", FLOWS, {"data": b"{}", "content_type": "application/json; charset=latin1"}, 415),
    ("compressed", "POST", FLOWS, raw(gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}), 415),
    # syntax
    ("broken", "POST", FLOWS, raw('{"amount_usd":'), 400),
    ("empty", "POST", FLOWS, raw(b""), 400),
    ("bad utf-8", "POST", FLOWS, raw(b'{"type":"\xff"}'), 400),
    ("utf-16", "POST", FLOWS, raw(json.dumps(GOOD).encode("utf-16")), 400),
    ("duplicate key", "POST", FLOWS, raw('{"amount_usd":1,"amount_usd":2,"type":"DEPOSIT"}'), 400),
    ("NaN", "POST", FLOWS, raw('{"amount_usd":NaN,"type":"DEPOSIT"}'), 400),
    ("Infinity", "POST", FLOWS, raw('{"amount_usd":-Infinity,"type":"DEPOSIT"}'), 400),
    ("60,000 levels", "POST", FLOWS, raw("[" * 60_000), 400),
    ("60,000 closed levels", "POST", FLOWS, raw("[" * 30_000 + "]" * 30_000), 400),
    ("20,000 digits", "POST", FLOWS, raw('{"amount_usd":' + "9" * 20_000 + ',"type":"DEPOSIT"}'), 400),
    # schema
    ("a list", "POST", FLOWS, {"json": [GOOD]}, 422),
    ("null", "POST", FLOWS, raw("null"), 422),
    ("a number", "POST", FLOWS, raw("5"), 422),
    ("no type field", "POST", FLOWS, without("type"), 422),
    ("no amount", "POST", FLOWS, without("amount_usd"), 422),
    ("null amount", "POST", FLOWS, body(amount_usd=None), 422),
    ("null note", "POST", FLOWS, body(note=None), 422),
    ("unknown field", "POST", FLOWS, body(amount=1), 422),
    ("amount as text", "POST", FLOWS, body(amount_usd="5"), 422),
    ("amount as bool", "POST", FLOWS, body(amount_usd=True), 422),
    ("amount as list", "POST", FLOWS, body(amount_usd=[5]), 422),
    ("amount zero", "POST", FLOWS, body(amount_usd=0), 422),
    ("amount huge", "POST", FLOWS, raw('{"amount_usd":1e300,"type":"DEPOSIT"}'), 422),
    ("amount endless", "POST", FLOWS, raw('{"amount_usd":1e999999999,"type":"DEPOSIT"}'), 422),
    ("amount tiny", "POST", FLOWS, raw('{"amount_usd":5e-324,"type":"DEPOSIT"}'), 422),
    ("negative deposit", "POST", FLOWS, body(amount_usd=-1), 422),
    ("lower-case type", "POST", FLOWS, body(type="deposit"), 422),
    ("type as list", "POST", FLOWS, body(type=["DEPOSIT"]), 422),
    ("amount and quantity", "POST", FLOWS, body(asset="BTC", quantity=1), 422),
    ("asset without quantity", "POST", FLOWS, {"json": {"type": "DEPOSIT", "asset": "BTC"}}, 422),
    ("quantity without asset", "POST", FLOWS, {"json": {"type": "DEPOSIT", "quantity": 1}}, 422),
    ("negative quantity", "POST", FLOWS, {"json": {"type": "WITHDRAW", "asset": "BTC", "quantity": -1}}, 422),
    ("unknown asset", "POST", FLOWS, {"json": {"type": "DEPOSIT", "asset": "NOSUCH", "quantity": 1}}, 422),
    ("time without zone", "POST", FLOWS, body(timestamp="2026-01-05T10:00:00"), 422),
    ("impossible time", "POST", FLOWS, body(timestamp="2026-02-30T10:00:00Z"), 422),
    ("future", "POST", FLOWS, body(timestamp="2026-01-05T14:00:00Z"), 422),
    ("before the exchange", "POST", FLOWS, body(timestamp="2017-06-30T23:59:00Z"), 422),
    ("time as float", "POST", FLOWS, body(timestamp=1.5), 422),
    ("long note", "POST", FLOWS, body(note="x" * 501), 422),
    ("lone surrogate", "POST", FLOWS, raw('{"amount_usd":1,"type":"DEPOSIT","note":"\\ud800"}'), 422),
    ("surrogate as key", "POST", FLOWS, raw('{"\\udfff":1}'), 422),
    ("nul in note", "POST", FLOWS, raw('{"amount_usd":1,"type":"DEPOSIT","note":"\\u0000"}'), 422),
    ("bad idempotency key", "POST", FLOWS, {**body(), "headers": {"Idempotency-Key": "a b"}}, 422),
    ("long idempotency key", "POST", FLOWS, {**body(), "headers": {"Idempotency-Key": "a" * 65}}, 422),
    ("refresh with fields", "POST", "/api/portfolio/refresh", {"json": {"now": True}}, 422),
    ("snapshot with fields", "POST", SNAPSHOTS, {"json": {"total_value_usd": 1}}, 422),
    ("patch nothing", "PATCH", FLOWS + "/1", {"json": {}}, 422),
    ("patch null", "PATCH", FLOWS + "/1", {"json": {"amount_usd": None}}, 422),
    ("patch id text", "PATCH", FLOWS + "/x", {"json": {"note": "y"}}, 422),
    ("patch id zero", "PATCH", FLOWS + "/0", {"json": {"note": "y"}}, 422),
    ("patch id huge", "PATCH", FLOWS + "/" + "9" * 30, {"json": {"note": "y"}}, 422),
    ("days text", "GET", "/api/performance/twr/abc", {}, 422),
    ("days negative", "GET", "/api/performance/twr/-1", {}, 422),
    ("days too many", "GET", "/api/performance/pnl/36501", {}, 422),
    ("days float", "GET", "/api/performance/twr/1.5", {}, 422),
    ("days arabic", "GET", "/api/performance/twr/٧", {}, 422),
    ("history days", "GET", "/api/performance/twr-history?days=-5", {}, 422),
    ("history points", "GET", "/api/performance/twr-history?max_points=10000000", {}, 422),
    ("limit zero", "GET", SNAPSHOTS + "?limit=0", {}, 422),
    ("cursor", "GET", SNAPSHOTS + "?cursor=x", {}, 422),
    ("cursor at the end of time", "GET", SNAPSHOTS + "?cursor=253402300799999", {}, 422),
    ("date", "GET", SNAPSHOTS + "?start_date=yesterday", {}, 422),
    ("dates reversed", "GET", FLOWS + "?start_date=202601050000&end_date=202601040000", {}, 422),
    ("repeated parameter", "GET", SNAPSHOTS + "?limit=1&limit=2", {}, 422),
    ("unknown parameter", "GET", SNAPSHOTS + "?nope=1", {}, 422),
    ("400 parameters", "GET", SNAPSHOTS + "?" + "&".join(f"p{i}=1" for i in range(400)), {}, 422),
    ("other portfolio", "GET", "/api/portfolio/balances?portfolio=2", {}, 422),
    # state
    ("patch missing", "PATCH", FLOWS + "/999", {"json": {"note": "y"}}, 404),
    ("delete missing", "DELETE", FLOWS + "/999", {}, 404),
    ("unknown path", "GET", "/api/performance/nothing", {}, 404),
    ("trailing slash", "GET", "/api/performance/stats/", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "given", "status"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_bad_input(shared_world: World, method: str, path: str, given: dict[str, Any], status: int) -> None:
    before = shared_world.stored_bytes()
    answer = shared_world.client.open(path, method=method, **given)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert shared_world.stored_bytes() == before
    assert answer.mimetype == "application/problem+json"
    problem = json.loads(answer.data)
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == status
    assert (status == 422) == ("errors" in problem)
    assert "pydantic" not in answer.get_data(as_text=True).lower()
    if status == 405:
        assert answer.headers["Allow"]


def test_a_body_may_be_missing_just_where_the_document_says_so(shared_world: World) -> None:
    asked = [endpoint for endpoint in ENDPOINTS if endpoint.body_model is not None]
    assert {endpoint.body_required for endpoint in asked} == {False, True}
    for endpoint in asked:
        answer = shared_world.client.open(endpoint.path.replace("{id}", "999"), method=endpoint.method)
        assert (answer.status_code == 415) == endpoint.body_required, endpoint.path


def test_the_input_is_not_echoed(shared_world: World) -> None:
    marker = "zebra-marker-12345"
    for given in (body(type=marker), body(**{marker: 1}), body(timestamp=marker), body(asset=marker)):
        answer = shared_world.client.post(FLOWS, **given)
        assert answer.status_code == 422
        assert marker.encode() not in answer.data
    assert marker.encode() not in shared_world.client.get(f"/api/performance/twr/{marker}").data


def test_errors_point_at_the_value(shared_world: World) -> None:
    answer = shared_world.client.post(FLOWS, json={"amount_usd": "5", "type": "GIFT", "note": "x" * 501})
    pointers = {error["pointer"]: error["code"] for error in json.loads(answer.data)["errors"]}
    assert pointers == {"/amount_usd": "number", "/type": "choice", "/note": "too_long"}


HOSTILE = [
    "'; DROP TABLE cash_flows; --",
    "<script>alert(1)</script>",
    "=1+1",
    "../../etc/passwd",
    "a\r\nSet-Cookie: x=1",
    "\u202eevil",
    "🤷" * 250,
]


@pytest.mark.parametrize("note", HOSTILE)
def test_hostile_text_is_stored_and_inert(world: World, note: str) -> None:
    created = world.client.post(FLOWS, json={**GOOD, "note": note})
    assert created.status_code == 201
    assert "Set-Cookie" not in created.headers
    listed = world.client.get(FLOWS)
    assert listed.json is not None
    assert [row["note"] for row in listed.json["cashflows"]] == [note]
    assert listed.mimetype == "application/json"
