"""Deterministic histories for the benchmarks of the return mathematics."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.model import Flow

START_MS = 1_577_836_800_000
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Workload:
    """Hourly values and flows of either sign, each stamped with the instant of a snapshot (several at some)."""

    instants_ms: NDArray[np.int64]
    values: NDArray[np.float64]
    flows: FlowColumns

    @property
    def name(self) -> str:
        return f"N={len(self.values)} F={len(self.flows.records)}"


def hourly(random: np.random.Generator, count: int, flow_count: int) -> Workload:
    """A random walk in which money comes and goes; the first flow falls into the first interval."""
    instants = START_MS + HOUR_MS * np.arange(count, dtype=np.int64)
    growth = np.exp(random.normal(0.0, 0.005 * min(1.0, (10_000 / max(count, 1)) ** 0.5), max(count - 1, 0)))
    rows = random.integers(1, count, flow_count) if count > 1 else np.empty(0, dtype=np.int64)
    rows[:3] = 1
    share = np.where(random.random(len(rows)) < 0.5, random.uniform(0.0, 0.01, len(rows)), 0.0)
    share -= np.where(share == 0.0, random.uniform(0.0, 0.0099, len(rows)), 0.0)
    return _lived(instants, growth, rows, share)


def awkward(random: np.random.Generator) -> Workload:
    """Everything that breaks a naive chain: full withdrawal, an empty time, re-funding, dust, debt, a total loss."""
    base = hourly(random, 400, 12)
    values = base.values.copy()
    values[100:120] = 0.0
    values[150:155] = 0.4
    values[200] = -5.0
    values[390:] = 0.0
    out, back = Decimal(repr(float(-values[99]))), Decimal("750.25")
    extra = [Flow(int(base.instants_ms[100]), out), Flow(int(base.instants_ms[120]), back)]
    return Workload(base.instants_ms, values, flow_columns((*base.flows.records, *extra)))


def _lived(
    instants: NDArray[np.int64], growth: NDArray[np.float64], rows: NDArray[np.int64], share: NDArray[np.float64]
) -> Workload:
    flow_share = np.ones(len(instants))
    np.multiply.at(flow_share, rows, 1.0 + share)
    values = np.round(10_000.0 * np.cumprod(np.concatenate(([1.0], growth))[: len(instants)] * flow_share), 2)
    amounts = np.round(values[rows] / flow_share[rows] * share, 2)
    pairs = zip(instants[rows].tolist(), amounts.tolist(), strict=True)
    return Workload(instants, values, flow_columns([Flow(at, Decimal(repr(amount))) for at, amount in pairs]))
