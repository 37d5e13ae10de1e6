"""Doubts a reading in which a whole wallet is suddenly empty: an exchange in trouble answers so, with status 200.

Compares with the stored balances, so a restart or an outage in between makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dashboard_crypto.core.model import Balance, Valuation
from dashboard_crypto.core.money import ZERO, times, total
from dashboard_crypto.core.ports import ExchangeGateway
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db.records import StoredBalances

LEAST_USD = Decimal(25)
LEAST_SHARE = Decimal("0.02")
EQUAL_READS = 3
HOLD_MS = 600_000

Amounts = Mapping[str, Decimal]


class EmptiedWallet:
    """Remembers since when the same wallets have been empty: after three readings over ten minutes it is believed."""

    def __init__(self) -> None:
        self._wallets: frozenset[str] = frozenset()
        self._since_ms = 0
        self._reads = 0

    def judge(self, previous: StoredBalances, valuation: Valuation, gateway: ExchangeGateway) -> str | None:
        """The reason for doubt, or None. What was moved, sold or withdrawn is none."""
        prices = {held.asset: held.price_usd for held in (*previous.balances, *valuation.balances) if held.price_usd}
        emptied = _emptied(previous, valuation, prices)
        left_usd = -_moved(previous.balances, valuation.balances, prices)
        if not emptied or 2 * left_usd < total(emptied.values()):
            self._wallets = frozenset()
            return None
        if self._is_settled(frozenset(emptied), valuation.instant_ms):
            return None
        since_ms = (previous.read_at_ms or valuation.instant_ms) - HOUR_MS
        if 2 * _withdrawn(gateway, since_ms, valuation.instant_ms, prices) >= left_usd:
            return None
        names = " and ".join(sorted(name.replace("_", " ") for name in emptied))
        return (
            f"The exchange says that {names} is empty now; {left_usd:.2f} USD would be gone without a withdrawal. The "
            "last complete balances stay until it is confirmed for ten minutes."
        )

    def _is_settled(self, wallets: frozenset[str], now_ms: int) -> bool:
        if wallets != self._wallets:
            self._wallets, self._since_ms, self._reads = wallets, now_ms, 0
        self._reads += 1
        return self._reads >= EQUAL_READS and now_ms - self._since_ms >= HOLD_MS


def _emptied(previous: StoredBalances, valuation: Valuation, prices: Amounts) -> dict[str, Decimal]:
    """Wallets that counted and hold nothing now, with what they were worth at the prices of now."""
    filled = {wallet for held in valuation.balances for wallet, quantity in held.wallets.items() if quantity}
    worth: dict[str, Decimal] = {}
    for held in previous.balances:
        for wallet, quantity in held.wallets.items():
            if wallet not in filled:
                worth[wallet] = total((worth.get(wallet, ZERO), times(quantity, prices.get(held.asset, ZERO))))
    least = max(LEAST_USD, LEAST_SHARE * abs(previous.total_value_usd))
    return {wallet: value for wallet, value in worth.items() if value >= least}


def _moved(old: Sequence[Balance], new: Sequence[Balance], prices: Amounts) -> Decimal:
    """What the changes of quantity are worth, as far as there are prices."""
    came = total(times(held.quantity, prices.get(held.asset, ZERO)) for held in new)
    return came - total(times(held.quantity, prices.get(held.asset, ZERO)) for held in old)


def _withdrawn(gateway: ExchangeGateway, since_ms: int, until_ms: int, prices: Amounts) -> Decimal:
    flows = gateway.external_flows(since_ms, until_ms)
    return -total(times(flow.quantity, prices.get(flow.asset, ZERO)) for flow in flows if flow.quantity < 0)
