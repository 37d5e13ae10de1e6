"""The OpenAPI 3.1 document, written from the same endpoint table and models that serve the requests.

`python -m dashboard_crypto.api.openapi` prints it; the frontend's typed client is generated from that file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from dashboard_crypto import __version__
from dashboard_crypto.api.endpoint import Endpoint
from dashboard_crypto.api.models import Problem
from dashboard_crypto.api.problems import KINDS, MEDIA_TYPE
from dashboard_crypto.api.routes import ENDPOINTS, EXTRA_MODELS

_REF = "#/components/schemas/{model}"
_TAGS = {
    "portfolio": "What there is right now",
    "performance": "Snapshots, cash flows and returns",
    "status": "How the program itself is doing",
}


class _Schema(GenerateJsonSchema):
    """Without the title that pydantic would give every field."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the signature is pydantic's
        return False


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Binance Portfolio Manager",
            "version": __version__,
            "description": "What a whole Binance account is worth and how it has really performed. "
            "Money is written exactly; unknown is null with a reason beside it.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(), "responses": {str(s): _problem(s) for s in sorted(KINDS)}},
    }


def text() -> str:
    """The document as it is committed and served."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _schemas() -> dict[str, Any]:
    answers: set[type[BaseModel]] = {e.shape for e in ENDPOINTS if isinstance(e.shape, type)}
    answers |= {Problem, *EXTRA_MODELS}
    bodies = {e.body_model for e in ENDPOINTS if e.body_model is not None}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "serialization") for model in answers]
    wanted += [(model, "validation") for model in bodies]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, definitions = models_json_schema(wanted, ref_template=_REF, schema_generator=_Schema)
    found: dict[str, Any] = definitions["$defs"]
    return {name: _tidy(found[name]) for name in sorted(found)}


def _tidy(schema: Any) -> Any:
    """Drop `default: null` of optional inputs: leaving a field out is not the same as sending null."""
    if isinstance(schema, dict):
        return {k: _tidy(v) for k, v in schema.items() if not (k == "default" and v is None)}
    return [_tidy(item) for item in schema] if isinstance(schema, list) else schema


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint),
    }
    if endpoint.body_model is not None:
        reference = {"$ref": _REF.format(model=endpoint.body_model.__name__)}
        content = _content(reference, endpoint.body_example)
        operation["requestBody"] = {"required": endpoint.body_required, "content": {"application/json": content}}
    operation["responses"] = _responses(endpoint)
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place, model in (("path", endpoint.path_model), ("query", endpoint.query_model)):
        if model is None:
            continue
        schema = _tidy(model.model_json_schema(schema_generator=_Schema))
        required = set(schema.get("required", ()))
        for name, field in schema["properties"].items():
            plain = _without_null(field)
            found.append(
                {
                    "name": name,
                    "in": place,
                    "required": name in required,
                    **({"description": plain.pop("description")} if "description" in plain else {}),
                    "schema": plain,
                }
            )
    if endpoint.idempotent_by_key:
        key = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,64}$"}
        text = "Repeating a request with the same key and body does nothing twice"
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "description": text, "schema": key})
    return found


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is left out, never null."""
    choices = [choice for choice in field.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return dict(field)
    return {**{k: v for k, v in field.items() if k != "anyOf"}, **choices[0]}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    shape = endpoint.shape
    schema = {"$ref": _REF.format(model=shape.__name__)} if isinstance(shape, type) else dict(shape)
    answer: dict[str, Any] = {
        "description": HTTPStatus(endpoint.status).phrase,
        "content": {endpoint.media_type: _content(schema, endpoint.example)},
    }
    found: dict[str, Any] = {str(endpoint.status): answer}
    if endpoint.stored or endpoint.operation_id == "list_snapshots":
        answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
        found["304"] = {"description": "Not modified"}
    found |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in endpoint.all_refusals}
    if endpoint.path == "/health":
        found["503"] = {**answer, "description": "A loop is dead"}
    return dict(sorted(found.items()))


def _content(schema: dict[str, Any], example: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": KINDS[status][1],
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    name = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}.get(status)
    if name is not None:
        answer["headers"] = {name: {"schema": {"type": "string"}}}
    return answer


if __name__ == "__main__":
    sys.stdout.write(text())
