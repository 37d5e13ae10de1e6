"""Which part of a history a request asks for: the window with its limits, and the page."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.errors import BinanceError, too_wide
from dashboard_crypto.simulator.world import Request

DAY_MS = 86_400_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """How an endpoint reads its window.

    Without times the last `default_days` are meant. More than `most_days` between start and end is refused, what is
    older than `months` is not there any more. With `follows_start`, a start alone means the days after it.
    """

    default_days: int
    most_days: int | None = None
    months: int | None = None
    start: str = "startTime"
    end: str = "endTime"
    follows_start: bool = False
    refusal: Callable[[], BinanceError] = too_wide


@dataclass(frozen=True, slots=True)
class Span:
    """Instants from `since_ms` to `until_ms`, both included."""

    since_ms: int
    until_ms: int

    def holds(self, instant_ms: int) -> bool:
        """Whether an instant lies inside."""
        return self.since_ms <= instant_ms <= self.until_ms

    def of(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries inside, newest first."""
        return [entry for entry in entries if self.holds(entry.at_ms)][::-1]


def span(request: Request, rule: Rule) -> Span:
    """The window of a request, never beyond the present."""
    start, end = request.integer(rule.start), request.integer(rule.end)
    default = rule.default_days * DAY_MS
    if start is not None and end is None and rule.follows_start:
        until = start + default
    else:
        until = request.now_ms if end is None else end
    since = until - default if start is None else start
    if rule.most_days is not None and until - since > rule.most_days * DAY_MS:
        raise rule.refusal()
    if rule.months is not None:
        since = max(since, months_before(request.now_ms, rule.months))
    return Span(since, min(until, request.now_ms))


def months_before(instant_ms: int, months: int) -> int:
    """The same day and hour some calendar months earlier (the month's last day if it is shorter)."""
    moment = datetime.fromtimestamp(instant_ms / 1000, UTC)
    count = moment.year * 12 + moment.month - 1 - months
    year, month = count // 12, count % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return round(moment.replace(year=year, month=month, day=day).timestamp() * 1000)


def paged(
    rows: list[Row], request: Request, *, page: str = "current", size: str = "size", most: int = 100
) -> list[Row]:
    """One page of the rows; pages count from 1."""
    current = request.limit(1, 10**9, page)
    length = request.limit(min(100, most) if size == "rows" else 10, most, size)
    return rows[(current - 1) * length : current * length]


def row_page(rows: list[Row], request: Request) -> Row:
    """`rows` and `total`, with `current` (1) and `size` (10, at most 100)."""
    return {"rows": paged(rows, request), "total": len(rows)}


def chosen(rows: Iterable[Row], request: Request, *names: str) -> list[Row]:
    """The rows whose fields equal those parameters of the same name that were sent."""
    wanted = {name: request.text(name) for name in names if request.text(name)}
    return [row for row in rows if all(str(row[name]) == value for name, value in wanted.items())]
