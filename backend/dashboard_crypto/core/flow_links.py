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

from dashboard_crypto.core.chain import SMALLEST_DIETZ_BASE, SMALLEST_DIETZ_REST, InnerFlow, Point, approximate
from dashboard_crypto.core.flows import FlowColumns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOLERANCE: Final = 1e-9
_DIETZ_BASE: Final = float(SMALLEST_DIETZ_BASE)
_DIETZ_REST: Final = float(SMALLEST_DIETZ_REST)
_CANCELLATION: Final = 1e-3
_SHAKY: Final = 100.0
_FEW: Final = 1000


@dataclass(frozen=True, slots=True)
class FlowRows:
    """Growth from the row before to every flow row, and the values of both rows.

    `has_base` says whether any link between them had a valid base.
    """

    rows: Ints
    before: Floats
    value: Floats
    growth: Floats
    has_base: Bools


@dataclass(frozen=True, slots=True)
class Inside:
    """The flows between the first and the last snapshot, and the snapshot each one counts for."""

    times: Ints
    amounts: Floats
    before: Floats
    following: Ints
    at_snapshot: Bools
    all_at_snapshots: bool


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
    inside = locate(instants_ms, flows)
    if inside.all_at_snapshots:
        rows = inside.following
        before, value = values[rows - 1], values[rows]
        end = _difference(value, inside.amounts)
        return FlowRows(rows, before, value, *_growth(before, end, end, floor))
    is_first = np.empty(len(inside.following), dtype=np.bool_)
    is_first[0] = True
    np.not_equal(inside.following[1:], inside.following[:-1], out=is_first[1:])
    rows = inside.following[is_first]
    end_flow = np.zeros(len(rows))
    ordinal = np.cumsum(is_first) - 1
    end_flow[ordinal[inside.at_snapshot]] = inside.amounts[inside.at_snapshot]
    links = _cut(instants_ms, values, inside, rows, ordinal, end_flow=end_flow)
    add, base, shaky = _approximate(links, inside, floor)
    growth, has_base = _growth(base, links.end, _difference(links.end, -add), floor)
    for link in shaky.tolist():
        growth[link] = _redone(links, inside, link, floor)
    if len(growth) > len(rows):
        growth = np.multiply.reduceat(growth, links.first)
        has_base = np.logical_or.reduceat(has_base, links.first)
    return FlowRows(rows, values[rows - 1], values[rows], growth, has_base)


def steps_at_snapshots(values: Floats, inside: Inside) -> Floats:
    """Factor by which each flow changes the index per USD, if all flows are at snapshots and no value is low.

    That is growth * (value before) / (value at): the value before cancels out, which saves half the work.
    """
    value = values[inside.following]
    step: Floats = value - inside.amounts
    step /= value
    odd = np.flatnonzero(step < _CANCELLATION)
    if len(odd):
        end, before = _difference(value[odd], inside.amounts[odd]), values[inside.following[odd] - 1]
        step[odd] = np.where(end < -TOLERANCE, before, np.where(end > TOLERANCE, end, 0.0)) / value[odd]
    return step


def locate(instants_ms: Ints, flows: FlowColumns) -> Inside:
    """The flows between the first and the last snapshot, and where they fall."""
    inside = flows.between(int(instants_ms[0]), int(instants_ms[-1])) if len(instants_ms) else slice(0, 0)
    times = flows.instants_ms[inside]
    following, at_snapshot = _following(instants_ms, times)
    amounts, before = flows.amounts[inside], flows.value_before[inside]
    return Inside(times, amounts, before, following, at_snapshot, bool(at_snapshot.all()))


def _following(instants_ms: Ints, times: Ints) -> tuple[Ints, Bools]:
    """Row of the snapshot at or after each time, and whether it is exactly at it.

    Snapshots are nearly regular, so a straight line mostly hits; only the misses are searched for.
    """
    if len(times) < _FEW:
        following = np.searchsorted(instants_ms, times)
        return following, instants_ms[following] == times
    per_ms = (len(instants_ms) - 1) / float(instants_ms[-1] - instants_ms[0])
    straight = times * per_ms
    straight += 1 - 1e-6 - float(instants_ms[0]) * per_ms
    following = straight.astype(np.int64)
    reached = instants_ms[following]
    exactly = reached == times
    if not exactly.all():
        missed = np.flatnonzero((reached < times) | (instants_ms[following - 1] >= times))
        following[missed] = np.searchsorted(instants_ms, times[missed])
        exactly = instants_ms[following] == times
    return following, exactly


def _cut(instants_ms: Ints, values: Floats, flow: Inside, rows: Ints, ordinal: Ints, *, end_flow: Floats) -> _Links:
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


def _approximate(links: _Links, flow: Inside, floor: float) -> tuple[Floats, Floats, Ints]:
    """What to add to the end value and the base to divide it by, of every link; and links too shaky for floats."""
    inner = ~flow.at_snapshot & np.isnan(flow.before)
    amounts, link = flow.amounts[inner], links.of_flow[inner]
    end_ms, count, base = links.end_ms[link], len(links.base), links.base
    weight = (end_ms - flow.times[inner]) / (end_ms - links.start_ms[link])
    net = np.bincount(link, amounts, count)
    inflow = np.bincount(link, np.maximum(amounts, 0.0), count)
    outflow = np.bincount(link, np.maximum(-amounts, 0.0), count)
    late = np.bincount(link, amounts * (1.0 - weight), count)
    dietz_base = base + net - late
    dietz = np.abs(net - 0.25 * base) <= (0.75 + TOLERANCE) * base
    dietz &= dietz_base >= np.maximum(floor, _DIETZ_BASE * base)
    dietz &= links.end - late > _DIETZ_REST * links.end + TOLERANCE
    mixed_base = np.where(base < -TOLERANCE, base, base + inflow)
    smallest = np.minimum(links.end - late, dietz_base)
    shaky = np.flatnonzero(dietz & (inflow + outflow > _SHAKY * smallest))
    return np.where(dietz, -late, outflow), np.where(dietz, dietz_base, mixed_base), shaky


def _redone(links: _Links, flow: Inside, link: int, floor: float) -> float:
    """Growth of one link in Decimal: opposite flows that dwarf their sum leave too few binary digits."""
    at = np.flatnonzero(~flow.at_snapshot & np.isnan(flow.before) & (links.of_flow == link))
    inner = tuple(InnerFlow(int(flow.times[i]), _written(flow.amounts[i])) for i in at)
    start = Point(int(links.start_ms[link]), _written(links.base[link]))
    end = Point(int(links.end_ms[link]), _written(links.end[link]), inner=inner)
    return float(approximate(start, end, _written(floor), "auto").factor)


def _written(number: float) -> Decimal:
    """The decimal that a float was made from, if that had up to 15 digits."""
    return Decimal(repr(float(number)))


def _growth(base: Floats, end: Floats, numerator: Floats, floor: float) -> tuple[Floats, Bools]:
    has_base = base >= floor
    usable = has_base & (end >= -TOLERANCE)
    if usable.all():
        growth: Floats = numerator / base
        growth[numerator <= TOLERANCE] = 0.0
        return growth, has_base
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
    for i in np.flatnonzero(np.abs(result) < _CANCELLATION * np.abs(left)):
        result[i] = float(_written(left[i]) - _written(right[i]))
    return result
