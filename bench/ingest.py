"""The import of a whole past from an exchange that takes 100 ms to answer: weight and time beside the least possible.

The limit is computed, not run: every pool at its full published weight, eight connections, no processor time. `serial`
is the same program with one connection. The wall times are virtual (see `virtual_exchange`); `ingest_connections`
measures eight real connections. One 429 or 418, one question asked twice, one flow too many
or too few fails the run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import Case, Context, Mismatch, Timing, gate_on
from bench.ingest_bounds import KLINES, Row, asked_once, least_klines_weight, shortest_s
from bench.ingest_connections import connections
from bench.virtual_exchange import CONNECTIONS, VirtualWorld
from dashboard_crypto.core.model import SPOT, Holding
from dashboard_crypto.core.rebuild import rebuild
from dashboard_crypto.db import backfill_rows, balance_rows, check_rows, ledger_rows
from dashboard_crypto.services import past_plan
from dashboard_crypto.services.ledger_reading import counting
from dashboard_crypto.simulator.limits import LIMITS, PoolKind
from dashboard_crypto.simulator.routes import ROUTES

NOW = "2025-09-15T00:00:50Z"
"""Ten seconds before a minute turns: what is left of its budget must not be lost."""
CYCLE_S = 30
MONTH_MS = 30 * 86_400_000
LIVE = frozenset(
    {"/api/v3/time", "/api/v3/account", "/api/v3/ticker/price", "/api/v3/exchangeInfo", "/sapi/v1/account/info"}
    | {"/sapi/v1/account/apiRestrictions", "/sapi/v1/asset/get-funding-asset", "/sapi/v2/loan/flexible/ongoing/orders"}
    | {"/sapi/v1/simple-earn/flexible/position", "/sapi/v1/simple-earn/locked/position", "/sapi/v1/margin/account"}
    | {"/sapi/v1/margin/isolated/account", "/fapi/v3/account", "/dapi/v1/account", "/papi/v1/balance"}
    | {"/sapi/v1/asset/wallet/balance"}
)
"""Asked again and again by live readings; the import is everything else."""


@dataclass(frozen=True)
class Import:
    """One import from the first question to the rebuilt past."""

    took_s: float
    cpu_s: float
    log: tuple[Row, ...]
    start_ms: int
    least_klines_weight: int
    live_failures: int
    month_s: float
    """When the last thirty days could be seen."""

    @property
    def asked(self) -> tuple[Row, ...]:
        """The questions of the import."""
        return tuple(row for row in self.log if row["path"] not in LIVE)

    @property
    def klines_weight(self) -> int:
        """What prices of the past cost."""
        return sum(row["weight"] for row in self.log if row["path"] == KLINES)


def run(context: Context) -> Iterator[Case]:
    """The whole import in virtual time, then eight connections in real time."""
    scenario = "default" if context.quick else "three-years"
    ours = _imported(context.directory / "ours", scenario, CONNECTIONS)
    times = {"ours": Timing((ours.cpu_s,), (ours.took_s,))}
    notes = []
    if not context.quick:
        serial = _imported(context.directory / "serial", scenario, 1)
        times["serial"] = Timing((serial.cpu_s,), (serial.took_s,))
        notes.append(f"serial {serial.took_s:.0f} s")
    best_s = shortest_s(ours.asked, ours.start_ms)
    notes.insert(0, f"virtual wall {ours.took_s:.1f} s, best possible {best_s:.1f} s, own CPU {ours.cpu_s:.1f} s")
    notes.append(f"last 30 days shown after {ours.month_s:.1f} s")
    notes.append(f"{len(ours.asked)} questions, each once; klines weight {ours.klines_weight}, ")
    notes[-1] += f"least {ours.least_klines_weight}; most of a pool {100 * _fullest(ours):.0f} %"
    yield Case(
        f"{scenario} 100 ms",
        times,
        gates=[
            gate_on(1.05, "klines weight <=1.05x", [ours.klines_weight / ours.least_klines_weight], at_most=True),
            gate_on(1.2, "wall <=1.2x best", [ours.took_s / best_s], at_most=True),
            gate_on(0.0, "429 or 418: none", [_refused(ours)], at_most=True),
            gate_on(0.0, "live readings missed: none", [ours.live_failures], at_most=True),
            gate_on(60.0, "last 30 days shown <=60 s", [ours.month_s], at_most=True),
        ],
        notes=notes,
    )
    yield connections(context)


def _imported(directory: Path, scenario: str, connections: int) -> Import:
    directory.mkdir()
    world = VirtualWorld(directory, scenario, NOW, connections)
    try:
        start_ms, (failures, month_s) = world.clock.now_ms(), _read_everything(world)
        took_s, cpu_s = world.clock.monotonic(), world.clock.cpu_s()
        log = tuple(dict(row) for row in world.server.exchange.log)
        found = Import(took_s, cpu_s, log, start_ms, _least(world), failures, month_s)
        _check(world, found)
        return found
    finally:
        world.close()


def _read_everything(world: VirtualWorld) -> tuple[int, float]:
    """As the loops would: balances every 30 s, history whenever it has something to do. How many readings failed, and
    when the last month was shown."""
    refresh, clock = world.application.services.auto_refresh, world.clock
    failures, due_s, month_s = 0, 0.0, 0.0
    while (shown := _shown(world)) is None or past_plan.is_growing(shown):
        if shown is not None and not month_s and shown["until_ms"] - shown["start_ms"] > MONTH_MS:
            month_s = clock.monotonic()
        if clock.monotonic() >= due_s:
            due_s += CYCLE_S
            failures += not refresh.balance_tick()
            refresh.snapshot_tick()
        refresh.history_tick()
        world.rest(min(refresh.rest_s, max(0.0, due_s - clock.monotonic())))
        if clock.monotonic() > 3600:
            raise Mismatch("the import does not end")
    return failures, month_s or clock.monotonic()


def _shown(world: VirtualWorld) -> Mapping[str, Any] | None:
    """The report of the past that is shown."""
    store = world.application.services.store
    with store.reading() as session:
        report = check_rows.load_check(session, store.portfolio_id, past_plan.NAME)
    return None if report is None else report[1]


def _least(world: VirtualWorld) -> int:
    """The fewest klines, from what is known by now about quantities and flows."""
    services = world.application.services
    store = services.store
    with store.reading() as session:
        live_from_ms = backfill_rows.first_live_ms(session, store.portfolio_id) or 0
        movements = counting(ledger_rows.load_movements(session, store.portfolio_id))
        (held,) = balance_rows.holdings_between(session, store.portfolio_id, live_from_ms, live_from_ms)
    holdings = [Holding(asset, SPOT, quantity) for asset, quantity in held.quantities.items()]
    history = rebuild(holdings, movements, live_from_ms)
    flows_ms = [row.instant_ms for row in services.performance.cash_flows().rows]
    return least_klines_weight(history, flows_ms, world.server.world.market)


def _check(world: VirtualWorld, found: Import) -> None:
    asked_once(found.asked)
    truth = world.server.control.get_truth({}, None)
    ours = sorted(row.instant_ms for row in world.application.services.performance.cash_flows().rows)
    theirs = len(truth["flows"])
    if len(ours) != theirs:
        raise Mismatch(f"{len(ours)} cash flows found of {theirs}")


def _refused(found: Import) -> int:
    return sum(row["status"] in {418, 429} for row in found.log)


def _fullest(found: Import) -> float:
    """The largest share of a pool that a minute used."""
    used: defaultdict[tuple[PoolKind, str, int], int] = defaultdict(int)
    for row in found.log:
        kind = ROUTES[row["method"], row["path"]].pool
        used[kind, row["path"] if kind.startswith("sapi") else "", row["at_ms"] // 60_000] += row["weight"]
    return max(weight / LIMITS[kind] for (kind, _, _), weight in used.items())
