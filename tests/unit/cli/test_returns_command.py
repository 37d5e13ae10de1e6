"""The `returns` command: what it accepts, refuses and prints."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from dashboard_crypto.cli.returns import register

VALUES = "time,value\n2026-01-01,100\n2026-01-02T00:00:00Z,210\n2026-01-03,231\n"
FLOWS = "time,amount\n2026-01-02,100\n"


def run(directory: Path, values: str = VALUES, flows: str | None = None, *arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    (directory / "values.csv").write_text(values, encoding="utf-8")
    command = ["--values", str(directory / "values.csv"), *arguments]
    if flows is not None:
        (directory / "flows.csv").write_text(flows, encoding="utf-8")
        command += ["--flows", str(directory / "flows.csv")]
    return CliRunner().invoke(app, command)


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout, parse_float=Decimal)
    return parsed


def test_json_has_every_field(tmp_path: Path) -> None:
    answer = document(run(tmp_path, VALUES, FLOWS, "--json"))
    wanted = {"twr", "twr_annualized", "annualization", "mwr", "mwr_annualized", "modified_dietz", "pnl", "pnl_percent"}
    assert wanted | {"periods", "flags", "reason"} <= set(answer)
    assert answer["twr"] == Decimal("0.21")
    assert answer["pnl"] == 31
    fields = {"start", "end", "start_value", "flow", "end_value", "factor", "method", "flags"}
    assert [set(period) for period in answer["periods"]] == [fields, fields]


def test_the_profit_is_a_ratio_like_every_other_field(tmp_path: Path) -> None:
    answer = document(run(tmp_path, "time,value\n2026-01-01,200\n2026-01-02,207.5\n", None, "--json"))
    assert answer["pnl"] == Decimal("7.5")
    assert answer["pnl_percent"] == answer["twr"] == Decimal("0.0375")


def test_value_before_flow(tmp_path: Path) -> None:
    values = "time,value\n2026-01-01,100\n2026-01-02,110\n2026-01-03,231\n"
    answer = document(run(tmp_path, values, FLOWS, "--value-before-flow", "--json"))
    assert answer["twr"] == Decimal("0.21")
    assert document(run(tmp_path, values, FLOWS, "--json"))["twr"] != Decimal("0.21")


def test_a_flow_larger_than_the_portfolio_is_flagged(tmp_path: Path) -> None:
    values = "time,value\n2026-01-01,100\n2026-01-02,110\n"
    answer = document(run(tmp_path, values, "time,amount\n2026-01-01T12:00:00Z,-500\n", "--json"))
    assert "implausible_flow" in answer["flags"]


def test_every_bad_row_is_named_and_nothing_is_printed(tmp_path: Path) -> None:
    values = "time,value\n2026-01-01,100\nsoon,5\n2026-01-03,1e\n\n2026-01-04T10:00:00,7\n2026-01-05,nan\n2026-01-06\n"
    result = run(tmp_path, values, None, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    named = [line.split(":")[0] for line in result.stderr.splitlines()]
    assert named == [f"values.csv line {number}" for number in (3, 4, 6, 7, 8)]


@pytest.mark.parametrize("number", ["1_000", "1,000", "٣", "0x10", "inf", "1" * 61, "1e40", "'5'"])
def test_odd_numbers_are_refused(tmp_path: Path, number: str) -> None:
    result = run(tmp_path, f'time,value\n2026-01-01,100\n2026-01-02,"{number}"\n')
    assert result.exit_code == 2
    assert "line 3" in result.stderr


def test_a_row_with_more_cells_than_the_header_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, "time,value\n2026-01-01,100\n2026-01-02,1,000.50\n")
    assert result.exit_code == 2
    assert "line 3: more cells than the header" in result.stderr
    assert run(tmp_path, "time,value\n2026-01-01,100,\n2026-01-02,110,,\n").exit_code == 0


def test_missing_header_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, "2026-01-01,100\n")
    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_two_values_for_one_moment_are_refused(tmp_path: Path) -> None:
    result = run(tmp_path, "time,value\n2026-01-01,100\n2026-01-01T00:00:00Z,101\n")
    assert result.exit_code == 2
    assert "line 3: same time as line 2" in result.stderr


def test_exact_names_the_flow_that_has_no_value(tmp_path: Path) -> None:
    result = run(tmp_path, VALUES, "time,amount\n2026-01-02,100\n2026-01-02T12:00:00Z,5\n", "--method", "exact")
    assert result.exit_code == 2
    assert "line 3 (2026-01-02T12:00:00Z)" in result.stderr


def test_missing_or_binary_file(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["--values", str(tmp_path / "none.csv")])
    assert result.exit_code == 2
    (tmp_path / "values.csv").write_bytes(b"\xff\xfe\x00time")
    result = CliRunner().invoke(app, ["--values", str(tmp_path / "values.csv")])
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


@pytest.mark.parametrize("floor", ["0", "-1", "nan", "x"])
def test_min_base_has_to_be_positive(tmp_path: Path, floor: str) -> None:
    assert run(tmp_path, VALUES, None, "--min-base", floor).exit_code == 2


def test_rows_in_any_order_with_other_columns_and_bom(tmp_path: Path) -> None:
    values = "\ufeffnote,Value,Time\r\nb,231,2026-01-03\r\na,100,2026-01-01\r\nm,210,2026-01-02\r\n"
    assert document(run(tmp_path, values, FLOWS, "--json"))["twr"] == Decimal("0.21")


def test_flows_outside_the_values_are_told(tmp_path: Path) -> None:
    flows = "time,amount\n2025-12-01,5\n2026-01-02,100\n2026-02-01,9\n"
    answer = document(run(tmp_path, VALUES, flows, "--json"))
    assert {"pre_tracking", "after_last_value"} <= set(answer["flags"])
    assert answer["twr"] == Decimal("0.21")


def test_too_little_is_not_known_rather_than_zero(tmp_path: Path) -> None:
    answer = document(run(tmp_path, "time,value\n2026-01-01,100\n", None, "--json"))
    assert answer["twr"] is None
    assert answer["pnl"] is None
    assert answer["reason"] == "insufficient_data"
    assert "not known" in run(tmp_path, "time,value\n").output


def test_table_for_people(tmp_path: Path) -> None:
    output = run(tmp_path, VALUES, FLOWS).output
    assert "21.0000 %" in output
    assert "at_snapshot" in output


def test_runs_as_a_module(tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_text(VALUES, encoding="utf-8")
    command = [sys.executable, "-m", "dashboard_crypto.cli.returns", "--values", str(tmp_path / "values.csv"), "--json"]
    backend = Path(__file__).resolve().parents[3] / "backend"
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(backend)})
    assert json.loads(done.stdout)["twr"] == pytest.approx(1.31)
