"""Invariants of the time-weighted return, each on a thousand random histories."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.core.histories import FACTOR, History, any_history, unit_history
from tests.unit.core.oracle import index as oracle_index

from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.money import RATIO
from dashboard_crypto.core.pnl import segment_metrics, window_pnl
from dashboard_crypto.core.returns import build_series, extend
from dashboard_crypto.core.window_return import product, window_index, window_return
from dashboard_crypto.core.windows import select_window

THOUSAND = settings(max_examples=1000, deadline=None)


def total(history: History, days: int = 0) -> Decimal | None:
    return window_return(days, history.instants_ms, history.values, history.flows, history.rows).twr


def same(left: Decimal | None, right: Decimal | None) -> bool:
    if left is None or right is None:
        return left is right
    return abs(left - right) <= Decimal("1e-25") * max(1 + left, 1 + right)


def close(left: float, right: float, relative: float = 1e-12) -> bool:
    return math.isclose(left, right, rel_tol=relative, abs_tol=1e-300)


@THOUSAND
@given(any_history())
def test_float_index_agrees_with_the_decimal_oracle(history: History) -> None:
    series = build_series(history.instants_ms, history.values, history.flows)
    for ours, exact in zip(
        series.index.tolist(), oracle_index(history.instants, history.exact, history.flows), strict=True
    ):
        assert math.isnan(ours) if exact is None else close(ours, float(exact))


@THOUSAND
@given(any_history())
def test_exact_window_agrees_with_the_decimal_oracle(history: History) -> None:
    growth = [level for level in oracle_index(history.instants, history.exact, history.flows) if level is not None]
    twr = total(history)
    if twr is None:
        assert len(growth) == 0 or (len(growth) == 1 and growth[0] == 1)
    else:
        assert close(float(1 + twr), float(growth[-1]), 1e-25 if growth[-1] else 1e-12)


@THOUSAND
@given(any_history())
def test_sub_periods_multiply_to_the_return_and_join_up(history: History) -> None:
    result = window_return(0, history.instants_ms, history.values, history.flows, history.rows)
    if result.twr is None:
        return
    assert product(result.periods) == RATIO.add(1, result.twr)
    assert all(before.end_ms == after.start_ms for before, after in pairwise(result.periods))
    for period in result.periods:
        if period.method in {"exact", "at_snapshot"} and not period.flags and period.end_ms > period.start_ms:
            assert close(float(period.factor * (period.start_value + period.flow)), float(period.end_value), 1e-9)


@THOUSAND
@given(any_history(), st.integers(1, 12), st.randoms(use_true_random=False))
def test_appending_equals_building(history: History, head: int, random: object) -> None:
    head = min(head, len(history.instants) - 1)
    border = history.instants[head - 1]
    early = [flow for flow in history.flows if flow.instant_ms <= border]
    series = build_series(history.instants_ms[:head], history.values[:head], early)
    for row in range(head, len(history.instants)):
        after, until = history.instants[row - 1], history.instants[row]
        fresh = [flow for flow in history.flows if after < flow.instant_ms <= until]
        series = extend(series, until, float(history.exact[row]), fresh)
    whole = build_series(history.instants_ms, history.values, history.flows)
    assert np.allclose(series.index, whole.index, rtol=1e-12, atol=0, equal_nan=True)
    assert series.inception == whole.inception


@THOUSAND
@given(unit_history())
def test_return_is_the_growth_of_the_unit_price(case: tuple[History, Decimal]) -> None:
    history, growth = case
    twr = total(history)
    assert twr is not None
    assert close(float(1 + twr), float(growth), 1e-20)
    series = build_series(history.instants_ms, history.values, history.flows)
    assert close(series.index[-1], float(growth))


@THOUSAND
@given(unit_history(), st.integers(2, 1000))
def test_scaling_every_amount_changes_nothing(case: tuple[History, Decimal], scale: int) -> None:
    history, _ = case
    scaled = History(
        history.instants,
        tuple(value * scale for value in history.exact),
        tuple(
            Flow(flow.instant_ms, flow.amount * scale, None if flow.value_before is None else flow.value_before * scale)
            for flow in history.flows
        ),
    )
    assert close(float(1 + (total(history) or 0)), float(1 + (total(scaled) or 0)), 1e-20)


@THOUSAND
@given(unit_history(), st.data())
def test_windows_chain_at_any_snapshot(case: tuple[History, Decimal], data: st.DataObject) -> None:
    history, growth = case
    cut = data.draw(st.integers(0, len(history.instants) - 1))
    parts = Decimal(1)
    for part in (slice(0, cut + 1), slice(cut, None)):
        piece = History(history.instants[part], history.exact[part], history.flows)
        parts *= 1 + (total(piece) or Decimal(0))
    assert close(float(parts), float(growth), 1e-20)


@THOUSAND
@given(any_history(), st.data())
def test_flow_of_nothing_at_a_snapshot_changes_nothing(history: History, data: st.DataObject) -> None:
    moment = data.draw(st.sampled_from(history.instants))
    with_zero = replace(history, flows=(*history.flows, Flow(moment, Decimal(0))))
    assert same(total(with_zero), total(history))


@THOUSAND
@given(unit_history(), st.data(), FACTOR)
def test_another_snapshot_changes_no_other_metric(
    case: tuple[History, Decimal], data: st.DataObject, factor: Decimal
) -> None:
    history, _ = case
    row = data.draw(st.integers(1, len(history.instants) - 1))
    low, high = history.instants[row - 1], history.instants[row]
    inside = [flow for flow in history.flows if low < flow.instant_ms < high]
    low = max([low, *(flow.instant_ms for flow in inside)])
    assume(high - low > 1)
    moment = data.draw(st.integers(low + 1, high - 1))
    extra = History(
        (*history.instants[:row], moment, *history.instants[row:]),
        (*history.exact[:row], history.exact[row - 1] * factor, *history.exact[row:]),
        history.flows,
    )
    assert close(float(1 + (total(extra) or 0)), float(1 + (total(history) or 0)), 1e-20)
    pnl = [window_pnl(0, h.instants_ms, h.flows, h.rows).pnl_usd for h in (history, extra)]
    assert pnl[0] == pnl[1]


@THOUSAND
@given(any_history(), st.data())
def test_order_and_splitting_of_flows_do_not_matter(history: History, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(history.flows))
    split = [part for flow in shuffled for part in _halves(flow)]
    mixed = replace(history, flows=tuple(split))
    assert total(mixed) == total(history)
    ours, other = (build_series(h.instants_ms, h.values, h.flows).index for h in (history, mixed))
    assert np.array_equal(ours, other, equal_nan=True)


def _halves(flow: Flow) -> tuple[Flow, Flow]:
    part = flow.amount / 4
    return replace(flow, amount=part), replace(flow, amount=flow.amount - part)


@THOUSAND
@given(any_history())
def test_money_in_and_out_at_once_is_no_flow(history: History) -> None:
    """A transfer between two wallets of the account nets to nothing, whatever the wallets are called."""
    moment = history.instants[-1]
    there_and_back = (Flow(moment, Decimal(500)), Flow(moment, Decimal(-500)))
    moved = replace(history, flows=(*history.flows, *there_and_back))
    assert same(total(moved), total(history))


@THOUSAND
@given(any_history(smallest=3), st.integers(1, 12))
def test_every_window_is_a_quotient_of_the_same_index(history: History, days: int) -> None:
    series = build_series(history.instants_ms, history.values, history.flows)
    window = select_window(history.instants_ms, days)
    assert window is not None
    result = window_return(days, history.instants_ms, history.values, history.flows, history.rows)
    _, growth = window_index(series, window)
    if result.twr is None:
        assert len(growth) <= 1
    else:
        assert close(float(growth[-1]), float(1 + result.twr), 1e-11)
        assert growth[0] == 1.0
    base = series.index[window.base]
    if base > 0 and history.exact[window.base] >= 1 and result.twr is not None:
        assert close(float(series.index[-1] / base), float(1 + result.twr), 1e-11)
    if result.start_ms is not None and not result.is_partial:
        assert result.actual_days >= days


@THOUSAND
@given(any_history())
def test_segments_reproduce_every_stored_metric(history: History) -> None:
    series = build_series(history.instants_ms, history.values, history.flows)
    first = (history.instants[0], float(history.exact[0]))
    covered = 0
    for segment in series.segments:
        rows = [r for r, t in enumerate(history.instants) if segment.after_ms < t <= segment.until_ms]
        covered += len(rows)
        for row in rows:
            metrics = segment_metrics(segment, history.instants[row], history.exact[row], first)
            _same_as_window(history, row, metrics.capital_usd, metrics.pnl_percent)
            index = series.index[row]
            if math.isnan(index):
                assert metrics.twr_percent is None
            else:
                assert metrics.twr_percent is not None
                assert (
                    close(metrics.twr_percent / 100 + 1, index, 1e-12)
                    or abs(metrics.twr_percent / 100 + 1 - index) < 1e-14
                )
    assert covered == len(history.instants)


def _same_as_window(history: History, row: int, capital: Decimal, percent: float | None) -> None:
    if row == 0:
        assert capital == history.exact[0]
        return
    pnl = window_pnl(0, history.instants_ms[: row + 1], history.flows, history.rows)
    assert pnl.pnl_usd == history.exact[row] - capital
    if percent is None:
        assert pnl.pnl_percent is None
    else:
        assert pnl.pnl_percent is not None
        assert close(percent, pnl.pnl_percent) or abs(percent - pnl.pnl_percent) < 1e-12
