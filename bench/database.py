"""A database file as the product would have left it after a long life, for the benchmarks that need one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.workloads import Workload
from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.timekeys import HOUR_MS, to_key
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.assembly import Services, assemble
from dashboard_crypto.services.clock import SystemClock

_SNAPSHOT = (
    "INSERT INTO snapshots (portfolio_id, timestamp, instant_ms, slot, total_value_usd, value_float, capital_usd, "
    "source, status) VALUES (1, ?, ?, ?, ?, ?, '0', 'live', 'complete')"
)
_FLOW = (
    "INSERT INTO cash_flows (portfolio_id, timestamp, instant_ms, amount_usd, type, valuation_method, source, "
    "reported_ms, created_at_ms, updated_at_ms) VALUES (1, ?, ?, ?, ?, 'at_snapshot', 'manual', ?, 0, 0)"
)


def lived_database(path: Path, workload: Workload) -> Services:
    """Create the file, put the workload in, let the product compute every stored metric; services without loops."""
    services = open_services(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(_SNAPSHOT, (_snapshot(*row) for row in _rows(workload)))
        connection.executemany(_FLOW, (_flow(flow) for flow in workload.flows.records))
    services.history.rebuild()
    return services


def open_services(path: Path) -> Services:
    """The product's services on a file, without a key."""
    return assemble(Store(open_database(f"sqlite:///{path}")), SystemClock(), None)


def _rows(workload: Workload) -> list[tuple[int, float]]:
    return list(zip(workload.instants_ms.tolist(), workload.values.tolist(), strict=True))


def _snapshot(instant_ms: int, value: float) -> tuple[int, int, int, str, float]:
    text = f"{value:.2f}"
    return to_key(instant_ms), instant_ms, instant_ms // HOUR_MS, text, float(text)


def _flow(flow: Flow) -> tuple[int, int, str, str, int]:
    kind = "DEPOSIT" if flow.amount > 0 else "WITHDRAW"
    return to_key(flow.instant_ms), flow.instant_ms, str(flow.amount), kind, flow.instant_ms
