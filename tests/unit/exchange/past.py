"""An exchange in memory that holds one list of records and answers questions about it as strictly as the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from dashboard_crypto.core.crew import Alone, Crew
from dashboard_crypto.core.errors import ExchangeDown
from dashboard_crypto.exchange.facts import Opened
from dashboard_crypto.exchange.history.sources import HOUR_MS, LISTINGS, Listing
from dashboard_crypto.exchange.history.windows import WindowWalk
from dashboard_crypto.exchange.refusals import RequestRefused

DAY_MS = 86_400_000
NOW_MS = 1_755_259_200_000  # 2025-08-15T12:00:00Z


class StillClock:
    """It is always the same moment; only what has passed since the start moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return NOW_MS

    def monotonic(self) -> float:
        return self.seconds


SHAPES: Mapping[str, Callable[[list[Any], int, bool], Any]] = {
    "list": lambda rows, _total, _more: rows,
    "rows": lambda rows, total, _more: {"rows": rows, "total": total},
    "bare": lambda rows, total, _more: {"total": total} | ({"rows": rows} if total else {}),
    "data": lambda rows, total, _more: (
        {"code": "000000", "success": True} | ({"data": rows} if total else {}) | {"total": total}
    ),
    "more": lambda rows, _total, more: {"list": rows, "moreData": more},
}


@dataclass
class Past:
    """`when` names the field with a record's instant; windows wider than `most_ms` are refused with `code`."""

    listing: Listing
    shape: str
    when: str
    records: list[dict[str, Any]] = field(default_factory=list)
    most_ms: int | None = None
    code: int = -1127
    per_answer: int | None = None
    fail: Exception | None = None
    closed: frozenset[str] = frozenset()
    crew: Crew = field(default_factory=Alone)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        assert endpoint_id == self.listing.endpoint
        question: dict[str, Any] = dict(params or {})
        self.asked.append(question)
        if self.fail is not None:
            raise self.fail
        start, end = (int(question[name]) for name in self.listing.times)
        assert start <= end
        if self.most_ms is not None and end - start > self.most_ms:
            raise RequestRefused("too wide", self.code)
        rows = [row for row in self.records if start <= int(row[self.when]) <= end and self._is_meant(row, question)]
        rows.sort(key=lambda row: (-int(row[self.when]), str(row)))
        size = self.per_answer or self.listing.size
        first = self._first(question, size)
        shown = rows[first : first + size]
        return SHAPES[self.shape](shown, len(rows), len(rows) > first + size)

    def _first(self, question: dict[str, Any], size: int) -> int:
        page = self.listing.pages[0]
        if "offset" in question:
            return int(question["offset"])
        return (int(question[page]) - 1) * size if page in question else 0

    def _is_meant(self, row: dict[str, Any], question: dict[str, Any]) -> bool:
        return all(row[name] == value for name, value in question.items() if name == "type" and name in row)


def walk(past: Past, source: str) -> WindowWalk:
    """A new walk, as a new process would make it."""
    return WindowWalk(source, past.listing, past, lambda: Opened(("BTCUSDT", "ETHBTC"), past.closed), past.crew)


@dataclass
class Reader:
    """Goes on from a stored cursor, step by step."""

    past: Past
    source: str
    cursor: str | None = None
    found: list[Mapping[str, Any]] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    steps: int = 0

    def finish(self, until_ms: int = NOW_MS, most_steps: int = 20_000) -> list[Mapping[str, Any]]:
        """Read to the end; what this call found."""
        before = len(self.found)
        for _ in range(most_steps):
            if self.step(until_ms):
                return self.found[before:]
        raise AssertionError("the walk does not end")

    def step(self, until_ms: int = NOW_MS) -> bool:
        """One step with a walk of its own; whether that was the last."""
        page = walk(self.past, self.source).step(self.cursor, until_ms)
        self.cursor = page.cursor
        self.found += page.records
        self.progress.append(page.progress)
        self.steps += 1
        return page.done

    def fails(self, until_ms: int = NOW_MS) -> None:
        """A step that must fail and leave the cursor."""
        self.past.fail = ExchangeDown("broken")
        try:
            self.step(until_ms)
        except ExchangeDown:
            self.past.fail = None
            return
        raise AssertionError("the step did not fail")


def past_of(source: str, shape: str, when: str, **options: Any) -> Past:
    """The exchange's side of a real source."""
    return Past(LISTINGS[source], shape, when, **options)


FORMS = {
    "offset": ("deposit", "list", "insertTime"),
    "number": ("flexible_reward", "rows", "time"),
    "split": ("dividend", "rows", "divTime"),
    "older": ("convert", "more", "createTime"),
    "envelope": ("c2c", "data", "createTime"),
    "without a total": ("um_income", "list", "time"),
}


def records(when: str, instants: list[int]) -> list[dict[str, Any]]:
    """Minimal records; those of deposits are credited, so that nothing waits."""
    return [
        {"id": str(number), when: at, "status": 1, "coin": "BTC", "amount": "1"} for number, at in enumerate(instants)
    ]


@st.composite
def lives(draw: st.DrawFn) -> tuple[Reader, list[int]]:
    """A reader of records from random hours, where the exchange has random limits; and the records' instants."""
    source, shape, when = FORMS[draw(st.sampled_from(sorted(FORMS)))]
    size = draw(st.integers(2, 5))  # with one record per answer, none could ever be known to be the last
    instants = [NOW_MS - hour * HOUR_MS for hour in draw(st.lists(st.integers(0, 170 * 24), max_size=40, unique=True))]
    most_days = draw(st.none() | st.integers(1, 80))
    past = Past(
        replace(LISTINGS[source], size=size, since_ms=NOW_MS - 400 * DAY_MS),
        shape,
        when,
        records(when, instants),
        most_ms=None if most_days is None else most_days * DAY_MS,
    )
    return Reader(past, source), instants
