"""Margin, futures, portfolio margin and loans: read where they exist, net of debt, nothing twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.integration.exchange_world import World
from tests.integration.probe import (
    ACCOUNT,
    ACCOUNT_INFO,
    CM_FUTURES,
    FLEXIBLE,
    FUNDING,
    ISOLATED,
    LOANS,
    LOCKED,
    MARGIN,
    PORTFOLIO_MARGIN,
    PRICES,
    RESTRICTIONS,
    UM_FUTURES,
    Probe,
    Reply,
    account_info,
    balances,
    permissions,
    refusal,
    reply,
)

from dashboard_crypto.core.errors import PartialReading
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.endpoints import ENDPOINTS

pytestmark = pytest.mark.usefixtures("no_secret_is_logged")
D = Decimal
DAY_S = 86_400


def margin_account(**net: str) -> dict[str, Any]:
    """Assets by name with their net value; half as much again is borrowed."""
    rows = [{"asset": asset, "free": "1", "locked": "0", "borrowed": "0.5", "interest": "0", "netAsset": quantity}
            for asset, quantity in net.items()]  # fmt: skip
    return {"totalNetAssetOfBtc": "0", "userAssets": rows}


def isolated_account() -> dict[str, Any]:
    base, quote = {"asset": "ETH", "netAsset": "0.5"}, {"asset": "USDT", "netAsset": "-200"}
    return {"assets": [{"symbol": "ETHUSDT", "baseAsset": base, "quoteAsset": quote}]}


def futures_account(**wallet: tuple[str, str]) -> dict[str, Any]:
    rows = [{"asset": asset, "walletBalance": balance, "unrealizedProfit": profit, "availableBalance": "999"}
            for asset, (balance, profit) in wallet.items()]  # fmt: skip
    return {"availableBalance": "12345", "assets": rows, "positions": []}


def open_everything(probe: Probe) -> None:
    probe.always(ACCOUNT_INFO, reply(account_info(margin=True, futures=True)))
    probe.always(MARGIN, reply(margin_account(BTC="0.25", USDT="-1000")))
    probe.always(ISOLATED, reply(isolated_account()))
    probe.always(UM_FUTURES, reply(futures_account(USDT=("500", "-20"))))
    probe.always(CM_FUTURES, reply(futures_account(BTC=("0.1", "0.01"))))


def held(gateway: BinanceGateway) -> dict[tuple[str, str], Decimal]:
    return {(holding.wallet, holding.asset): holding.quantity for holding in gateway.read_account().holdings}


def test_every_wallet_is_read_net_of_debt_and_profit(world: World) -> None:
    open_everything(world.probe)
    found = held(world.gateway())
    assert found == {
        ("spot", "BTC"): D(1), ("spot", "USDT"): D(100), ("margin", "BTC"): D("0.25"), ("margin", "USDT"): D(-1000),
        ("isolated:ETHUSDT", "ETH"): D("0.5"), ("isolated:ETHUSDT", "USDT"): D(-200), ("um_futures", "USDT"): D(480),
        ("cm_futures", "BTC"): D("0.11"),
    }  # fmt: skip


def test_a_spot_only_account_pays_for_nothing_else(world: World) -> None:
    gateway = world.warm()
    gateway.read_account()
    assert [asked.path for asked in world.probe.asked] == [ACCOUNT, FUNDING, FLEXIBLE, LOCKED, PRICES]
    assert ENDPOINTS["account"].weight + ENDPOINTS["prices"].weight == 24


def test_each_further_wallet_costs_one_question_of_its_published_weight(world: World) -> None:
    open_everything(world.probe)
    gateway = world.warm()
    gateway.read_account()
    further = {MARGIN, ISOLATED, UM_FUTURES, CM_FUTURES}
    asked = [asked.path for asked in world.probe.asked]
    assert sorted(asked) == sorted([ACCOUNT, FUNDING, FLEXIBLE, LOCKED, PRICES, *further])
    weights = {ENDPOINTS[name].weight for name in ("margin", "isolated", "um_futures", "cm_futures")}
    assert weights == {10, 5}


def test_which_wallets_exist_is_asked_once_a_day(world: World) -> None:
    gateway = world.warm()
    world.clock.advance(DAY_S - 60)
    gateway.read_account()
    assert world.probe.calls(ACCOUNT_INFO) == 0
    open_everything(world.probe)
    world.clock.advance(120)
    assert ("um_futures", "USDT") in held(gateway)
    assert world.probe.calls(ACCOUNT_INFO) == 1


@pytest.mark.parametrize("answer", [refusal(-1000, "no", 500), Reply(b""), reply({"isMarginEnabled": "yes"})])
def test_wallets_that_are_not_known_make_the_first_reading_partial_and_no_later_one(
    world: World, answer: Reply
) -> None:
    open_everything(world.probe)
    world.probe.script(ACCOUNT_INFO, answer)
    gateway = world.gateway()
    with pytest.raises(PartialReading, match="wallets are not known"):
        gateway.read_account()
    gateway.read_account()
    world.clock.advance(DAY_S + 60)
    world.probe.script(ACCOUNT_INFO, answer)
    assert ("um_futures", "USDT") in held(gateway)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (UM_FUTURES, refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)),
        (CM_FUTURES, refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)),
        (MARGIN, refusal(-3003, "Margin account does not exist.")),
        (MARGIN, refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)),
        (ISOLATED, refusal(-11001, "Isolated margin account doesn't exist.")),
        (CM_FUTURES, Reply(b"<html></html>", 404)),
    ],
)
def test_an_absent_wallet_is_not_a_failure(world: World, path: str, answer: Reply) -> None:
    open_everything(world.probe)
    world.probe.always(path, answer)
    gateway = world.gateway()
    assert len({wallet.split(":")[0] for wallet, _ in held(gateway)}) == 4
    asked = world.probe.calls(path)
    held(gateway)
    assert world.probe.calls(path) == asked


def test_a_refusal_that_contradicts_the_permissions_is_a_failure(world: World) -> None:
    open_everything(world.probe)
    world.probe.always(RESTRICTIONS, reply(permissions(enableFutures=True)))
    world.probe.always(UM_FUTURES, refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401))
    with pytest.raises(PartialReading, match="USD-M futures"):
        world.gateway(allow_trading_key=True).read_account()


@pytest.mark.parametrize("path", [MARGIN, ISOLATED, UM_FUTURES, CM_FUTURES])
@pytest.mark.parametrize("answer", [refusal(-2015, "no", 401), refusal(-1000, "no", 500), reply({}), reply([])])
def test_a_wallet_that_was_read_is_never_left_out(world: World, path: str, answer: Reply) -> None:
    open_everything(world.probe)
    gateway = world.warm()
    world.probe.script(path, answer)
    with pytest.raises(PartialReading):
        gateway.read_account()
    gateway.read_account()


PM_ROWS = [
    {
        "asset": "USDT", "totalWalletBalance": "136.03451668", "crossMarginAsset": "105.43419058",
        "crossMarginBorrowed": "0.00011146", "crossMarginFree": "105.43419058", "crossMarginInterest": "0.00000001",
        "crossMarginLocked": "0", "umWalletBalance": "30.6003261", "umUnrealizedPNL": "-1.5", "cmWalletBalance": "0",
        "cmUnrealizedPNL": "0", "updateTime": 0, "negativeBalance": "0",
    },
]  # fmt: skip


def test_portfolio_margin_debt_is_subtracted_and_its_parts_are_not_read_again(world: World) -> None:
    """`totalWalletBalance` ignores what is owed."""
    open_everything(world.probe)
    world.probe.always(ACCOUNT_INFO, reply(account_info(margin=True, futures=True, portfolio=True)))
    world.probe.always(PORTFOLIO_MARGIN, reply(PM_ROWS))
    found = held(world.gateway())
    assert found["portfolio_margin", "USDT"] == D("134.53440521")
    assert {wallet.split(":")[0] for wallet, _ in found} == {"spot", "isolated", "portfolio_margin"}
    assert [world.probe.calls(path) for path in (UM_FUTURES, CM_FUTURES, MARGIN)] == [0, 0, 0]


def position(asset: str, quantity: str, pledged: str) -> dict[str, Any]:
    return {"rows": [{"asset": asset, "totalAmount": quantity, "collateralAmount": pledged}], "total": 1}


def loan(collateral: str, debt: str) -> dict[str, Any]:
    row = {"loanCoin": "USDT", "totalDebt": debt, "collateralCoin": "BTC", "collateralAmount": collateral}
    return {"rows": [row], "total": 1}


def test_a_loan_on_an_earn_position_counts_the_debt_and_the_collateral_once(world: World) -> None:
    world.probe.always(FLEXIBLE, reply(position("BTC", "2", "1.5")))
    world.probe.always(LOANS, reply(loan("1.5", "30000")))
    found = held(world.gateway())
    assert found["earn_flexible", "BTC"] == 2
    assert found["loan", "USDT"] == -30000
    assert ("loan", "BTC") not in found


def test_collateral_that_is_in_no_position_counts_too(world: World) -> None:
    world.probe.always(FLEXIBLE, reply(position("BTC", "2", "1")))
    world.probe.always(LOANS, reply(loan("1.5", "30000")))
    assert held(world.gateway())["loan", "BTC"] == D("0.5")


def test_loans_are_asked_for_daily_and_whenever_something_is_pledged(world: World) -> None:
    gateway = world.warm()
    gateway.read_account()
    assert world.probe.calls(LOANS) == 0
    world.clock.advance(DAY_S + 1)
    gateway.read_account()
    assert world.probe.calls(LOANS) == 1
    world.probe.always(FLEXIBLE, reply(position("BTC", "2", "1")))
    world.probe.always(LOANS, reply(loan("1", "30000")))
    for _ in range(2):
        assert held(gateway)["loan", "USDT"] == -30000
    world.probe.script(LOANS, refusal(-1000, "no", 500))
    with pytest.raises(PartialReading, match="loans"):
        gateway.read_account()


@pytest.mark.parametrize("answer", [Reply(b"<html></html>", 404), refusal(-2015, "no", 401)])
def test_loans_that_nobody_offers_are_no_failure(world: World, answer: Reply) -> None:
    world.probe.always(LOANS, answer)
    gateway = world.warm()
    gateway.read_account()
    assert world.probe.calls(LOANS) == 0


def test_a_second_page_of_loans_is_read_and_a_missing_one_is_missed(world: World) -> None:
    rows = [loan("0", "1")["rows"][0]] * 150
    world.probe.script(LOANS, reply({"rows": rows[:100], "total": 150}), reply({"rows": rows[100:], "total": 150}))
    assert sum(q for (wallet, _), q in held_list(world.gateway()) if wallet == "loan") == -150
    world.probe.script(LOANS, reply({"rows": rows[:100], "total": 150}), reply({"rows": [], "total": 150}))
    with pytest.raises(PartialReading):
        world.gateway().read_account()


def held_list(gateway: BinanceGateway) -> list[tuple[tuple[str, str], Decimal]]:
    return [((holding.wallet, holding.asset), holding.quantity) for holding in gateway.read_account().holdings]


def test_the_same_coin_owed_in_one_wallet_and_held_in_another_is_priced(world: World) -> None:
    open_everything(world.probe)
    world.probe.always(ACCOUNT, reply(balances(("BTC", "1"))))
    world.probe.always(MARGIN, reply(margin_account(ETH="-0.5")))
    reading = world.gateway().read_account()
    assert reading.prices_usd["ETH"] == 3000
    assert sum(h.quantity for h in reading.holdings if h.asset == "ETH") == 0
