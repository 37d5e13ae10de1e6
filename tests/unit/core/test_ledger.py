"""What each record of the exchange means, trap by trap."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.entries import merge, movements_of
from tests.unit.core.records import CONTEXT, SAMPLES, D, entry, legs

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.ledger import SOURCES, convert, is_receipt, records_of
from dashboard_crypto.core.movement import Context

EXPECTED = {
    "deposit": [("BNB", "0.001", "spot", "deposit")],
    "withdrawal": [("USDT", "-8.91", "funding", "withdrawal"), ("USDT", "-0.004", "funding", "withdrawal_fee")],
    "fiat_deposit": [("BRL", "10", "spot", "fiat_deposit")],
    "fiat_withdrawal": [("EUR", "-99.2", "spot", "fiat_withdrawal"), ("EUR", "-0.8", "spot", "withdrawal_fee")],
    "fiat_buy": [("LUNA", "4.462", "spot", "card_buy")],
    "fiat_sell": [("LUNA", "-4.462", "spot", "card_sell")],
    "c2c": [("BUSD", "-5000", "funding", "p2p_sell")],
    "pay": [("BNB", "23.72469206", "funding", "pay_in")],
    "sub_transfer": [("BNB", "0.01", "spot", "sub_transfer_in")],
    "sub_history": [("BTC", "1", "spot", "sub_transfer_in")],
    "trade": [("BNB", "12", "spot", "trade"), ("BTC", "-48.000012", "spot", "trade"), ("BNB", "-10.1", "spot", "fee")],
    "convert": [("USDT", "-20", "spot", "convert"), ("BNB", "0.06154036", "spot", "convert")],
    "dust": [
        ("USDT", "-0.0009", "spot", "dust"),
        ("BNB", "0.000441", "spot", "dust"),
        ("ATOM", "-0.0009", "spot", "dust"),
        ("BNB", "0.00088156", "spot", "dust"),
    ],
    "dividend": [("BHFT", "10", "spot", "dividend")],
    "rebate": [("USDT", "0.0001126", "spot", "rebate")],
    "transfer": [("USDT", "-1", "spot", "transfer"), ("USDT", "1", "um_futures", "transfer")],
    "margin_interest": [("USDT", "-0.00024995", "isolated:BTCUSDT", "interest")],
    "margin_loan": [("BNB", "14", "margin", "loan"), ("BNB", "-14", "margin", "loan")],
    "um_income": [("USDT", "-0.375", "um_futures", "futures_income")],
    "cm_income": [("BTC", "0.01", "cm_futures", "futures_income")],
    "flexible_subscription": [
        ("USDT", "-30", "spot", "earn_subscribe"),
        ("USDT", "-70", "funding", "earn_subscribe"),
        ("USDT", "100", "earn_flexible", "earn_subscribe"),
    ],
    "flexible_redemption": [
        ("USDT", "-10.54", "earn_flexible", "earn_redeem"),
        ("USDT", "10.54", "spot", "earn_redeem"),
    ],
    "flexible_reward": [("BUSD", "0.00006408", "earn_flexible", "earn_reward")],
    "locked_subscription": [
        ("BNB", "-21312.23223", "spot", "earn_subscribe"),
        ("BNB", "21312.23223", "earn_locked", "earn_subscribe"),
    ],
    "locked_redemption": [
        ("BNB", "-99.5", "earn_locked", "earn_redeem"),
        ("BNB", "99.5", "spot", "earn_redeem"),
        ("BNB", "-0.5", "earn_locked", "earn_loss"),
    ],
    "locked_reward": [("BNB", "21312.23223", "spot", "earn_reward")],
    "soft_staking_reward": [("SOL", "0.1", "spot", "staking_reward")],
    "boost_reward": [("SOL", "1.20291028", "spot", "staking_reward")],
    "eth_staking": [("ETH", "-21.6", "spot", "stake"), ("WBETH", "20.5", "spot", "stake")],
    "eth_redemption": [
        ("WBETH", "-21.3", "spot", "stake"),
        ("ETH", "22.4", "in_transit", "stake"),
        ("ETH", "-22.4", "in_transit", "stake"),
        ("ETH", "22.4", "spot", "stake"),
    ],
    "sol_staking": [("SOL", "-21.3", "spot", "stake"), ("BNSOL", "20.1", "spot", "stake")],
    "sol_redemption": [("BNSOL", "-20.1", "spot", "stake"), ("SOL", "21.3", "spot", "stake")],
    "wbeth_wrap": [("BETH", "-21.3", "spot", "stake"), ("WBETH", "20.3", "spot", "stake")],
    "wbeth_unwrap": [("WBETH", "-20.3", "spot", "stake"), ("BETH", "21.3", "spot", "stake")],
}


def test_every_source_has_a_sample_and_an_expectation() -> None:
    assert SOURCES.keys() == SAMPLES.keys() == EXPECTED.keys()


@pytest.mark.parametrize("source", SOURCES)
def test_record_becomes_exact_movements(source: str) -> None:
    wanted = [(asset, D(amount), wallet, kind) for asset, amount, wallet, kind in EXPECTED[source]]
    assert legs(entry(source)) == wanted
    keys = [movement.key for movement in entry(source).movements]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("status", "state"),
    [(0, "pending"), (1, "booked"), (2, "void"), (6, "booked"), (7, "void"), (8, "pending"), (99, "pending")],
)
def test_deposit_counts_with_status_1_and_6_only(status: int, state: str) -> None:
    assert entry("deposit", status=status).state == state


@pytest.mark.parametrize(
    ("status", "state"),
    [(0, "pending"), (1, "void"), (2, "booked"), (3, "void"), (4, "booked"), (5, "void"), (6, "booked")],
)
def test_withdrawal_status_is_not_deposit_status(status: int, state: str) -> None:
    assert entry("withdrawal", status=status).state == state


def test_apply_time_is_utc_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert entry("withdrawal").movements[0].instant_ms == 1570878722000
    finally:
        monkeypatch.undo()
        time.tzset()


def test_apply_time_of_old_rows_is_milliseconds() -> None:
    assert entry("withdrawal", applyTime=1570878722000).movements[0].instant_ms == 1570878722000


def test_deposit_counts_when_credited_not_when_first_seen() -> None:
    assert entry("deposit").movements[0].instant_ms == 1661493246000
    assert entry("deposit", completeTime=None).movements[0].instant_ms == 1661493146000


def test_old_deposit_without_id_still_has_one_key() -> None:
    first, again = entry("deposit", id=None), entry("deposit", id=None)
    other = entry("deposit", id=None, txId="another")
    assert first.record_key == again.record_key != other.record_key
    assert first.record_key.startswith("deposit:")


@pytest.mark.parametrize(
    "status",
    ["Processing", "Failed", "Refunding", "Refunded", "Refund Failed", "Order Partial credit Stopped", "Expired"],
)
def test_fiat_order_counts_when_successful_or_finished(status: str) -> None:
    assert entry("fiat_deposit", status=status).movements == ()
    assert entry("fiat_deposit", status="Finished").movements


def test_cash_balance_buy_is_a_conversion_not_a_deposit() -> None:
    assert legs(entry("fiat_buy", paymentMethod="Cash Balance")) == [
        ("EUR", D("-19.8"), "spot", "convert"),
        ("LUNA", D("4.462"), "spot", "convert"),
        ("EUR", D("-0.2"), "spot", "fee"),
    ]


def test_cash_balance_buy_with_the_fee_on_top() -> None:
    found = legs(entry("fiat_buy", paymentMethod="Cash Balance", sourceAmount="19.8"))
    assert sum((amount for asset, amount, _, _ in found if asset == "EUR"), D(0)) == D("-20.0")


def test_card_sell_finds_the_coins_by_the_price() -> None:
    swapped = entry("fiat_sell", sourceAmount="4.462", obtainAmount="19.8")
    assert legs(swapped) == legs(entry("fiat_sell")) == [("LUNA", D("-4.462"), "spot", "card_sell")]


def test_p2p_buy_is_money_in_and_its_fee_a_cost() -> None:
    bought = entry("c2c", tradeType="BUY", commission="2", advertisementRole="MAKER")
    assert legs(bought) == [("BUSD", D(5000), "funding", "p2p_buy"), ("BUSD", D(-2), "funding", "fee")]


@pytest.mark.parametrize(
    ("status", "state"),
    [("CANCELLED", "void"), ("CANCELLED_BY_SYSTEM", "void"), ("TRADING", "pending"), ("IN_APPEAL", "pending")],
)
def test_p2p_counts_only_completed(status: str, state: str) -> None:
    assert entry("c2c", orderStatus=status).state == state


def test_pay_direction_comes_from_who_the_payer_is() -> None:
    me, other = {"binanceId": 354937868}, {"binanceId": "12345678"}
    assert legs(entry("pay", payerInfo=me, receiverInfo=other)) == [("USDT", D("-1.2"), "funding", "pay_out")]
    assert legs(entry("pay", payerInfo=other, receiverInfo=me)) == [("BNB", D("23.72469206"), "funding", "pay_in")]


def test_pay_without_names_goes_by_the_sign() -> None:
    nobody: dict[str, Any] = {"payerInfo": None, "receiverInfo": None, "fundsDetail": None, "walletType": 2}
    assert legs(entry("pay", amount="-5", **nobody)) == [("BNB", D(-5), "spot", "pay_out")]
    assert legs(entry("pay", amount="5", **nobody)) == [("BNB", D(5), "spot", "pay_in")]


def test_fee_of_a_trade_may_be_in_a_third_asset() -> None:
    sold = entry("trade", symbol="BTCUSDT", isBuyer=False, qty="1", quoteQty="50000", commission="0.075")
    assert legs(sold) == [
        ("BTC", D(-1), "spot", "trade"),
        ("USDT", D(50000), "spot", "trade"),
        ("BNB", D("-0.075"), "spot", "fee"),
    ]
    assert [movement.is_fee for movement in sold.movements] == [False, False, True]


def test_trade_of_an_unknown_pair_stops_its_page() -> None:
    with pytest.raises(MalformedAnswer, match="unknown pair OLDUSDT"):
        entry("trade", symbol="OLDUSDT")


def test_same_trade_number_of_two_symbols_is_two_trades() -> None:
    assert entry("trade").record_key != entry("trade", symbol="BTCUSDT").record_key


def test_dust_books_what_arrived_net_of_the_charge() -> None:
    arrived = [m.amount for m in entry("dust").movements if m.asset == "BNB"]
    assert sum(arrived) == D("0.00132256")


def test_income_number_is_unique_within_its_type_only() -> None:
    keys = {
        entry("um_income", incomeType=kind, symbol=symbol).record_key
        for kind in ("FUNDING_FEE", "COMMISSION")
        for symbol in ("BTCUSDT", "ETHUSDT")
    }
    assert len(keys) == 4


def test_futures_transfer_in_the_income_list_is_not_counted_again() -> None:
    assert entry("um_income", incomeType="TRANSFER").state == "void"


def test_transfer_routes_name_both_wallets() -> None:
    route = entry("transfer", type="ISOLATEDMARGIN_MAIN", fromSymbol="BTCUSDT")
    assert [(m.wallet, m.amount) for m in route.movements] == [("isolated:BTCUSDT", D(-1)), ("spot", D(1))]
    opened = entry("transfer", type="MAIN_ISOLATED_MARGIN", toSymbol="BTCUSDT")
    assert [m.wallet for m in opened.movements] == ["spot", "isolated:BTCUSDT"]
    both = entry("transfer", type="MAIN_PORTFOLIO_MARGIN")
    assert [m.wallet for m in both.movements] == ["spot", "portfolio_margin"]
    with pytest.raises(MalformedAnswer, match="MAIN_MOON"):
        entry("transfer", type="MAIN_MOON")


def test_staking_redemption_under_way_is_owned_in_transit() -> None:
    found = entry("eth_redemption", status="PENDING").movements
    assert [(m.wallet, m.instant_ms) for m in found[1:]] == [
        ("in_transit", 1575018510000),
        ("in_transit", 1575450510000),
        ("spot", 1575450510000),
    ]


def test_subscription_names_only_its_source_account() -> None:
    found = entry("flexible_subscription", amtFromSpot=None, amtFromFunding=None, sourceAccount="FUNDING")
    assert [(m.wallet, m.amount) for m in found.movements] == [("funding", D(-100)), ("earn_flexible", D(100))]


@pytest.mark.parametrize("asset", ["LDUSDT", "LDBAKET", "LDBTC"])
def test_ldusdt_is_a_receipt(asset: str) -> None:
    assert is_receipt(asset, {"LDO", "BTC", "USDT"})


@pytest.mark.parametrize("asset", ["LDO", "BTC", "LD"])
def test_ldo_is_a_coin(asset: str) -> None:
    assert not is_receipt(asset, {"LDO", "BTC", "USDT"})


def test_two_rewards_of_one_moment_are_two() -> None:
    for source, name in (("flexible_reward", "rewards"), ("rebate", "amount"), ("locked_reward", "amount")):
        assert entry(source).record_key != entry(source, **{name: "7"}).record_key
        assert entry(source, **{name: "7.00"}).record_key == entry(source, **{name: "7"}).record_key


def test_answer_that_says_it_failed_holds_no_records() -> None:
    with pytest.raises(MalformedAnswer, match="failed"):
        records_of({"code": "000001", "success": False, "data": []})


def test_missing_data_when_total_is_0_means_no_records() -> None:
    assert records_of({"code": "000000", "message": "success", "success": True}) == []
    assert records_of({"code": "000000", "message": "success", "success": True, "total": 0}) == []
    assert records_of({"total": "0"}) == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"total": 3},
        {"data": "x"},
        {"rows": [1]},
        None,
        "",
        {"success": True},
        {"code": "000000", "success": True, "total": 2},
    ],
)
def test_silence_is_not_no_records(answer: object) -> None:
    with pytest.raises(MalformedAnswer):
        records_of(answer)


def test_records_are_found_in_every_envelope() -> None:
    row = {"id": "1"}
    for answer in (
        [row],
        {"rows": [row], "total": 1},
        {"data": [row]},
        {"list": [row]},
        {"result": [row]},
        {"userAssetDribblets": [row]},
        {"data": {"page": 1, "data": [row]}},
    ):
        assert records_of(answer) == [row]


@pytest.mark.parametrize(
    "broken",
    [
        {"amount": "NaN"},
        {"amount": "-1"},
        {"amount": 0.1},
        {"amount": None},
        {"coin": ""},
        {"insertTime": None, "completeTime": None},
        {"completeTime": "soon"},
        {"amount": True},
    ],
)
def test_unreadable_record_stops_its_page(broken: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswer):
        entry("deposit", **broken)


def test_types_that_drift_are_read_alike() -> None:
    drifted = entry("deposit", id=769800519366885376, status="1", amount=D("0.001"), completeTime="1661493246000")
    assert drifted.movements == entry("deposit").movements


def test_ids_above_2_to_the_53_stay_exact() -> None:
    assert entry("transfer", tranId=8082457372019390061).movements[0].external_id == "8082457372019390061"


def test_asset_may_look_like_a_number_or_be_chinese() -> None:
    assert entry("deposit", coin=456).movements[0].asset == "456"
    assert entry("deposit", coin="币安人生").movements[0].asset == "币安人生"


def test_pending_records_are_told_from_those_that_never_count() -> None:
    found = merge([entry("deposit", status=0), entry("withdrawal", status=1)])
    assert {key: one.state for key, one in found.items()} == {
        "deposit:769800519366885376": "pending", "withdrawal:b6ae22b3": "void",
    }  # fmt: skip
    assert movements_of(found) == ()


def test_later_reading_wins_whatever_it_says() -> None:
    early, late = Context(pairs=CONTEXT.pairs, seen_ms=1), Context(pairs=CONTEXT.pairs, seen_ms=2)
    credited, rejected = entry("deposit", early, status=1), entry("deposit", late, status=2)
    for order in ([credited, rejected], [rejected, credited]):
        assert merge(order)[credited.record_key].state == "void"


def test_unknown_source_is_the_callers_mistake() -> None:
    with pytest.raises(KeyError):
        convert("moon", {})


def test_amounts_keep_every_digit() -> None:
    amount = "123456789012345678901234567890.123456789012345678"
    assert entry("deposit", amount=amount).movements[0].amount == Decimal(amount)
