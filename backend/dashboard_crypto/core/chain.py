"""Sub-periods of one window in exact decimals: what `/explain` and the `returns` command print.

The walk goes over *points*: the rows at the edges of gaps and flows, and every valued flow between two snapshots. A
point knows the value before its flow and the flow. Pieces without a flow between them are one sub-period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from dashboard_crypto.core.doubtful_flows import IMPLAUSIBLE_FLOW, takes_more_than_known, takes_more_than_was_there
from dashboard_crypto.core.model import FlowMethod, SubPeriod
from dashboard_crypto.core.money import EXACT, ONE, RATIO, TOLERANCE_USD, ZERO, times, total
from dashboard_crypto.core.timekeys import HOUR_MS

Method = Literal["auto", "exact", "modified_dietz", "start", "end", "mid", "mixed"]
LONG_INTERVAL_MS = 3 * HOUR_MS
SMALLEST_DIETZ_BASE = Decimal("0.1")
"""Modified Dietz is not used when early withdrawals leave less than this share of the base as its average capital,"""
SMALLEST_DIETZ_REST = Decimal("0.001")
"""... nor when late deposits explain all but this share of the end value."""


@dataclass(frozen=True, slots=True)
class InnerFlow:
    """A netted flow between two points for which there is no valuation."""

    instant_ms: int
    amount: Decimal
    count: int = 1


@dataclass(frozen=True, slots=True)
class Point:
    """A moment with a known value. `inner` are the unvalued flows since the point before it.

    `stretch_flags` is None where only the two ends matter; else the flags of a stretch of rows without a base.
    """

    instant_ms: int
    before: Decimal
    flow: Decimal = ZERO
    has_flow: bool = False
    flow_method: FlowMethod = "exact"
    inner: tuple[InnerFlow, ...] = ()
    stretch_flags: tuple[str, ...] | None = None

    @property
    def after(self) -> Decimal:
        """Value just after the flow."""
        return EXACT.add(self.before, self.flow)


@dataclass(slots=True)
class _Walk:
    """Collects sub-periods; `opened` is the point at which the running one began, `reached` how far it came."""

    floor: Decimal
    method: Method
    opened: Point
    reached: Point
    periods: list[SubPeriod] = field(default_factory=list)

    def step(self, point: Point) -> None:
        if point.inner:
            self.close()
            self.periods.append(self._approximated(self.reached, point))
            self.opened = point
        elif (flags := self._flags_without_base(self.reached, point)) is not None:
            self.close()
            self._add_flat(point, flags)
            self.opened = point
        last_known, self.reached = self.reached.after, point
        if point.has_flow:
            self.close()
            self.opened = point
            self._doubt(point, last_known)

    def close(self) -> None:
        """End the running sub-period at the point reached, if it has any length."""
        start, end = self.opened, self.reached
        if end.instant_ms > start.instant_ms:
            factor = RATIO.divide(_settled(end), start.after)
            self.periods.append(_period(start, end, factor, start.flow_method, ()))
        self.opened = end

    def _doubt(self, point: Point, last_known: Decimal) -> None:
        """Flag the sub-period that ends at a flow larger than the value; its factor stays, for a flow may be right."""
        at_snapshot = point.flow_method == "at_snapshot"
        check, value = (takes_more_than_known, last_known) if at_snapshot else (takes_more_than_was_there, point.before)
        if check(point.flow, value, self.floor):
            last = self.periods[-1]
            self.periods[-1] = replace(last, flags=(*last.flags, IMPLAUSIBLE_FLOW))

    def _flags_without_base(self, start: Point, end: Point) -> tuple[str, ...] | None:
        if end.stretch_flags is not None:
            return end.stretch_flags
        return flags_without_base(start.after, end.before, self.floor)

    def _add_flat(self, end: Point, flags: tuple[str, ...]) -> None:
        start = self.reached
        last = self.periods[-1] if self.periods else None
        still_empty = start.after < self.floor and not start.has_flow
        if last is not None and last.end_ms == start.instant_ms and _is_flat(last) and still_empty:
            merged = tuple(dict.fromkeys((*last.flags, *flags)))
            self.periods[-1] = SubPeriod(
                last.start_ms, end.instant_ms, last.start_value, last.flow, end.before, ONE, last.method, merged
            )
        else:
            self.periods.append(_period(start, end, ONE, start.flow_method, flags))

    def _approximated(self, start: Point, end: Point) -> SubPeriod:
        if start.has_flow:
            self.periods.append(_instantaneous(start))
        return approximate(start, end, self.floor, self.method)


def sub_periods(points: Sequence[Point], min_base: Decimal, method: Method = "auto") -> tuple[SubPeriod, ...]:
    """Chain neighbouring points; the product of the factors, in order and with 34 digits, is 1 + TWR."""
    walk = _Walk(EXACT.subtract(min_base, TOLERANCE_USD), method, points[0], points[0])
    for point in points[1:]:
        walk.step(point)
    walk.close()
    return tuple(walk.periods)


def flags_without_base(base: Decimal, end: Decimal, floor: Decimal) -> tuple[str, ...] | None:
    """Why there is no return from `base` to `end`; None if there is one."""
    if base < -TOLERANCE_USD:
        return ("negative_value",)
    if base < floor:
        return ("no_base", "value_without_capital") if end >= floor else ("no_base",)
    return ("negative_value",) if end < -TOLERANCE_USD else None


def approximate(start: Point, end: Point, floor: Decimal, method: Method) -> SubPeriod:
    """One sub-period with unvalued flows inside it."""
    base, net = start.after, total(flow.amount for flow in end.inner)
    flags = ("long_interval",) if end.instant_ms - start.instant_ms > LONG_INTERVAL_MS else ()
    chosen = method
    if method in {"auto", "exact"}:
        chosen = "modified_dietz" if _dietz_is_trustworthy(start, end, net, floor) else "mixed"
    add, divisor = _terms(chosen, start, end, net)
    reasons = flags_without_base(base if base < -TOLERANCE_USD else divisor, end.before, floor)
    numerator = EXACT.add(end.before, add)
    if reasons is None and numerator < -TOLERANCE_USD:
        reasons = ("negative_value",)
    if reasons is not None:
        factor, flags = ONE, (*reasons, *flags)
    else:
        factor = ZERO if numerator <= TOLERANCE_USD else RATIO.divide(numerator, divisor)
    if takes_more_than_known(net, base, floor):
        flags = (*flags, IMPLAUSIBLE_FLOW)
    kind = _FLOW_METHODS[chosen]
    return SubPeriod(start.instant_ms, end.instant_ms, base, net, end.before, factor, kind, flags)


_FLOW_METHODS: dict[Method, FlowMethod] = {
    "modified_dietz": "modified_dietz",
    "mixed": "mixed",
    "start": "start",
    "end": "end",
    "mid": "mid",
}


def _dietz_is_trustworthy(start: Point, end: Point, net: Decimal, floor: Decimal) -> bool:
    """Modified Dietz holds for a net flow of -50 % to +100 % of the base that leaves a sound average and rest."""
    base = start.after
    add, divisor = _terms("modified_dietz", start, end, net)
    slack = EXACT.add(ONE, TOLERANCE_USD)
    return (
        -times(base, slack) <= 2 * net
        and net <= times(base, slack)
        and divisor >= max(floor, times(base, SMALLEST_DIETZ_BASE))
        and EXACT.add(end.before, add) > EXACT.add(times(end.before, SMALLEST_DIETZ_REST), TOLERANCE_USD)
    )


def _terms(method: Method, start: Point, end: Point, net: Decimal) -> tuple[Decimal, Decimal]:
    """What to add to the end value, and what to divide by."""
    base = start.after
    if method == "start":
        return ZERO, EXACT.add(base, net)
    if method == "end":
        return -net, base
    if method == "mid":
        half = times(net, Decimal("0.5"))
        return -half, EXACT.add(base, half)
    if method == "mixed":
        inflow = total(flow.amount for flow in end.inner if flow.amount > 0)
        return EXACT.subtract(inflow, net), EXACT.add(base, inflow)
    late = _late_part(start, end)
    return -late, EXACT.add(base, EXACT.subtract(net, late))


def _late_part(start: Point, end: Point) -> Decimal:
    """Sum of F * (1 - w): the part of the flows that was not there, weighted by elapsed time."""
    width = Decimal(end.instant_ms - start.instant_ms)
    moment = total(times(flow.amount, Decimal(flow.instant_ms - start.instant_ms)) for flow in end.inner)
    return RATIO.divide(moment, width)


def _settled(end: Point) -> Decimal:
    """The value at the end of a link; a difference below the tolerance is nothing left, not a little left."""
    return ZERO if end.before < 0 or (end.has_flow and end.before <= TOLERANCE_USD) else end.before


def _period(start: Point, end: Point, factor: Decimal, method: FlowMethod, flags: tuple[str, ...]) -> SubPeriod:
    return SubPeriod(start.instant_ms, end.instant_ms, start.before, start.flow, end.before, factor, method, flags)


def _instantaneous(point: Point) -> SubPeriod:
    """The flow at a point from which an approximated stretch begins, so that no flow is missing from the list."""
    return SubPeriod(
        point.instant_ms, point.instant_ms, point.before, point.flow, point.after, ONE, point.flow_method, ()
    )


def _is_flat(period: SubPeriod) -> bool:
    return bool({"no_base", "negative_value"} & set(period.flags)) and period.method in {"exact", "at_snapshot"}
