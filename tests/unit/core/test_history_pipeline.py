"""The whole way, records to return: a life is lived forwards and found again from its records and last balances."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tests.entries import merge, movements_of

from dashboard_crypto.core.history_values import scope_flows, value_history
from dashboard_crypto.core.ledger import convert
from dashboard_crypto.core.model import Flow, Holding
from dashboard_crypto.core.money import times, total
from dashboard_crypto.core.movement import Context, Movement
from dashboard_crypto.core.rebuild import rebuild, value_before
from dashboard_crypto.core.returns import build_series
from dashboard_crypto.core.taxonomy import classify, external_parts, redemption_residues
from dashboard_crypto.core.twins import echoes

HOUR = 3_600_000
START = 450_000 * HOUR
HOURS = 24 * 120
COINS = ("BTC", "ETH", "WBETH", "BNB", "USDT")
CONTEXT = Context(
    pairs={f"{coin}USDT": (coin, "USDT") for coin in COINS}, account_ids=frozenset({"1"}), own_email="me@example.com"
)
Record = dict[str, Any]


def price_at(asset: str, instant_ms: int) -> Decimal:
    """A price for every moment, smooth and never the same."""
    if asset == "USDT":
        return Decimal(1)
    phase, hours = len(asset) + ord(asset[0]), (instant_ms - START) / HOUR
    return Decimal(repr(100 * math.exp(0.4 * math.sin(phase + hours / 211) + 0.05 * math.sin(hours / 1.7))))


@dataclass
class Life:
    """The books of the one who lives it: totals per asset, the unit price of a fund, and the true cash flows."""

    now: int = START
    held: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(COINS, Decimal(0)))
    records: list[tuple[str, Record]] = field(default_factory=list)
    flows: list[tuple[int, str, Decimal]] = field(default_factory=list)
    growth: float = 1.0
    base: Decimal = Decimal(0)

    def worth(self) -> Decimal:
        """Value of everything at this moment."""
        return total(times(quantity, price_at(asset, self.now)) for asset, quantity in self.held.items())

    def cross(self, asset: str, quantity: Decimal, cost: Decimal = Decimal(0)) -> None:
        """Money comes in or goes out, perhaps with a fee right after."""
        before = self.worth()
        if self.base >= 1:
            self.growth *= float(before / self.base)
        self.held[asset] += quantity
        self.base = self.worth()
        self.held[asset] -= cost
        self.flows.append((self.now, asset, quantity))

    def live(self, source: str, number: int, **told: Any) -> None:
        """Keep the record of what just happened."""
        self.records.append((source, {"id": number, "time": self.now, "status": "SUCCESS"} | told))


def deposit(life: Life, n: int, coin: str, amount: Decimal) -> None:
    life.cross(coin, amount)
    told: Record = {"id": f"{n}", "coin": coin, "amount": f"{amount}", "status": 1, "insertTime": life.now - 90_000}
    life.records.append(("deposit", told | {"completeTime": life.now}))
    life.records.append(("deposit", told | {"id": f"{n}-never", "status": 2}))


def withdrawal(life: Life, n: int, coin: str, amount: Decimal) -> None:
    if life.held[coin] < amount + 1:
        return deposit(life, n, coin, amount)
    life.now = life.now // 1000 * 1000
    life.cross(coin, -amount, Decimal("0.01"))
    written = np.datetime_as_string(np.datetime64(life.now, "ms"), "s").replace("T", " ")
    told = {"id": f"w{n}", "coin": coin, "amount": f"{amount}", "transactionFee": "0.01", "status": 6}
    life.records.append(("withdrawal", told | {"applyTime": written}))
    return None


def p2p(life: Life, n: int, coin: str, amount: Decimal) -> None:
    life.cross(coin, amount)
    told = {"orderNumber": n, "tradeType": "BUY", "asset": coin, "amount": f"{amount}", "orderStatus": "COMPLETED"}
    life.records.append(("c2c", told | {"createTime": life.now}))


def sub_account(life: Life, n: int, coin: str, amount: Decimal) -> None:
    life.cross(coin, amount)
    told = {"tranId": n, "fromEmail": "s@example.com", "toEmail": "me@example.com", "asset": coin}
    life.records.append(
        ("sub_transfer", told | {"amount": f"{amount}", "createTimeStamp": life.now, "status": "SUCCESS"})
    )


def trade(life: Life, n: int, coin: str, amount: Decimal) -> None:
    if coin == "USDT":
        return
    cost = (amount * price_at(coin, life.now)).quantize(Decimal("1e-8"))
    is_buy = life.held["USDT"] > cost
    if not is_buy and life.held[coin] < amount:
        return
    sign = 1 if is_buy else -1
    life.held[coin] += sign * amount
    life.held["USDT"] -= sign * cost
    told: Record = {"symbol": f"{coin}USDT", "qty": f"{amount}", "quoteQty": f"{cost}", "isBuyer": is_buy}
    fee = Decimal("0.0001") if life.held["BNB"] > 1 else Decimal(0)
    life.held["BNB"] -= fee
    life.live("trade", n, **told, commission=f"{fee}", commissionAsset="BNB")


def earn(life: Life, n: int, coin: str, amount: Decimal) -> None:
    if life.held[coin] < amount:
        return
    life.live("flexible_subscription", n, purchaseId=n, asset=coin, amount=f"{amount}", amtFromFunding="0")
    reward = Decimal("0.00123456")
    life.now += 60_000
    life.held[coin] += reward
    life.live("flexible_reward", n, asset=coin, rewards=f"{reward}", type="BONUS", projectId=f"p{n}")
    echo = {"amount": f"{reward}", "asset": coin, "divTime": life.now + 5_000, "enInfo": "Flexible", "id": f"e{n}"}
    life.records.append(("dividend", echo))
    life.now += 60_000
    life.live("flexible_redemption", n, redeemId=n, asset=coin, amount=f"{amount}", destAccount="SPOT")


def airdrop(life: Life, n: int, coin: str, amount: Decimal) -> None:
    life.held[coin] += amount / 100
    told = {"id": n, "amount": f"{amount / 100}", "asset": coin, "divTime": life.now, "enInfo": "Airdrop"}
    life.records.append(("dividend", told))


def stake(life: Life, n: int, _: str, amount: Decimal) -> None:
    if life.held["ETH"] < amount:
        return
    life.held["ETH"] -= amount
    life.held["WBETH"] += amount / 2
    told = {"asset": "ETH", "amount": f"{amount}", "distributeAsset": "WBETH", "distributeAmount": f"{amount / 2}"}
    life.live("eth_staking", n, **told)


def move(life: Life, n: int, coin: str, amount: Decimal) -> None:
    told = {"asset": coin, "amount": f"{amount}", "type": "MAIN_FUNDING", "status": "CONFIRMED", "tranId": n}
    life.records.append(("transfer", told | {"timestamp": life.now}))


EVENTS: list[Callable[[Life, int, str, Decimal], None]] = [
    deposit, withdrawal, p2p, sub_account, trade, trade, trade, trade, earn, airdrop, stake, move,
]  # fmt: skip


def lived(seed: int) -> Life:
    """A life of 400 events."""
    chance = random.Random(seed)
    life = Life()
    for n in range(400):
        life.now += chance.randrange(1_000, HOURS * HOUR // 450)
        coin = "USDT" if n < 3 else chance.choice(COINS)
        amount = Decimal(chance.randrange(1, 10**8)) / 10**6 + (1000 if n < 3 else 0)
        (deposit if n < 3 else chance.choice(EVENTS))(life, n, coin, amount)
    life.now = START + HOURS * HOUR
    life.growth *= float(life.worth() / life.base)
    return life


def found(records: list[tuple[str, Record]], seed: int) -> tuple[Movement, ...]:
    """The movements from records in any order, some of them twice."""
    chance = random.Random(seed + 1)
    shuffled = records + chance.sample(records, len(records) // 3)
    chance.shuffle(shuffled)
    movements = movements_of(merge(convert(source, record, CONTEXT) for source, record in shuffled))
    repeated = echoes(movements)
    kept = tuple(movement for movement in movements if movement.key not in repeated)
    return kept + redemption_residues(kept)


@pytest.mark.parametrize("seed", range(5))
def test_life_is_found_again_from_its_records(seed: int) -> None:
    life = lived(seed)
    movements = found(life.records, seed)
    history = rebuild([Holding(a, "spot", q) for a, q in life.held.items()], movements, life.now)
    assert (history.openings, history.gaps) == ({}, ())

    parts = external_parts(classify(movements).parts)
    assert [(p.movement.instant_ms, p.movement.asset, p.quantity) for p in parts] == life.flows
    flows = [
        Flow(
            p.movement.instant_ms,
            times(p.quantity, price_at(p.movement.asset, p.movement.instant_ms)),
            value_before(history, p.movement.instant_ms, price_at)[0],
        )
        for p in parts
    ]
    hours = history.hours()
    prices = np.array([[float(price_at(name, int(t))) for name in history.names] for t in hours])
    values = value_history(history, hours, prices)
    assert values.coverage_ratio == pytest.approx(1.0, abs=1e-12)
    assert scope_flows(history, hours, prices, movements) == ()

    series = build_series(hours, values.values, flows)
    assert series.index[-1] == pytest.approx(life.growth, rel=1e-9)
    pnl = values.values[-1] - float(total(flow.amount for flow in flows))
    truth = life.worth() - total(times(q, price_at(a, t)) for t, a, q in life.flows)
    assert pnl == pytest.approx(float(truth), rel=1e-9)
