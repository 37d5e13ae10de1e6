"""Money-weighted return: the constant growth at which the owner's money in and out would end at the same value.

Solved for the growth x of the whole window rather than per year, so that a short window cannot overflow:
`V_start * x + sum(F * x ** ((T - t) / T)) = V_end`, with x between 1e-9 and 1e4. Newton steps inside a shrinking
bracket, in u = ln x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from dashboard_crypto.core.flow_links import TOLERANCE, Floats, Ints
from dashboard_crypto.core.timekeys import DAY_MS

YEAR_MS: Final = 365 * DAY_MS
_LOWEST: Final = float(np.log(1e-9))
_HIGHEST: Final = float(np.log(1e4))
_SCAN_POINTS: Final = 1000

Reason = Literal["insufficient_data", "no_sign_change", "not_unique", "out_of_range"]


@dataclass(frozen=True, slots=True)
class MoneyWeightedReturn:
    """Ratios. `annualized` only for windows of at least 365 days; both None, with a reason, when undefined."""

    ratio: float | None
    annualized: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class _Equation:
    """Amounts and their exponents (share of the window left); the last amount is minus the end value."""

    amounts: Floats
    exponents: Floats

    def at(self, u: float) -> tuple[float, float]:
        """Value and slope at u = ln x."""
        terms = self.amounts * np.exp(self.exponents * u)
        return float(terms.sum()), float(terms @ self.exponents)


def money_weighted_return(
    start: tuple[int, float], end: tuple[int, float], flow_instants_ms: Ints, flow_amounts: Floats
) -> MoneyWeightedReturn:
    """From `start` to `end` (instant, value), with flows in `(start, end]`, deposits positive.

    Losing everything is -100 %. Undefined when there is nothing to weigh, no growth satisfies the equation, or more
    than one does.
    """
    elapsed_ms = end[0] - start[0]
    if elapsed_ms <= 0:
        return _undefined("insufficient_data")
    left = (end[0] - np.asarray(flow_instants_ms, dtype=np.float64)) / elapsed_ms
    equation = _netted(np.concatenate(([start[1]], flow_amounts, [-end[1]])), np.concatenate(([1.0], left, [0.0])))
    paid_in = bool((equation.amounts > 0).any())
    taken_out = bool((equation.amounts < 0).any())
    if len(equation.amounts) == 0:
        return _undefined("insufficient_data")
    if paid_in and not taken_out and abs(end[1]) <= TOLERANCE:
        return MoneyWeightedReturn(-1.0, -1.0 if elapsed_ms >= YEAR_MS else None, None)
    if not (paid_in and taken_out):
        return _undefined("no_sign_change")
    root = _root(equation)
    if isinstance(root, str):
        return _undefined(root)
    annualized = float(np.expm1(root * YEAR_MS / elapsed_ms)) if elapsed_ms >= YEAR_MS else None
    return MoneyWeightedReturn(float(np.expm1(root)), annualized, None)


def _netted(amounts: Floats, exponents: Floats) -> _Equation:
    """One entry per instant; an inflow and an equal outflow at one instant are nothing."""
    distinct, position = np.unique(-exponents, return_inverse=True)
    net = np.bincount(position.ravel(), amounts, len(distinct)).astype(np.float64)
    present = np.abs(net) > TOLERANCE
    return _Equation(net[present], -distinct[present])


def _root(equation: _Equation) -> float | Reason:
    """The only u in the bracket where the equation is zero, or why there is no such thing.

    Amounts in order of time that change sign once have exactly one root (Descartes). Otherwise the bracket is scanned.
    """
    changes = int(np.count_nonzero(np.diff(np.sign(equation.amounts))))
    if changes == 1:
        low, high = equation.at(_LOWEST)[0], equation.at(_HIGHEST)[0]
        return "out_of_range" if low * high > 0 else _solve(equation, _LOWEST, _HIGHEST)
    grid = np.linspace(_LOWEST, _HIGHEST, _SCAN_POINTS)
    values = np.array([equation.at(float(u))[0] for u in grid])
    crossings = np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1]))
    if len(crossings) == 0:
        return "no_sign_change"
    if len(crossings) > 1:
        return "not_unique"
    return _solve(equation, float(grid[crossings[0]]), float(grid[crossings[0] + 1]))


def _solve(equation: _Equation, low: float, high: float) -> float:
    """Newton's method, kept inside the bracket by halving it whenever a step would leave."""
    rising = equation.at(high)[0] > 0
    u = min(max(0.0, low), high)
    for _ in range(200):
        value, slope = equation.at(u)
        if value == 0:
            return u
        low, high = (low, u) if (value > 0) == rising else (u, high)
        step = u - value / slope if slope else low
        if abs(step - u) <= 1e-15 * max(1.0, abs(u)):
            return step
        u = step if low < step < high else 0.5 * (low + high)
    return u


def _undefined(reason: Reason) -> MoneyWeightedReturn:
    return MoneyWeightedReturn(None, None, reason)
