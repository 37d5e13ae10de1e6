"""Walks through the records of one source in windows of time, the newest first, then onwards as time passes.

Newest first, because the past is rebuilt backwards from today's balances: what has been read is of use at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from dashboard_crypto.core import ledger
from dashboard_crypto.core.crew import Crew
from dashboard_crypto.core.errors import MalformedAnswer, PortfolioError
from dashboard_crypto.core.model import EVERYTHING_MS, HistoryPage, Span
from dashboard_crypto.core.record_fields import Record, instant, utc_instant
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.facts import Opened
from dashboard_crypto.exchange.history.cursor import Place, place_of
from dashboard_crypto.exchange.history.sources import DAY_MS, HOUR_MS, Listing, months_before
from dashboard_crypto.exchange.history.variants import Variant, variants
from dashboard_crypto.exchange.refusals import RequestRefused

TOO_WIDE = frozenset({-1127, -6021})
_UNKNOWN_KIND = frozenset({-1102, -1130})
_NEWS_MS = 600_000
"""While the past is being read, what is new waits at most this long."""

_PATIENCE_MS = 180 * DAY_MS
_TIMES = ("insertTime", "applyTime", "createTime", "createTimeStamp", "time", "timestamp")
_TOTALS = ("total", "totalCount", "totalRecords")


def windows_read(cursor: str, listing: Listing) -> Span:
    """What has been read. A record is listed by the time it began, and may move coins as long afterwards as it may
    still change: those that began before the oldest window are not known yet."""
    place = place_of(cursor)
    since_ms = EVERYTHING_MS if place.low <= place.floor else place.low + listing.overlap_ms
    return Span(since_ms, place.high)


class WindowWalk:
    """One source. Holds nothing between steps: the cursor is all there is."""

    def __init__(self, source: str, listing: Listing, call: Call, opened: Callable[[], Opened], crew: Crew) -> None:
        self._source = source
        self._listing = listing
        self._call = call
        self._opened = opened
        self._crew = crew

    def step(self, cursor: str | None, until_ms: int, needed_ms: int = 0) -> HistoryPage:
        """One question, or those of several variants of one window side by side.

        Whatever it raises, the cursor that was given serves again.
        """
        place = place_of(cursor) if cursor else self._beginning(until_ms)
        if not place.end and not self._open(place, until_ms, needed_ms):
            return self._page(place, until_ms, (), 0.0)
        asked = variants(self._listing, self._opened, is_news=place.is_ahead)
        index = next((i for i, variant in enumerate(asked) if variant.name >= place.part), len(asked) - 1)
        at_once = 1 if place.page or place.until else self._crew.size
        questions = [partial(self._ask, place, self._question(place, v)) for v in asked[index : index + at_once]]
        rows: list[Mapping[str, Any]] = []
        for number, answer in enumerate(self._crew.run(questions), start=index):
            if isinstance(answer, PortfolioError):
                if number == index:
                    raise answer
                break  # it is asked again by the next step, which raises it then; what came before it counts
            told = self._take(place, asked, number, answer)
            rows += told or ()
            if told is None or not place.end or place.page or place.until:
                break  # the window has changed, is complete, or this variant has another page
        return self._page(place, until_ms, tuple(rows), (index + 1) / len(asked))

    def _ask(self, place: Place, question: Mapping[str, str | int]) -> Any:
        """The answer; None if the window was refused as too wide."""
        try:
            return self._call(self._listing.endpoint, question)
        except RequestRefused as refusal:
            if refusal.code in TOO_WIDE and place.end - place.start >= HOUR_MS:
                return None
            if self._listing.variants != "transfer" or refusal.code not in _UNKNOWN_KIND:
                raise
            return []  # a kind of transfer that this exchange does not know (any more)

    def _take(self, place: Place, asked: Sequence[Variant], number: int, answer: Any) -> list[Record] | None:
        """The records of one answer, and the place behind it; None if the window must be asked again, and shorter."""
        if answer is None:
            self._narrow(place)
            return None
        variant = asked[number]
        place.part, place.was_heard = variant.name, True
        rows: list[Record] = [{**row, **variant.marks} for row in ledger.records_of(answer)]
        if self._must_split(place, rows):
            return None
        self._note_pending(place, rows)
        if not self._has_more(place, answer, rows):
            self._next_variant(place, asked[number + 1 :])
        return rows

    def _beginning(self, until_ms: int) -> Place:
        listing = self._listing
        floor = min(max(listing.since_ms, self._reach_ms(until_ms)), until_ms)
        return Place(until_ms + 1, until_ms, floor, listing.window_ms, listing.window_ms)

    def _reach_ms(self, until_ms: int) -> int:
        """How far the exchange looks back; an hour less than it says, so that the question is still answered."""
        months = self._listing.months
        return months_before(until_ms, months) + HOUR_MS if months else 0

    def _open(self, place: Place, until_ms: int, needed_ms: int) -> bool:
        """Choose the next window; False if there is nothing to read."""
        reach_ms = self._reach_ms(until_ms)
        if place.low > place.floor:  # while we were reading, or away, the exchange has forgotten more
            place.floor = max(place.floor, min(reach_ms, place.low))
        is_back_done = place.low <= place.floor
        news_ms = until_ms - place.high
        is_wanted = is_back_done or news_ms >= _NEWS_MS or place.high < needed_ms
        if not place.goal and news_ms > 0 and is_wanted:
            place.goal = until_ms
            overlap_from = place.high + 1 - self._listing.overlap_ms
            is_waiting = place.pending > max(0, until_ms - _PATIENCE_MS)
            wanted = min(overlap_from, place.pending) if is_waiting else overlap_from
            place.start = min(max(wanted, place.floor, reach_ms), until_ms)
            place.again = 0
        if not place.goal and is_back_done:
            return False
        place.is_ahead = place.goal > 0
        if place.is_ahead:
            place.end = min(place.start + place.span - 1, place.goal)
        else:
            place.end = place.low - 1
            place.start = max(place.floor, place.low - place.span)
        place.part, place.page, place.until = "", 0, 0
        return True

    def _question(self, place: Place, variant: Variant) -> dict[str, str | int]:
        listing = self._listing
        start, end = listing.times
        page, size = listing.pages
        question: dict[str, str | int] = {start: place.start, end: place.until or place.end}
        question |= {**listing.params, **variant.params}
        if listing.pager == "offset":
            return question | {"offset": place.page * listing.size, "limit": listing.size}
        if listing.pager in {"split", "older"}:
            return question | {"limit": listing.size}
        return question | {page: place.page + 1} | ({size: listing.size} if size else {})

    def _narrow(self, place: Place) -> None:
        """The window was refused as too wide: from now on, none so wide."""
        length = place.end - place.start + 1
        narrow = self._listing.narrow_ms
        place.most = narrow if narrow and length > narrow else length // 2
        place.span, place.end = place.most, 0

    def _must_split(self, place: Place, rows: Sequence[Record]) -> bool:
        """A full answer without pages may have left records out: the window must be shorter."""
        if self._listing.pager != "split" or len(rows) < self._listing.size:
            return False
        length = place.end - place.start + 1
        if length <= 1:
            raise MalformedAnswer(f"{self._source}: more records in one moment than an answer holds")
        place.span, place.end = length // 2, 0
        return True

    def _has_more(self, place: Place, answer: Any, rows: Sequence[Record]) -> bool:
        listing = self._listing
        if listing.pager == "older":
            return self._has_older(place, answer, rows)
        place.page += 1
        told = place.page * listing.size
        total = _total(answer)
        if total is None or listing.pager == "offset":
            return listing.pager != "split" and len(rows) >= listing.size
        if len(rows) < min(listing.size, total - told + listing.size):
            raise MalformedAnswer(f"{self._source}: a page holds fewer records than its total says")
        return told < total

    def _has_older(self, place: Place, answer: Any, rows: Sequence[Record]) -> bool:
        is_full = len(rows) >= self._listing.size
        if not answer.get("moreData", is_full):
            return False
        oldest = min((instant(row, "createTime") for row in rows), default=place.end + 1)
        if oldest >= (place.until or place.end + 1) or oldest < place.start:
            raise MalformedAnswer(f"{self._source}: the answer says that there is more, but not where")
        place.until = oldest
        return True

    def _next_variant(self, place: Place, rest: Sequence[Variant]) -> None:
        place.page, place.until = 0, 0
        if rest:
            place.part = rest[0].name
            return
        place.span = min(place.most, place.span * 2)
        if place.is_ahead:
            place.high, place.start = max(place.high, place.end), place.end + 1
            if place.end >= place.goal:
                place.goal, place.pending = 0, place.again
        else:
            place.low = place.start
        place.end = 0

    def _note_pending(self, place: Place, rows: Sequence[Record]) -> None:
        """Remember the oldest record that may still change, to read it again."""
        waiting = [utc_instant(row, *_TIMES) for row in rows if _is_pending(self._source, row)]
        if not waiting:
            return
        if place.is_ahead:
            place.again = min([*waiting, place.again or waiting[0]])
        else:
            place.pending = min([*waiting, place.pending or waiting[0]])

    def _page(
        self, place: Place, until_ms: int, rows: tuple[Mapping[str, Any], ...], window_share: float
    ) -> HistoryPage:
        # It ends where it began: what came meanwhile is the next round's.
        is_fresh = place.high > until_ms - _NEWS_MS
        is_done = not place.end and not place.goal and place.low <= place.floor and is_fresh
        read_ms = place.high + 1 - place.low
        if place.end and not place.is_ahead:
            read_ms += round((place.end - place.start) * window_share)
        share = min(1.0, max(0.0, read_ms / max(1, place.high + 1 - place.floor)))
        reach_ms = place.floor if self._listing.months else 0
        told = 1.0 if is_done else min(share, 0.999)
        return HistoryPage(self._source, rows, place.text(), is_done, told, place.high, reach_ms)


def _total(answer: Any) -> int | None:
    """The number of records on all pages, if the answer tells."""
    while isinstance(answer, Mapping):
        told = next((answer[name] for name in _TOTALS if answer.get(name) is not None), None)
        if told is not None:
            if isinstance(told, bool) or not str(told).isascii() or not str(told).isdecimal():
                raise MalformedAnswer("the number of records is no number")
            return int(str(told))
        answer = answer.get("data")
    return None


def _is_pending(source: str, row: Record) -> bool:
    if source == "pay":
        return False
    try:
        return ledger.convert(source, row).state == "pending"
    except MalformedAnswer:
        return False  # whoever keeps the record will say what is wrong with it
