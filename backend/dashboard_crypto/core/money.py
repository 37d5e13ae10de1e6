"""Decimal arithmetic with its precision stated at the place of use, never taken from the thread's ambient context."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]

RATIO = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, traps=_TRAPS)
"""Factors, returns and divisions: 34 significant digits."""

EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, traps=_TRAPS)
"""Sums and products of money and quantities: wide enough that nothing real is ever rounded."""

TOLERANCE_USD = Decimal("1e-9")
"""Less than a billionth of a dollar is rounding, not money. Thresholds are shifted by it, so that the float64 and the
Decimal path take the same side when a sum lands exactly on a threshold."""


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Exact sum."""
    result = ZERO
    for amount in amounts:
        result = EXACT.add(result, amount)
    return result


def times(quantity: Decimal, price: Decimal) -> Decimal:
    """Exact product."""
    return EXACT.multiply(quantity, price)


def plain(amount: Decimal) -> str:
    """Digits without an exponent and without needless zeros: `0.00001`, `1200`, `0`."""
    if amount == 0:
        return "0"
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
