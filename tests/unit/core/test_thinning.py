"""Fewer points, same extremes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.core.thinning import thin


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(4, 60))
def test_ends_and_extremes_stay_and_the_limit_holds(numbers: list[float], limit: int) -> None:
    values = np.array(numbers)
    kept = thin(values, limit)
    assert len(kept) <= max(limit, 4)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert values[kept].min() == values.min()
    assert values[kept].max() == values.max()
    assert (np.diff(kept) > 0).all()


def test_zero_means_every_point() -> None:
    assert thin(np.arange(10.0), 0).tolist() == list(range(10))


def test_short_series_is_left_alone() -> None:
    assert thin(np.array([]), 2000).tolist() == []
    assert thin(np.arange(2000.0), 2000).tolist() == list(range(2000))


def test_lone_spikes_survive() -> None:
    values = np.zeros(87_600)
    values[12_345], values[54_321] = 9.0, -9.0
    kept = thin(values, 500)
    assert {12_345, 54_321} <= set(kept.tolist())
