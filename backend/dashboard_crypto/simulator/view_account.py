"""The spot account's balances."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.errors import BinanceError
from dashboard_crypto.simulator.world import Request, World, amount

ZERO = Decimal(0)


def spot_balances(world: World, now_ms: int) -> dict[str, Decimal]:
    """The spot wallet as the exchange shows it: with an `LD` receipt for every flexible Earn position."""
    balances = world.wallet("spot", now_ms)
    receipts = {f"LD{asset}": quantity for asset, quantity in world.wallet("earn_flexible", now_ms).items()}
    return balances | receipts


def account(world: World, request: Request) -> Any:
    """GET /api/v3/account."""
    balances = spot_balances(world, request.now_ms)
    if not request.flag("omitZeroBalances"):
        balances = dict.fromkeys(sorted(world.market.assets), ZERO) | balances
    changed = bisect_right(world.ledger.instants, request.now_ms)
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": world.ledger.instants[changed - 1] if changed else world.scenario.opened_at_ms,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": amount(quantity), "locked": "0.00000000"} for asset, quantity in balances.items()
        ],
        "permissions": ["SPOT"],
        "uid": world.uid,
    }


def gone(_world: World, _request: Request) -> Any:
    """The user data stream's listen keys were removed in 2026."""
    raise BinanceError(410, 0, "Gone")
