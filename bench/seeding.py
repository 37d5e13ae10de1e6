"""A database as the services would have written it: hourly snapshots without flows, fifty balances."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import numpy as np

from dashboard_crypto.core.model import Balance, Valuation

HOUR_MS = 3_600_000
END_MS = 1_767_600_000_000  # 2026-01-05T08:00:00Z


def seed(path: Path, snapshots: int, assets: int) -> np.ndarray:
    """Create the database; the value of every snapshot, oldest first."""
    import sqlalchemy as sa

    from dashboard_crypto.core.timekeys import to_key
    from dashboard_crypto.db import balance_rows, state_rows, tables
    from dashboard_crypto.db.opening import open_database
    from dashboard_crypto.db.store import Store

    database = open_database(f"sqlite:///{path}")
    store = Store(database)
    steps = np.random.default_rng(7).normal(0, 0.004, snapshots)
    values = np.round(50_000 * np.exp(np.cumsum(steps)), 2)
    first_ms = END_MS - (snapshots - 1) * HOUR_MS
    rows = [
        {
            "portfolio_id": 1,
            "timestamp": to_key(first_ms + i * HOUR_MS),
            "instant_ms": first_ms + i * HOUR_MS,
            "slot": first_ms // HOUR_MS + i,
            "total_value_usd": Decimal(f"{value:.2f}"),
            "value_float": value,
            "capital_usd": Decimal(f"{values[0]:.2f}"),
            "twr": (value / values[0] - 1) * 100,
            "pnl": value - values[0],
            "pnl_percent": (value / values[0] - 1) * 100,
            "source": "live",
            "status": "complete",
        }
        for i, value in enumerate(values.tolist())
    ]
    with store.session() as session:
        if rows:
            session.execute(sa.insert(tables.snapshots), rows)
        balance_rows.replace_balances(session, 1, _valuation(assets))
        state_rows.bump(session, 1)
    store.close()
    return values


def _valuation(assets: int) -> Valuation:

    shares = [1 / (rank + 1) for rank in range(assets)]
    balances = tuple(
        Balance(
            asset=f"COIN{rank}",
            quantity=Decimal(f"{1000 * share:.8f}"),
            price_usd=Decimal("12.34560000"),
            usd_value=Decimal(f"{1000 * share:.8f}") * Decimal("12.34560000"),
            percentage=100 * share / math.fsum(shares),
            price_status="live",
            wallets={"spot": Decimal(f"{1000 * share:.8f}")},
        )
        for rank, share in enumerate(shares)
    )
    total = sum((balance.usd_value or Decimal(0) for balance in balances), Decimal(0))
    return Valuation(END_MS, total, balances, ())
