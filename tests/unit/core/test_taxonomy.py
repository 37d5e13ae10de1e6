"""Which movements are cash flows, which are return, and what the owner may say about it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.unit.core.records import T0, D, entry, movement

from dashboard_crypto.core.decisions import Decision
from dashboard_crypto.core.ledger import SOURCES
from dashboard_crypto.core.movement import Kind
from dashboard_crypto.core.taxonomy import (
    CLASSES,
    Scope,
    classify,
    external_flow,
    external_parts,
    redemption_residues,
)

FLOWS = {
    "deposit", "withdrawal", "fiat_deposit", "fiat_withdrawal", "fiat_buy", "fiat_sell", "c2c", "pay", "sub_transfer",
    "sub_history",
}  # fmt: skip
HOUR = 3_600_000


def classes(source: str, **changes: Any) -> list[str]:
    """Classes of the parts of one sample record."""
    return [part.flow_class for part in classify(entry(source, **changes).movements).parts]


def test_every_kind_has_one_class() -> None:
    assert set(CLASSES) == set(get_args(Kind))


@pytest.mark.parametrize("source", SOURCES)
def test_only_money_from_or_to_outside_is_a_flow(source: str) -> None:
    assert ("external" in classes(source)) == (source in FLOWS)


def test_airdrop_is_return() -> None:
    assert classes("dividend", enInfo="XYZ airdrop") == ["income"]


def test_withdrawal_fee_is_return() -> None:
    flows = external_parts(classify(entry("withdrawal").movements).parts)
    assert [(part.quantity, part.movement.asset) for part in flows] == [(D("-8.91"), "USDT")]
    assert classes("withdrawal") == ["external", "cost"]


def test_cash_balance_buy_is_no_flow() -> None:
    assert classes("fiat_buy", paymentMethod="Cash Balance") == ["exchange", "exchange", "cost"]
    assert classes("fiat_buy", paymentMethod="Credit Card") == ["external"]


def test_sub_account_transfer_is_a_flow_unless_the_account_is_in_scope() -> None:
    moved = entry("sub_transfer").movements
    assert [part.flow_class for part in classify(moved).parts] == ["external"]
    together = Scope(accounts=frozenset({"sub@example.com"}))
    assert [part.flow_class for part in classify(moved, together).parts] == ["internal"]


def test_wallet_to_wallet_is_never_a_flow_while_both_are_valued() -> None:
    assert classes("transfer") == ["internal", "internal"]


def test_moving_coins_to_a_wallet_that_is_not_valued_is_a_flow() -> None:
    parts = classify(entry("transfer").movements, Scope(wallets=frozenset({"spot", "funding"}))).parts
    assert [(part.flow_class, part.quantity) for part in parts] == [("external", D(-1))]


def test_income_of_a_wallet_that_is_not_valued_is_nothing() -> None:
    assert classify(entry("um_income").movements, Scope(wallets=frozenset({"spot"}))).parts == ()


def test_isolated_pairs_are_one_wallet_of_the_scope() -> None:
    interest = entry("margin_interest").movements
    assert len(classify(interest, Scope(wallets=frozenset({"spot", "isolated"}))).parts) == 1


def test_loan_is_no_deposit() -> None:
    assert "external" not in classes("margin_loan")


def test_flow_has_the_key_of_its_record() -> None:
    flow = external_flow(external_parts(classify(entry("deposit").movements).parts)[0])
    assert (flow.external_id, flow.kind, flow.quantity) == ("deposit:769800519366885376", "deposit", D("0.001"))


def test_owner_may_reclassify_and_the_imported_class_stays() -> None:
    gift = entry("deposit").movements[0]
    part = classify([gift], decisions=[Decision(gift.key, "income", note="airdrop by hand")]).parts[0]
    assert (part.flow_class, part.imported_class) == ("income", "external")
    assert part.movement == gift


def test_what_the_owner_calls_a_flow_joins_the_flows_and_what_he_does_not_stays_among_them() -> None:
    refund = movement("BNB", "3", kind="dividend")
    gift = entry("deposit").movements[0]
    said = [Decision(refund.key, "external"), Decision(gift.key, "income")]
    parts = external_parts(classify([gift, refund], decisions=said).parts)
    assert {(part.key, part.flow_class) for part in parts} == {(refund.key, "external"), (gift.key, "income")}
    assert external_parts(classify([refund]).parts) == ()


def test_decision_about_a_missing_movement_is_shown() -> None:
    lost = Decision("deposit:gone", "income")
    assert classify([], decisions=[lost]).orphans == (lost,)


def test_redemption_residue_is_income() -> None:
    history = [
        movement("GAL", "10", T0, "earn_subscribe", "earn_flexible"),
        movement("GAL", "0.1", T0 + HOUR, "earn_reward", "earn_flexible"),
        movement("GAL", "-10.10158569", T0 + 2 * HOUR, "earn_redeem", "earn_flexible"),
        movement("GAL", "10.10158569", T0 + 2 * HOUR, "earn_redeem", "spot"),
    ]
    residues = redemption_residues(history)
    assert [(m.asset, m.amount, m.instant_ms) for m in residues] == [("GAL", D("0.00158569"), T0 + 2 * HOUR)]
    assert [part.flow_class for part in classify(residues).parts] == ["income"]


def test_redemption_of_an_unrecorded_position_is_not_income() -> None:
    assert redemption_residues([movement("GAL", "-10", T0, "earn_redeem", "earn_flexible")]) == ()


def test_residue_is_counted_once_per_position() -> None:
    history = [
        movement("GAL", "10", T0, "earn_subscribe", "earn_flexible"),
        movement("GAL", "-10.01", T0 + 1, "earn_redeem", "earn_flexible"),
        movement("GAL", "5", T0 + 2, "earn_subscribe", "earn_flexible"),
        movement("GAL", "-5", T0 + 3, "earn_redeem", "earn_flexible"),
    ]
    assert [m.amount for m in redemption_residues(history)] == [D("0.01")]
