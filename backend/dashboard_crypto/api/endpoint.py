"""One entry per endpoint: what it takes, what it answers. Routes and the OpenAPI document are both made from these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from flask import Response
from pydantic import BaseModel

from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.inputs import Input, Query

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Shape = type[BaseModel] | Mapping[str, Any]
InputT = TypeVar("InputT", bound=Input)


@dataclass(frozen=True, slots=True)
class Call:
    """One validated request."""

    path: Input | None = None
    query: Input | None = None
    body: Input | None = None
    idempotency_key: str | None = None

    def path_as(self, kind: type[InputT]) -> InputT:
        """The path's values."""
        return _sure(self.path, kind)

    def query_as(self, kind: type[InputT]) -> InputT:
        """The query's values."""
        return _sure(self.query, kind)

    def body_as(self, kind: type[InputT]) -> InputT:
        """The body's values."""
        return _sure(self.body, kind)


def _sure(value: Input | None, kind: type[InputT]) -> InputT:
    if not isinstance(value, kind):
        raise TypeError(f"this endpoint does not take {kind.__name__}")
    return value


Handler = Callable[[ApiContext, Call], "BaseModel | Stored | Response"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` in OpenAPI form. `stored` answers are kept as bytes until the revision moves and carry an ETag.

    `shape` is the answer's model, or a JSON schema where the answer is no object; `status` its status.
    """

    method: Method
    path: str
    operation_id: str
    summary: str
    tag: str
    handler: Handler
    shape: Shape
    status: int = 200
    media_type: str = "application/json"
    path_model: type[Input] | None = None
    query_model: type[Input] | None = Query
    body_model: type[Input] | None = None
    body_required: bool = True
    refusals: tuple[int, ...] = field(default=())
    stored: bool = False
    idempotent_by_key: bool = False
    example: Mapping[str, Any] | None = None
    body_example: Mapping[str, Any] | None = None

    @property
    def rule(self) -> str:
        """The path in Flask's form."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def all_refusals(self) -> tuple[int, ...]:
        """Every refusing status this endpoint may answer with."""
        found = {400, 405, 414, 431, 503, *self.refusals}
        if self.query_model is not None or self.path_model is not None:
            found.add(422)
        if self.method != "GET":
            found |= {403, 413, 415, 422}
        return tuple(sorted(found))
