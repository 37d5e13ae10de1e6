"""One exact total from a file on disk: ours from its database, `hledger roi` from a journal (gate G1c).

Both without the start of their process: hledger's is measured on an empty journal and taken off. The journal says the
same thing in hledger's words; on a day with a flow it records no gain, so that the two agree on what came first.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from bench.database import lived_database
from bench.harness import Case, Context, Mismatch, Missing, Timed, children_cpu, gate_on, interleave
from bench.workloads import START_MS, Workload
from dashboard_crypto.core.flows import flow_columns
from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.timekeys import DAY_MS, to_datetime
from dashboard_crypto.services.assembly import Services
from dashboard_crypto.services.history import History


def run(context: Context) -> Iterator[Case]:
    """hledger takes seconds, so its rounds are the fewest the rules allow."""
    small = (context.count(1000, tiny=60), context.count(50, tiny=6))
    for count, flow_count in (small,) if context.quick else ((10_000, 100), (3650, 1000)):
        rounds = context if context.tiny else replace(context, rounds=7)
        yield _case(rounds, daily(context.random, count, flow_count))


def _case(context: Context, workload: Workload) -> Case:
    journal = _journal(context.directory / f"{len(workload.values)}.journal", workload)
    empty = context.directory / "empty.journal"
    empty.write_text("", encoding="utf-8")
    end = to_datetime(int(workload.instants_ms[-1]) + DAY_MS).date().isoformat()
    services = lived_database(context.directory / f"{len(workload.values)}.db", workload)
    try:
        exact = services.performance.twr(0).twr
        context.same("cold total against the exact one", 1 + _total(services), 1 + float(exact or 0), 1e-12)
        hledger = _hledger()
        roi = [hledger, "-f", str(journal), "roi", "--inv", "assets", "--pnl", "income", "-e", end]
        _agree(_total(services), _run(roi), workload)
        times = interleave(
            {
                "ours": lambda: _total(services),
                "hledger": Timed(lambda: _run(roi), children_cpu),
                "hledger start": Timed(lambda: _run([hledger, "-f", str(empty), "files"]), children_cpu),
            },
            context,
        )
    finally:
        services.close()
    rounds = zip(times["hledger"].cpu, times["hledger start"].cpu, times["ours"].cpu, strict=True)
    ratios = [(whole - start) / ours for whole, start, ours in rounds]
    gates = [gate_on(300, ">=300x hledger", ratios, at_most=False)] if len(workload.values) == 10_000 else []
    return Case(workload.name.replace("N=", "days="), times, gates)


def _total(services: Services) -> float:
    """Read snapshots and flows anew and compute the whole index; its end is the total."""
    return float(History(services.store).current().series.index[-1]) - 1


def daily(random: np.random.Generator, count: int, flow_count: int) -> Workload:
    """A value per day; on days with a flow nothing else happens."""
    instants = START_MS - 9000 * DAY_MS + DAY_MS * np.arange(count, dtype=np.int64)
    flow_days = set(random.choice(np.arange(2, count), flow_count, replace=False).tolist())
    values, flows = [Decimal(10_000)], []
    for day in range(1, count):
        share = random.uniform(-0.02, 0.021) if day in flow_days else random.normal(0.0001, 0.002)
        amount = (values[-1] * Decimal(f"{share:.6f}")).quantize(Decimal("0.01"))
        if day in flow_days:
            flows.append(Flow(int(instants[day]), amount))
        values.append(values[-1] + amount)
    return Workload(instants, np.array([float(value) for value in values]), flow_columns(flows))


def _journal(path: Path, workload: Workload) -> Path:
    flows = {flow.instant_ms: flow.amount for flow in workload.flows.records}
    lines, before = [], Decimal(0)
    for instant, value in zip(workload.instants_ms.tolist(), workload.values.tolist(), strict=True):
        exact = Decimal(repr(value))
        other = "equity" if not before or instant in flows else "income"
        date = to_datetime(instant).date().isoformat()
        lines.append(f"{date} x\n  assets  {exact - before} USD\n  {other}\n")
        before = exact
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _agree(ours: float, output: str, workload: Workload) -> None:
    """hledger prints the return per year with two decimals, from a total that it rounded to two decimals."""
    printed = re.findall(r"-?\d+\.\d+%", output)
    if not printed:
        raise Mismatch(f"hledger printed no return: {output[-200:]}")
    years = len(workload.values) / 365
    per_year = 100 * ((1 + ours) ** (1 / years) - 1)
    shown = float(printed[-1].rstrip("%"))
    if abs(shown - per_year) > 0.0051 + 0.01 / years:
        raise Mismatch(f"hledger says {shown} % a year, we {per_year:.4f} % (total {100 * ours:.4f} %)")


def _hledger() -> str:
    found = shutil.which("hledger")
    if found is None:
        raise Missing("hledger is not installed (Debian package hledger)")
    return found


def _run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
