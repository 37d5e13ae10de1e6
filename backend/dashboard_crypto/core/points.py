"""From snapshots and flows to the points that `core.chain` walks over. Reads exact values of boundary rows only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np

from dashboard_crypto.core.chain import InnerFlow, Method, Point
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.flow_links import TOLERANCE, Floats, Ints
from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.core.timekeys import to_iso
from dashboard_crypto.core.windows import Window, boundary_rows

ExactValues = Callable[[Sequence[int]], Sequence[Decimal]]
"""Exact values of the given snapshot rows (ascending), in the same order."""


def window_points(
    instants_ms: Ints,
    values: Floats,
    flows: FlowColumns,
    window: Window,
    exact_values: ExactValues,
    *,
    min_base: float,
    method: Method,
) -> list[Point]:
    """Points from the window's base to its end. `exact_values` is called once."""
    rows = boundary_rows(instants_ms, values, flows, window, min_base)
    worth = exact_values(rows)
    times: list[int] = instants_ms[list(rows)].tolist()
    passed: list[int] = np.searchsorted(flows.instants_ms, times, side="right").tolist()
    points = [_base_point(times[0], worth[0], flows)]
    for i, (start, end) in enumerate(pairwise(rows)):
        if end == start + 1:
            inside = range(passed[i], passed[i + 1])
            points.extend(_interval(flows, inside, times[i + 1], worth[i + 1], method))
        else:
            flags = _stretch_flags(values[start : end + 1], min_base - TOLERANCE)
            points.append(Point(times[i + 1], worth[i + 1], stretch_flags=flags))
    return points


def _base_point(instant_ms: int, worth: Decimal, flows: FlowColumns) -> Point:
    """The base. A flow at its instant is inside it; if that flow was valued, both sides are shown."""
    at = flows.between(instant_ms - 1, instant_ms)
    if at.start == at.stop or flows.exact_before[at.start] is None:
        return Point(instant_ms, worth)
    amount = flows.exact_amounts[at.start]
    return Point(instant_ms, EXACT.subtract(worth, amount), amount, has_flow=True, flow_method="at_snapshot")


def _interval(flows: FlowColumns, inside: range, end_ms: int, end_value: Decimal, method: Method) -> list[Point]:
    """Points at the valued flows between two neighbouring snapshots, and at the later snapshot."""
    points: list[Point] = []
    waiting: list[InnerFlow] = []
    at_end: Decimal | None = None
    for i in inside:
        instant_ms, amount, before = int(flows.instants_ms[i]), flows.exact_amounts[i], flows.exact_before[i]
        if instant_ms == end_ms and (method in {"auto", "exact"} or before is not None):
            at_end = amount
        elif instant_ms != end_ms and before is not None:
            points.append(Point(instant_ms, before, amount, has_flow=True, inner=tuple(waiting)))
            waiting = []
        elif method == "exact":
            raise InvalidInput(f"the flow at {to_iso(instant_ms)} has no valuation at its instant", "", "unvalued_flow")
        else:
            waiting.append(InnerFlow(instant_ms, amount, int(flows.counts[i])))
    before_end = end_value if at_end is None else EXACT.subtract(end_value, at_end)
    has_flow = at_end is not None
    points.append(Point(end_ms, before_end, at_end or ZERO, has_flow, "at_snapshot", tuple(waiting)))
    return points


def _stretch_flags(part: Floats, floor: float) -> tuple[str, ...] | None:
    """Flags of a long stretch without flows; None if every step of it has a base."""
    base, end = part[:-1], part[1:]
    if base[0] >= floor and end[0] >= -TOLERANCE:
        return None
    dust = (base < floor) & (base >= -TOLERANCE)
    found = {
        "negative_value": bool(np.any((base < -TOLERANCE) | (end < -TOLERANCE))),
        "no_base": bool(np.any(dust)),
        "value_without_capital": bool(np.any(dust & (end >= floor))),
    }
    return tuple(flag for flag, present in found.items() if present)
