"""Random lives of a portfolio for the property tests: awkward on purpose, written down in cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from dashboard_crypto.core.model import Flow

START_MS = 1_700_000_000_000
MINUTE_MS = 60_000


@dataclass(frozen=True)
class History:
    """Snapshots with exact values, and flows in any order."""

    instants: tuple[int, ...]
    exact: tuple[Decimal, ...]
    flows: tuple[Flow, ...]

    @property
    def instants_ms(self) -> NDArray[np.int64]:
        return np.array(self.instants, dtype=np.int64)

    @property
    def values(self) -> NDArray[np.float64]:
        return np.array([float(value) for value in self.exact])

    def rows(self, rows: Sequence[int]) -> list[Decimal]:
        return [self.exact[row] for row in rows]


def cents(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda amount: Decimal(amount).scaleb(-2))


ORDINARY_VALUE = cents(10_000, 100_000_000)
ANY_VALUE = st.one_of(
    ORDINARY_VALUE,
    ORDINARY_VALUE,
    st.sampled_from([Decimal(text) for text in ("0", "0.01", "0.99", "1", "1.01", "-3", "-0.5")]),
    cents(0, 200),
)
GAPS = st.sampled_from([MINUTE_MS, 60 * MINUTE_MS, 60 * MINUTE_MS, 200 * MINUTE_MS, 3 * 24 * 60 * MINUTE_MS])


@st.composite
def any_history(draw: st.DrawFn, smallest: int = 2) -> History:
    """Anything goes: dust, zero, debt, flows before the first snapshot and after the last, several at once."""
    count = draw(st.integers(smallest, 14))
    instants = _instants(draw, count)
    exact = tuple(draw(ANY_VALUE) for _ in range(count))
    flows = tuple(draw(_flow(instants)) for _ in range(draw(st.integers(0, 8))))
    return History(instants, exact, flows)


@st.composite
def unit_history(draw: st.DrawFn) -> tuple[History, Decimal]:
    """A fund that knows its unit price: every flow buys or sells units at the price of its instant.

    Returns the history and how the unit price grew from the first to the last snapshot. All flows are valued, or
    stamped with a snapshot's instant.
    """
    instants = _instants(draw, draw(st.integers(2, 10)))
    price, units = Decimal(100), Decimal(draw(st.integers(1, 1000))) * 10**6
    exact = [price * units]
    flows: list[Flow] = []
    for start, end in pairwise(instants):
        if draw(st.booleans()):
            price *= draw(FACTOR)
            amount = _affordable(draw, price * units)
            moment = draw(st.integers(start + 1, end - 1))
            flows.append(Flow(moment, amount, price * units))
            units += amount / price
        price *= draw(FACTOR)
        if draw(st.booleans()):
            amount = _affordable(draw, price * units)
            flows.append(Flow(end, amount, None))
            units += amount / price
        exact.append(price * units)
    assume(min(_afterwards(exact, flows)) >= 1)
    return History(instants, tuple(exact), tuple(flows)), price / Decimal(100)


FACTOR = st.integers(50, 200).map(lambda percent: Decimal(percent) / 100)


def _afterwards(exact: list[Decimal], flows: list[Flow]) -> list[Decimal]:
    return exact + [flow.value_before + flow.amount for flow in flows if flow.value_before is not None]


def _affordable(draw: st.DrawFn, worth: Decimal) -> Decimal:
    """A deposit of up to five times the value, or a withdrawal that leaves more than dust."""
    return worth * Decimal(draw(st.integers(-90, 500))) / 100


def _instants(draw: st.DrawFn, count: int) -> tuple[int, ...]:
    instants = [START_MS]
    for _ in range(count - 1):
        instants.append(instants[-1] + draw(GAPS))
    return tuple(instants)


@st.composite
def _flow(draw: st.DrawFn, instants: tuple[int, ...]) -> Flow:
    on_snapshot = st.sampled_from(instants)
    anywhere = st.integers(instants[0] - 2 * MINUTE_MS, instants[-1] + 2 * MINUTE_MS)
    instant = draw(st.one_of(on_snapshot, anywhere))
    amount = draw(st.one_of(cents(-20_000_000, 100_000_000), cents(-30_000, 30_000), st.just(Decimal(0))))
    before = draw(st.one_of(st.none(), ANY_VALUE))
    return Flow(instant, amount, before)
