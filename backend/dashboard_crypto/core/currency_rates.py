"""What one unit of a currency cost in USD: at the snapshots, and at the cash flows that count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from operator import attrgetter

import numpy as np

from dashboard_crypto.core.flow_links import Floats, Ints
from dashboard_crypto.core.money import RATIO, ZERO

RATE_UNKNOWN = "rate_unknown"
"""Reason of a figure that would need a rate which nobody has."""

_instant = attrgetter("instant_ms")


@dataclass(frozen=True, slots=True)
class RatedFlow:
    """A cash flow in USD where it stands among the snapshots, and the rate of the minute it was reported for."""

    instant_ms: int
    amount: Decimal
    rate_usd: float | None


@dataclass(frozen=True, slots=True, eq=False)
class CurrencyRates:
    """`at_snapshots` has one entry per snapshot (NaN: not known); `flows` are those that count, oldest first."""

    currency: str
    instants_ms: Ints
    at_snapshots: Floats
    flows: Sequence[RatedFlow] = ()

    def at_row(self, row: int) -> Decimal | None:
        """Of one snapshot."""
        return as_rate(float(self.at_snapshots[row]))

    def at(self, instant_ms: int) -> Decimal | None:
        """Of a snapshot, or else of the cash flow there."""
        row = int(np.searchsorted(self.instants_ms, instant_ms))
        if row < len(self.instants_ms) and self.instants_ms[row] == instant_ms:
            return self.at_row(row)
        known = (as_rate(flow.rate_usd) for flow in self.flows_within(instant_ms - 1, instant_ms))
        return next((rate for rate in known if rate is not None), None)

    def flows_within(self, after_ms: int, until_ms: int) -> Sequence[RatedFlow]:
        """Those in `(after_ms, until_ms]`."""
        low = bisect_right(self.flows, after_ms, key=_instant)
        return self.flows[low : bisect_right(self.flows, until_ms, key=_instant)]

    def flows_inside(self, after_ms: int, before_ms: int) -> Sequence[RatedFlow]:
        """Those in `(after_ms, before_ms)`."""
        low = bisect_right(self.flows, after_ms, key=_instant)
        return self.flows[low : bisect_left(self.flows, before_ms, key=_instant)]


def as_rate(rate_usd: float | None) -> Decimal | None:
    """A stored rate with the digits it was stored with; None if it is not known."""
    return Decimal(repr(rate_usd)) if rate_usd is not None and isfinite(rate_usd) and rate_usd > 0 else None


def converted(amount_usd: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """An amount in the currency (34 digits); nothing is nothing in every one of them."""
    if amount_usd is None or amount_usd == 0:
        return None if amount_usd is None else ZERO
    return None if rate is None else RATIO.divide(amount_usd, rate)
