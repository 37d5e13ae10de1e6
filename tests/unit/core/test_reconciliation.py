"""Our totals against the exchange's own: what agrees, what is marked, what we do not read."""

from __future__ import annotations

import pytest
from tests.unit.core.records import D

from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.reconciliation import Reconciliation, reconcile

BTC = D(50_000)
PRICES = {"BTC": BTC, "USDT": D(1)}


def check(theirs: dict[str, str], **ours: str) -> Reconciliation:
    """Compare USDT per wallet of ours with BTC per wallet of theirs."""
    holdings = [Holding("USDT", wallet, D(quantity)) for wallet, quantity in ours.items()]
    return reconcile(holdings, PRICES, {name: D(balance) for name, balance in theirs.items()}, BTC)


def test_wallets_agree_by_their_names() -> None:
    found = check(
        {"Spot": "0.02", "Earn": "0.01", "USDⓈ-M Futures": "0.002", "Funding": "0", "Trading Bots": "0"},
        spot="1000", earn_flexible="300", earn_locked="200", um_futures="100",
    )  # fmt: skip
    assert {line.wallet: line.gap_usd for line in found.lines} == dict.fromkeys(
        ("spot", "earn", "usd-m futures", "funding", "trading bots"), D(0)
    )
    assert found.gap_usd == 0
    assert not found.is_flagged
    assert found.unaccounted == ()


@pytest.mark.parametrize(
    ("ours", "is_flagged"), [("9950", False), ("9949.99", True), ("10050", False), ("10050.01", True)]
)
def test_gap_above_half_a_percent_marks_the_snapshot(ours: str, is_flagged: bool) -> None:
    assert check({"Spot": "0.2"}, spot=ours).is_flagged == is_flagged


@pytest.mark.parametrize(("ours", "is_flagged"), [("95", False), ("94.99", True)])
def test_gap_of_a_small_account_may_be_5_usd(ours: str, is_flagged: bool) -> None:
    assert check({"Spot": "0.002"}, spot=ours).is_flagged == is_flagged


def test_wallet_we_do_not_read_is_named() -> None:
    found = check({"Spot": "0.2", "Copy Trading": "0.01"}, spot="10000")
    assert found.unaccounted == ("copy trading",)
    assert found.gap_usd == D(500)
    assert found.is_flagged


def test_receipt_counted_twice_shows() -> None:
    assert check({"Spot": "0", "Earn": "0.02"}, spot="1000", earn_flexible="1000").gap_usd == D(-1000)


def test_wallets_of_which_they_say_nothing_are_compared_with_zero() -> None:
    found = check({}, spot="100")
    assert [(line.wallet, line.gap_usd, line.is_over) for line in found.lines] == [("spot", D(-100), True)]


def test_debt_and_isolated_pairs_are_summed() -> None:
    holdings = [Holding("BTC", "isolated:BTCUSDT", D("0.5")), Holding("USDT", "isolated:BTCUSDT", D(-5000))]
    found = reconcile(holdings, PRICES, {"Isolated Margin": D("0.4")}, BTC)
    assert found.gap_usd == 0


def test_unpriced_holdings_are_named_not_valued() -> None:
    found = reconcile([Holding("BUSD", "spot", D(7))], PRICES, {"Spot": D(0)}, BTC)
    assert found.unpriced == ("BUSD",)
    assert found.ours_usd == 0
