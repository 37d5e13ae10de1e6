"""Three years that the app never saw, rebuilt on its first start, against the simulator's own account of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.integration.first_start import Found, first_start

from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS, to_iso

TWR_TOLERANCE = 0.0005
LIVE_TOLERANCE = 0.0001


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    with first_start("three-years", tmp_path_factory.mktemp("past")) as made:
        made.read_the_past()
        yield made


def test_every_flow_is_found_and_no_other(found: Found) -> None:
    last_ms = found.services.performance.snapshots().rows[-1].instant_ms
    theirs = [(flow["at"], flow["asset"]) for flow in found.truth(last_ms)["flows"]]
    rows = found.services.performance.cash_flows(None, last_ms).rows
    assert sorted((to_iso(row.instant_ms), row.asset) for row in rows) == sorted(theirs)
    assert len(theirs) >= 60
    assert {row.valuation_method for row in rows} == {"exact"}
    assert found.services.performance.twins() == ()


def test_return_and_profit_since_the_first_day_equal_the_truth(found: Found) -> None:
    ours = found.services.performance.twr(0)
    pnl = found.services.performance.pnl(0).pnl_usd
    assert ours.twr is not None
    assert ours.end_ms is not None
    assert pnl is not None
    theirs = found.truth(ours.end_ms)
    assert abs(float(ours.twr) - float(theirs["twr"]["0"])) <= TWR_TOLERANCE
    assert abs(pnl - Decimal(theirs["pnl_usd"]["0"])) <= abs(Decimal(theirs["pnl_usd"]["0"])) / 1000


@pytest.mark.parametrize("days", [7, 30, 90])
def test_every_window_works_at_once(found: Found, days: int) -> None:
    ours, pnl = found.services.performance.twr(days), found.services.performance.pnl(days)
    assert ours.twr is not None
    assert ours.end_ms is not None
    assert pnl.pnl_usd is not None
    theirs = found.truth(ours.end_ms)
    assert abs(float(ours.twr) - float(theirs["twr"][str(days)])) <= TWR_TOLERANCE
    assert abs(pnl.pnl_usd - Decimal(theirs["pnl_usd"][str(days)])) <= max(
        Decimal(1), abs(Decimal(theirs["pnl_usd"][str(days)])) / 1000
    )


def test_the_course_equals_the_truth_in_every_month(found: Found) -> None:
    history = found.services.performance.twr_history(0, 0)
    instants = history.instants_ms.tolist()
    wrong = []
    months = 0
    for at_ms in range(instants[0] + 30 * DAY_MS, instants[-1] - 30 * DAY_MS, 30 * DAY_MS):
        start, end = (next(n for n, t in enumerate(instants) if t >= ms) for ms in (at_ms, at_ms + 30 * DAY_MS))
        ours = (1 + history.percent[end] / 100) / (1 + history.percent[start] / 100) - 1
        theirs = float(found.truth(instants[end])["twr"]["30"])
        months += 1
        if abs(ours - theirs) > TWR_TOLERANCE:
            wrong.append((to_iso(instants[start]), ours, theirs))
    assert months > 25
    assert wrong == []


def test_the_report_says_what_rests_on_records(found: Found) -> None:
    stats = found.services.performance.stats()
    assert stats.coverage is not None
    assert stats.coverage > 0.99
    assert stats.history_start_ms is not None
    reconciliation = found.services.status.status().reconciliation
    assert reconciliation is not None
    assert not reconciliation.is_flagged


def test_the_live_part_goes_on_from_the_rebuilt_one(found: Found) -> None:
    start_ms = found.clock.now_ms() // HOUR_MS * HOUR_MS + HOUR_MS
    for at_ms in range(start_ms, start_ms + 12 * HOUR_MS, HOUR_MS):
        found.jump_to(at_ms)
        found.services.auto_refresh.balance_tick()
        found.services.auto_refresh.snapshot_tick()
    ours = found.services.performance.twr(0)
    assert ours.twr is not None
    assert ours.end_ms is not None
    truth = float(found.truth(ours.end_ms)["twr"]["0"])
    assert abs(float(ours.twr) - truth) <= LIVE_TOLERANCE * (1 + truth)
