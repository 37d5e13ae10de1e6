"""A reading whose wallets belong together.

The wallets are read one after the other. Coins that move between two of them meanwhile are seen in neither or in both:
a drop or a gain that never was. Such a reading shows a change of quantities that nothing balances, so whenever there is
one, the account is read again until two readings in a row agree. What was only moved is complete then; a deposit or a
withdrawal stays, and is looked for among the records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from dashboard_crypto.core.errors import PartialReading
from dashboard_crypto.core.model import AccountReading, Balance, Valuation
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.movement import CM_FUTURES, PORTFOLIO_MARGIN, UM_FUTURES
from dashboard_crypto.core.valuation import value

NOTICEABLE_USD = Decimal(1)
FLOATING_USD = Decimal(25)
"""Open positions change these wallets from second to second by themselves."""
UNSETTLED_RATIO = Decimal("0.02")
"""An account that never stands still is believed at the last reading, if no more than this moved during it."""
MOST_READINGS = 4
_FLOATING = frozenset({UM_FUTURES, CM_FUTURES, PORTFOLIO_MARGIN})

Row = tuple[str, str]
"""Asset and wallet."""


def settled_valuation(read: Callable[[], AccountReading], previous: Sequence[Balance]) -> Valuation:
    """Read the account, once if nothing odd shows against the balances before. PartialReading if it does not settle."""
    last, found = previous, value(read())
    for _ in range(MOST_READINGS - 1):
        if not last or not is_odd(last, found.balances):
            return found
        last, found = found.balances, value(read())
    if is_odd(last, found.balances, least_usd=max(FLOATING_USD, times(abs(found.total_value_usd), UNSETTLED_RATIO))):
        raise PartialReading(
            "Coins are moving between wallets while they are read. The last complete balances stay until they have "
            "arrived."
        )
    return found


def is_odd(before: Sequence[Balance], after: Sequence[Balance], *, least_usd: Decimal = NOTICEABLE_USD) -> bool:
    """Whether value came or went between two readings, at the prices of the later one: more than a trade explains."""
    changes = _changes(before, after)
    fixed = total(worth for (_, wallet), worth in changes.items() if wallet not in _FLOATING)
    floating = total(worth for (_, wallet), worth in changes.items() if wallet in _FLOATING)
    if abs(floating) < max(least_usd, FLOATING_USD):
        return abs(fixed) >= least_usd
    return abs(EXACT.add(fixed, floating)) >= least_usd


def _changes(before: Sequence[Balance], after: Sequence[Balance]) -> Mapping[Row, Decimal]:
    prices = {held.asset: held.price_usd for held in (*before, *after) if held.price_usd is not None}
    old, new = _rows(before), _rows(after)
    return {
        row: times(EXACT.subtract(new.get(row, ZERO), old.get(row, ZERO)), prices.get(row[0], ZERO))
        for row in {*old, *new}
    }


def _rows(balances: Sequence[Balance]) -> dict[Row, Decimal]:
    return {(held.asset, wallet): quantity for held in balances for wallet, quantity in held.wallets.items()}
