"""How far a source has been read: a small JSON text that its owner stores without looking into it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from dashboard_crypto.core.errors import MalformedAnswer


@dataclass(slots=True)
class Place:
    """Everything from `low` to `high` (both included) has been read; `floor` is where the exchange's memory begins.

    An open window `[start, end]` is being read when `end` > 0: backwards below `low`, or (`is_ahead`) on to `goal`,
    beyond `high`. `part` is the variant being asked, `page` the next page of it (from 0), `until` the end of what the
    `older` pager has left. `span` is the length of the next window, `most` the longest that was not refused. `pending`
    is the oldest record of the last sweep that may still change (0: none); `again` collects it for the next one.
    `was_heard` says that the exchange has answered this source before.
    """

    low: int
    high: int
    floor: int
    span: int
    most: int
    start: int = 0
    end: int = 0
    is_ahead: bool = False
    goal: int = 0
    part: str = ""
    page: int = 0
    until: int = 0
    pending: int = 0
    again: int = 0
    was_heard: bool = False

    def text(self) -> str:
        """The cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


def place_of(cursor: str) -> Place:
    """The place a cursor stands for. MalformedAnswer for a text that is none."""
    fields = cursor_fields(cursor)
    try:
        return Place(**fields)
    except TypeError:
        problem = MalformedAnswer("a history cursor has other fields than expected")
    raise problem


def cursor_fields(cursor: str) -> dict[str, Any]:
    """The cursor's content. MalformedAnswer for a text that is none."""
    try:
        fields = json.loads(cursor)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise MalformedAnswer("a history cursor cannot be read")
    return fields
