"""The constants that stored columns are rewritten from: one `Segment` for every stretch between two changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

import numpy as np

from dashboard_crypto.core.flow_links import Floats, Ints
from dashboard_crypto.core.flows import FlowColumns
from dashboard_crypto.core.model import Segment
from dashboard_crypto.core.money import EXACT, ZERO, times
from dashboard_crypto.core.stretches import Stretches


@dataclass(frozen=True, slots=True)
class Capital:
    """What the flows up to some instant did to the capital. `moment` = sum of amount x milliseconds since the start."""

    net: Decimal
    inflows: Decimal
    moment: Decimal
    largest: Decimal


@dataclass(frozen=True, slots=True)
class _Line:
    """Rows `start..end` with `index = offset + per_usd * value`."""

    start: int
    end: int
    offset: float
    per_usd: float


def make_segments(instants_ms: Ints, values: Floats, flows: FlowColumns, stretches: Stretches) -> tuple[Segment, ...]:
    """Constants for every row, oldest first; rows before inception get NaN: no return yet, store NULL."""
    first_ms, first_value = int(instants_ms[0]), Decimal(repr(float(values[0])))
    capitals = running_capital(flows, first_ms, int(instants_ms[-1]), first_value)
    before_first = flows.between(first_ms, first_ms).start
    lines = [part for line in _lines(stretches) for part in _split_at(line, stretches.inception)]
    seen = np.searchsorted(flows.instants_ms, instants_ms[[line.start for line in lines]], side="right") - before_first
    return tuple(
        _segment(line, instants_ms, capitals[count], first_value)
        for line, count in zip(lines, seen.tolist(), strict=True)
    )


def _segment(line: _Line, instants_ms: Ints, capital: Capital, first_value: Decimal) -> Segment:
    return Segment(
        after_ms=int(instants_ms[line.start - 1]) if line.start else int(instants_ms[0]) - 1,
        until_ms=int(instants_ms[line.end]),
        index_offset=line.offset,
        index_per_usd=line.per_usd,
        capital_usd=EXACT.add(first_value, capital.net),
        flow_sum=float(capital.net),
        flow_moment=float(capital.moment),
        largest_capital=float(capital.largest),
        inflows=float(capital.inflows),
    )


def _lines(stretches: Stretches) -> Iterator[_Line]:
    """A flow row is a line of its own, with its index as a constant; the rows after it follow the value."""
    grown = stretches.level[:-1][stretches.at] * stretches.flow_rows.growth
    flow_index = dict(zip(stretches.at.tolist(), grown.tolist(), strict=True))
    for s, (start, end) in enumerate(zip(stretches.starts.tolist(), stretches.ends.tolist(), strict=True)):
        rest = start
        if s in flow_index:
            yield _Line(start, start, flow_index[s], 0.0)
            rest = start + 1
        if rest <= end:
            flat = stretches.flat is not None and bool(stretches.flat[s])
            if rest == stretches.inception == 0:
                yield _Line(0, 0, 1.0, 0.0)  # 1 / v * v need not be exactly 1
                rest = 1
        if rest <= end:
            yield _Line(rest, end, float(stretches.level[s]) if flat else 0.0, float(stretches.scale[s]))


def _split_at(line: _Line, inception: int) -> Iterator[_Line]:
    if line.start >= inception:
        yield line
        return
    nothing = float("nan")
    yield _Line(line.start, min(line.end, inception - 1), nothing, nothing)
    if line.end >= inception:
        yield replace(line, start=inception)


def running_capital(
    flows: FlowColumns,
    after_ms: int,
    until_ms: int,
    first_value: Decimal,
    *,
    first_ms: int | None = None,
    state: Capital | None = None,
) -> list[Capital]:
    """State after 0, 1, 2, ... netted flows in `(after_ms, until_ms]`, exact.

    To go on from an earlier `state`, name the history's `first_ms`; without it the history begins at `after_ms`.
    """
    inside = flows.between(after_ms, until_ms)
    pairs = zip(flows.instants_ms[inside].tolist(), flows.exact_amounts[inside], strict=True)
    start = state or Capital(ZERO, ZERO, ZERO, first_value)
    zero_ms = after_ms if first_ms is None else first_ms
    return list(accumulate(pairs, lambda before, flow: _after(before, flow, zero_ms, first_value), initial=start))


def _after(state: Capital, flow: tuple[int, Decimal], first_ms: int, first_value: Decimal) -> Capital:
    instant_ms, amount = flow
    net = EXACT.add(state.net, amount)
    return Capital(
        net=net,
        inflows=EXACT.add(state.inflows, amount) if amount > 0 else state.inflows,
        moment=EXACT.add(state.moment, times(amount, Decimal(instant_ms - first_ms))),
        largest=max(state.largest, EXACT.add(first_value, net)),
    )
