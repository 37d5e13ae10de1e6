"""Every wallet counts what its owner would get out of it, once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.core.records import D

from dashboard_crypto.core.equity import (
    all_pages,
    cross_margin,
    flexible_loans,
    futures,
    isolated_margin,
    portfolio_margin,
)
from dashboard_crypto.core.errors import MalformedAnswer, PartialReading
from dashboard_crypto.core.model import Holding


def test_multi_assets_available_balance_is_not_money() -> None:
    account = {
        "assets": [
            {"asset": "BTC", "walletBalance": "0", "unrealizedProfit": "0", "availableBalance": "0.00026317"},
            {"asset": "USDT", "walletBalance": "23.72", "unrealizedProfit": "-1.5", "availableBalance": "126.7"},
        ]
    }
    assert futures(account, "um_futures") == (Holding("USDT", "um_futures", D("22.22")),)


def test_portfolio_margin_debt_is_subtracted() -> None:
    def row(asset: str, **some: str) -> dict[str, str]:
        zeros = dict.fromkeys(
            ("crossMarginAsset", "crossMarginBorrowed", "crossMarginInterest", "umWalletBalance", "umUnrealizedPNL"),
            "0",
        )
        return {"asset": asset, "cmWalletBalance": "0", "cmUnrealizedPNL": "0"} | zeros | some

    usdt = row("USDT", crossMarginAsset="30.6003261", umWalletBalance="105.43419058", crossMarginBorrowed="0.00011146")
    usdc = row("USDC", totalWalletBalance="0.0", crossMarginBorrowed="0.00014784")
    assert portfolio_margin([usdt | {"totalWalletBalance": "136.03451668"}, usdc]) == (
        Holding("USDT", "portfolio_margin", D("136.03440522")),
        Holding("USDC", "portfolio_margin", D("-0.00014784")),
    )


def test_margin_is_net_and_may_be_negative() -> None:
    account = {"userAssets": [{"asset": "BTC", "free": "1", "borrowed": "3", "interest": "0.1", "netAsset": "-2.1"}]}
    assert cross_margin(account) == (Holding("BTC", "margin", D("-2.1")),)
    pair = {
        "symbol": "BTCUSDT",
        "baseAsset": {"asset": "BTC", "netAsset": "1"},
        "quoteAsset": {"asset": "USDT", "netAsset": "-5"},
    }
    assert isolated_margin({"assets": [pair]}) == (
        Holding("BTC", "isolated:BTCUSDT", D(1)),
        Holding("USDT", "isolated:BTCUSDT", D(-5)),
    )


def test_a_second_page_is_not_forgotten() -> None:
    def page(*assets: str) -> dict[str, Any]:
        return {"total": 3, "rows": [{"asset": asset, "totalAmount": "1"} for asset in assets]}

    assert len(all_pages([page("A", "B"), page("C")])) == 3
    with pytest.raises(PartialReading, match="2 of 3"):
        all_pages([page("A", "B")])
    assert all_pages([{"total": 0}]) == ()


def test_loan_is_collateral_and_debt() -> None:
    order = {"loanCoin": "USDT", "totalDebt": "100", "collateralCoin": "BNB", "collateralAmount": "2"}
    assert flexible_loans([order]) == (Holding("BNB", "loan", D(2)), Holding("USDT", "loan", D(-100)))


def test_account_without_its_list_is_refused() -> None:
    with pytest.raises(MalformedAnswer):
        cross_margin({})
