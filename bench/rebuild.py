"""Five years of hourly values rebuilt from 10,000 trades in 20 assets: records to movements to quantities to values.

The limit (C) is the part nobody can avoid in Python: reading the exact amounts out of the records. The gate that
matters is absolute: at most 1.5 s of CPU for everything. The result is compared with a forwards replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from bench.harness import Case, gate_on, interleave
from bench.harness import Context as BenchContext
from dashboard_crypto.core.history_values import ValueHistory, scope_flows, value_history
from dashboard_crypto.core.ledger import convert
from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.movement import Context
from dashboard_crypto.core.rebuild import rebuild
from dashboard_crypto.core.taxonomy import classify, external_parts, redemption_residues
from dashboard_crypto.core.twins import echoes

HOUR_MS = 3_600_000
START_MS = 440_000 * HOUR_MS
LIMIT_S = 1.5
COINS = tuple(f"COIN{number:02}" for number in range(19))
PAIRS = Context(pairs={f"{coin}USDT": (coin, "USDT") for coin in COINS})
Records = list[tuple[str, dict[str, Any]]]


def life(context: BenchContext, hours: int, trades: int) -> tuple[Records, list[Holding], np.ndarray[Any, Any]]:
    """Records of somebody who deposits and trades, what is left today, and a price for every hour and asset."""
    random = context.random
    records: Records = [_deposit(number, START_MS + 1 + number * hours * HOUR_MS // 60) for number in range(60)]
    held = {"USDT": Decimal(60) * 10**9}
    times = np.sort(random.integers(60_000, hours * HOUR_MS, trades)).tolist()
    for number, offset in enumerate(times):
        coin, is_buy = COINS[int(random.integers(len(COINS)))], number < trades // 4 or bool(random.integers(2))
        quantity = Decimal(int(random.integers(1, 10**6))) / 10**6
        is_buy = is_buy or held.get(coin, Decimal(0)) < quantity
        cost, sign = quantity * 2, 1 if is_buy else -1
        records.append(("trade", _trade(number, coin, quantity, cost, START_MS + offset, is_buy=is_buy)))
        held[coin] = held.get(coin, Decimal(0)) + sign * quantity
        held["USDT"] -= sign * cost + Decimal("0.0001")
    prices = np.exp(np.cumsum(random.normal(0, 0.005, (hours + 2, len(held))), axis=0))
    return records, [Holding(asset, "spot", quantity) for asset, quantity in held.items()], prices


def _deposit(number: int, instant_ms: int) -> tuple[str, dict[str, Any]]:
    return "deposit", {
        "id": str(number), "coin": "USDT", "amount": "1000000000", "status": 1, "insertTime": instant_ms,
        "completeTime": instant_ms, "walletType": 0, "txId": f"0x{number:x}",
    }  # fmt: skip


def _trade(
    number: int, coin: str, quantity: Decimal, cost: Decimal, instant_ms: int, *, is_buy: bool
) -> dict[str, Any]:
    return {
        "symbol": f"{coin}USDT", "id": number, "qty": str(quantity), "quoteQty": str(cost), "commission": "0.0001",
        "commissionAsset": "USDT", "time": instant_ms, "isBuyer": is_buy,
    }  # fmt: skip


def everything(records: Records, holdings: list[Holding], prices: np.ndarray[Any, Any], now_ms: int) -> ValueHistory:
    """The whole way from stored records to hourly values."""
    entries = {entry.record_key: entry for source, record in records if (entry := convert(source, record, PAIRS))}
    told = [movement for entry in entries.values() for movement in entry.movements]
    movements = tuple(sorted(told, key=lambda movement: (movement.instant_ms, movement.key)))
    repeated = echoes(movements)
    movements = tuple(movement for movement in movements if movement.key not in repeated)
    movements += redemption_residues(movements)
    external_parts(classify(movements).parts)
    history = rebuild(holdings, movements, now_ms)
    hours = history.hours()
    scope_flows(history, hours, prices[: len(hours)], movements)
    return value_history(history, hours, prices[: len(hours)])


def forwards(records: Records, prices: np.ndarray[Any, Any], names: list[str], hours: int) -> np.ndarray[Any, Any]:
    """The same values by replaying the records hour by hour, written from the definition."""
    changes = np.zeros((hours, len(names)))
    for source, record in records:
        instant = record["completeTime"] if source == "deposit" else record["time"]
        row = -(-(instant - START_MS) // HOUR_MS)
        if source == "deposit":
            changes[row, names.index("USDT")] += float(record["amount"])
            continue
        sign = 1 if record["isBuyer"] else -1
        changes[row, names.index(record["symbol"].removesuffix("USDT"))] += sign * float(record["qty"])
        changes[row, names.index("USDT")] -= sign * float(record["quoteQty"]) + 0.0001
    held = np.cumsum(changes, axis=0)
    return np.asarray((held * prices[:hours]).sum(axis=1))


def amounts_only(records: Records) -> int:
    """Read every amount exactly, and nothing else."""
    return sum(
        len([Decimal(record[name]) for name in ("qty", "quoteQty", "commission") if name in record])
        for _, record in records
    )


def run(context: BenchContext) -> Iterator[Case]:
    """Ours against the amounts alone; the gate is CPU seconds."""
    hours, trades = context.count(43_830, 8_760), context.count(10_000, 2_000, tiny=100)
    records, holdings, prices = life(context, hours, trades)
    now_ms = START_MS + hours * HOUR_MS
    ours = everything(records, holdings, prices, now_ms)
    names = sorted(holding.asset for holding in holdings)
    context.same("values", ours.values, forwards(records, prices, names, len(ours.values)), 1e-9)
    times = interleave(
        {"ours": lambda: everything(records, holdings, prices, now_ms), "amounts": lambda: amounts_only(records)},
        context,
        inner=1,
    )
    yield Case(
        f"rebuild H={hours} A={len(names)} T={trades}",
        times,
        gates=[gate_on(LIMIT_S, f"CPU seconds <={LIMIT_S}", times["ours"].cpu, at_most=True)],
        notes=[f"coverage {ours.coverage_ratio:.3f}, {len(ours.values)} hourly values equal to a forwards replay"],
    )
