"""Every published figure, through the core's functions and through the `returns` command."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from dashboard_crypto.cli.returns import register
from dashboard_crypto.core.chain import Method
from dashboard_crypto.core.flows import flow_columns
from dashboard_crypto.core.model import Flow, WindowReturn
from dashboard_crypto.core.mwr import money_weighted_return
from dashboard_crypto.core.pnl import modified_dietz, window_pnl
from dashboard_crypto.core.timekeys import DAY_MS, from_iso
from dashboard_crypto.core.window_return import window_return
from dashboard_crypto.core.windows import select_window

Case = dict[str, Any]

CASES: list[Case] = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
CHECKS = [(case, check) for case in CASES for check in case["checks"]]
NAMES = [f"{case['id']}-{number}-{check['method']}" for number, (case, check) in enumerate(CHECKS)]

DIGITS_34 = Context(prec=34)
METHODS: dict[str, Method] = {"start": "start", "end": "end", "mid": "mid", "start_in_end_out": "mixed"}


def method_of(check: Mapping[str, Any]) -> Method:
    return METHODS[check["params"]["flow_timing"]] if "flow_timing" in check["params"] else "auto"


def per_year(ratio: float, days: float, unit_days: float = 365.0) -> float:
    return float((1.0 + ratio) ** (unit_days / days) - 1.0)


def test_nothing_is_missing() -> None:
    assert len(CASES) == 29
    assert len(CHECKS) == 75


class Own:
    """A case as the core sees it: values after the flows of their instant."""

    def __init__(self, case: Case) -> None:
        flows = [(from_iso(time), Decimal(str(amount))) for time, amount in case["flows"]]
        known = {from_iso(time): Decimal(str(value)) for time, value in case["values"]}
        self.instants = np.array(sorted(known), dtype=np.int64)
        before = case["value_before_flow"]
        self.exact = [
            known[t] + (sum((a for at, a in flows if at == t), Decimal(0)) if before else Decimal(0))
            for t in self.instants.tolist()
        ]
        self.values = np.array([float(value) for value in self.exact])
        self.flows = flow_columns([Flow(t, amount, known.get(t) if before else None) for t, amount in flows])

    def rows(self, rows: Sequence[int]) -> list[Decimal]:
        return [self.exact[row] for row in rows]

    def twr(self, method: Method) -> WindowReturn:
        return window_return(0, self.instants, self.values, self.flows, self.rows, method=method)

    def growth_ratio(self) -> float:
        start, end = int(self.instants[0]), int(self.instants[-1])
        inside = self.flows.between(start, end)
        result = money_weighted_return(
            (start, self.values[0]),
            (end, self.values[-1]),
            self.flows.instants_ms[inside],
            self.flows.amounts[inside],
        )
        assert result.ratio is not None
        return result.ratio


def through_core(case: Case, check: Mapping[str, Any]) -> float:
    own, kind, params = Own(case), check["method"], check["params"]
    days = float(own.instants[-1] - own.instants[0]) / DAY_MS
    if kind in {"twr_subperiod", "twr_periodic_subperiod"}:
        return float(own.twr(method_of(check)).periods[params["index"]].factor - 1)
    if kind in {"twr_linked", "twr_periodic"}:
        return float(own.twr(method_of(check)).twr or 0)
    if kind == "twr_annualised":
        return float(own.twr("auto").twr_annualized or 0)
    if kind == "xirr":
        return per_year(own.growth_ratio(), days)
    if kind == "irr_per_period":
        return per_year(own.growth_ratio(), days, params["period_days"])
    if kind == "pnl":
        return float(window_pnl(0, own.instants, own.flows, own.rows).pnl_usd or 0)
    assert kind == "modified_dietz"
    window = select_window(own.instants, 0)
    assert window is not None
    return float(modified_dietz(own.instants, own.flows, own.rows, window) or 0)


def write_csv(path: Path, column: str, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["time", column], *rows])
    return path


def run_command(case: Case, check: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    app = typer.Typer()
    register(app)
    arguments = ["--values", str(write_csv(directory / "values.csv", "value", case["values"])), "--json"]
    arguments += ["--flows", str(write_csv(directory / "flows.csv", "amount", case["flows"]))]
    arguments += ["--method", method_of(check)]
    arguments += ["--value-before-flow"] if case["value_before_flow"] else []
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.output, parse_float=Decimal)
    return document


def through_command(document: Mapping[str, Any], check: Mapping[str, Any]) -> float:
    kind, params = check["method"], check["params"]
    days = float(document["actual_days"])
    if kind in {"twr_subperiod", "twr_periodic_subperiod"}:
        return float(document["periods"][params["index"]]["factor"]) - 1
    if kind == "xirr" and document["mwr_annualized"] is None:
        return per_year(float(document["mwr"]), days)
    if kind == "irr_per_period":
        return per_year(float(document["mwr"]), days, params["period_days"])
    field = {
        "twr_linked": "twr",
        "twr_periodic": "twr",
        "twr_annualised": "twr_annualized",
        "xirr": "mwr_annualized",
        "pnl": "pnl",
        "modified_dietz": "modified_dietz",
    }[kind]
    return float(document[field])


@pytest.mark.parametrize(("case", "check"), CHECKS, ids=NAMES)
def test_core_reproduces_the_published_figure(case: Case, check: Mapping[str, Any]) -> None:
    assert abs(through_core(case, check) - check["expected"]) <= check["tolerance"]


@pytest.mark.parametrize(("case", "check"), CHECKS, ids=NAMES)
def test_command_reproduces_the_published_figure(case: Case, check: Mapping[str, Any], tmp_path: Path) -> None:
    document = run_command(case, check, tmp_path)
    assert abs(through_command(document, check) - check["expected"]) <= check["tolerance"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_printed_factors_multiply_to_the_printed_return(case: Case, tmp_path: Path) -> None:
    document = run_command(case, case["checks"][0], tmp_path)
    growth = Decimal(1)
    for period in document["periods"]:
        growth = DIGITS_34.multiply(growth, Decimal(period["factor"]))
    assert growth == DIGITS_34.add(1, Decimal(document["twr"]))
