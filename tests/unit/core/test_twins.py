"""The same event told twice is found, and two equal events stay two."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.core.records import T0, D, entry, movement

from dashboard_crypto.core.twins import FlowFact, echoes, manual_twins, statement_twins

HOUR = 3_600_000
HISTORY = "statement_transactions"
DAY = 24 * HOUR


def fact(
    key: str, usd: str | None, instant_ms: int = T0, asset: str | None = None, quantity: str | None = None
) -> FlowFact:
    """A flow to compare."""
    return FlowFact(key, instant_ms, asset, D(quantity) if quantity else None, D(usd) if usd else None)


@pytest.mark.parametrize(
    ("usd", "later_ms", "is_twin"),
    [
        ("1000", 0, True),
        ("1005", DAY, True),
        ("1005.02", 0, True),
        ("1005.02", DAY + 1, False),
        ("1005.1", 0, False),
        ("-1000", 0, False),
        ("995", -DAY, True),
        ("994", 0, False),
    ],
)
def test_manual_and_imported_twin_are_offered(usd: str, later_ms: int, is_twin: bool) -> None:
    found = manual_twins([fact("mine", "1000")], [fact("theirs", usd, T0 + later_ms)])
    assert bool(found) == is_twin


def test_twins_with_assets_compare_quantities() -> None:
    mine = fact("mine", "1", asset="BTC", quantity="0.5")
    assert manual_twins([mine], [fact("theirs", "30000", asset="BTC", quantity="0.501")])
    assert not manual_twins([mine], [fact("theirs", "1", asset="ETH", quantity="0.5")])
    assert manual_twins([fact("mine", "30000")], [fact("theirs", "30010", asset="BTC", quantity="0.5")])


def test_unvalued_flow_has_no_twin() -> None:
    assert not manual_twins([fact("mine", None)], [fact("theirs", "1000")])


def test_each_flow_has_at_most_one_twin_the_nearest() -> None:
    found = manual_twins(
        [fact("a", "100"), fact("b", "100", T0 + HOUR)],
        [fact("x", "100", T0 + HOUR), fact("y", "100", T0 + 2 * HOUR)],
    )
    assert {(twin.manual_key, twin.imported_key) for twin in found} == {("b", "x"), ("a", "y")}
    assert len(found) == 2


def test_interest_in_the_dividend_list_repeats_the_earn_list() -> None:
    reward = entry("locked_reward", amount="0.5").movements
    same = entry(
        "dividend", asset="BNB", amount="0.5", enInfo="Locked Products", divTime=1575018510000 + HOUR
    ).movements
    airdrop = entry("dividend", id=2, asset="BNB", amount="0.5", enInfo="Airdrop", divTime=1575018510000).movements
    assert echoes([*reward, *same, *airdrop]) == {same[0].key}


def test_two_equal_rewards_have_only_one_echo_each() -> None:
    reward = entry("locked_reward", amount="0.5").movements
    twice = [
        entry("dividend", id=n, asset="BNB", amount="0.5", enInfo="Locked", divTime=1575018510000).movements[0]
        for n in (1, 2)
    ]
    assert len(echoes([*reward, *twice])) == 1


def test_statement_row_of_a_recorded_trade_is_left_out() -> None:
    api = entry("trade").movements
    second = api[0].instant_ms // 1000 * 1000
    rows = [
        movement("BNB", "12", second, "trade", key="s1"),
        movement("BTC", "-48.000012", second, "trade", key="s2"),
        movement("BNB", "-10.1", second, "fee", key="s3"),
        movement("BNB", "12", second + 5000, "trade", key="s4"),
    ]
    assert statement_twins(rows, api) == {"s1", "s2", "s3"}


def test_statement_withdrawal_that_includes_its_fee_is_left_out() -> None:
    api = entry("withdrawal").movements
    merged = movement("USDT", "-8.914", api[0].instant_ms + 60_000, "withdrawal", key="s1")
    assert statement_twins([merged], api) == {"s1"}


def test_statement_deposit_is_found_by_its_transaction() -> None:
    api = entry("deposit").movements
    row = movement("BNB", "0.001", api[0].instant_ms + DAY, key="s1", source="statement_deposits", reference="98a3")
    assert statement_twins([row], api) == {"s1"}


def test_remark_is_no_transaction_id() -> None:
    api = [movement("BNB", "5", T0, "dividend", reference="Binance Earn")]
    row = movement("BNB", "7", T0, "dividend", key="s1", reference="Binance Earn")
    assert statement_twins([row], api) == frozenset()


def test_merged_fills_of_one_second_are_left_out() -> None:
    api = [movement("BTC", amount, T0 + offset, "trade", key=amount) for amount, offset in (("0.1", 100), ("0.2", 900))]
    assert statement_twins([movement("BTC", "0.3", T0, "trade", key="s1")], api) == {"s1"}


def test_two_equal_deposits_of_which_the_api_knows_one() -> None:
    api = [movement("USDT", "100", T0)]
    rows = [movement("USDT", "100", T0 + offset, key=f"s{offset}") for offset in (0, 600_000)]
    assert statement_twins(rows, api) == {"s0"}


def test_amounts_must_agree_exactly() -> None:
    api = [movement("USDT", "100", T0)]
    assert statement_twins([movement("USDT", Decimal("100.00000001"), T0, key="s1")], api) == frozenset()


def test_internal_move_is_told_as_a_whole() -> None:
    api = [movement("USDT", "-50", T0, "transfer"), movement("USDT", "50", T0, "transfer", "um_futures")]
    rows = [
        movement("USDT", "-50", T0, "transfer", key="s1", group="g"),
        movement("USDT", "50", T0 + 5000, "transfer", "um_futures", key="s2", group="g"),
    ]
    assert statement_twins(rows, api) == {"s1", "s2"}


def test_flexible_bonus_that_a_statement_tells_twice_counts_once() -> None:
    group = "statement:1:simple earn flexible - rewards income"
    earn = movement("USDC", "0.01", T0, "earn_reward", "earn_flexible", key="e", group=group, source=HISTORY)
    spot = movement("USDC", "0.01", T0 + HOUR, "earn_reward", "spot", key="s", source=HISTORY)
    other = movement("USDC", "0.02", T0, "earn_reward", "earn_flexible", key="o", group=group, source=HISTORY)
    assert echoes([earn, spot, other]) == {"e"}
