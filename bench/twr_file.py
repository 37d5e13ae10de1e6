"""Total TWR and the whole series as a warm process serves them, against reading the database each time (gate G1b)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from bench.database import lived_database
from bench.harness import Case, Context, Missing, at_least, interleave
from bench.twr_mem import FLOOR
from bench.workloads import Workload, hourly
from dashboard_crypto.services.assembly import Services

Floats = NDArray[np.float64]
_VALUES = "SELECT instant_ms, CAST(total_value_usd AS REAL) AS value FROM snapshots ORDER BY timestamp"
_FLOWS = "SELECT instant_ms, sum(CAST(amount_usd AS REAL)) AS amount FROM cash_flows GROUP BY instant_ms"


def run(context: Context) -> Iterator[Case]:
    """The revision is asked for every time; a committed change would be seen."""
    for count in (context.count(87_600),) if context.quick else (10_000, 87_600):
        yield _case(context, hourly(context.random, count, 100))


def _case(context: Context, workload: Workload) -> Case:
    path = context.directory / f"life-{len(workload.values)}.db"
    services = lived_database(path, workload)
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            exact = services.performance.twr(0).twr
            context.same("exact total against the series", float(exact or 0) + 1, served(services)[-1], 1e-12)
            peer = _pandas(connection)
            context.same("served series against pandas", served(services), peer(), 1e-9)
            times = interleave(
                {
                    "ours": lambda: served(services),
                    "read_sql + pandas": peer,
                    "exact total with sub-periods": lambda: services.performance.twr(0),
                    "sum() in SQLite": lambda: _scan(connection),
                },
                context,
            )
    finally:
        services.close()
    gates = [at_least(100, "read_sql + pandas", times)] if len(workload.values) >= 87_600 else []
    return Case(workload.name, times, gates)


def served(services: Services) -> Floats:
    """Total and every point, after asking the database whether anything changed: growth, the total last."""
    points = services.performance.twr_history(0, 0)
    total = float(services.history.current().series.index[-1])
    growth = points.percent / 100 + 1
    growth[-1] = total
    return growth


def _pandas(connection: sqlite3.Connection) -> Callable[[], Floats]:
    try:
        import pandas as pd
    except ImportError as error:
        raise Missing("pandas is not installed (bench/requirements-peers.txt)") from error

    def compute() -> Floats:
        values = pd.read_sql(_VALUES, connection, index_col="instant_ms")["value"]
        flows = pd.read_sql(_FLOWS, connection, index_col="instant_ms")["amount"]
        base = values.shift()
        end = values - flows.reindex(values.index, fill_value=0.0)
        valid = (base >= FLOOR) & (end >= -1e-9)
        factor = (end.where(end > 1e-9, 0.0) / base).where(valid, 1.0)
        growth = factor.cumprod()
        if not growth.iloc[-1] > 0:
            raise ValueError("the series lost everything")
        return np.asarray(growth, dtype=np.float64)

    return compute


def _scan(connection: sqlite3.Connection) -> float:
    return float(connection.execute("SELECT sum(CAST(total_value_usd AS REAL)) FROM snapshots").fetchone()[0])
