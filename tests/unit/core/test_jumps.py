"""A change that no record explains is noticed; a change of price or a recorded one is not."""

from __future__ import annotations

import pytest
from tests.unit.core.records import T0, D, movement

from dashboard_crypto.core.jumps import Jump, Reading, find_jump
from dashboard_crypto.core.movement import Movement

PRICES = {"BTC": D(50_000), "USDT": D(1)}


def jump(before: dict[str, str], after: dict[str, str], *movements: Movement) -> Jump | None:
    """Compare two readings a minute apart."""
    first, second = (
        Reading(instant, {asset: D(quantity) for asset, quantity in held.items()})
        for instant, held in ((T0, before), (T0 + 60_000, after))
    )
    return find_jump(first, second, PRICES, movements)


def test_unexplained_jump_of_300_usdt_is_suggested() -> None:
    found = jump({"USDT": "1000", "BTC": "0.1"}, {"USDT": "1300", "BTC": "0.1"})
    assert found is not None
    assert (found.asset, found.quantity, found.amount_usd) == ("USDT", D(300), D(300))
    assert (found.after_ms, found.until_ms) == (T0, T0 + 60_000)


def test_recorded_deposit_is_no_jump() -> None:
    assert jump({"USDT": "1000"}, {"USDT": "1300"}, movement("USDT", "300", T0 + 1)) is None


@pytest.mark.parametrize(
    ("instant_ms", "is_jump"), [(T0, True), (T0 + 1, False), (T0 + 60_000, False), (T0 + 60_001, True)]
)
def test_only_records_of_the_interval_explain_it(instant_ms: int, is_jump: bool) -> None:
    assert (jump({"USDT": "1000"}, {"USDT": "1300"}, movement("USDT", "300", instant_ms)) is not None) == is_jump


def test_late_record_of_a_trade_is_no_jump() -> None:
    assert jump({"USDT": "50000"}, {"BTC": "0.9995"}) is None


@pytest.mark.parametrize(("after", "is_jump"), [("1025", False), ("1025.01", True), ("975", False), ("974.99", True)])
def test_up_to_25_usd_is_no_jump(after: str, is_jump: bool) -> None:
    assert (jump({"USDT": "1000"}, {"USDT": after}) is not None) == is_jump


@pytest.mark.parametrize(("after", "is_jump"), [("102000", False), ("102000.01", True)])
def test_up_to_2_percent_is_no_jump(after: str, is_jump: bool) -> None:
    assert (jump({"USDT": "100000"}, {"USDT": after}) is not None) == is_jump


def test_loss_of_a_coin_is_suggested_as_a_withdrawal() -> None:
    found = jump({"BTC": "0.5"}, {"BTC": "0.2"})
    assert found is not None
    assert (found.asset, found.quantity, found.amount_usd) == ("BTC", D("-0.3"), D(-15000))


def test_several_assets_at_once_suggest_an_amount_only() -> None:
    found = jump({"USDT": "1000"}, {"USDT": "1500", "BTC": "0.1"})
    assert found is not None
    assert (found.asset, found.quantity, found.amount_usd) == (None, None, D(5500))
    assert [part.asset for part in found.parts] == ["BTC", "USDT"]


def test_dust_beside_the_jump_does_not_hide_its_coin() -> None:
    found = jump({"USDT": "1000", "BTC": "0.1"}, {"USDT": "1300", "BTC": "0.10001"})
    assert found is not None
    assert found.asset == "USDT"


def test_coin_without_a_price_is_listed_beside_a_jump() -> None:
    found = jump({"USDT": "1000"}, {"USDT": "1300", "ODD": "5"})
    assert found is not None
    assert [(part.asset, part.amount_usd) for part in found.parts] == [("USDT", D(300)), ("ODD", None)]
