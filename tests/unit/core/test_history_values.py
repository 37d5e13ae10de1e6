"""The value of the past, its coverage, and what prices that begin or end do to it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from tests.unit.core.records import D, movement

from dashboard_crypto.core.history_values import scope_flows, value_history
from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.rebuild import QuantityHistory, rebuild

HOUR = 3_600_000
START = 450_000 * HOUR
NAN = float("nan")


def life(movements: list[Movement], openings: dict[str, str] | None = None) -> QuantityHistory:
    """The history of somebody who ends with what the movements left, four hours after the start."""
    held = {asset: D(quantity) for asset, quantity in (openings or {}).items()}
    for m in movements:
        held[m.asset] = held.get(m.asset, D(0)) + m.amount
    return rebuild([Holding(a, "spot", q) for a, q in held.items()], movements, START + 4 * HOUR)


def grid(rows: int = 5) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Whole hours from the start."""
    return START + np.arange(rows, dtype=np.int64) * HOUR


def test_values_agree_with_exact_arithmetic() -> None:
    rng = np.random.default_rng(5)
    moves = [
        movement(a, D(int(rng.integers(1, 10**9))) / D(10**8), START + int(rng.integers(1, 4 * HOUR)), key=f"{a}{n}")
        for a in ("BTC", "ETH", "USDT")
        for n in range(20)
    ]
    history = life(moves)
    prices = rng.uniform(0.5, 60000, (5, 3))
    values = value_history(history, grid(), prices).values
    for row, instant in enumerate(grid().tolist()):
        exact = sum(
            history.assets[name].at(instant) * Decimal(prices[row, n].item()) for n, name in enumerate(history.names)
        )
        assert values[row] == pytest.approx(float(exact), rel=1e-12)


def test_coverage_is_the_share_of_value_that_rests_on_records() -> None:
    history = life(
        [movement("BTC", "1", START + 1), movement("BTC", "-3", START + HOUR + 1, "withdrawal")], {"BTC": "3"}
    )
    found = value_history(history, grid(), np.ones((5, 1)))
    assert found.values.tolist() == [3, 4, 1, 1, 1]
    assert found.coverage.tolist() == [0, 0.25, 0, 0, 0]
    assert found.coverage_ratio == pytest.approx(1 / 10)


def test_full_records_cover_everything() -> None:
    found = value_history(life([movement("BTC", "1", START + 1)]), grid(), np.full((5, 1), 7.0))
    assert found.coverage_ratio == 1.0
    assert np.isnan(found.coverage[0])


def test_debt_lowers_the_value_and_counts_as_covered() -> None:
    moves = [movement("USDT", "10", START + 1), movement("BTC", "-1", START + 1, "interest", "margin")]
    found = value_history(life(moves), grid(), np.full((5, 2), 2.0))
    assert found.values.tolist() == [0, 18, 18, 18, 18]
    assert found.coverage_ratio == 1.0


def test_busd_unpriced_is_left_out_on_both_sides_and_listed() -> None:
    history = life([movement("BUSD", "100", START + 1), movement("USDT", "50", START + 1)])
    prices = np.array([[NAN, 1.0]] * 5)
    found = value_history(history, grid(), prices)
    assert found.values.tolist() == [0, 50, 50, 50, 50]
    assert found.unpriced == ("BUSD",)
    assert scope_flows(history, grid(), prices, []) == ()


def test_frozen_break_price_is_never_used_the_coin_leaves_at_its_last_price() -> None:
    history = life([movement("NAV", "10", START + 1)])
    prices = np.array([[2.0], [3.0], [NAN], [NAN], [4.0]])
    found = value_history(history, grid(), prices)
    assert found.values.tolist() == [0, 30, 0, 0, 40]
    flows = scope_flows(history, grid(), prices, [])
    assert [(f.kind, f.instant_ms, f.quantity, f.price_usd) for f in flows] == [
        ("exit", START + 2 * HOUR, D(-10), D("3.0")),
        ("entry", START + 4 * HOUR, D(10), D("4.0")),
    ]
    gains = np.diff(found.values)
    for flow in flows:
        assert flow.price_usd is not None
        gains[(flow.instant_ms - START) // HOUR - 1] -= float(flow.quantity * flow.price_usd)
    assert gains.tolist() == [30, 0, 0, 0]


def test_coin_sold_in_the_hour_its_price_ends_does_not_leave_again() -> None:
    sale = [
        movement("NAV", "-10", START + HOUR + 5, "trade", group="g"),
        movement("USDT", "29", START + HOUR + 5, "trade", group="g"),
    ]
    history = life([movement("NAV", "10", START + 1), *sale])
    prices = np.array([[2.0, 1.0], [3.0, 1.0], [NAN, 1.0], [NAN, 1.0], [NAN, 1.0]])
    assert scope_flows(history, grid(), prices, sale) == ()


def test_converting_an_unpriced_coin_brings_value_in_from_outside() -> None:
    swap = [
        movement("BUSD", "-10", START + 2 * HOUR + 5, "convert", group="g"),
        movement("USDT", "10", START + 2 * HOUR + 5, "convert", group="g"),
    ]
    history = life([movement("BUSD", "10", START + 1), *swap])
    prices = np.array([[NAN, 1.0]] * 5)
    flows = scope_flows(history, grid(), prices, swap)
    assert [(f.kind, f.asset, f.quantity, f.price_usd) for f in flows] == [("crossing", "USDT", D(10), None)]


def test_coin_bought_in_the_hour_it_is_listed_is_a_trade_not_an_entry() -> None:
    buy = [
        movement("NEW", "10", START + HOUR + 5, "trade", group="g"),
        movement("USDT", "-30", START + HOUR + 5, "trade", group="g"),
    ]
    history = life([movement("USDT", "50", START + 1), *buy])
    prices = np.array([[NAN, 1.0], [NAN, 1.0], [3.0, 1.0], [3.0, 1.0], [3.0, 1.0]])
    assert history.names == ("NEW", "USDT")
    assert scope_flows(history, grid(), prices, buy) == ()
    assert value_history(history, grid(), prices).values.tolist() == [0, 50, 50, 50, 50]
