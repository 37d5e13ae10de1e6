"""Binance's own CSV exports: recognised by their header, read exactly, refused where reading would be guessing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.records import D

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.rebuild import rebuild
from dashboard_crypto.core.statement_formats import offset_in_name, read_amount, read_quantity, read_time
from dashboard_crypto.core.statements import RowError, Statement, StatementOptions, parse_statement, recompleted
from dashboard_crypto.core.taxonomy import classify, external_parts

SAMPLES = Path(__file__).resolve().parents[2] / "golden" / "statements"
NEW_NAME = "Binance-Transaction-History-202603230400(UTC+7)_sample.csv"
BASES = frozenset({"LDO", "BTC", "BNB", "TRX", "DOT"})
HEADER = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark\n"


def read(name: str, **options: Any) -> Statement:
    """A sample, parsed."""
    return parse_statement((SAMPLES / name).read_text(encoding="utf-8"), StatementOptions(**options))


def sums(statement: Statement) -> dict[str, Decimal]:
    """Net change per asset."""
    net: dict[str, Decimal] = {}
    for movement in statement.movements:
        net[movement.asset] = net.get(movement.asset, D(0)) + movement.amount
    return {asset: amount for asset, amount in net.items() if amount}


def flows(statement: Statement) -> list[tuple[str, Decimal, str]]:
    """The cash flows in it."""
    parts = external_parts(classify(statement.movements).parts)
    return [(part.movement.asset, part.quantity, part.movement.kind) for part in parts]


def test_transaction_history_gives_every_change_exactly() -> None:
    found = read("transactions.csv", base_assets=BASES)
    assert (found.format, found.errors, found.rows, found.skipped) == ("transactions", (), 22, 2)
    assert sums(found) == {
        "USDT": D("291.988"),
        "BTC": D("0.007"),
        "BNB": D("-0.0011"),
        "DOT": D("0.0012"),
        "TRX": D("-3.5"),
        "LDO": D(2),
    }
    assert flows(found) == [("USDT", D(1000), "deposit"), ("BTC", D("-0.005"), "withdrawal")]


def test_receipts_become_the_earn_wallet() -> None:
    found = read("transactions.csv", base_assets=BASES)
    earn = [(m.asset, m.amount, m.wallet) for m in found.movements if m.kind in {"earn_subscribe", "earn_redeem"}]
    assert sorted(earn) == [
        ("USDT", D(-100), "earn_flexible"),
        ("USDT", D(-100), "spot"),
        ("USDT", D(100), "earn_flexible"),
        ("USDT", D(100), "spot"),
    ]
    assert not any(m.asset.startswith("LDUSDT") for m in found.movements)


def test_ldo_in_a_statement_is_a_coin() -> None:
    assert sums(read("transactions.csv", base_assets=BASES))["LDO"] == D(2)
    assert sums(read("transactions.csv"))["LDO"] == D(2)


def test_new_history_is_in_the_time_zone_of_its_name() -> None:
    found = read(NEW_NAME, file_name=NEW_NAME)
    assert found.errors == ()
    assert found.movements[0].instant_ms == read_time("2026-03-02 14:10:18", 0)
    assert flows(found) == [("USDT", D(100), "p2p_buy"), ("BTC", D("0.0009"), "card_buy")]
    subscription = [(m.wallet, m.amount) for m in found.movements if m.kind == "earn_subscribe"]
    assert sorted(subscription) == [("earn_flexible", D(10)), ("funding", D(-10))]


def test_unknown_time_zone_is_asked_for() -> None:
    with pytest.raises(InvalidInput, match="time zone") as caught:
        read(NEW_NAME, file_name="statement.csv")
    assert caught.value.code == "time_zone"
    assert read(NEW_NAME, utc_offset_minutes=420).movements == read(NEW_NAME, file_name=NEW_NAME).movements


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("a(UTC+7)_b.csv", 420), ("a(UTC--6)_b", -360), ("(UTC+5:30)", 330), ("(utc-3)", -180), ("x", None), ("(UTC)", 0)],
)
def test_offset_in_the_name(name: str, minutes: int | None) -> None:
    assert offset_in_name(name) == minutes


def test_french_header() -> None:
    assert flows(read("french.csv", utc_offset_minutes=0)) == [("USDT", D(100), "deposit")]


def test_new_deposits_and_withdrawals_are_told_apart_by_the_fee() -> None:
    deposits, withdrawals = (read(f"{name}-new.csv", utc_offset_minutes=0) for name in ("deposits", "withdrawals"))
    assert (deposits.format, withdrawals.format) == ("deposits", "withdrawals")
    assert flows(deposits) == [("USDT", D(50), "deposit")]
    assert flows(withdrawals) == [("USDT", D(-49), "withdrawal")]
    assert sums(withdrawals) == {"USDT": D(-50)}
    assert deposits.skipped == 1


def test_old_deposits_and_withdrawals_look_alike_and_are_never_guessed() -> None:
    with pytest.raises(InvalidInput, match="which one") as caught:
        read("old-movements.csv")
    assert caught.value.code == "direction"
    assert sums(read("old-movements.csv", direction="out")) == {"ETH": D("-1.505")}
    assert sums(read("old-movements.csv", file_name="Withdraw History.csv")) == {"ETH": D("-1.505")}
    assert sums(read("old-movements.csv", file_name="Deposit History.csv")) == {"ETH": D("1.5")}


def test_trades_find_their_coins_even_with_digits_in_the_name() -> None:
    assert sums(read("trades.csv")) == {
        "DOGE": D("-700.5"),
        "EUR": D("-155.155"),
        "BTC": D("0.012059928"),
        "1INCH": D(500),
        "USDT": D(-1250),
        "BNB": D("-0.003"),
    }


def test_old_trades_need_the_list_of_pairs() -> None:
    refused = read("trades-old.csv")
    assert [(error.line, "BNBBTC" in error.message) for error in refused.errors] == [(2, True)]
    found = read("trades-old.csv", pairs={"BNBBTC": ("BNB", "BTC")})
    assert sums(found) == {"BNB": D("9.995"), "BTC": D("-0.01")}


def test_converts() -> None:
    found = read("converts.csv", utc_offset_minutes=0)
    assert (found.format, found.skipped, flows(found)) == ("converts", 1, [])
    assert sums(found) == {"BUSD": D("-124.60184573"), "ETH": D("0.03158115")}


def test_order_history_is_refused_because_it_has_no_fees() -> None:
    with pytest.raises(InvalidInput, match="no fees"):
        parse_statement("Date(UTC),OrderNo,Pair,Type,Order Price,Order Amount,AvgTrading Price,Filled,Total,status\n")


@pytest.mark.parametrize("text", ["", "\n", "a,b,c\n1,2,3\n", "\ufeff"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_statement(text)


def test_errors_are_listed_by_line_and_good_rows_still_read() -> None:
    text = HEADER + (
        "1,2021-01-01 00:00:00,Spot,Deposit,USDT,1,\n"
        "\n"
        "1,01/02/2021 0:00,Spot,Deposit,USDT,1,\n"
        "1,2021-01-01 00:00:00,Moon,Deposit,USDT,1,\n"
        "1,2021-01-01 00:00:00,Spot,Brand New Operation,USDT,1,\n"
        "1,2021-01-01 00:00:00,Spot,Deposit,USDT,many,\n"
        "1,2021-13-01 00:00:00,Spot,Deposit,USDT,1,\n"
        "1,2021-01-01 00:00:00,Spot,Deposit,,1,\n"
    )
    found = parse_statement(text)
    assert [error.line for error in found.errors] == [4, 5, 6, 7, 8, 9]
    assert isinstance(found.errors[0], RowError)
    assert "Brand New Operation" in found.errors[2].message
    assert len(found.movements) == 1
    assert found.rows == 7


def test_words_of_newer_exports_can_be_taught() -> None:
    text = HEADER + "1,2021-01-01 00:00:00,Spot,Brand New Operation,USDT,1,\n"
    taught = StatementOptions(operations={"brand new operation": ("dividend", "fee")})
    assert [m.kind for m in parse_statement(text, taught).movements] == ["dividend"]


def test_transfer_with_one_side_in_the_file_is_no_loss() -> None:
    text = HEADER + "1,2021-01-01 00:00:00,Spot,transfer_out,USDT,-50,\n"
    found = parse_statement(text)
    assert sums(found) == {}
    assert flows(found) == []


def test_spreadsheet_semicolons_and_byte_order_mark() -> None:
    text = "\ufeff" + HEADER.replace(",", ";") + "1;2021-01-01 00:00:00;Spot;Deposit;USDT;1;\r\n"
    assert sums(parse_statement(text)) == {"USDT": D(1)}


def test_importing_twice_gives_the_same_keys() -> None:
    first, again = read("transactions.csv"), read("transactions.csv")
    assert [m.key for m in first.movements] == [m.key for m in again.movements]
    assert len({m.key for m in first.movements}) == len(first.movements)


def test_equal_rows_of_one_second_are_two() -> None:
    fills = [m for m in read("transactions.csv").movements if m.asset == "BTC" and m.amount == D("0.001")]
    assert len({m.key for m in fills}) == 2


@given(st.data())
def test_overlapping_exports_give_the_same_keys(data: st.DataObject) -> None:
    lines = (SAMPLES / "transactions.csv").read_text(encoding="utf-8").splitlines()
    whole = {m.key for m in parse_statement("\n".join(lines)).movements}
    days = sorted({line.split('"')[3][:10] for line in lines[1:]})
    first, last = sorted((data.draw(st.sampled_from(days)), data.draw(st.sampled_from(days))))
    part = [line for line in lines[1:] if first <= line.split('"')[3][:10] <= last]
    assert {m.key for m in parse_statement("\n".join([lines[0], *part])).movements} <= whole


def test_statement_feeds_the_rebuild() -> None:
    found = read("transactions.csv", base_assets=BASES)
    history = rebuild([], found.movements, found.movements[-1].instant_ms)
    assert {gap.asset for gap in history.gaps} == {"USDT", "BTC", "BNB", "DOT", "LDO"}


@pytest.mark.parametrize("text", ["", "1,2,3", "1.2.3", "NaN", "Infinity", "1e", "--1", "1,23", "٣"])
def test_amounts_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        read_amount(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1,234.50", "1234.50"), ("-0.1", "-0.1"), ("+4e-8", "4E-8"), (".5", ".5")]
)
def test_amounts(text: str, value: str) -> None:
    assert read_amount(text) == D(value)


@pytest.mark.parametrize(
    ("text", "coins", "found"),
    [
        ("5001INCH", ("1INCH",), ("500", "1INCH")),
        ("0.5BTC", (), ("0.5", "BTC")),
        ("124.6 BUSD", (), ("124.6", "BUSD")),
        ("7", (), ("7", "")),
    ],
)
def test_quantities(text: str, coins: tuple[str, ...], found: tuple[str, str]) -> None:
    assert read_quantity(text, coins) == (D(found[0]), found[1])


@given(st.randoms(use_true_random=False))
def test_row_order_in_the_file_does_not_matter(random: Any) -> None:
    header, *lines = (SAMPLES / "transactions.csv").read_text(encoding="utf-8").splitlines()
    straight = parse_statement("\n".join([header, *lines])).movements
    random.shuffle(lines)
    assert parse_statement("\n".join([header, *lines])).movements == straight


def test_later_file_brings_the_other_side_of_a_transfer() -> None:
    spot = "1,2021-01-01 00:00:00,Spot,transfer_out,USDT,-50,\n"
    futures = "1,2021-01-01 00:00:00,USDT-Futures,transfer_in,USDT,50,\n"
    both = recompleted([*parse_statement(HEADER + spot).movements, *parse_statement(HEADER + futures).movements])
    assert sorted((m.wallet, m.amount) for m in both if m.amount > 0) == [("elsewhere", D(50)), ("um_futures", D(50))]
    assert sum(m.amount for m in both) == 0
    named = HEADER + "".join(
        line.replace("transfer_in", "asset - transfer").replace("transfer_out", "asset - transfer")
        for line in (spot, futures)
    )
    rows = parse_statement(named).movements
    half = parse_statement(HEADER + named.splitlines()[1] + "\n").movements
    assert {m.wallet for m in half} == {"spot", "elsewhere"}
    assert recompleted({m.key: m for m in (*half, *rows)}.values()) == rows
    assert {m.wallet for m in rows} == {"spot", "um_futures"}


def test_derived_side_of_two_moves_of_one_second_does_not_depend_on_their_order() -> None:
    rows = [f"1,2021-01-01 00:00:00,Spot,Savings purchase,USDT,-{n},\n" for n in (50, 100, 150, 200)]
    straight, turned = parse_statement(HEADER + "".join(rows)), parse_statement(HEADER + "".join(reversed(rows)))
    assert straight.movements == turned.movements
    assert [m.amount for m in straight.movements if m.wallet == "earn_flexible"] == [D(500)]
