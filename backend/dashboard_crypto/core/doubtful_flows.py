"""Is a withdrawal larger than what there was to take? It is told (most often a typing error), never dropped."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.money import EXACT, times

IMPLAUSIBLE_FLOW = "implausible_flow"
_SLACK_WHERE_VALUED = Decimal("1.01")
"""The valuation and the flow may be a moment apart."""
_SLACK_SINCE_LAST_VALUE = Decimal("1.1")
"""Whoever takes out everything after a rise takes more than the last known value, and is right."""


def takes_more_than_was_there(amount: Decimal, before: Decimal, floor: Decimal) -> bool:
    """For a flow whose portfolio value just before it is known."""
    return _exceeds(amount, before, floor, _SLACK_WHERE_VALUED)


def takes_more_than_known(amount: Decimal, last_known: Decimal, floor: Decimal) -> bool:
    """For a flow without a valuation of its own: all that is known is the last value before it."""
    return _exceeds(amount, last_known, floor, _SLACK_SINCE_LAST_VALUE)


def _exceeds(amount: Decimal, value: Decimal, floor: Decimal, slack: Decimal) -> bool:
    missing = EXACT.add(value, amount) < -floor
    return amount < 0 and missing and -amount > times(max(value, Decimal(0)), slack)
