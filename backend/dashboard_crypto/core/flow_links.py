"""How the snapshots that follow a cash flow grow: the float64 path, all flows at once.

A *flow row* is a snapshot k with at least one flow in `(t_k-1, t_k]`. The stretch from snapshot k-1 to k is cut at
every flow that was valued at its instant; each piece is a *link* from a base (value after the flow at its start) to an
end (value before the flow at its end). Flows inside a link, for which there is no valuation, are approximated:
Modified Dietz by elapsed time where it is trustworthy, else money in at the start and money out at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.flows import FlowColumns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOLERANCE: Final = 1e-9
_CANCELLATION: Final = 1e-3


@dataclass(frozen=True, slots=True)
class FlowRows:
    """For every flow row: `growth = offset + per_usd * V_row` (1 and 0 where the link has no valid base)."""

    rows: Ints
    growth: Floats
    offset: Floats
    per_usd: Floats
    has_base: Bools


@dataclass(frozen=True, slots=True)
class _Links:
    base: Floats
    end: Floats
    start_ms: Ints
    end_ms: Ints
    last_of_row: Ints
    first_of_row: Ints
    end_flow: Floats


def flow_rows(instants_ms: Ints, values: Floats, flows: FlowColumns, floor: float) -> FlowRows:
    """Growth of the snapshots that follow a flow. Flows outside `(first, last]` snapshot have no effect."""
    inside = flows.between(int(instants_ms[0]), int(instants_ms[-1])) if len(instants_ms) else slice(0, 0)
    times, amounts, before = flows.instants_ms[inside], flows.amounts[inside], flows.value_before[inside]
    following = np.searchsorted(instants_ms, times)
    at_snapshot = instants_ms[following] == times
    if at_snapshot.all():
        return _all_at_snapshots(values, following, amounts, floor)
    rows, ordinal = _distinct(following)
    valued = ~at_snapshot & ~np.isnan(before)
    links, link_of_flow = _cut(instants_ms, values, (times, amounts, before), rows, ordinal, at_snapshot, valued)
    inner = ~at_snapshot & ~valued
    numerator, base = _approximate(links, times[inner], amounts[inner], link_of_flow[inner], floor)
    return _join(links, rows, numerator, base, floor)


def _all_at_snapshots(values: Floats, rows: Ints, amounts: Floats, floor: float) -> FlowRows:
    base = values[rows - 1]
    end = _difference(values[rows], amounts)
    has_base = base >= floor
    usable = has_base & (end >= -TOLERANCE)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(usable, np.where(end > TOLERANCE, end, 0.0) / base, 1.0)
        per_usd = np.where(usable, 1.0 / base, 0.0)
    offset = np.where(usable, -amounts * per_usd, 1.0)
    return FlowRows(rows, growth, offset, per_usd, has_base)


def _distinct(following: Ints) -> tuple[Ints, Ints]:
    is_first = np.empty(len(following), dtype=np.bool_)
    is_first[:1] = True
    np.not_equal(following[1:], following[:-1], out=is_first[1:])
    return following[is_first], np.cumsum(is_first) - 1


def _cut(
    instants_ms: Ints,
    values: Floats,
    flow: tuple[Ints, Floats, Floats],
    rows: Ints,
    ordinal: Ints,
    at_snapshot: Bools,
    valued: Bools,
) -> tuple[_Links, Ints]:
    times, amounts, before = flow
    cuts = np.cumsum(valued)
    link_of_flow = cuts - valued + ordinal
    last_flow_of_row = np.append(np.flatnonzero(ordinal[1:] != ordinal[:-1]), len(ordinal) - 1)
    last = cuts[last_flow_of_row] + np.arange(len(rows))
    first = np.append(0, last[:-1] + 1)
    count = len(rows) + int(cuts[-1])
    end_flow = np.zeros(len(rows))
    end_flow[ordinal[at_snapshot]] = amounts[at_snapshot]
    base, end = np.empty(count), np.empty(count)
    start_ms, end_ms = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    base[first], start_ms[first] = values[rows - 1], instants_ms[rows - 1]
    end[last], end_ms[last] = _difference(values[rows], end_flow), instants_ms[rows]
    cut = link_of_flow[valued]
    end[cut], end_ms[cut] = before[valued], times[valued]
    base[cut + 1], start_ms[cut + 1] = -_difference(-before[valued], amounts[valued]), times[valued]
    return _Links(base, end, start_ms, end_ms, last, first, end_flow), link_of_flow


def _approximate(links: _Links, times: Ints, amounts: Floats, link: Ints, floor: float) -> tuple[Floats, Floats]:
    """What to add to the end value, and the base to divide it by, of every link."""
    count = len(links.base)
    width = (links.end_ms - links.start_ms)[link]
    weighted = np.bincount(link, amounts * ((links.end_ms[link] - times) / width), count)
    net = np.bincount(link, amounts, count)
    inflow = np.bincount(link, np.maximum(amounts, 0.0), count)
    base = links.base
    dietz_base = base + weighted
    rest = net - weighted
    dietz = (
        (net <= base * (1 + TOLERANCE))
        & (net >= -0.5 * base * (1 + TOLERANCE))
        & (dietz_base >= floor)
        & (links.end - rest > TOLERANCE)
        & (base >= -TOLERANCE)
    )
    add = np.where(dietz, -rest, inflow - net)
    return add, np.where(dietz, dietz_base, np.where(base < -TOLERANCE, base, base + inflow))


def _join(links: _Links, rows: Ints, add: Floats, base: Floats, floor: float) -> FlowRows:
    has_base = base >= floor
    usable = has_base & (links.end >= -TOLERANCE)
    end = _difference(links.end, -add)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(usable, np.where(end > TOLERANCE, end, 0.0) / base, 1.0)
        per_usd = np.where(usable, 1.0 / base, 0.0)
    first, last = links.first_of_row, links.last_of_row
    whole = np.multiply.reduceat(growth, first)
    with np.errstate(divide="ignore", invalid="ignore"):
        earlier = np.multiply.reduceat(np.where(np.isin(np.arange(len(base)), last), 1.0, growth), first)
    per_row = earlier * per_usd[last]
    offset = np.where(usable[last], (add[last] - links.end_flow) * per_row, earlier)
    return FlowRows(rows, whole, offset, per_row, np.logical_or.reduceat(has_base, first))


def _difference(left: Floats, right: Floats) -> Floats:
    """`left - right`, exact to the last digit where the two nearly cancel.

    The subtraction itself is exact then, but it lays bare that both sides were rounded to binary. The shortest decimal
    text of a float gives back the amount that was rounded (up to 15 digits), so those few are redone in Decimal.
    """
    result = left - right
    for i in np.flatnonzero(np.abs(result) < _CANCELLATION * np.abs(right)):
        result[i] = float(Decimal(repr(float(left[i]))) - Decimal(repr(float(right[i]))))
    return result
