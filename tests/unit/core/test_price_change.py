"""How far a price moved in a day, and when nobody knows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboard_crypto.core.model import AccountReading, Holding
from dashboard_crypto.core.price_change import with_changes
from dashboard_crypto.core.valuation import value


def change(now: str | None, earlier: str | None, quantity: str = "2") -> float | None:
    prices = {} if now is None else {"COIN": Decimal(now)}
    reading = AccountReading(0, (Holding("COIN", "spot", Decimal(quantity)),), prices, {}, ())
    (found,) = with_changes(value(reading), {} if earlier is None else {"COIN": Decimal(earlier)}).balances
    return found.change_24h_percent


@pytest.mark.parametrize(
    ("now", "earlier", "percent"),
    [
        ("107.12", "100", 7.12),
        ("92.5", "100", -7.5),
        ("100", "100", 0.0),
        ("0", "100", -100.0),
        ("0.00000003", "0.00000002", 50.0),
        ("90000.01", "90000", 1.1111111111111112e-05),
    ],
)
def test_it_is_exact_to_the_last_digit_of_a_float(now: str, earlier: str, percent: float) -> None:
    assert change(now, earlier) == percent


def test_it_is_the_price_s_and_not_the_position_s() -> None:
    assert change("110", "100", "-3") == change("110", "100", "0.1") == 10.0


@pytest.mark.parametrize(("now", "earlier"), [(None, "100"), ("100", None), ("100", "0"), ("100", "-1")])
def test_without_both_prices_it_is_not_known(now: str | None, earlier: str | None) -> None:
    assert change(now, earlier) is None
