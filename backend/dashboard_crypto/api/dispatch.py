"""From a Flask request to a handler's call and back. Order: media type, syntax, schema, then the handler's rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Response, request
from pydantic import BaseModel, ValidationError

from dashboard_crypto.api import wire
from dashboard_crypto.api.answers import COMPRESS_FROM_BYTES, AnswerStore, Stored, accepts_gzip, zipped
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.inputs import Input
from dashboard_crypto.api.problems import FieldError, Refusal

MAX_BODY_BYTES = 65_536
_DETAILS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "is required"),
    "extra_forbidden": ("unknown_field", "holds a field that is not known here"),
    "string_unicode": ("text", "must be well-formed Unicode text"),
    "string_too_long": ("too_long", "is too long"),
    "string_too_short": ("too_short", "is too short"),
    "too_long": ("too_long", "has too many entries"),
    "too_short": ("too_short", "has too few entries"),
    "string_pattern_mismatch": ("format", "does not have the right form"),
    "literal_error": ("choice", "is not one of the choices"),
    "greater_than_equal": ("range", "is out of range"),
    "less_than_equal": ("range", "is out of range"),
}


def view_of(endpoint: Endpoint, context: ApiContext, answers: AnswerStore) -> Callable[..., Response]:
    """The Flask view of one endpoint."""

    def view(**path: str) -> Response:
        if endpoint.stored:
            return _stored_view(endpoint, context, answers, path)
        return _to_response(endpoint.handler(context, read_call(endpoint, path)), endpoint.status)

    return view


def _stored_view(endpoint: Endpoint, context: ApiContext, answers: AnswerStore, path: Mapping[str, str]) -> Response:
    # The revision is read before the data, so a write in between makes the answer old at once, never wrong for long.
    revision = context.portfolio.revision()
    made = endpoint.handler(context, read_call(endpoint, path))
    stored = made if isinstance(made, Stored) else Stored(_body_of(made))
    answers.put((request.environ["PATH_INFO"], request.environ.get("QUERY_STRING", "")), revision, stored)
    status, headers, body = stored.answer(
        request.headers.get("If-None-Match", ""), request.headers.get("Accept-Encoding", "")
    )
    return Response(body, status=status, headers=headers)


def _body_of(made: BaseModel | Response) -> bytes:
    if isinstance(made, Response):
        raise TypeError("a stored endpoint answers with a model or with Stored")
    return _dumped(made)


def _dumped(made: BaseModel) -> bytes:
    """What nobody asked for is left out: a figure in USD looks as it did before there were other currencies."""
    return wire.dump(made.model_dump(exclude_unset=True))


def _to_response(made: BaseModel | Stored | Response, status: int) -> Response:
    if isinstance(made, Response):
        return made
    if isinstance(made, Stored):
        raise TypeError("only a stored endpoint answers with Stored")
    return plain_response(_dumped(made), status)


def plain_response(body: bytes, status: int = 200) -> Response:
    """A personal answer without ETag: never kept by anybody."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Vary": "Accept-Encoding, Origin"}
    if len(body) >= COMPRESS_FROM_BYTES and accepts_gzip(request.headers.get("Accept-Encoding", "")):
        stored = Stored(body)
        body = stored.form().zipped()
        headers["Content-Encoding"] = "gzip"
    return Response(body, status=status, headers=headers)


def answer_in_parts(parts: Iterable[bytes], media_type: str = "application/json") -> Response:
    """A long personal answer, sent as it is made."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding, Origin"}
    if accepts_gzip(request.headers.get("Accept-Encoding", "")):
        parts = zipped(parts)
        headers["Content-Encoding"] = "gzip"
    return Response(parts, mimetype=media_type, headers=headers)


def read_call(endpoint: Endpoint, path: Mapping[str, str]) -> Call:
    """Validate the whole request, or raise `Refusal`."""
    body = _read_body(endpoint) if endpoint.method != "GET" else None
    found: list[FieldError] = []
    path_in = _validate(endpoint.path_model, dict(path), "/path", found)
    query_in = _validate(endpoint.query_model, _query(found), "/query", found)
    body_in = _validate(endpoint.body_model, body, "", found)
    key = _idempotency_key(found) if endpoint.idempotent_by_key else None
    if found:
        raise Refusal(422, "Some values are not valid; `errors` names each.", tuple(found))
    return Call(path_in, query_in, body_in, key)


def _query(found: list[FieldError]) -> dict[str, str]:
    lists = request.args.to_dict(flat=False)
    found.extend(
        FieldError("/query", "repeated", "a parameter is given twice") for values in lists.values() if len(values) > 1
    )
    return {name: values[0] for name, values in lists.items()}


def _read_body(endpoint: Endpoint) -> object:
    raw = _received()
    has_type = bool(request.headers.get("Content-Type"))
    optional = endpoint.body_model is None or not endpoint.body_required
    if optional and not raw and not has_type:
        return {}
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal(415, "Send the body as it is, not compressed.", headers={"Accept-Encoding": "identity"})
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in {"utf-8", "utf8"}:
        raise Refusal(415, "Send the body as application/json in UTF-8.", headers={"Accept": "application/json"})
    if optional and not raw:
        return {}
    try:
        parsed = wire.parse(raw)
    except wire.BrokenJsonError as error:
        raise Refusal(400, str(error)) from error
    if endpoint.body_model is None and parsed != {}:
        raise Refusal(422, "This request takes no fields.", (FieldError("", "unknown_field", "takes no fields"),))
    return parsed


def _received() -> bytes:
    """The whole body. What was cut off on its way may still be JSON, but it is not what was sent."""
    raw = request.get_data(cache=False)
    if len(raw) > MAX_BODY_BYTES:
        raise Refusal(413, "The body may hold at most 64 kB.")
    if request.content_length is not None and len(raw) != request.content_length:
        raise Refusal(400, "The body is shorter than its announced length.")
    return raw


def _idempotency_key(found: list[FieldError]) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(r"[\x21-\x7e]{1,64}", key):
        found.append(
            FieldError("/header/Idempotency-Key", "format", "must be 1 to 64 visible ASCII characters without blanks")
        )
    return key


def _validate(model: type[Input] | None, value: object, prefix: str, found: list[FieldError]) -> Input | None:
    if model is None:
        return None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found.extend(_field_error(item, prefix) for item in error.errors(include_url=False, include_input=False))
        return None


def _field_error(item: Mapping[str, Any], prefix: str) -> FieldError:
    kind, location = item["type"], list(item["loc"])
    if kind == "extra_forbidden":
        # The name came from the client: it is not echoed.
        location = location[:-1]
    pointer = prefix + "".join(f"/{part}" for part in location if part != "function-after")
    if kind in _DETAILS:
        code, detail = _DETAILS[kind]
        limits = item.get("ctx", {})
        if code == "range":
            detail = " ".join(f"must be at {'least' if k == 'ge' else 'most'} {v}" for k, v in limits.items())
        elif code == "choice":
            detail = f"must be {limits['expected']}"
    elif "_type" in kind and "must be" not in item["msg"]:
        code, detail = "type", "has the wrong type"
    elif kind in _OWN_KINDS:
        code, detail = kind.removesuffix("_type"), item["msg"]
    else:
        code, detail = "invalid", "is not valid"
    return FieldError(pointer, code, detail)


_OWN_KINDS = frozenset(
    {
        "time",
        "time_type",
        "cursor",
        "days_list",
        "number_type",
        "number_range",
        "range",
        "contradiction",
        "zero",
        "sign",
        "missing",
        "null_type",
    }
)
