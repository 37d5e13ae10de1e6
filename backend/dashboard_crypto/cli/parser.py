"""The command line's words. What a command does is in the module of its name."""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dashboard_crypto import __version__
from dashboard_crypto.cli import returns
from dashboard_crypto.core.errors import ConfigurationError, PortfolioError

app = typer.Typer(
    name="dashboard-crypto",
    help="What a whole Binance account is worth right now, and how it has really performed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(database, name="db")
returns.register(app)

Scenario = Annotated[str, typer.Option(help="Name of a scenario, or a TOML file")]
Prices = Annotated[list[Path] | None, typer.Option(help="CSV file of prices instead of the recorded ones; repeatable")]
Now = Annotated[
    str | None, typer.Option(help="The simulator's present, ISO 8601; default: the present, record shifted")
]


class Direction(StrEnum):
    """Which way the coins of a file went."""

    IN = "in"
    OUT = "out"


class What(StrEnum):
    """What can be exported."""

    FLOWS = "flows"
    LEDGER = "ledger"
    SNAPSHOTS = "snapshots"
    HOLDINGS = "holdings"


class Form(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors of ours become one line."""
    # A command speaks for itself; what the layers would tell an operator's log is noise here.
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s %(message)s")
    try:
        app(args=arguments, prog_name="dashboard-crypto")
    except PortfolioError as error:
        typer.echo(f"dashboard-crypto: {error}", err=True)
        return 2 if isinstance(error, ConfigurationError) else 1
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 0
    return 0


def _print_version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def common(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


@app.command()
def serve(port: Annotated[int | None, typer.Option(min=0, max=65535, help="Instead of PORT")] = None) -> None:
    """Serve dashboard and API (http://localhost:5000) and run the loops."""
    from dashboard_crypto.cli.serve import serve as start

    start(port)


@app.command()
def demo(
    scenario: Scenario = "default",
    prices: Prices = None,
    now: Now = None,
    live_days: Annotated[int, typer.Option(min=1, max=3650, help="Days to live through before the page opens")] = 90,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Instead of PORT")] = None,
) -> None:
    """A living portfolio on recorded prices: no key, no account, one command."""
    from dashboard_crypto.cli.demo import demo as show

    raise typer.Exit(show(scenario, prices or [], now, live_days, port))


@app.command()
def simulate(
    *,
    scenario: Scenario = "default",
    prices: Prices = None,
    now: Now = None,
    speed: Annotated[float, typer.Option(min=0, help="Simulated seconds per second")] = 1.0,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8100,
    as_json: Annotated[bool, typer.Option("--json", help="Say it in one line of JSON")] = False,
    paused: Annotated[bool, typer.Option("--paused", help="Stand still at first")] = False,
) -> None:
    """A stand-in exchange on this machine; prints its address, key and secret."""
    from dashboard_crypto.simulator.main import run as serve_exchange

    try:
        serve_exchange(scenario, prices or [], now, speed, port, as_json=as_json, paused=paused)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The simulator cannot start: {error}") from error


@app.command()
def snapshot() -> None:
    """Read the balances once and store a snapshot now."""
    from dashboard_crypto.cli.snapshot import snapshot as take

    typer.echo(take())


@app.command()
def check() -> None:
    """Diagnose key, permissions, clock, database and connection in plain words."""
    from dashboard_crypto.cli.check import check as diagnose

    raise typer.Exit(diagnose())


@database.command("upgrade")
def database_upgrade() -> None:
    """Bring the database to this version's schema."""
    from dashboard_crypto.cli.database import upgrade

    typer.echo(upgrade())


@database.command("status")
def database_status() -> None:
    """What the database holds."""
    from dashboard_crypto.cli.database import status

    typer.echo(status())


@database.command("check")
def database_check() -> None:
    """Read every page of the database."""
    from dashboard_crypto.cli.database import check as read_all

    sound, message = read_all()
    typer.echo(message, err=not sound)
    raise typer.Exit(0 if sound else 1)


@database.command("path")
def database_path() -> None:
    """Where the database is; a password is not shown."""
    from dashboard_crypto.cli.database import path

    typer.echo(path())


@app.command("import")
def import_statements(
    files: Annotated[list[Path], typer.Argument(help="CSV exports of Binance: transactions, deposits, trades...")],
    utc_offset: Annotated[
        int | None, typer.Option(help="Minutes ahead of UTC, for a file that does not say its time zone")
    ] = None,
    direction: Annotated[
        Direction | None, typer.Option(help="For an old file that does not say whether coins came in or went out")
    ] = None,
) -> None:
    """Fill the history from Binance's own CSV exports; each file is taken whole or not at all."""
    from dashboard_crypto.cli.import_ import import_files

    for line in import_files(files, utc_offset, None if direction is None else direction.value):
        typer.echo(line)


@app.command()
def export(
    what: Annotated[What, typer.Option(help="What to write")],
    form: Annotated[Form, typer.Option("--format", help="CSV for a spreadsheet, JSON for programs")] = Form.CSV,
    output: Annotated[Path | None, typer.Option(help="A file; default: standard output")] = None,
) -> None:
    """Write out everything of one kind: cash flows, ledger, snapshots or holdings over time."""
    from dashboard_crypto.cli.export import export as write

    write(what.value, form.value, output)


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    from dashboard_crypto.api.openapi import text

    typer.echo(text(), nl=False)
