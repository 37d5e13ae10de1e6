"""What the API accepts: queries, paths and bodies. Unknown fields are refused, types are strict."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dashboard_crypto.api.fields import (
    Amount,
    Asset,
    Cursor,
    Days,
    DaysList,
    FlowClassChange,
    FlowType,
    FlowTypeChange,
    Instant,
    Note,
    NoteText,
    Override,
    Quantity,
    QueryInstant,
    RecordId,
    query_int,
)
from dashboard_crypto.core.model import Currency
from dashboard_crypto.services.export import ExportKind

MAX_POINTS = 1_000_000
_CURRENCY = "In which currency returns and amounts are told, each at the rate of its time; left out: USD"


class Input(BaseModel):
    """Base of everything that comes in."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Query(Input):
    """Base of all query strings."""

    portfolio: query_int(1, 1, "Which portfolio; there is one, with id 1") = 1  # type: ignore[valid-type]


class RangeQuery(Query):
    """A stretch of time, both ends included."""

    start_date: QueryInstant | None = None
    end_date: QueryInstant | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start_date is not None and self.end_date is not None and self.start_date > self.end_date:
            raise PydanticCustomError("range", "start_date must not be after end_date")
        return self


class SnapshotsQuery(RangeQuery):
    """Without `limit` every snapshot is returned, streamed."""

    limit: query_int(1, 10_000, "How many at most") | None = None  # type: ignore[valid-type]
    cursor: Cursor | None = None


class HistoryQuery(Query):
    """Window and resolution of the chart."""

    days: Days = 30
    max_points: query_int(0, MAX_POINTS, "Thinned to this many points, extremes kept; 0 is all") = 2000  # type: ignore[valid-type]


class SeriesQuery(RangeQuery):
    """Window and resolution of the chart: `days`, or two dates."""

    days: Days | None = Field(default=None, description="30 unless dates are given; 0 means since the first snapshot")
    max_points: query_int(0, MAX_POINTS, "Thinned to this many points, extremes kept; 0 is all") = 2000  # type: ignore[valid-type]
    currency: Currency | None = Field(default=None, description=_CURRENCY)

    @model_validator(mode="after")
    def _one_window(self) -> Self:
        if self.days is not None and (self.start_date is not None or self.end_date is not None):
            raise PydanticCustomError("contradiction", "give either days, or dates")
        return self


class CurrencyQuery(Query):
    """In which currency the figures are told."""

    currency: Currency | None = Field(default=None, description=_CURRENCY)


class WindowsQuery(CurrencyQuery):
    """Which windows."""

    days: DaysList = Field(
        default=(1, 7, 30, 90, 0),
        description="Up to 12 windows in days; 0 is the whole history",
        json_schema_extra={"default": "1,7,30,90,0"},
    )
    since: QueryInstant | None = Field(default=None, description="One window more: from here to the newest snapshot")


class ExplainQuery(CurrencyQuery):
    """One page of sub-periods."""

    limit: query_int(1, 10_000, "How many at most") = 1000  # type: ignore[valid-type]
    cursor: Cursor | None = None


class CurrencyRangeQuery(RangeQuery):
    """A period, and in which currency its figures are told."""

    currency: Currency | None = Field(default=None, description=_CURRENCY)


class RangeExplainQuery(CurrencyRangeQuery):
    """A period, and one page of its sub-periods."""

    limit: query_int(1, 10_000, "How many at most") = 1000  # type: ignore[valid-type]
    cursor: Cursor | None = None


class DaysPath(Input):
    """The window's length."""

    days: Days


class IdPath(Input):
    """Which record."""

    id: RecordId


class LinkIn(Input):
    """The imported cash flow that is the same."""

    imported_id: Annotated[int, Field(ge=1, le=2**53 - 1)]


class ExportPath(Input):
    """What to export."""

    what: ExportKind


class EmptyBody(Input):
    """No body, or an empty object."""


class _CashFlowFields(Input):
    type: FlowType | None
    amount_usd: Amount = Field(default=None, description="In USD; a WITHDRAW may be given with either sign")
    timestamp: Instant = None
    asset: Asset = None
    quantity: Quantity = None
    in_snapshot: bool | None = Field(
        default=None, description="Does a snapshot of the same minute already contain it? null: it does"
    )

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if self.amount_usd is not None and (self.quantity is not None or self.asset is not None):
            raise PydanticCustomError("contradiction", "give either amount_usd, or asset and quantity")
        if self.amount_usd == 0 or self.quantity == 0:
            raise PydanticCustomError("zero", "the amount must not be 0")
        negative = self.amount_usd is not None and self.amount_usd < 0
        if (negative and self.type == "DEPOSIT") or (self.quantity is not None and self.quantity < 0):
            raise PydanticCustomError("sign", "the amount must be above 0")
        return self


class CashFlowIn(_CashFlowFields):
    """A deposit or withdrawal: `amount_usd`, or `asset` and `quantity` valued then. Without `timestamp`: now."""

    type: FlowType
    note: Note = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_complete(self)
        return self


class CashFlowPatch(_CashFlowFields):
    """Only what changes. Null removes `note` and `override_usd`. Of an imported flow only these and the class."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    type: FlowTypeChange = None
    note: NoteText | None = None
    flow_class: FlowClassChange = None
    override_usd: Override = Field(default=None, description="Imported flows: counts instead of the imported amount")

    @model_validator(mode="after")
    def _something(self) -> Self:
        _check_change(self, self.model_fields_set)
        return self


class PreviewIn(CashFlowPatch):
    """A change to look at: `add` with the fields of POST, `edit` with `id` and those of PATCH, `delete` with `id`."""

    action: Literal["add", "edit", "delete"]
    id: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        given = self.model_fields_set - {"action", "id"}
        if (self.id is None) != (self.action == "add"):
            raise PydanticCustomError("contradiction", "edit and delete need the id, add has none")
        if self.action == "edit":
            _check_change(self, given)
        elif self.action == "add":
            if self.type is None or given & {"flow_class", "override_usd"} or (self.note is None and "note" in given):
                raise PydanticCustomError("contradiction", "add takes the fields of a new cash flow, type among them")
            _check_complete(self)
        elif given:
            raise PydanticCustomError("contradiction", "delete takes nothing but the id")
        return self


def _check_complete(flow: _CashFlowFields) -> None:
    if flow.amount_usd is None and (flow.asset is None or flow.quantity is None):
        raise PydanticCustomError("incomplete", "give either amount_usd, or asset and quantity")


def _check_change(change: CashFlowPatch, given: set[str]) -> None:
    if not given:
        raise PydanticCustomError("incomplete", "give at least one field to change")
    if change.override_usd is not None and change.override_usd <= 0:
        raise PydanticCustomError("sign", "the amount must be above 0")
