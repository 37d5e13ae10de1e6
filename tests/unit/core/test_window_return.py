"""Windows, conventions, gaps and flags: cases a person can check by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from dashboard_crypto.core.annualisation import annualise
from dashboard_crypto.core.chain import Method
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.flows import flow_columns
from dashboard_crypto.core.model import Flow, WindowReturn
from dashboard_crypto.core.returns import build_series
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.core.window_return import window_index, window_return
from dashboard_crypto.core.windows import Window, boundary_rows, select_window

D = Decimal
Amount = int | float | str


def window(
    values: Sequence[Amount],
    flows: Sequence[tuple[float, Amount] | tuple[float, Amount, Amount]] = (),
    days: int = 0,
    method: Method = "auto",
    step_ms: int = HOUR_MS,
) -> WindowReturn:
    """Snapshots one `step_ms` apart; flows as (step, amount) or (step, amount, value before)."""
    exact = [D(str(value)) for value in values]
    recorded = [
        Flow(int(flow[0] * step_ms), D(str(flow[1])), D(str(flow[2])) if len(flow) == 3 else None) for flow in flows
    ]
    instants = np.arange(len(exact), dtype=np.int64) * step_ms
    floats = np.array([float(value) for value in exact])
    return window_return(days, instants, floats, recorded, lambda rows: [exact[row] for row in rows], method=method)


def test_too_little_history_has_a_reason() -> None:
    for values in ([], [100]):
        result = window(values)
        assert result.twr is None
        assert result.reason == "insufficient_data"


def test_account_that_never_held_anything() -> None:
    assert window([0, 0, 0.5]).reason == "no_capital"


def test_flow_at_a_snapshot_is_already_in_its_value() -> None:
    result = window([100, 210, 231], [(1, 100)])
    assert result.twr == D("0.21")
    assert [period.method for period in result.periods] == ["exact", "at_snapshot"]
    assert result.approximate_flows == 0


def test_valued_flow_between_snapshots_is_exact() -> None:
    result = window([100, 440], [(0.5, 100, 120)])
    assert result.twr == D("1.4")
    assert [(p.start_value, p.flow, p.end_value) for p in result.periods] == [
        (D(100), D(0), D(120)),
        (D(120), D(100), D(440)),
    ]


def test_unvalued_flow_is_weighed_by_the_time_it_was_there() -> None:
    result = window([100, 165], [(0.5, 50)])
    assert result.twr == D("0.12")
    assert result.periods[0].method == "modified_dietz"
    assert result.approximate_flows == 1


def test_large_unvalued_flow_counts_from_the_start() -> None:
    result = window([100, 660], [(0.5, 500)])
    assert result.twr == D("0.1")
    assert result.periods[0].method == "mixed"


def test_large_unvalued_withdrawal_counts_to_the_end() -> None:
    assert window([100, 11], [(0.5, -99)]).twr == D("0.1")


@pytest.mark.parametrize(
    ("method", "expected"),
    [("start", "0.2"), ("end", "0.3"), ("mid", "0.24"), ("mixed", "0.2"), ("modified_dietz", "0.24")],
)
def test_conventions_on_a_flow_in_the_middle(method: Method, expected: str) -> None:
    assert window([100, 180], [(0.5, 50)], method=method).twr == D(expected)


def test_exact_method_refuses_a_flow_without_a_valuation() -> None:
    with pytest.raises(InvalidInput, match="1970-01-01T00:30:00Z"):
        window([100, 180], [(0.5, 50)], method="exact")


def test_long_interval_with_a_flow_is_flagged() -> None:
    assert window([100, 110], [(0.5, 5)], step_ms=4 * HOUR_MS).flags == ("long_interval",)
    assert window([100, 110], [], step_ms=4 * HOUR_MS).flags == ()


def test_withdrawing_everything_is_not_a_loss() -> None:
    result = window([100, 110, 0, 0, 50, 55], [(2, -110), (4, 50)])
    assert result.twr == D("0.21")
    assert result.segments == 2
    assert result.gap_days == pytest.approx(2 / 24)
    assert result.flags == ("no_base",)


def test_total_loss_is_absorbing_but_later_windows_start_fresh() -> None:
    values = [100, 0, *[0] * 23, 50, 55]
    flows = [(25, 50)]
    assert window(values, flows).twr == -1
    later = window(values, flows, days=1)
    assert later.twr == D("0.1")
    assert later.is_partial


@pytest.mark.parametrize("value", [49.0, 50.0, 93.0])
def test_the_line_after_a_total_loss_begins_at_the_base(value: float) -> None:
    # 1 / 49 * 49 is not 1 in float64, so the base cannot be recognised by an index of exactly 1.
    values = np.array([100.0, 0.0, value, 2 * value, 4 * value])
    instants = np.arange(5, dtype=np.int64) * DAY_MS
    shown, growth = window_index(build_series(instants, values), Window(2, 4, is_partial=False, offset_ms=0))
    assert shown.tolist() == instants[2:].tolist()
    assert growth == pytest.approx([1, 2, 4], abs=1e-12)
    gap, growth = window_index(build_series(instants, values), Window(1, 4, is_partial=False, offset_ms=0))
    assert gap.tolist() == instants[2:].tolist()
    assert growth == pytest.approx([1, 2, 4], abs=1e-12)


def test_dust_cannot_multiply_the_history() -> None:
    result = window([100, 0.02, 0.05, 100], [(1, -99.98), (3, 99.95)])
    assert result.twr == 0


def test_value_out_of_nowhere_is_flagged_not_earned() -> None:
    result = window([100, 0, 50, 60], [(1, -100)])
    assert result.twr == D("0.2")
    assert "value_without_capital" in result.flags


def test_debt_voids_its_own_hours_only() -> None:
    result = window([100, 110, -5, 100, 110])
    assert result.twr == D("0.21")
    assert "negative_value" in result.flags


def test_contradicting_valuations_of_one_moment_are_not_used() -> None:
    result = window([100, 165], [(0.5, 20, 100), (0.5, 30, 140)])
    assert result.periods[0].method == "modified_dietz"


def test_base_is_the_last_snapshot_at_or_before_the_target() -> None:
    result = window([100, 200, 300, 330], days=1, step_ms=DAY_MS)
    assert result.twr == D("0.1")
    assert result.base_offset_seconds == 0
    assert not result.is_partial
    gap = window([100, 200, 300], days=1, step_ms=2 * DAY_MS)
    assert gap.twr == D("0.5")
    assert gap.base_offset_seconds == 86_400
    assert gap.actual_days == 2.0


def test_shorter_history_is_partial() -> None:
    result = window([100, 110], days=30)
    assert result.is_partial
    assert result.twr == D("0.1")
    assert result.actual_days == pytest.approx(1 / 24)


def test_base_in_a_gap_starts_at_the_next_funding() -> None:
    result = window([0, 0, 105, 110], [(1.5, 100)], days=1, step_ms=DAY_MS // 2)
    assert result.start_ms == int(1.5 * DAY_MS // 2)
    assert result.twr == D("0.1")
    assert result.is_partial


def test_a_funded_hour_that_ends_in_debt_still_begins_the_window() -> None:
    result = window([0, 100, -5, -5], [(1.5, -99.5)])
    assert result.twr == 0
    assert result.start_value == 100
    assert "negative_value" in result.flags


def test_flows_before_tracking_change_nothing() -> None:
    assert window([100, 110], [(-1, 1000), (0, 50)]).twr == D("0.1")


def test_negative_days_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        select_window(np.arange(3, dtype=np.int64), -1)


def test_only_boundary_rows_are_read() -> None:
    instants = np.arange(10_000, dtype=np.int64) * HOUR_MS
    values = np.full(10_000, 100.0)
    flows = flow_columns([Flow(int(instants[5000]), D(1)), Flow(int(instants[7000]) + 1, D(1))])
    whole = select_window(instants, 0)
    assert whole is not None
    assert boundary_rows(instants, values, flows, whole, 1.0) == (0, 4999, 5000, 7000, 7001, 9999)


def test_dust_runs_collapse_to_few_segments() -> None:
    values = np.array([100.0] * 10 + [0.3] * 500 + [100.0] * 10)
    series = build_series(np.arange(520, dtype=np.int64) * HOUR_MS, values)
    assert len(series.segments) == 3


@pytest.mark.parametrize(
    ("twr", "days", "expected", "label"),
    [
        ("0.21", 730, "0.1", "achieved"),
        ("0.1", 365, "0.1", "achieved"),
        ("0.1", 182.5, "0.21", "extrapolated"),
        ("0.1", 6.9, None, "none"),
        ("0.5", 7, None, "none"),
        ("-1", 400, "-1", "achieved"),
        ("1000", 365, None, "none"),
    ],
)
def test_annualised(twr: str, days: float, expected: str | None, label: str) -> None:
    ratio, name = annualise(D(twr), int(days * DAY_MS))
    assert name == label
    assert ratio is None if expected is None else ratio is not None and abs(ratio - D(expected)) < D("1e-30")
