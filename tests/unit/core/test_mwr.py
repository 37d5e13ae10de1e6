"""Money-weighted return."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.core.mwr import MoneyWeightedReturn, Reason, money_weighted_return
from dashboard_crypto.core.timekeys import DAY_MS


def solve(start: float, end: float, *flows: tuple[float, float], days: float = 365) -> MoneyWeightedReturn:
    """`flows` are (day, amount)."""
    times = np.array([int(day * DAY_MS) for day, _ in flows], dtype=np.int64)
    amounts = np.array([amount for _, amount in flows], dtype=np.float64)
    return money_weighted_return((0, start), (int(days * DAY_MS), end), times, amounts)


def test_without_flows_it_is_the_growth() -> None:
    result = solve(100, 113)
    assert result.ratio == result.annualized == pytest.approx(0.13)


def test_short_window_is_not_annualised() -> None:
    result = solve(100, 102, days=30)
    assert result.ratio == pytest.approx(0.02)
    assert result.annualized is None


def test_losing_everything_is_minus_one() -> None:
    assert solve(100, 0, (10, 50)).ratio == -1.0
    assert solve(0, 0, (10, 5)).ratio == -1.0


def test_all_withdrawn_still_has_a_return() -> None:
    assert solve(100, 0, (365, -110)).ratio == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("start", "end", "flows", "reason"),
    [
        (0.0, 0.0, [], "insufficient_data"),
        (0.0, 100.0, [], "no_sign_change"),
        (0.0, 50.0, [(365, 50)], "insufficient_data"),
        (1e-3, 1e9, [], "out_of_range"),
    ],
)
def test_undefined_has_a_reason(start: float, end: float, flows: list[tuple[float, float]], reason: Reason) -> None:
    assert solve(start, end, *flows) == MoneyWeightedReturn(None, None, reason)


def test_more_than_one_answer_is_no_answer() -> None:
    assert solve(100, -132, (182.5, -230)).reason == "not_unique"


@given(
    st.floats(0.2, 5.0),
    st.lists(st.tuples(st.integers(1, 364), st.floats(1.0, 1000.0)), max_size=30),
    st.floats(1.0, 1000.0),
)
def test_finds_the_growth_it_was_made_from(growth: float, flows: list[tuple[int, float]], start: float) -> None:
    end = start * growth + sum(amount * growth ** ((365 - day) / 365) for day, amount in flows)
    result = solve(start, end, *flows)
    assert result.ratio is not None
    assert math.isclose(1 + result.ratio, growth, rel_tol=1e-9)
