"""What the ledger's endpoints take and answer."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from dashboard_crypto.api.fields import LATEST_MS, Amount, Asset, InstantOut, NoteText, Number, Quantity, query_int
from dashboard_crypto.api.inputs import Input, RangeQuery
from dashboard_crypto.api.models import Answer
from dashboard_crypto.core.decisions import MOST_PARTS, FlowMeaning
from dashboard_crypto.core.movement import Kind

_NAME = r"^[A-Za-z0-9_-]{1,2000}$"
Wallet = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\s\x00-\x1f\x7f]+$")]


def written(text: str) -> str:
    """A text that may stand in a path or a query as it is."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(value: object) -> str:
    if not isinstance(value, str) or len(value) > 2000 or not value.isascii():
        raise ValueError
    raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    text = raw.decode()
    if not text or written(text) != value:
        raise ValueError
    return text


def _movement_key(value: object) -> str:
    try:
        return _read(value)
    except (ValueError, binascii.Error):
        raise PydanticCustomError("movement_id", "must be the id of a movement") from None


def _place(value: object) -> tuple[int, str]:
    try:
        instant, _, key = _read(value).partition(" ")
        if key and instant.isascii() and instant.isdecimal() and int(instant) <= LATEST_MS:
            return int(instant), key
    except (ValueError, binascii.Error):
        pass
    raise PydanticCustomError("cursor", "must be the next_cursor of the page before")


def place(instant_ms: int, key: str) -> str:
    """The cursor of what comes after this place."""
    return written(f"{instant_ms} {key}")


MovementId = Annotated[str, BeforeValidator(_movement_key), WithJsonSchema({"type": "string", "pattern": _NAME})]
"""A key of the ledger, written so that it may stand in a path."""
Place = Annotated[tuple[int, str], BeforeValidator(_place), WithJsonSchema({"type": "string", "pattern": _NAME})]


class MovementPath(Input):
    """Which movement."""

    id: MovementId


class LedgerQuery(RangeQuery):
    """Filters; each one narrows. Both ends of the time are included."""

    kind: Kind | None = None
    asset: Asset = None
    wallet: Wallet | None = None
    limit: query_int(1, 1000, "How many at most") = 200  # type: ignore[valid-type]
    cursor: Place | None = None


class MovementPatch(Input):
    """Only what changes. Null for `flow_class` means as imported; null removes `note`."""

    flow_class: FlowMeaning | None = Field(default=None, description="What it shall count as; null: as imported")
    note: NoteText | None = None

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("incomplete", "give at least one field to change")
        return self


class SplitPartIn(Input):
    """`amount_usd` or `quantity`, without a sign; the same one in all parts."""

    amount_usd: Amount = Field(default=None, description="In USD; above 0")
    quantity: Quantity = None
    flow_class: FlowMeaning
    note: NoteText | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        given = [size for size in (self.amount_usd, self.quantity) if size is not None]
        if len(given) != 1:
            raise PydanticCustomError("contradiction", "give either amount_usd or quantity")
        if given[0] <= 0:
            raise PydanticCustomError("sign", "the amount must be above 0")
        return self


class SplitIn(Input):
    """Parts that add up to the imported quantity, or to the imported amount in USD, to the last digit."""

    parts: Annotated[list[SplitPartIn], Field(min_length=2, max_length=MOST_PARTS)]

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if len({part.quantity is None for part in self.parts}) > 1:
            raise PydanticCustomError("contradiction", "give all parts in USD, or all parts as quantities")
        return self


class MovementOut(Answer):
    """One exact change of one asset in one wallet; `quantity` is negative when it leaves."""

    id: str
    timestamp: InstantOut
    kind: Kind
    asset: str
    quantity: Number
    wallet: str
    flow_class: Literal["external", "internal", "performance"] = Field(description="What it counts as")
    imported_class: Literal["external", "internal", "performance"] = Field(description="What the import says")
    exchange_id: str = Field(description="The exchange's own number of the event; empty where it gives none")
    note: str | None
    source: str = Field(description="Which list of the exchange, or which kind of file, tells it")


class LedgerOut(Answer):
    """Newest first; what several sources tell is there once."""

    movements: list[MovementOut]
    next_cursor: str | None


class MovementChangedOut(Answer):
    """The movement as it counts now."""

    message: str
    movement: MovementOut
