"""While older records are still being read, the newest part of the past is shown, and it is right already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.first_start import Found, first_start

from dashboard_crypto.core.growing import HISTORY_GROWING
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.db import check_rows
from dashboard_crypto.services import past_plan

TWR_TOLERANCE = 0.0005
TABLES = {
    "snapshots": "timestamp, instant_ms, slot, total_value_usd, value_float, capital_usd, twr, pnl, pnl_percent, "
    "source, status",
    "cash_flows": "timestamp, instant_ms, amount_usd, type, asset, quantity, price_usd, value_before_usd, kind, note, "
    "valuation_method, valuation_pending, source, external_id, flow_class",
    "movements": "*",
    "ledger_records": "source, record_key, state, raw",
}


@dataclass
class Watched:
    """A first start, and what it showed whenever its rebuilt past had changed."""

    found: Found
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    percents: list[float] = field(default_factory=list)
    shown: list[dict[int, Decimal]] = field(default_factory=list)

    def look(self) -> None:
        store = self.found.services.store
        with store.reading() as session:
            report = check_rows.load_check(session, store.portfolio_id, past_plan.NAME)
        if report is None or (self.reports and self.reports[-1] == report[1]):
            return
        self.reports.append(report[1])
        self.percents.append(self.found.services.status.status().history.percent)
        rows = self.found.services.performance.snapshots().rows
        self.shown.append({row.instant_ms: row.total_value_usd for row in rows})
        self._check_windows()

    def _check_windows(self) -> None:
        """Every figure equals the truth over just the time that it says it covers."""
        performance = self.found.services.performance
        first_ms = min(self.shown[-1])
        for days in (7, 30, 90):
            ours = performance.twr(days)
            assert ours.twr is not None
            assert ours.end_ms is not None
            is_whole = ours.end_ms - first_ms >= days * DAY_MS
            assert (HISTORY_GROWING in ours.flags) == (not is_whole)
            if is_whole:
                theirs = self.found.truth(ours.end_ms)["twr"][str(days)]
                assert abs(float(ours.twr) - float(theirs)) <= TWR_TOLERANCE
        total = performance.twr(0)
        is_growing = not self.reports[-1]["is_whole"]
        assert (HISTORY_GROWING in total.flags, total.is_partial) == (is_growing, is_growing)
        assert (performance.stats().coverage is None) == is_growing

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        with self.found.services.store.reading() as session:
            return {
                name: sorted((tuple(row) for row in session.exec_driver_sql(f"SELECT {columns} FROM {name}")), key=repr)
                for name, columns in TABLES.items()
            }


@pytest.fixture(scope="module", params=["default", "three-years"])
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with first_start(request.param, tmp_path_factory.mktemp("growing")) as found:
        made = Watched(found)
        found.read_the_past(made.look)
        with first_start(request.param, tmp_path_factory.mktemp("at-once")) as plain:
            plain.services.auto_refresh._worker._backfill._reaches_ms = ()
            plain.read_the_past()
            yield made, Watched(plain)


def test_the_last_months_are_shown_and_right_long_before_the_end(watched: tuple[Watched, Watched]) -> None:
    made, _ = watched
    assert [report["is_whole"] for report in made.reports] == [False] * (len(made.reports) - 1) + [True]
    reaches = [(report["until_ms"] - report["start_ms"]) / DAY_MS for report in made.reports]
    assert reaches == sorted(reaches)
    in_time = [reach for reach, percent in zip(reaches, made.percents, strict=True) if percent < 80]
    assert max(in_time) > 91


def test_what_was_shown_once_is_what_the_whole_import_shows(watched: tuple[Watched, Watched]) -> None:
    made, plain = watched
    rows = plain.found.services.performance.snapshots().rows
    whole = {row.instant_ms: row.total_value_usd for row in rows}
    for shown in made.shown:
        assert {at_ms: whole.get(at_ms) for at_ms in shown} == shown


def test_the_tables_are_those_of_an_import_that_showed_nothing_before(watched: tuple[Watched, Watched]) -> None:
    ours, theirs = (one.tables() for one in watched)
    for name in TABLES:
        assert ours[name] == theirs[name], name


def test_an_import_that_shows_nothing_early_says_so(tmp_path: Path) -> None:
    """Live snapshots alone are a part of the past as well, as long as sources were not read to their end."""
    with first_start("default", tmp_path) as found:
        for _ in range(2):
            found.services.auto_refresh.history_tick()
        found.jump_to(found.clock.now_ms() + 3_600_000)
        assert found.services.auto_refresh.balance_tick()
        assert found.services.auto_refresh.snapshot_tick()
        assert HISTORY_GROWING in found.services.performance.twr(0).flags
