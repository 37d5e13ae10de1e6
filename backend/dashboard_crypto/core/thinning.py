"""Fewer points for drawing, none of the extremes lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.flow_links import Ints


def thin(values: NDArray[np.float64], max_points: int) -> Ints:
    """Positions to keep, ascending, at most `max_points`; all of them if `max_points` is 0 or large enough.

    First and last stay; between them every one of equally long buckets gives its lowest and its highest point, so the
    true minimum and maximum of the whole are always among them. `max_points` is taken as at least 4.
    """
    count = len(values)
    limit = max(4, max_points)
    if max_points == 0 or count <= limit:
        return np.arange(count)
    buckets = (limit - 2) // 2
    inner = np.where(np.isnan(values[1:-1]), values[-1], values[1:-1])
    width = -(-len(inner) // buckets)
    padding = width * -(-len(inner) // width) - len(inner)
    table = np.append(inner, np.full(padding, inner[-1])).reshape(-1, width)
    offsets = np.arange(len(table)) * width + 1
    lowest = np.minimum(table.argmin(axis=1) + offsets, count - 2)
    highest = np.minimum(table.argmax(axis=1) + offsets, count - 2)
    kept = np.concatenate(([0], np.minimum(lowest, highest), np.maximum(lowest, highest), [count - 1]))
    return np.unique(kept)
