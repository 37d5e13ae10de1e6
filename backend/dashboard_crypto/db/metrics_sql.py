"""The stored metrics of a snapshot as SQL over its own value, in the constants of a `core.model.Segment`.

The database computes them, on append and on rewrite alike, from the same expressions: so a row written an hour at a
time carries exactly the digits that a full rebuild would give it.

`{value}` and `{instant}` stand for the row's own: its columns where it is rewritten, parameters where it is new.

    twr         = (max(index_offset + index_per_usd * V, 0) - 1) * 100
    pnl_percent = (V - capital) / average capital * 100
                  average capital = first_value + flow_sum - flow_moment / (s - first_ms)
    where that average is too small (below the minimum base, or a tenth of the largest capital ever employed) the money
    that went in stands in for it: first_value + inflows; below the minimum base there is no percentage.
    In a doubted segment both are NULL, and so is `pnl`, the value less `:capital` (which is NULL).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.model import Segment

_TOLERANCE = 1e-9
_AVERAGE = "(:gross - :moment / ({instant} - :first_ms))"
_TWR = ":twr_per_usd * {value} + :twr_offset"
# Only behind a flow can the constants lead below zero (more was withdrawn than there was).
_TWR_AT_FLOW = "{greatest}(:twr_per_usd * {value} + :twr_offset, -100.0)"
_OF_BASE = "({value} - :capital) / :base"
_OF_AVERAGE = f"({{value}} - :capital) / {_AVERAGE}"
_OF_EITHER = f"({{value}} - :capital) / CASE WHEN {_AVERAGE} >= :enough THEN {_AVERAGE} ELSE :base END"


@dataclass(frozen=True, slots=True)
class Inception:
    """The first snapshot: everything is counted from it."""

    instant_ms: int
    value_usd: Decimal
    min_base_usd: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """SQL for `twr` and `pnl_percent`, and the parameters they name.

    `{greatest}` stands for the database's name of the larger of two; `{value}` and `{instant}` are the row's own.
    """

    twr: str
    pnl_percent: str
    parameters: dict[str, Any]


def metrics(segment: Segment, inception: Inception, rows_from_ms: int) -> Metrics:
    """Expressions for the snapshots in `[rows_from_ms, segment.until_ms]` of a segment."""
    has_return = math.isfinite(segment.index_offset) and not segment.is_doubted
    parameters: dict[str, Any] = {
        "twr_per_usd": 100.0 * segment.index_per_usd if has_return else None,
        "twr_offset": 100.0 * (segment.index_offset - 1.0) if has_return else None,
    }
    if segment.is_doubted:
        return Metrics(_TWR, "CAST(:capital AS {real})", parameters | {"capital": None})
    percent = _pnl_percent(segment, inception, rows_from_ms, parameters)
    twr = _TWR_AT_FLOW if has_return and segment.index_offset < 0 else _TWR
    return Metrics(twr, percent, parameters)


def _pnl_percent(segment: Segment, inception: Inception, rows_from_ms: int, parameters: dict[str, Any]) -> str:
    # Everything is divided by 100 here, once, instead of multiplying by 100 in every row.
    first = float(inception.value_usd)
    gross, moment = (first + segment.flow_sum) / 100.0, segment.flow_moment / 100.0
    floor = inception.min_base_usd - _TOLERANCE
    enough = max(floor, 0.1 * segment.largest_capital - _TOLERANCE) / 100.0
    fallback = first + segment.inflows
    stand_in = fallback / 100.0 if fallback >= floor else None
    parameters["capital"] = float(segment.capital_usd)
    if segment.flow_sum == 0 and segment.flow_moment == 0:
        parameters["base"] = first / 100.0 if first / 100.0 >= enough else stand_in
        return _OF_BASE
    # Within a segment the average moves one way only, so its two ends tell about every row between.
    ends = [gross - moment / (at - inception.instant_ms) for at in (rows_from_ms, segment.until_ms)]
    if max(ends) < enough:
        parameters["base"] = stand_in
        return _OF_BASE
    parameters.update(gross=gross, moment=moment, first_ms=inception.instant_ms)
    if min(ends) >= enough:
        return _OF_AVERAGE
    parameters.update(base=stand_in, enough=enough)
    return _OF_EITHER
