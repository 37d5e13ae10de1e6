"""The value of the past: rebuilt quantities times a matrix of prices, and how much of it rests on records.

Long series are float64 (numpy); cash flows and single instants stay exact (`rebuild.value_before`).

An asset without a price is out of scope: it leaves the portfolio at its last price and comes back at its first one.
Both are scope flows, so neither is a gain or a loss. While it is out, exchanging it for priced coins brings value in
from outside; that is a scope flow of the priced coins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.rebuild import Floats, Ints, QuantityHistory
from dashboard_crypto.core.taxonomy import CLASSES


@dataclass(frozen=True, slots=True)
class ScopeFlow:
    """Value entering (> 0) or leaving (< 0) the valued portfolio without a movement from or to outside.

    An exit or entry is stamped at the first instant of the grid that shows it, so it is inside that instant's value
    (interval `(a, b]`) and the value before it is that value minus `quantity * price_usd`.
    `price_usd` is the price it is valued at; None for a crossing, which is valued at its minute like any cash flow.
    """

    instant_ms: int
    asset: str
    quantity: Decimal
    price_usd: Decimal | None
    kind: Literal["exit", "entry", "crossing"]


@dataclass(frozen=True, slots=True, eq=False)
class ValueHistory:
    """One entry per instant. `coverage` is the share of the (absolute) value that rests on recorded movements.

    `coverage_ratio` is that share over the whole time; both are NaN where nothing priced was held. `unpriced` names
    assets that were held at some instant without a price.
    """

    instants_ms: Ints
    values: Floats
    coverage: Floats
    coverage_ratio: float
    unpriced: tuple[str, ...]


def value_history(history: QuantityHistory, instants_ms: Ints, prices: Floats) -> ValueHistory:
    """Value at each instant. `prices` has one row per instant and one column per `history.names`; NaN is no price."""
    quantities = history.matrix(instants_ms)
    is_priced = np.isfinite(prices)
    worth = np.where(is_priced, quantities * np.where(is_priced, prices, 0.0), 0.0)
    recorded = _recorded_share(history, quantities)
    gross = np.abs(worth)
    gross_sum, covered_sum = gross.sum(axis=1), (gross * recorded).sum(axis=1)
    blind = ((quantities != 0.0) & ~is_priced).any(axis=0)
    return ValueHistory(
        instants_ms=instants_ms,
        values=worth.sum(axis=1),
        coverage=_ratio(covered_sum, gross_sum),
        coverage_ratio=float(covered_sum.sum() / gross_sum.sum()) if gross_sum.any() else float("nan"),
        unpriced=tuple(name for name, is_blind in zip(history.names, blind, strict=True) if is_blind),
    )


def scope_flows(
    history: QuantityHistory, instants_ms: Ints, prices: Floats, movements: Iterable[Movement]
) -> tuple[ScopeFlow, ...]:
    """What prices that begin or end do to the portfolio, oldest first. As fine as the grid of `instants_ms`."""
    is_priced = np.isfinite(prices)
    found: list[ScopeFlow] = []
    for column, name in enumerate(history.names):
        turns = np.flatnonzero(is_priced[1:, column] != is_priced[:-1, column])
        for row in turns.tolist():
            found.extend(_turn(history, name, instants_ms, prices[:, column], row))
    found.extend(_crossings(history, instants_ms, is_priced, movements))
    return tuple(sorted(found, key=lambda flow: (flow.instant_ms, flow.asset, flow.kind)))


def _turn(history: QuantityHistory, name: str, instants_ms: Ints, prices: Floats, row: int) -> list[ScopeFlow]:
    """The price begins or ends between `row` and the next one. What was traded in between still had a price, so an
    exit takes what is left afterwards and an entry brings what was there before."""
    is_exit = bool(np.isfinite(prices[row]))
    priced_row, unpriced_row = (row, row + 1) if is_exit else (row + 1, row)
    quantity = history.assets[name].at(int(instants_ms[unpriced_row]))
    if not quantity:
        return []
    price = Decimal(repr(float(prices[priced_row])))
    moved = -quantity if is_exit else quantity
    return [ScopeFlow(int(instants_ms[row + 1]), name, moved, price, "exit" if is_exit else "entry")]


def _crossings(
    history: QuantityHistory, instants_ms: Ints, is_priced: NDArray[np.bool_], movements: Iterable[Movement]
) -> list[ScopeFlow]:
    columns = {name: number for number, name in enumerate(history.names)}
    if is_priced.all() or len(instants_ms) < 2:
        return []
    exchanges: dict[str, list[Movement]] = {}
    for movement in movements:
        if CLASSES[movement.kind] == "exchange" and movement.asset in columns:
            exchanges.setdefault(movement.group, []).append(movement)
    found = []
    for legs in exchanges.values():
        inside = [_in_scope(columns[leg.asset], leg.instant_ms, instants_ms, is_priced) for leg in legs]
        if any(inside) and not all(inside):
            found += [
                ScopeFlow(leg.instant_ms, leg.asset, leg.amount, None, "crossing")
                for leg, is_inside in zip(legs, inside, strict=True)
                if is_inside
            ]
    return found


def _in_scope(column: int, instant_ms: int, instants_ms: Ints, is_priced: NDArray[np.bool_]) -> bool:
    row = int(np.searchsorted(instants_ms, instant_ms, side="left"))
    after, before = min(row, len(instants_ms) - 1), max(row - 1, 0)
    return bool(is_priced[before, column] or is_priced[after, column])


def _recorded_share(history: QuantityHistory, quantities: Floats) -> Floats:
    openings = np.array([float(asset.opening) for asset in history.assets.values()])
    recorded = np.clip(quantities - openings, np.minimum(quantities, 0.0), np.maximum(quantities, 0.0))
    share = np.zeros_like(quantities)
    np.divide(recorded, quantities, out=share, where=quantities != 0.0)
    return share


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0.0)
    return ratio
