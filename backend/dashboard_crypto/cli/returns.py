"""`dashboard-crypto returns`: the product's own mathematics on anybody's numbers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dashboard_crypto.cli.returns_input import read_rows, refuse_repeated_times
from dashboard_crypto.cli.returns_report import Report, as_json, make_report
from dashboard_crypto.core.chain import Method
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.timekeys import to_iso

_PERIODS_SHOWN = 40


class MethodChoice(StrEnum):
    """How to treat a flow at whose instant there is no value."""

    AUTO = "auto"
    EXACT = "exact"
    MODIFIED_DIETZ = "modified-dietz"
    START = "start"
    END = "end"
    MID = "mid"
    MIXED = "mixed"


_METHODS: dict[MethodChoice, Method] = {
    MethodChoice.AUTO: "auto",
    MethodChoice.EXACT: "exact",
    MethodChoice.MODIFIED_DIETZ: "modified_dietz",
    MethodChoice.START: "start",
    MethodChoice.END: "end",
    MethodChoice.MID: "mid",
    MethodChoice.MIXED: "mixed",
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("returns")(returns)


def returns(  # noqa: PLR0917 - typer reads the options off the parameters
    values: Annotated[Path, typer.Option(help="CSV with the columns time,value.")],
    flows: Annotated[Path | None, typer.Option(help="CSV with the columns time,amount; a deposit is positive.")] = None,
    method: Annotated[
        MethodChoice, typer.Option(help="Rule for flows without a value at their time.")
    ] = MethodChoice.AUTO,
    min_base: Annotated[str, typer.Option(help="Below this value there is no return, only dust.")] = "1",
    value_before_flow: Annotated[
        bool, typer.Option("--value-before-flow", help="A value at a flow's time was taken before the flow.")
    ] = False,
    as_json_document: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Compute time- and money-weighted return and P&L of your own values and flows.

    Times are ISO 8601: a date (midnight UTC), or a time with an offset or Z. A value at a flow's time already contains
    the flow, unless --value-before-flow is given. Ratios in the JSON are plain: 0.1 is ten percent.
    """
    try:
        report = _report(values, flows, _METHODS[method], min_base, value_before_flow=value_before_flow)
    except InvalidInput as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if as_json_document:
        sys.stdout.write(as_json(report).decode())
    else:
        _print(report)


def _report(values: Path, flows: Path | None, method: Method, min_base: str, *, value_before_flow: bool) -> Report:
    value_rows = read_rows(values, "value")
    refuse_repeated_times(values.name, value_rows)
    flow_rows = [] if flows is None else read_rows(flows, "amount")
    return make_report(value_rows, flow_rows, method, _floor(min_base), value_before_flow=value_before_flow)


def _floor(text: str) -> Decimal:
    try:
        floor = Decimal(text)
    except ArithmeticError:
        floor = Decimal(0)
    if not (floor.is_finite() and floor > 0):
        raise InvalidInput("--min-base has to be a positive number")
    return floor


def _print(report: Report) -> None:
    twr, pnl = report.twr, report.pnl
    if twr.start_ms is not None and twr.end_ms is not None:
        typer.echo(f"{to_iso(twr.start_ms)} to {to_iso(twr.end_ms)}, {twr.actual_days:.2f} days\n")
    figures = [
        ("time-weighted return", _percent(twr.twr) + (f" ({twr.reason})" if twr.reason else "")),
        (f"  a year ({twr.annualization})", _percent(twr.twr_annualized)),
        ("money-weighted return", _percent(report.mwr.ratio)),
        ("  a year", _percent(report.mwr.annualized)),
        ("modified Dietz", _percent(report.modified_dietz)),
        ("profit and loss", "not known" if pnl.pnl_usd is None else f"{pnl.pnl_usd:,.2f}"),
        ("  of invested capital", "not known" if pnl.pnl_percent is None else f"{pnl.pnl_percent:.4f} %"),
        ("flows", f"{twr.flow_count}, of which approximated: {twr.approximate_flows}"),
        ("flags", ", ".join(report.flags) or "none"),
    ]
    _print_aligned(figures)
    if twr.periods:
        typer.echo()
        _print_periods(report)


def _print_periods(report: Report) -> None:
    rows = [("start", "end", "start value", "flow", "end value", "factor", "method", "flags")]
    for period in report.twr.periods[:_PERIODS_SHOWN]:
        start_value, flow, end_value = (
            f"{amount:,.2f}" for amount in (period.start_value, period.flow, period.end_value)
        )
        start, end, factor = to_iso(period.start_ms), to_iso(period.end_ms), f"{period.factor:.8f}"
        rows.append((start, end, start_value, flow, end_value, factor, period.method, ", ".join(period.flags)))
    _print_aligned(rows)
    if (rest := len(report.twr.periods) - _PERIODS_SHOWN) > 0:
        typer.echo(f"and {rest} more sub-periods; --json prints all of them")


def _print_aligned(rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell: nothing is ever cut off, whatever the terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _percent(ratio: Decimal | float | None) -> str:
    return "not known" if ratio is None else f"{float(ratio) * 100:.4f} %"


def main() -> None:
    """Run this command on its own: `python -m dashboard_crypto.cli.returns`."""
    app = typer.Typer(add_completion=False)
    register(app)
    app()


if __name__ == "__main__":
    main()
