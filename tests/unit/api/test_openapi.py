"""The document is made from what serves, and the committed copy is today's."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.api.fakes import Fakes

from dashboard_crypto.api import openapi
from dashboard_crypto.api.routes import ENDPOINTS

COMMITTED = Path(__file__).resolve().parents[3] / "frontend" / "openapi.json"


def test_the_committed_document_is_what_the_program_writes() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi.text(), (
        "run: dashboard-crypto openapi > frontend/openapi.json"
    )


def test_the_served_document_is_the_same(tmp_path: Path) -> None:
    assert json.loads(Fakes(tmp_path).client.get("/api/openapi.json").data) == json.loads(openapi.text())


def test_every_endpoint_is_routed_and_documented() -> None:
    paths = openapi.document()["paths"]
    assert {(e.path, e.method.lower()) for e in ENDPOINTS} == {(p, m) for p, ops in paths.items() for m in ops}
    identifiers = [op["operationId"] for ops in paths.values() for op in ops.values()]
    assert len(identifiers) == len(set(identifiers))


def test_every_reference_resolves() -> None:
    document = openapi.document()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target: object = document
                for part in str(node["$ref"]).removeprefix("#/").split("/"):
                    assert isinstance(target, dict)
                    target = target[part]
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(document)


def test_a_default_has_the_type_of_its_parameter() -> None:
    types: dict[str, type | tuple[type, ...]] = {"integer": int, "string": str}
    for path, operations in openapi.document()["paths"].items():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                schema = parameter["schema"]
                if "default" in schema:
                    assert isinstance(schema["default"], types[schema["type"]]), (path, parameter["name"])


def test_money_is_a_number_in_the_document() -> None:
    schemas = openapi.document()["components"]["schemas"]
    assert schemas["BalancesOut"]["properties"]["total_value_usd"]["type"] == "number"
    assert schemas["CashFlowIn"]["properties"]["amount_usd"]["type"] == "number"


def test_the_documentation_has_a_heading_for_every_endpoint() -> None:
    page = (COMMITTED.parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    assert [e.path for e in ENDPOINTS if f"## {e.method} {e.path}" not in page] == []
