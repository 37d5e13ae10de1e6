"""How far prices moved in a day. Exact until the last step, like the share of the total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from dashboard_crypto.core.model import Balance, Valuation
from dashboard_crypto.core.money import EXACT, HUNDRED, RATIO


def with_changes(valuation: Valuation, earlier_usd: Mapping[str, Decimal]) -> Valuation:
    """Every balance with the change of its price since `earlier_usd`; None where either price is not known."""
    balances = tuple(
        replace(balance, change_24h_percent=_percent(balance, earlier_usd.get(balance.asset)))
        for balance in valuation.balances
    )
    return replace(valuation, balances=balances)


def _percent(balance: Balance, earlier_usd: Decimal | None) -> float | None:
    now_usd = balance.price_usd
    if now_usd is None or earlier_usd is None or earlier_usd <= 0:
        return None
    return float(RATIO.multiply(HUNDRED, RATIO.divide(EXACT.subtract(now_usd, earlier_usd), earlier_usd)))
