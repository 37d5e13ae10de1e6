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
SMALLEST_DIETZ_BASE: Final = 0.1
"""Modified Dietz is not used when early withdrawals leave less than this share of the base as its average capital."""
SMALLEST_DIETZ_REST: Final = 0.001
"""... nor when late deposits explain all but this share of the end value."""
_CANCELLATION: Final = 1e-3


@dataclass(frozen=True, slots=True)
class FlowRows:
    """Growth from the row before to every flow row; `has_base` says whether any link had a valid base."""

    rows: Ints
    growth: Floats
    has_base: Bools


@dataclass(frozen=True, slots=True)
class _Inside:
    """The flows between the first and the last snapshot, and the snapshot each one counts for."""

    times: Ints
    amounts: Floats
    before: Floats
    following: Ints
    at_snapshot: Bools


@dataclass(frozen=True, slots=True)
class _Links:
    """Links in order of time; `first` is the first link of each flow row, `of_flow` the link of each flow."""

    base: Floats
    end: Floats
    start_ms: Ints
    end_ms: Ints
    first: Ints
    of_flow: Ints


def flow_rows(instants_ms: Ints, values: Floats, flows: FlowColumns, floor: float) -> FlowRows:
    """Growth of the snapshots that follow a flow. Flows outside `(first, last]` snapshot have no effect."""
    inside = _inside(instants_ms, flows)
    if inside.at_snapshot.all():
        rows = inside.following
        end = _difference(values[rows], inside.amounts)
        return FlowRows(rows, *_growth(values[rows - 1], end, end, floor))
    is_first = np.empty(len(inside.following), dtype=np.bool_)
    is_first[0] = True
    np.not_equal(inside.following[1:], inside.following[:-1], out=is_first[1:])
    rows = inside.following[is_first]
    end_flow = np.zeros(len(rows))
    ordinal = np.cumsum(is_first) - 1
    end_flow[ordinal[inside.at_snapshot]] = inside.amounts[inside.at_snapshot]
    links = _cut(instants_ms, values, inside, rows, ordinal, end_flow=end_flow)
    add, base = _approximate(links, inside, floor)
    growth, has_base = _growth(base, links.end, _difference(links.end, -add), floor)
    if len(growth) > len(rows):
        growth = np.multiply.reduceat(growth, links.first)
        has_base = np.logical_or.reduceat(has_base, links.first)
    return FlowRows(rows, growth, has_base)


def _inside(instants_ms: Ints, flows: FlowColumns) -> _Inside:
    inside = flows.between(int(instants_ms[0]), int(instants_ms[-1])) if len(instants_ms) else slice(0, 0)
    times = flows.instants_ms[inside]
    following = _locate(instants_ms, times)
    at_snapshot = instants_ms[following] == times
    return _Inside(times, flows.amounts[inside], flows.value_before[inside], following, at_snapshot)


def _locate(instants_ms: Ints, times: Ints) -> Ints:
    """Row of the snapshot at or after each time. Snapshots are nearly regular, so a straight line mostly hits."""
    if len(times) < 1000:
        return np.searchsorted(instants_ms, times)
    per_ms = (len(instants_ms) - 1) / float(instants_ms[-1] - instants_ms[0])
    guess: Ints = np.ceil((times - instants_ms[0]) * per_ms - 1e-6).astype(np.int64)
    np.clip(guess, 1, len(instants_ms) - 1, out=guess)
    missed = np.flatnonzero((instants_ms[guess] < times) | (instants_ms[guess - 1] >= times))
    guess[missed] = np.searchsorted(instants_ms, times[missed])
    return guess


def _cut(instants_ms: Ints, values: Floats, flow: _Inside, rows: Ints, ordinal: Ints, *, end_flow: Floats) -> _Links:
    """Cut the stretch before every flow row at its valued flows."""
    row_end = _difference(values[rows], end_flow)
    valued = ~flow.at_snapshot & ~np.isnan(flow.before)
    if not valued.any():
        every = np.arange(len(rows))
        return _Links(values[rows - 1], row_end, instants_ms[rows - 1], instants_ms[rows], every, ordinal)
    cuts = np.cumsum(valued)
    of_flow = cuts - valued + ordinal
    last_flow = np.append(np.flatnonzero(ordinal[1:] != ordinal[:-1]), len(ordinal) - 1)
    last = of_flow[last_flow] + valued[last_flow]
    first = np.append(0, last[:-1] + 1)
    count = len(rows) + int(cuts[-1])
    base, end = np.empty(count), np.empty(count)
    start_ms, end_ms = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    base[first], start_ms[first] = values[rows - 1], instants_ms[rows - 1]
    end[last], end_ms[last] = row_end, instants_ms[rows]
    cut, before, times = of_flow[valued], flow.before[valued], flow.times[valued]
    end[cut], end_ms[cut] = before, times
    base[cut + 1], start_ms[cut + 1] = _difference(before, -flow.amounts[valued]), times
    return _Links(base, end, start_ms, end_ms, first, of_flow)


def _approximate(links: _Links, flow: _Inside, floor: float) -> tuple[Floats, Floats]:
    """What to add to the end value, and the base to divide it by, of every link."""
    inner = ~flow.at_snapshot & np.isnan(flow.before)
    amounts, link = flow.amounts[inner], links.of_flow[inner]
    end_ms, count, base = links.end_ms[link], len(links.base), links.base
    weight = (end_ms - flow.times[inner]) / (end_ms - links.start_ms[link])
    net = np.bincount(link, amounts, count)
    inflow = np.bincount(link, np.maximum(amounts, 0.0), count)
    late = np.bincount(link, amounts * (1.0 - weight), count)
    dietz_base = base + net - late
    dietz = np.abs(net - 0.25 * base) <= (0.75 + TOLERANCE) * base
    dietz &= dietz_base >= np.maximum(floor, SMALLEST_DIETZ_BASE * base)
    dietz &= links.end - late > SMALLEST_DIETZ_REST * links.end + TOLERANCE
    mixed_base = np.where(base < -TOLERANCE, base, base + inflow)
    return np.where(dietz, -late, inflow - net), np.where(dietz, dietz_base, mixed_base)


def _growth(base: Floats, end: Floats, numerator: Floats, floor: float) -> tuple[Floats, Bools]:
    has_base = base >= floor
    usable = has_base & (end >= -TOLERANCE)
    growth = np.ones(len(base))
    np.divide(numerator, base, out=growth, where=usable)
    growth[usable & (numerator <= TOLERANCE)] = 0.0
    return growth, has_base


def _difference(left: Floats, right: Floats) -> Floats:
    """`left - right`, exact to the last digit where the two nearly cancel.

    The subtraction itself is exact then, but it lays bare that both sides were rounded to binary. The shortest decimal
    text of a float gives back the amount that was rounded (up to 15 digits), so those few are redone in Decimal.
    """
    result = left - right
    for i in np.flatnonzero(np.abs(result) < _CANCELLATION * np.abs(right)):
        result[i] = float(Decimal(repr(float(left[i]))) - Decimal(repr(float(right[i]))))
    return result
