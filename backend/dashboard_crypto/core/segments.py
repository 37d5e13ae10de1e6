"""Stretches of a history between two changes, and the constants they leave for the stored columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

import numpy as np

from dashboard_crypto.core.flow_links import Bools, Floats, FlowRows, Ints
from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.model import Segment
from dashboard_crypto.core.money import EXACT, ZERO, times


@dataclass(frozen=True, slots=True)
class Stretches:
    """Rows `starts[s]..ends[s]` share one rule.

    `moving` stretches follow the value (`level * value / anchor`); `positions` are the stretches that consist of one
    flow row; every other stretch is flat. `level[s]` is the index before stretch s, `level[s + 1]` at its end.
    """

    starts: Ints
    ends: Ints
    anchors: Floats
    moving: Bools
    level: Floats
    positions: Ints
    flow_rows: FlowRows
    has_gaps: bool


@dataclass(frozen=True, slots=True)
class Capital:
    """What the flows up to some instant did to the capital. `moment` = sum of amount x milliseconds since the start."""

    net: Decimal
    inflows: Decimal
    moment: Decimal
    largest: Decimal


def make_segments(
    instants_ms: Ints, values: Floats, flows: FlowColumns, stretches: Stretches, inception: int
) -> tuple[Segment, ...]:
    """One `Segment` per stretch; rows before inception get NaN constants, which means: no return, store NULL."""
    first_ms, first_value = int(instants_ms[0]), Decimal(repr(float(values[0])))
    capitals = running_capital(flows, first_ms, int(instants_ms[-1]), first_value)
    begin = flows.between(first_ms, first_ms).start
    seen = np.searchsorted(flows.instants_ms, instants_ms[stretches.starts], side="right") - begin
    offset, per_usd = _constants(stretches)
    result: list[Segment] = []
    for s, (start, end) in enumerate(zip(stretches.starts.tolist(), stretches.ends.tolist(), strict=True)):
        after_ms = int(instants_ms[start - 1]) if start else first_ms - 1
        capital = capitals[max(0, int(seen[s]))]
        segment = Segment(
            after_ms=after_ms,
            until_ms=int(instants_ms[end]),
            index_offset=float(offset[s]),
            index_per_usd=float(per_usd[s]),
            capital_usd=EXACT.add(first_value, capital.net),
            flow_sum=float(capital.net),
            flow_moment=float(capital.moment),
            largest_capital=float(capital.largest),
            inflows=float(capital.inflows),
        )
        result.extend(_without_return(segment, start, end, inception, instants_ms))
    return tuple(result)


def running_capital(flows: FlowColumns, first_ms: int, until_ms: int, first_value: Decimal) -> list[Capital]:
    """State after 0, 1, 2, ... netted flows in `(first_ms, until_ms]`, exact."""
    inside = flows.between(first_ms, until_ms)
    pairs = zip(flows.instants_ms[inside].tolist(), flows.exact_amounts[inside], strict=True)
    start = Capital(ZERO, ZERO, ZERO, first_value)
    return list(accumulate(pairs, lambda state, flow: _after(state, flow, first_ms, first_value), initial=start))


def _after(state: Capital, flow: tuple[int, Decimal], first_ms: int, first_value: Decimal) -> Capital:
    instant_ms, amount = flow
    net = EXACT.add(state.net, amount)
    return Capital(
        net=net,
        inflows=EXACT.add(state.inflows, amount) if amount > 0 else state.inflows,
        moment=EXACT.add(state.moment, times(amount, Decimal(instant_ms - first_ms))),
        largest=max(state.largest, EXACT.add(first_value, net)),
    )


def _constants(stretches: Stretches) -> tuple[Floats, Floats]:
    before = stretches.level[:-1]
    per_usd = np.zeros(len(before))
    np.divide(before, stretches.anchors, out=per_usd, where=stretches.moving)
    offset = np.where(stretches.moving, 0.0, before)
    at = stretches.positions
    offset[at] = before[at] * stretches.flow_rows.offset
    per_usd[at] = before[at] * stretches.flow_rows.per_usd
    return offset, per_usd


def _without_return(segment: Segment, start: int, end: int, inception: int, instants_ms: Ints) -> Iterator[Segment]:
    nothing = float("nan")
    if end < inception:
        yield replace(segment, index_offset=nothing, index_per_usd=nothing)
    elif start < inception:
        border_ms = int(instants_ms[inception - 1])
        yield replace(segment, until_ms=border_ms, index_offset=nothing, index_per_usd=nothing)
        yield replace(segment, after_ms=border_ms)
    else:
        yield segment
