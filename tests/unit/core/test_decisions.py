"""A cash flow in parts adds up to the last digit, or is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.records import D

from dashboard_crypto.core.decisions import Decision, Split, SplitPart, checked_split, class_of, meaning
from dashboard_crypto.core.errors import InvalidInput

SIZES = st.decimals("0.00000001", "1000000", places=8)


def parts(*sizes: str) -> list[SplitPart]:
    """The first one external, the others not."""
    return [SplitPart(D(size), "income" if number else "external") for number, size in enumerate(sizes)]


def test_parts_that_add_up_are_taken_in_coins_or_in_usd() -> None:
    assert checked_split("quantity", parts("60", "40"), D(100), None).external_share == 60
    assert checked_split("amount_usd", parts("60.5", "39.6"), D(3), D("100.1")).external_share == D("60.5")
    assert checked_split("quantity", parts("1", "0.5"), D("-1.5"), D(-3)).quantity == D("-1.5")


@pytest.mark.parametrize(
    ("sizes", "code"),
    [(("60", "39.999999999999999999"), "split_sum"), (("100",), "count"), (("100", "0"), "sign"),
     (("101", "-1"), "sign"), (("1",) * 51, "count")],
)  # fmt: skip
def test_split_that_does_not_add_up_is_refused(sizes: tuple[str, ...], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_split("quantity", parts(*sizes), D(100), D(100))
    assert refused.value.code == code


def test_without_a_price_there_is_nothing_to_split_in_usd() -> None:
    with pytest.raises(InvalidInput, match="no price"):
        checked_split("amount_usd", parts("1", "2"), D(3), None)


@given(st.lists(SIZES, min_size=2, max_size=6), SIZES)
def test_shares_of_a_value_add_up_to_it(sizes: list[Decimal], price: Decimal) -> None:
    pieces = [SplitPart(size, "external") for size in sizes]
    whole = sum(sizes, Decimal(0))
    split = checked_split("quantity", pieces, whole, None)
    amount = whole * price
    assert split.worth(split.external_share, amount) == amount
    assert abs(sum(split.worth(size, amount) for size in sizes) - amount) <= abs(amount) * Decimal("1e-30")


def test_parts_in_usd_are_worth_what_was_said_while_the_price_stands() -> None:
    split = checked_split("amount_usd", parts("33.333333", "66.777777"), D(7), D("100.11111"))
    assert split.worth(D("33.333333"), D("100.11111")) == D("33.333333")
    assert split.worth(D("33.333333"), D("200.22222")) == D("66.666666")


def test_a_corrected_quantity_makes_the_parts_wait() -> None:
    split = Split("quantity", D(100), tuple(parts("60", "40")))
    assert split.applies_to(D("100.0"))
    assert not split.applies_to(D(101))


def test_meanings_and_classes() -> None:
    assert [meaning(name) for name in ("external", "income", "cost", "internal", "exchange")] == [
        "external", "performance", "performance", "internal", "internal",
    ]  # fmt: skip
    assert [class_of("performance", D(1)), class_of("performance", D(-1))] == ["income", "cost"]
    assert class_of("internal", D(1)) == "internal"


def test_a_decision_that_says_nothing_is_empty() -> None:
    assert Decision("deposit:1").is_empty
    assert not Decision("deposit:1", note="gift").is_empty
