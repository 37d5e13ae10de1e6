"""Everything the `returns` command says about a person's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import orjson

from dashboard_crypto.cli.returns_input import Row
from dashboard_crypto.core.chain import Method
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.model import Flow, SubPeriod, WindowPnl, WindowReturn
from dashboard_crypto.core.money import EXACT, plain, total
from dashboard_crypto.core.mwr import MoneyWeightedReturn, money_weighted_return
from dashboard_crypto.core.pnl import modified_dietz, window_pnl
from dashboard_crypto.core.timekeys import to_iso
from dashboard_crypto.core.window_return import window_return
from dashboard_crypto.core.windows import select_window


@dataclass(frozen=True, slots=True)
class Report:
    """The whole history as one window."""

    twr: WindowReturn
    pnl: WindowPnl
    mwr: MoneyWeightedReturn
    modified_dietz: Decimal | None
    flags: tuple[str, ...]


def make_report(
    values: Sequence[Row], flows: Sequence[Row], method: Method, min_base: Decimal, *, value_before_flow: bool
) -> Report:
    """Compute from rows in order of time. With `value_before_flow` a value at a flow's instant excludes that flow."""
    worth, recorded = _after_flows(values, flows) if value_before_flow else (_amounts(values), _as_flows(flows))
    columns = flow_columns(recorded)
    instants = np.array([row.instant_ms for row in values], dtype=np.int64)
    floats = np.array([float(value) for value in worth])

    def exact(rows: Sequence[int]) -> list[Decimal]:
        return [worth[row] for row in rows]

    _name_unvalued(method, flows, instants)
    floor = float(min_base)
    twr = window_return(0, instants, floats, columns, exact, min_base=floor, method=method)
    pnl = window_pnl(0, instants, columns, exact, min_base=floor)
    window = select_window(instants, 0)
    dietz = None if window is None else modified_dietz(instants, columns, exact, window)
    outside = _outside(columns, instants)
    return Report(twr, pnl, _money_weighted(instants, worth, columns), dietz, tuple(sorted({*twr.flags, *outside})))


def as_json(report: Report) -> bytes:
    """The report as indented JSON; every return is a ratio. Decimals keep all digits: factors multiply to 1 + twr."""
    twr = report.twr
    document = {
        "twr": _number(twr.twr),
        "twr_annualized": _number(twr.twr_annualized),
        "annualization": twr.annualization,
        "mwr": report.mwr.ratio,
        "mwr_annualized": report.mwr.annualized,
        "mwr_reason": report.mwr.reason,
        "modified_dietz": _number(report.modified_dietz),
        "pnl": _number(report.pnl.pnl_usd),
        "pnl_percent": _ratio(report.pnl.pnl_percent),
        "start": None if twr.start_ms is None else to_iso(twr.start_ms),
        "end": None if twr.end_ms is None else to_iso(twr.end_ms),
        "actual_days": twr.actual_days,
        "flow_count": twr.flow_count,
        "approximate_flows": twr.approximate_flows,
        "segments": twr.segments,
        "gap_days": twr.gap_days,
        "periods": [_period(period) for period in twr.periods],
        "flags": list(report.flags),
        "reason": twr.reason,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _period(period: SubPeriod) -> dict[str, Any]:
    return {
        "start": to_iso(period.start_ms),
        "end": to_iso(period.end_ms),
        "start_value": _number(period.start_value),
        "flow": _number(period.flow),
        "end_value": _number(period.end_value),
        "factor": _number(period.factor),
        "method": period.method,
        "flags": list(period.flags),
    }


def _number(amount: Decimal | None) -> orjson.Fragment | None:
    return None if amount is None else orjson.Fragment(plain(amount))


def _ratio(percent: float | None) -> float | None:
    return None if percent is None else percent / 100.0


def _amounts(rows: Sequence[Row]) -> list[Decimal]:
    return [row.amount for row in rows]


def _as_flows(rows: Sequence[Row]) -> list[Flow]:
    return [Flow(row.instant_ms, row.amount) for row in rows]


def _after_flows(values: Sequence[Row], flows: Sequence[Row]) -> tuple[list[Decimal], list[Flow]]:
    """Turn values taken before a flow into values after it, and remember what they were."""
    before = {row.instant_ms: row.amount for row in values}
    recorded = [Flow(row.instant_ms, row.amount, before.get(row.instant_ms)) for row in flows]
    moved: dict[int, list[Decimal]] = {}
    for row in flows:
        moved.setdefault(row.instant_ms, []).append(row.amount)
    return [EXACT.add(row.amount, total(moved.get(row.instant_ms, ()))) for row in values], recorded


def _name_unvalued(method: Method, flows: Sequence[Row], instants: np.ndarray[Any, Any]) -> None:
    """`exact` needs a value at every flow inside the history; say which line lacks one."""
    if method != "exact" or not len(instants):
        return
    known = set(instants.tolist())
    missing = [row for row in flows if instants[0] < row.instant_ms <= instants[-1] and row.instant_ms not in known]
    if missing:
        names = ", ".join(f"line {row.line} ({to_iso(row.instant_ms)})" for row in missing[:20])
        raise InvalidInput(
            f"--method exact needs a value at the time of every flow; there is none for the flow of {names}"
        )


def _money_weighted(
    instants: np.ndarray[Any, Any], worth: Sequence[Decimal], columns: FlowColumns
) -> MoneyWeightedReturn:
    if len(instants) < 2:
        return MoneyWeightedReturn(None, None, "insufficient_data")
    start_ms, end_ms = int(instants[0]), int(instants[-1])
    inside = columns.between(start_ms, end_ms)
    start, end = (start_ms, float(worth[0])), (end_ms, float(worth[-1]))
    return money_weighted_return(start, end, columns.instants_ms[inside], columns.amounts[inside])


def _outside(columns: FlowColumns, instants: np.ndarray[Any, Any]) -> set[str]:
    """Flows that cannot count: before the first value (their money is in it), or after the last one."""
    if not len(instants):
        return set()
    shown = columns.between(int(instants[0]) - 1, int(instants[0]))
    in_base = shown.stop > shown.start and columns.exact_before[shown.start] is not None
    early = (shown.start if in_base else shown.stop) > 0
    late = bool((columns.instants_ms > instants[-1]).any())
    return {name for name, present in (("pre_tracking", early), ("after_last_value", late)) if present}
