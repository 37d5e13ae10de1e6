"""Instants and amounts at the edge."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dashboard_crypto.api.fields import Instant, QueryInstant, iso

INSTANT: TypeAdapter[int | None] = TypeAdapter(Instant)
QUERY: TypeAdapter[int] = TypeAdapter(QueryInstant)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T10:00:00Z",
        "2026-01-05t10:00:00z",
        "2026-01-05T11:00:00+01:00",
        "2026-01-05T11:00:00+0100",
        "2026-01-05T10:00Z",
        "2026-01-05T10:00:00.000000000Z",
        "202601051000",
        202601051000,
    ],
)
def test_one_instant_in_many_forms(text: object) -> None:
    assert INSTANT.validate_python(text) == 1_767_607_200_000


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T10:00:00",
        "2026-01-05",
        "2026-02-30T10:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T23:59:60Z",
        "2026-01-05T10:00:00+25:00",
        "202602301000",
        "202601052400",
        "20260105100",
        "٢٠٢٦٠١٠٥١٠٠٠",
        20260105,
        True,
        None,
        1.5,
        [],
        "",
        "now",
        "0000-01-01T00:00:00Z",
        "x" * 10_000,
    ],
)
def test_impossible_or_ambiguous_times_are_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


def test_an_unescaped_plus_in_a_query_is_understood() -> None:
    assert QUERY.validate_python("2026-01-05T11:00:00 01:00") == 1_767_607_200_000


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_what_goes_out_comes_back(instant_ms: int) -> None:
    text = iso(instant_ms)
    assert INSTANT.validate_python(text) == instant_ms
    assert datetime.fromisoformat(text).timestamp() * 1000 == pytest.approx(instant_ms, abs=0.01)
