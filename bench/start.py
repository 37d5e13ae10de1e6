"""From the command to the first balances, beside Fava; and the memory of the idle process tree with both loops live."""

from __future__ import annotations

import datetime
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from bench import servers
from bench.harness import Case, Context, Gate, Timing, gate_on, not_measured
from bench.seeding import seed
from bench.servers import Server

BALANCES = "/api/portfolio/balances"
Starter = Callable[[], AbstractContextManager[Server]]


def run(context: Context) -> Iterator[Case]:
    """Start, then memory."""
    yield _start(context)
    yield _memory(context)


def _start(context: Context) -> Case:
    full, empty = context.directory / "full", context.directory / "empty"
    for directory, snapshots in ((full, context.count(87_600)), (empty, 0)):
        directory.mkdir()
        seed(directory / "bench.db", snapshots, 50)
    starters: dict[str, tuple[Starter, str]] = {
        "ours": (lambda: servers.ours(full / "bench.db"), BALANCES),
        "ours N=0": (lambda: servers.ours(empty / "bench.db"), BALANCES),
    }
    fava = shutil.which("fava")
    if fava is not None:
        ledger = _ledger(context.directory / "ledger.beancount", 1_000)
        starters["fava"] = (lambda: _fava(fava, ledger), "/ledger/income_statement/")
    times = _race(context, starters)
    gates = [
        gate_on(1.2, "<=1.2x N=0 (wall)", _walls(times, "ours", "ours N=0"), at_most=True),
        gate_on(1.0, "<=1x fava T=1000 (wall)", _walls(times, "ours", "fava"), at_most=True)
        if "fava" in times
        else not_measured("<=1x fava T=1000 (wall)", "fava is not installed"),
    ]
    notes = [f"wall ms {name} {1000 * statistics.median(t.wall):.0f}" for name, t in times.items()]
    return Case(f"first answer N={context.count(87_600)}", times, gates, notes)


def _race(context: Context, starters: dict[str, tuple[Starter, str]]) -> dict[str, Timing]:
    cpu: dict[str, list[float]] = {name: [] for name in starters}
    wall: dict[str, list[float]] = {name: [] for name in starters}
    names = list(starters)
    for number in range(context.rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            start, path = starters[name]
            began = time.perf_counter()
            with start() as server:
                server.wait_for(path)
                wall[name].append(time.perf_counter() - began)
                cpu[name].append(server.cpu_s())
    return {name: Timing(tuple(cpu[name]), tuple(wall[name])) for name in names}


def _walls(times: dict[str, Timing], ours: str, other: str) -> list[float]:
    return [a / b for a, b in zip(times[ours].wall, times[other].wall, strict=True)]


def _fava(fava: str, ledger: Path) -> AbstractContextManager[Server]:
    port = servers.free_port()
    command = [fava, "--host", "127.0.0.1", "--port", str(port), str(ledger)]
    return servers.running(command, port, servers.plain_environment(), ledger.parent)


def _ledger(path: Path, transactions: int) -> Path:
    opening = datetime.date(2015, 1, 1)
    lines = ['option "title" "ledger"', 'option "operating_currency" "USD"']
    lines += [f"{opening} open {account}" for account in ("Assets:Cash", "Income:Work", "Expenses:Food")]
    for number in range(transactions):
        day = opening + datetime.timedelta(days=1 + number)
        other = "Income:Work" if number % 2 else "Expenses:Food"
        amount = 100 + number % 37 if number % 2 else -(20 + number % 11)
        lines += [f'{day} * "payee {number % 50}" "thing"', f"  Assets:Cash  {amount} USD", f"  {other}  {-amount} USD"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _memory(context: Context) -> Case:
    """With a key and a living exchange, so that python-binance is loaded and both loops have gone round."""
    from dashboard_crypto.simulator.main import build

    directory = context.directory / "memory"
    directory.mkdir()
    snapshots = context.count(87_600)
    # No balances of another account: that they are all gone would be kept back as a doubtful reading.
    seed(directory / "bench.db", snapshots, 0)
    with ExitStack() as stack:
        exchange = build("deposits-only")
        exchange.start()
        stack.callback(exchange.stop)
        settings = {
            "BINANCE_API_KEY": exchange.api_key,
            "BINANCE_API_SECRET": exchange.api_secret,
            "BINANCE_API_URL": exchange.base_url,
            "EXCHANGE_CLOCK": "true",
            "BALANCE_UPDATE_INTERVAL": "5",
        }
        server = stack.enter_context(servers.ours(directory / "bench.db", **settings))
        server.wait_for("/health")
        _wait_until_live(server)
        for path in (BALANCES, "/api/performance/twr/0", "/api/performance/twr-history?days=0"):
            server.get(path)
        time.sleep(context.count(20, tiny=0))  # the process settles 12 s after its start
        pss_mb = server.pss_mb()
    nothing = Timing((0.0,), (0.0,))
    gate: Gate = gate_on(100, "<=100 MB PSS", [pss_mb], at_most=True)
    return Case(
        f"idle memory N={snapshots}",
        {"ours": nothing},
        [gate],
        [f"{pss_mb:.1f} MB PSS (aim 80), Python {sys.version.split()[0]}"],
    )


def _wait_until_live(server: Server) -> None:
    end = time.monotonic() + 60
    while b'"state":"live"' not in server.get(BALANCES)[2]:
        if time.monotonic() > end:
            raise RuntimeError("the balance loop did not come to life")
        time.sleep(0.2)
