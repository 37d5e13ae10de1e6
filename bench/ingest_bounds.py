"""What an import must cost at least: from the published limits and from what the account held, not from our code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bench.harness import Mismatch
from bench.virtual_exchange import CONNECTIONS, LATENCY_S
from dashboard_crypto.core.rebuild import QuantityHistory
from dashboard_crypto.simulator.limits import LIMITS, PoolKind
from dashboard_crypto.simulator.market import BRIDGES, DOLLAR, Market
from dashboard_crypto.simulator.routes import ROUTES

HOUR_MS = 3_600_000
MINUTE_S = 60
KLINES = "/api/v3/klines"
KLINES_WEIGHT = 2
BARS_AT_ONCE = 1000
Row = Mapping[str, Any]


def shortest_s(asked: Sequence[Row], start_ms: int) -> float:
    """Seconds for all these questions at full limits, eight connections and no processor time at all."""
    left_s = MINUTE_S - start_ms / 1000 % MINUTE_S
    pools: defaultdict[tuple[PoolKind, str], list[int]] = defaultdict(list)
    for row in asked:
        kind: PoolKind = ROUTES[row["method"], row["path"]].pool
        pools[kind, row["path"] if kind.startswith("sapi") else ""].append(row["weight"])
    longest_s = len(asked) * LATENCY_S / CONNECTIONS
    for (kind, _), weights in pools.items():
        minutes, last = _minutes(weights, LIMITS[kind])
        waited_s = left_s + (minutes - 2) * MINUTE_S if minutes > 1 else 0.0
        longest_s = max(longest_s, waited_s + -(-last // CONNECTIONS) * LATENCY_S)
    return longest_s


def _minutes(weights: Sequence[int], limit: int) -> tuple[int, int]:
    """Minutes that the weights take, and the questions of the last one."""
    per_minute = max(1, limit // max(weights))
    minutes = max(-(-len(weights) // per_minute), -(-sum(weights) // limit))
    return minutes, max(1, len(weights) - (minutes - 1) * per_minute)


def least_klines_weight(history: QuantityHistory, flows_ms: Iterable[int], market: Market) -> int:
    """Weight of the fewest questions for an hourly price of all that was held, and for every flow's own second."""
    hours = history.hours()
    held = history.matrix(hours) != 0.0
    needed: defaultdict[str, set[int]] = defaultdict(set)
    for column, (asset, changes) in enumerate(history.assets.items()):
        rows = set(np.flatnonzero(held[:, column]).tolist())
        around = np.searchsorted(hours, np.array(changes.instants_ms, dtype=np.int64))
        rows |= {int(row) for at in around for row in (at - 1, at) if 0 <= row < len(hours)}
        for row in rows:
            for pair in route(market, asset, int(hours[row])):
                needed[pair].add(row)
    questions = sum(_windows(sorted(rows)) for rows in needed.values())
    for at_ms in set(flows_ms):
        questions += len({pair for asset in history.before(at_ms) for pair in route(market, asset, at_ms)})
    return KLINES_WEIGHT * questions


def _windows(rows: Sequence[int]) -> int:
    count, reach = 0, -1
    for row in rows:
        if row > reach:
            count, reach = count + 1, row + BARS_AT_ONCE - 1
    return count


def route(market: Market, asset: str, at_ms: int) -> tuple[str, ...]:
    """The pairs that price an asset at an instant, by the documented order; none without a price."""

    def pair(base: str, quote: str) -> str | None:
        names = (f"{base}{quote}", f"{quote}{base}")
        return next((name for name in names if market.price(name, at_ms) is not None), None)

    if asset == DOLLAR:
        return ()
    direct = pair(asset, DOLLAR)
    if direct is not None:
        return (direct,)
    for bridge in BRIDGES:
        first, second = pair(asset, bridge), pair(bridge, DOLLAR)
        if bridge != asset and first is not None and second is not None:
            return (first, second)
    return ()


def asked_once(rows: Iterable[Row]) -> None:
    """Mismatch if a question was asked again. What is only the time of asking is no part of a question."""
    asked = Counter(
        (row["path"], *sorted((n, v) for n, v in row["parameters"].items() if n not in {"timestamp", "recvWindow"}))
        for row in rows
    )
    again = [question for question, count in asked.items() if count > 1]
    if again:
        raise Mismatch(f"{len(again)} questions were asked more than once, such as {again[0]}")
