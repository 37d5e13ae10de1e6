"""What a cursor says that has been read has been read, wherever the walk stands."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.exchange.past import NOW_MS, Reader, lives, past_of, walk

from dashboard_crypto.core.model import EVERYTHING_MS, Span
from dashboard_crypto.exchange.history.cursor import place_of
from dashboard_crypto.exchange.history.trades import Round, trades_read
from dashboard_crypto.exchange.history.windows import windows_read


@settings(max_examples=60, deadline=None)
@given(lived=lives(), seed=st.integers(0, 2**30))
def test_nothing_inside_the_span_is_missing_at_any_step(lived: tuple[Reader, list[int]], seed: int) -> None:
    (reader, instants), chance = lived, random.Random(seed)
    listing = reader.past.listing
    done, now_ms, last = False, NOW_MS, NOW_MS + 2 * listing.overlap_ms
    while not done:
        done = reader.step(now_ms)
        now_ms += chance.choice((0, 0, 1000, 700_000))
        span = windows_read(reader.cursor or "", listing)
        found = {str(row["id"]) for row in reader.found}
        began_ms = span.since_ms and span.since_ms - listing.overlap_ms
        floor_ms = place_of(reader.cursor or "").floor
        wanted = {str(n) for n, at in enumerate(instants) if max(began_ms, floor_ms) <= at <= span.until_ms}
        assert wanted <= found
        assert span.since_ms <= last, "it never takes back what it said"
        last = span.since_ms
    assert span.since_ms == EVERYTHING_MS


def test_the_span_ends_before_records_that_may_still_move_something() -> None:
    past = past_of("deposit", "list", "insertTime")
    reader = Reader(past, "deposit")
    reader.step()
    oldest_ms = past.asked[0]["startTime"]
    span = windows_read(reader.cursor or "", past.listing)
    assert span == Span(oldest_ms + past.listing.overlap_ms, NOW_MS)


def test_a_source_that_ends_too_early_reads_on_before_anything_older() -> None:
    past = past_of("deposit", "list", "insertTime")
    first = walk(past, "deposit").step(None, NOW_MS)
    walk(past, "deposit").step(first.cursor, NOW_MS + 2000)
    assert past.asked[-1]["endTime"] < past.asked[0]["startTime"]
    needed = walk(past, "deposit").step(first.cursor, NOW_MS + 2000, NOW_MS + 1000)
    assert past.asked[-1]["endTime"] == NOW_MS + 2000
    assert windows_read(needed.cursor, past.listing).until_ms == NOW_MS + 2000


def test_trades_are_known_when_every_pair_has_been_asked_once() -> None:
    assert trades_read(Round(goal=NOW_MS, swept="BTCUSDT", asked=["ETHUSDT"]).cursor()) is None
    assert trades_read(Round(is_swept=True, read_to=NOW_MS).cursor()) == Span(EVERYTHING_MS, NOW_MS)
    assert trades_read(Round(is_swept=True, read_to=7, goal=NOW_MS).cursor()) == Span(EVERYTHING_MS, 7)
