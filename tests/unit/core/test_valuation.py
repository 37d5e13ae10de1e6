"""What an account reading is worth."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.core.model import AccountReading, Holding
from dashboard_crypto.core.valuation import value

D = Decimal


def reading(*holdings: tuple[str, str, str], prices: dict[str, str], unpriced: tuple[str, ...] = ()) -> AccountReading:
    return AccountReading(
        read_at_ms=1000,
        holdings=tuple(Holding(asset, wallet, D(quantity)) for asset, wallet, quantity in holdings),
        prices_usd={asset: D(price) for asset, price in prices.items()},
        routes={},
        unpriced=unpriced,
    )


def test_wallets_of_one_asset_are_merged() -> None:
    result = value(
        reading(("BTC", "spot", "0.4"), ("BTC", "earn_flexible", "0.112"), prices={"BTC": "92000"}),
    )
    (btc,) = result.balances
    assert btc.quantity == D("0.512")
    assert btc.wallets == {"spot": D("0.4"), "earn_flexible": D("0.112")}
    assert btc.usd_value == result.total_value_usd == D("47104")
    assert btc.percentage == 100.0


def test_largest_first_and_unpriced_last_by_name() -> None:
    result = value(
        reading(
            ("ZED", "spot", "5"),
            ("AAA", "spot", "7"),
            ("ETH", "spot", "1"),
            ("BTC", "spot", "1"),
            prices={"BTC": "90000", "ETH": "3000"},
            unpriced=("ZED", "AAA"),
        )
    )
    assert [balance.asset for balance in result.balances] == ["BTC", "ETH", "AAA", "ZED"]
    assert result.unpriced == ("AAA", "ZED")
    assert result.total_value_usd == D("93000")


def test_unpriced_asset_is_listed_without_a_value() -> None:
    result = value(reading(("NEW", "spot", "12.5"), prices={}, unpriced=("NEW",)))
    (balance,) = result.balances
    assert balance.usd_value is None
    assert balance.price_usd is None
    assert balance.price_status == "missing"
    assert balance.percentage == 0.0
    assert result.total_value_usd == 0


def test_debt_lowers_the_total() -> None:
    result = value(reading(("USDT", "spot", "100"), ("BTC", "margin", "-0.001"), prices={"USDT": "1", "BTC": "50000"}))
    assert result.total_value_usd == D("50.000")
    assert [balance.asset for balance in result.balances] == ["USDT", "BTC"]


def test_empty_account() -> None:
    result = value(reading(prices={}))
    assert result.balances == ()
    assert result.total_value_usd == 0


def test_nothing_is_rounded() -> None:
    result = value(reading(("X", "spot", "1234567890123456.00000001"), prices={"X": "0.123456789012345678"}))
    assert result.total_value_usd == D(f"{123456789012345600000001 * 123456789012345678}E-26")


QUANTITIES = st.decimals(min_value=D("0.00000001"), max_value=D("1e12"), places=8)


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), st.sampled_from(["spot", "funding"]), QUANTITIES)))
def test_total_is_the_sum_however_it_is_spread(holdings: list[tuple[str, str, Decimal]]) -> None:
    prices = {"A": D("0.37"), "B": D("1"), "C": D("94211.01")}
    result = value(
        AccountReading(0, tuple(Holding(a, w, q) for a, w, q in holdings), prices, {}, ()),
    )
    assert result.total_value_usd == sum((q * prices[a] for a, _, q in holdings), D(0))
    assert sum(balance.percentage for balance in result.balances) <= 100.0 + 1e-9
