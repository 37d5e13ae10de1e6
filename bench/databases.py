"""Databases of the product with a given number of snapshots, for the benchmarks that write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from dashboard_crypto.core.timekeys import HOUR_MS, to_key
from dashboard_crypto.db import flow_rows
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.assembly import Services, assemble
from dashboard_crypto.services.clock import SteppedClock

FIRST_MS = 1_500_000_000_000 - 1_500_000_000_000 % HOUR_MS


@dataclass(frozen=True)
class Filled:
    """Services over a file with `count` hourly snapshots, and the clock just after the last one."""

    services: Services
    clock: SteppedClock
    path: Path
    count: int


def filled(path: Path, count: int, flows: int, random: np.random.Generator) -> Filled:
    """Values follow a random walk; the flows lie between snapshots, every second one a withdrawal."""
    store = Store(open_database(f"sqlite:///{path}"))
    clock = SteppedClock(FIRST_MS + count * HOUR_MS)
    services = assemble(store, clock, None)
    values = 50_000 * np.exp(np.cumsum(random.normal(0, 0.004, count)))
    with store.session() as session:
        for start in range(0, count, 50_000):
            rows = [_row(k, values[k]) for k in range(start, min(start + 50_000, count))]
            session.exec_driver_sql(
                "INSERT INTO snapshots (portfolio_id, timestamp, instant_ms, slot, total_value_usd, value_float, "
                "capital_usd, source, status) VALUES (1, ?, ?, ?, ?, ?, '0', 'live', 'complete')",
                rows,
            )
        for number in range(flows):
            row = (2 * number + 1) * count // (2 * flows + 2)
            amount = Decimal(500 if number % 2 == 0 else -400)
            insert_flow(store, session, FIRST_MS + row * HOUR_MS + 1_000_000, amount, values[row])
    services.history.rebuild()
    return Filled(services, clock, path, count)


def insert_flow(store: Store, session: object, instant_ms: int, amount: Decimal, before: float) -> FlowRecord:
    """A flow that was valued at its instant."""
    flow = NewFlow(
        instant_ms=instant_ms,
        reported_ms=instant_ms,
        amount_usd=amount,
        type="DEPOSIT" if amount > 0 else "WITHDRAW",
        asset=None,
        quantity=None,
        price_usd=None,
        value_before_usd=Decimal(f"{before:.8f}"),
        valuation_method="exact",
        valuation_pending=False,
        source="manual",
        external_id=None,
        note=None,
    )
    return flow_rows.insert_flow(session, store.portfolio_id, flow, instant_ms)  # type: ignore[arg-type]


def stored_twr(services: Services) -> Sequence[float]:
    """The stored column, oldest first."""
    return [float("nan") if row.twr is None else row.twr for row in services.performance.snapshots().rows]


def _row(number: int, value: float) -> tuple[int, int, int, str, float]:
    instant_ms = FIRST_MS + number * HOUR_MS
    text = f"{value:.8f}"
    return to_key(instant_ms), instant_ms, instant_ms, text, float(text)
