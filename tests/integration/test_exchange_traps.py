"""What an obvious reading of the exchange's answers gets wrong. Every test is named after its trap."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tests.entries import merge, movements_of
from tests.integration.exchange_world import World
from tests.integration.probe import (
    ACCOUNT,
    ACCOUNT_INFO,
    CM_FUTURES,
    DEPOSITS,
    EXCHANGE_INFO,
    FLEXIBLE,
    PORTFOLIO_MARGIN,
    PRICES,
    SYMBOLS,
    TICKER,
    UM_FUTURES,
    WALLET_TOTALS,
    WITHDRAWALS,
    account_info,
    balances,
    refusal,
    reply,
    symbol,
)

from dashboard_crypto.core import ledger
from dashboard_crypto.core.errors import ExchangeDown, MalformedAnswer
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.exchange.binance_trader import BinanceGateway

pytestmark = pytest.mark.usefixtures("no_secret_is_logged")
D = Decimal
FIAT_ORDERS = "/sapi/v1/fiat/orders"
FIAT_PAYMENTS = "/sapi/v1/fiat/payments"
P2P = "/sapi/v1/c2c/orderMatch/listUserOrderHistory"
TRANSFERS = "/sapi/v1/asset/transfer"
NOON_MS = 1_755_259_200_000


def held(gateway: BinanceGateway) -> dict[tuple[str, str], Decimal]:
    return {(holding.wallet, holding.asset): holding.quantity for holding in gateway.read_account().holdings}


def past(world: World, source: str) -> list[Mapping[str, Any]]:
    """Everything of one source, read from the beginning."""
    gateway, cursor, found = world.gateway(), None, list[Mapping[str, Any]]()
    for _ in range(500):
        page = gateway.read(source, cursor, NOON_MS)
        found += page.records
        cursor = page.cursor
        if page.done:
            return found
        world.pass_time(31)
    raise AssertionError("the history does not end")


def movements(world: World, source: str) -> list[Movement]:
    entries = merge(ledger.convert(source, row) for row in past(world, source))
    return list(movements_of(entries))


def positions(first: int, last: int, total: int) -> dict[str, Any]:
    rows = [{"asset": f"C{number}", "totalAmount": "1", "collateralAmount": "0"} for number in range(first, last)]
    return {"rows": rows, "total": total}


def test_trap_earn_page_2(world: World) -> None:
    """A page holds 10 rows unless asked, 100 at most; whoever has more has a second page."""
    world.probe.script(FLEXIBLE, reply(positions(0, 100, 130)), reply(positions(100, 130, 130)))
    assert sum(1 for wallet, _ in held(world.gateway()) if wallet == "earn_flexible") == 130
    pages = [asked.param("current") for asked in world.probe.asked if asked.path == FLEXIBLE]
    assert pages == ["1", "2"]


def test_trap_ldo_is_a_coin_and_ldusdt_is_a_receipt(world: World) -> None:
    world.probe.always(ACCOUNT, reply(balances(("LDO", "3"), ("LDUSDT", "75.46"))))
    position = {"asset": "USDT", "totalAmount": "75.46000000", "collateralAmount": "0"}
    world.probe.always(FLEXIBLE, reply({"rows": [position], "total": 1}))
    assert held(world.gateway()) == {("spot", "LDO"): D(3), ("earn_flexible", "USDT"): D("75.46")}


def deposit(number: int, status: int) -> dict[str, Any]:
    return {"id": str(number), "amount": "1", "coin": "BTC", "status": status, "txId": "t", "address": "a",
            "insertTime": NOON_MS - 1000 * number, "walletType": 0}  # fmt: skip


def test_trap_deposit_status_0_1_6(world: World) -> None:
    """1 is success and 6 is credited but cannot be withdrawn: both are in the balance. The others are not."""
    rows = [deposit(number, status) for number, status in enumerate((0, 1, 2, 6, 7, 8))]
    world.probe.script(DEPOSITS, reply(rows))
    assert [m.external_id for m in movements(world, "deposit")] == ["3", "1"]
    world.probe.script(DEPOSITS, reply(rows))
    now_ms = world.clock.now_ms()
    flows = world.gateway().external_flows(now_ms - 60_000 - (now_ms - NOON_MS), now_ms)
    assert {flow.external_id for flow in flows} == {"deposit:1", "deposit:3"}


def test_trap_apply_time_is_utc_text(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text has no zone; read as the machine's own time, a withdrawal would move by hours."""
    import time

    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    row = {"id": "w1", "amount": "8.91", "transactionFee": "0.004", "coin": "USDT", "status": 6, "txId": "t",
           "address": "a", "applyTime": "2025-08-15 11:12:02", "walletType": 0}  # fmt: skip
    world.probe.script(WITHDRAWALS, reply([row]))
    try:
        assert {m.instant_ms for m in movements(world, "withdrawal")} == {1_755_256_322_000}
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("source", "path"),
    [("fiat_deposit", FIAT_ORDERS), ("fiat_buy", FIAT_PAYMENTS), ("c2c", P2P)],
)
def test_trap_missing_data_when_total_is_0(world: World, source: str, path: str) -> None:
    empty = {"code": "000000", "message": "success", "success": True, "total": 0}
    world.probe.always(path, reply(empty))
    assert past(world, source) == []


def test_trap_missing_rows_when_total_is_0(world: World) -> None:
    world.probe.always(TRANSFERS, reply({"total": 0}))
    assert past(world, "transfer") == []


@pytest.mark.parametrize("answer", [{}, {"total": 3}, {"code": "000000", "success": True, "total": 2}, {"data": None}])
def test_trap_an_empty_answer_is_not_no_records(world: World, answer: dict[str, Any]) -> None:
    world.probe.always(FIAT_ORDERS, reply(answer))
    with pytest.raises(MalformedAnswer):
        past(world, "fiat_deposit")


def test_trap_success_false_with_http_200(world: World) -> None:
    world.probe.always(P2P, reply({"code": "-1", "message": "busy", "data": [], "total": 0, "success": False}))
    with pytest.raises(ExchangeDown):
        past(world, "c2c")


def test_trap_fiat_asks_with_begin_time(world: World) -> None:
    """`startTime` is ignored there without a word, and then only the last 30 days come back."""
    world.probe.always(FIAT_ORDERS, reply({"code": "000000", "success": True, "total": 0}))
    past(world, "fiat_deposit")
    asked = next(asked for asked in world.probe.asked if asked.path == FIAT_ORDERS)
    assert (asked.param("startTime"), asked.param("endTime"), asked.param("transactionType")) == (
        None,
        str(NOON_MS),
        "0",
    )
    assert int(asked.param("beginTime") or 0) < 1_500_000_000_000


def test_trap_fiat_minus_1127_falls_back_to_months(world: World) -> None:
    world.probe.script(FIAT_ORDERS, refusal(-1127, "Lookup interval is too big."))
    world.probe.always(FIAT_ORDERS, reply({"code": "000000", "success": True, "total": 0}))
    past(world, "fiat_withdrawal")
    assert world.probe.calls(FIAT_ORDERS) > 90


def futures(**quantities: str) -> dict[str, Any]:
    rows = [{"asset": asset, "walletBalance": quantity, "unrealizedProfit": "0", "availableBalance": "0.00026317"}
            for asset, quantity in quantities.items()]  # fmt: skip
    return {"assets": rows}


def test_trap_multi_assets_available_balance(world: World) -> None:
    """In multi-assets mode it shows, for every coin, what could be withdrawn as that coin: nobody owns that bitcoin."""
    world.probe.always(ACCOUNT_INFO, reply(account_info(futures=True)))
    world.probe.always(UM_FUTURES, reply(futures(BTC="0.00000000", USDT="25.00000000")))
    world.probe.always(CM_FUTURES, reply(futures()))
    found = held(world.gateway())
    assert {key: quantity for key, quantity in found.items() if key[0] == "um_futures"} == {("um_futures", "USDT"): 25}


def test_trap_portfolio_margin_debt(world: World) -> None:
    """Recorded: a total of 0 while 0.00014784 is owed."""
    parts = ("crossMarginAsset", "crossMarginBorrowed", "crossMarginInterest", "umWalletBalance", "umUnrealizedPNL",
             "cmWalletBalance", "cmUnrealizedPNL")  # fmt: skip
    row = {
        "asset": "USDT",
        "totalWalletBalance": "0.0",
        **dict.fromkeys(parts, "0"),
        "crossMarginBorrowed": "0.00014784",
    }
    world.probe.always(ACCOUNT_INFO, reply(account_info(portfolio=True, futures=True, margin=False)))
    world.probe.always(PORTFOLIO_MARGIN, reply([row]))
    assert held(world.gateway())["portfolio_margin", "USDT"] == D("-0.00014784")


def test_trap_frozen_break_price(world: World) -> None:
    """A pair that stopped trading keeps its last price for ever; some servers even list it among the live ones."""
    world.probe.always(ACCOUNT, reply(balances(("OLD", "5"))))
    world.probe.always(PRICES, reply([*TICKER, {"symbol": "OLDUSDT", "price": "55.80"}]))
    reading = world.gateway().read_account()
    assert reading.unpriced == ("OLD",)
    assert "OLD" not in reading.prices_usd
    asked = next(asked for asked in world.probe.asked if asked.path == PRICES)
    assert asked.param("symbolStatus") == "TRADING"


def test_trap_usdttry_inverted(world: World) -> None:
    world.probe.always(ACCOUNT, reply(balances(("TRY", "4000"))))
    reading = world.gateway().read_account()
    assert reading.prices_usd["TRY"] == D("0.025")
    assert reading.routes["TRY"] == "1/USDTTRY"


def test_trap_busd_unpriced(world: World) -> None:
    """It can be converted but is not traded; it used to be 1.00, and that is no price."""
    world.probe.always(EXCHANGE_INFO, reply({"symbols": [*SYMBOLS, symbol("BUSD", "USDT", "BREAK")]}))
    world.probe.always(ACCOUNT, reply(balances(("BUSD", "7"), ("BTC", "1"))))
    reading = world.gateway().read_account()
    assert reading.unpriced == ("BUSD",)


def test_trap_wallet_totals_are_in_bitcoin(world: World) -> None:
    rows = [
        {"activate": True, "balance": "0.5", "walletName": "Spot"},
        {"activate": True, "balance": "0", "walletName": "Funding"},
        {"activate": False, "balance": "0", "walletName": "Options"},
    ]
    world.probe.always(WALLET_TOTALS, reply(rows))
    assert world.gateway().wallet_totals_usd() == {"Spot": D(30000), "Funding": D(0)}
