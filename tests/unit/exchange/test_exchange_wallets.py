"""Every wallet once: receipts, pages, absent wallets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from dashboard_crypto.core.errors import ExchangeDown, MalformedAnswer, PartialReading
from dashboard_crypto.exchange.parsing import Symbol
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted
from dashboard_crypto.exchange.symbol_map import SymbolMap
from dashboard_crypto.exchange.wallets import Wallets

SYMBOLS = SymbolMap([Symbol("LDOUSDT", "LDO", "USDT", "TRADING"), Symbol("BTCUSDT", "BTC", "USDT", "TRADING")])


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


class Account:
    """Answers as the exchange does; an answer may be an exception to raise."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "account": {"uid": 7, "balances": []},
            "funding": [],
            "earn_flexible": {"rows": [], "total": 0},
            "earn_locked": {"rows": [], "total": 0},
            "key_restrictions": {"enableReading": True},
            "account_info": {},
            "loans": {"rows": [], "total": 0},
            "eth_redemptions": {"rows": [], "total": 0},
            "sol_redemptions": {"rows": [], "total": 0},
            "bfusd_redemptions": {"rows": [], "total": 0},
            "rwusd_redemptions": {"rows": [], "total": 0},
            **answers,
        }
        self.asked: list[str] = []

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        self.asked.append(endpoint_id)
        answer = self.answers[endpoint_id]
        if isinstance(answer, Exception):
            raise answer
        return answer(params) if callable(answer) else answer


def spot(**free: str) -> dict[str, Any]:
    return {"uid": 7, "balances": [{"asset": name, "free": text, "locked": "0.5"} for name, text in free.items()]}


def read(account: Account) -> dict[tuple[str, str], Decimal]:
    reading = Wallets(account, FakeClock()).read(SYMBOLS)
    return {(holding.wallet, holding.asset): holding.quantity for holding in reading.holdings}


def positions(field: str, *rows: tuple[str, str], total: int | None = None) -> dict[str, Any]:
    return {
        "rows": [{"asset": asset, field: quantity} for asset, quantity in rows],
        "total": len(rows) if total is None else total,
    }


def test_a_receipt_and_its_position_count_once_and_ldo_is_a_coin() -> None:
    account = Account(
        account=spot(LDUSDT="74.96", LDO="1.5", BTC="0.5"),
        earn_flexible=positions("totalAmount", ("USDT", "75.46000000")),
    )
    assert read(account) == {
        ("spot", "LDO"): Decimal("2.0"),
        ("spot", "BTC"): Decimal("1.0"),
        ("earn_flexible", "USDT"): Decimal("75.46"),
    }


@pytest.mark.parametrize("answer", [positions("totalAmount"), EndpointGone("gone")])
def test_receipts_without_readable_positions_make_the_reading_partial(answer: object) -> None:
    account = Account(account=spot(LDUSDT="75.46"), earn_flexible=answer, key_restrictions=EndpointGone("gone"))
    with pytest.raises(PartialReading, match="LDUSDT"):
        read(account)


def test_funding_counts_all_four_parts_and_locked_positions_add_up() -> None:
    account = Account(
        funding=[{"asset": "BTC", "free": "1", "locked": "2", "freeze": "3", "withdrawing": "4", "btcValuation": "0"}],
        earn_locked=positions("amount", ("BTC", "0.1"), ("BTC", "0.2"), ("USDT", "0")),
    )
    assert read(account) == {("funding", "BTC"): Decimal(10), ("earn_locked", "BTC"): Decimal("0.3")}


def test_sums_are_exact_beyond_the_28_digits_of_ordinary_arithmetic() -> None:
    large, small = "123456789012345678901234567890", "0.000000000000000001"
    account = Account(funding=[{"asset": "SHIB", "free": large, "locked": small, "freeze": small, "withdrawing": "0"}],
                      earn_locked=positions("amount", ("SHIB", large), ("SHIB", small)))  # fmt: skip
    assert read(account) == {
        ("funding", "SHIB"): Decimal(large + ".000000000000000002"),
        ("earn_locked", "SHIB"): Decimal(large + ".000000000000000001"),
    }


def paged(count: int, stated: int, *, size: int = 100) -> Any:
    def answer(params: Mapping[str, str | int]) -> Any:
        start = (int(params["current"]) - 1) * size
        rows = [("BTC", "0.01")] * max(0, min(size, count - start))
        return positions("totalAmount", *rows, total=stated)

    return answer


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 300])
def test_all_pages_are_read_and_no_more(count: int) -> None:
    account = Account(earn_flexible=paged(count, count))
    held = read(account)
    assert held.get(("earn_flexible", "BTC"), Decimal(0)) == Decimal("0.01") * count
    assert account.asked.count("earn_flexible") == max(1, -(-count // 100))


@pytest.mark.parametrize(("count", "stated"), [(99, 100), (150, 250), (0, 3)])
def test_pages_that_do_not_add_up_are_refused(count: int, stated: int) -> None:
    with pytest.raises(PartialReading, match="flexible"):
        read(Account(earn_flexible=paged(count, stated)))


def test_rows_may_be_left_out_only_when_the_total_is_zero() -> None:
    assert read(Account(earn_locked={"total": 0})) == {}
    with pytest.raises(PartialReading, match="locked"):
        read(Account(earn_locked={"total": 2}))


@pytest.mark.parametrize(
    "restrictions", [NotPermitted("no"), EndpointGone("gone"), {"enableReading": False}], ids=["no", "gone", "unread"]
)
def test_a_wallet_the_key_cannot_see_is_absent(restrictions: object) -> None:
    account = Account(account=spot(BTC="1"), funding=NotPermitted("no"), key_restrictions=restrictions)
    wallets = Wallets(account, FakeClock())
    reading = wallets.read(SYMBOLS)
    assert reading.absent == ("funding",)
    assert [holding.wallet for holding in reading.holdings] == ["spot"]
    asked = len(account.asked)
    wallets.read(SYMBOLS)
    assert "funding" not in account.asked[asked:]


def test_a_refusal_that_contradicts_the_permissions_is_partial_for_ten_minutes() -> None:
    clock = FakeClock()
    wallets = Wallets(Account(funding=NotPermitted("no")), clock)
    for second in range(0, 600, 30):
        clock.seconds = second
        with pytest.raises(PartialReading, match="funding"):
            wallets.read(SYMBOLS)
    clock.seconds = 600
    assert wallets.read(SYMBOLS).absent == ("funding",)


def test_a_wallet_that_was_read_is_never_taken_for_absent() -> None:
    clock = FakeClock()
    account = Account()
    wallets = Wallets(account, clock)
    wallets.read(SYMBOLS)
    account.answers |= {"funding": NotPermitted("no"), "key_restrictions": NotPermitted("no")}
    for second in range(0, 3600, 300):
        clock.seconds = second
        with pytest.raises(PartialReading, match="funding"):
            wallets.read(SYMBOLS)


def test_a_failure_names_its_wallet_and_a_repeated_asset_is_refused() -> None:
    with pytest.raises(PartialReading, match="locked: HTTP 500"):
        read(Account(earn_locked=ExchangeDown("HTTP 500")))
    row = {"asset": "BTC", "free": "1", "locked": "0"}
    with pytest.raises(MalformedAnswer, match="BTC"):
        read(Account(account={"uid": 7, "balances": [row, row]}))
