"""Instants, keys and ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.core import timekeys

MOMENTS = st.integers(0, 4_102_444_800_000)


@given(MOMENTS)
def test_key_is_the_minute(instant_ms: int) -> None:
    assert timekeys.from_key(timekeys.to_key(instant_ms)) == instant_ms - instant_ms % 60_000


@given(MOMENTS)
def test_iso_round_trip(instant_ms: int) -> None:
    text = timekeys.to_iso(instant_ms)
    assert text.endswith("Z")
    assert timekeys.from_iso(text) == instant_ms


def test_keys_are_not_for_arithmetic_but_instants_are() -> None:
    late, next_day = timekeys.from_key(202601312359), timekeys.from_key(202602010000)
    assert next_day - late == timekeys.MINUTE_MS


@pytest.mark.parametrize("key", [202602300000, 202613010000, 202601012460, 0])
def test_impossible_keys_are_refused(key: int) -> None:
    with pytest.raises(ValueError, match=r"must be|out of range"):
        timekeys.from_key(key)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", timekeys.DAY_MS),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00.5Z", 500),
        ("1970-01-01 00:01Z", timekeys.MINUTE_MS),
    ],
)
def test_iso_forms(text: str, expected: int) -> None:
    assert timekeys.from_iso(text) == expected


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00", "1970-01-01 10:00", "yesterday", "", "2026-02-30"])
def test_ambiguous_or_impossible_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library words some of them
        timekeys.from_iso(text)


def test_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        timekeys.from_datetime(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    assert timekeys.from_datetime(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1000
