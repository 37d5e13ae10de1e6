"""The rules of `docs/performance-method.md`, once more and as plainly as possible: one Decimal step per snapshot.

Slow on purpose and independent of the product's code: no columns, no stretches, no shared arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from dashboard_crypto.core.model import Flow

NOTHING = Decimal("1e-9")
HALF = Decimal("0.5")


def index(
    instants: Sequence[int], values: Sequence[Decimal], flows: Sequence[Flow], min_base: Decimal = Decimal(1)
) -> list[Decimal | None]:
    """Growth since inception at every snapshot; None before inception."""
    with localcontext(prec=60):
        floor = min_base - NOTHING
        level, begun = Decimal(1), values[0] >= floor
        result: list[Decimal | None] = [level if begun else None]
        for k in range(1, len(values)):
            growth, had_base = _growth(instants, values, flows, k, floor)
            level *= growth
            begun = begun or had_base or values[k] >= floor
            result.append(level if begun else None)
        return result


def _growth(
    instants: Sequence[int], values: Sequence[Decimal], flows: Sequence[Flow], k: int, floor: Decimal
) -> tuple[Decimal, bool]:
    start_ms, end_ms, base = instants[k - 1], instants[k], values[k - 1]
    netted = _netted(flows, start_ms, end_ms)
    growth, had_base = Decimal(1), False
    waiting: list[tuple[int, Decimal]] = []
    link_start = start_ms
    for moment, amount, before in netted:
        if moment < end_ms and before is None:
            waiting.append((moment, amount))
        elif moment < end_ms and before is not None:
            factor, valid = _link(base, before, (link_start, moment), waiting, floor, flow_at_end=True)
            growth, had_base = growth * factor, had_base or valid
            base, link_start, waiting = before + amount, moment, []
    at_end = [amount for moment, amount, _ in netted if moment == end_ms]
    end = values[k] - sum(at_end, Decimal(0))
    factor, valid = _link(base, end, (link_start, end_ms), waiting, floor, flow_at_end=bool(at_end))
    return growth * factor, had_base or valid


def _netted(flows: Sequence[Flow], after: int, until: int) -> list[tuple[int, Decimal, Decimal | None]]:
    result = []
    for moment in sorted({flow.instant_ms for flow in flows if after < flow.instant_ms <= until}):
        group = [flow for flow in flows if flow.instant_ms == moment]
        known = {flow.value_before for flow in group if flow.value_before is not None}
        result.append((moment, sum((f.amount for f in group), Decimal(0)), known.pop() if len(known) == 1 else None))
    return result


def _link(
    base: Decimal,
    end: Decimal,
    span: tuple[int, int],
    inner: Sequence[tuple[int, Decimal]],
    floor: Decimal,
    *,
    flow_at_end: bool,
) -> tuple[Decimal, bool]:
    if not inner:
        numerator, divisor = end, base
    else:
        numerator, divisor = _approximation(base, end, span, inner, floor)
    if base < -NOTHING or divisor < floor:
        return Decimal(1), False
    if end < -NOTHING:
        return Decimal(1), True
    if numerator <= (NOTHING if inner or flow_at_end else 0):
        return Decimal(0), True
    return numerator / divisor, True


def _approximation(
    base: Decimal, end: Decimal, span: tuple[int, int], inner: Sequence[tuple[int, Decimal]], floor: Decimal
) -> tuple[Decimal, Decimal]:
    start_ms, end_ms = span
    net = sum((amount for _, amount in inner), Decimal(0))
    weighted = sum((amount * (end_ms - moment) / (end_ms - start_ms) for moment, amount in inner), Decimal(0))
    rest, average = end - (net - weighted), base + weighted
    slack = 1 + NOTHING
    if -HALF * base * slack <= net <= base * slack and average >= max(floor, base / 10) and rest > end / 1000 + NOTHING:
        return rest, average
    inflow = sum((amount for _, amount in inner if amount > 0), Decimal(0))
    return end + inflow - net, base + inflow
