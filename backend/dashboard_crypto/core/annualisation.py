"""A return per year of 365 days, and an honest word about how it came about."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.model import Annualization
from dashboard_crypto.core.money import ONE, RATIO
from dashboard_crypto.core.timekeys import DAY_MS

YEAR_DAYS = 365
SHORTEST_DAYS = 7
LARGEST_RATIO = Decimal(10)


def annualise(twr: Decimal | None, elapsed_ms: int) -> tuple[Decimal | None, Annualization]:
    """`(1 + twr) ** (365 / days) - 1` and its label.

    `achieved` from 365 days on, `extrapolated` from 7; below that, and above 1000 % a year, the figure would mislead:
    None and `none`. A total loss stays a total loss.
    """
    if twr is None or elapsed_ms < SHORTEST_DAYS * DAY_MS:
        return None, "none"
    label: Annualization = "achieved" if elapsed_ms >= YEAR_DAYS * DAY_MS else "extrapolated"
    growth = RATIO.add(ONE, twr)
    if growth <= 0:
        return -ONE, label
    yearly = power_of(growth, elapsed_ms)
    return (None, "none") if yearly is None or yearly > LARGEST_RATIO else (yearly, label)


def power_of(growth: Decimal, elapsed_ms: int) -> Decimal | None:
    """Growth over `elapsed_ms` turned into a yearly ratio; None if it is too large to write down."""
    exponent = RATIO.divide(Decimal(YEAR_DAYS * DAY_MS), Decimal(elapsed_ms))
    if RATIO.multiply(abs(RATIO.ln(growth)), exponent) > 1000:
        return None if growth > 1 else -ONE
    return RATIO.subtract(RATIO.power(growth, exponent), ONE)
