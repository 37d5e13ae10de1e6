"""An exchange that tells a past which a test writes: pages in any order, repeated, late, failing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.model import HistoryPage, Span
from dashboard_crypto.core.timekeys import HOUR_MS, to_datetime

Raw = dict[str, Any]
PAIRS = {"BTCUSDT": ("BTC", "USDT"), "ETHUSDT": ("ETH", "USDT"), "BNBUSDT": ("BNB", "USDT"), "ETHBTC": ("ETH", "BTC")}


@dataclass
class FakeHistoryReader:
    """Records by source, in pages of `page_size`. The cursor is how many records were told; news are told after it.

    `reaches` is how far a source is read, where that is not the asked instant; `covers` tells how old the oldest record
    is of what was told, where records are told newest first.
    """

    records: dict[str, list[Raw]] = field(default_factory=dict)
    page_size: int = 3
    price_of: Callable[[str, int], Decimal | None] = field(default=lambda _asset, _at: None)
    totals: dict[str, Decimal] = field(default_factory=dict)
    oldest_ms: dict[str, int] = field(default_factory=dict)
    reaches: dict[str, int] = field(default_factory=dict)
    began_ms: int = 0
    covers: Callable[[Raw], int] | None = None
    fail: dict[str, Exception] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    bars_asked: list[tuple[str, int, int]] = field(default_factory=list)
    instants_asked: list[int] = field(default_factory=list)

    def sources(self) -> Sequence[str]:
        """Those with records."""
        return list(self.records)

    def read(self, source: str, cursor: str | None, until_ms: int, needed_ms: int = 0) -> HistoryPage:
        """The next page."""
        self.asked.append((source, cursor))
        if source in self.fail:
            raise self.fail[source]
        start = int(cursor or 0)
        if start > len(self.records[source]):
            raise MalformedAnswer("a cursor from elsewhere")
        page = self.records[source][start : start + self.page_size]
        end = start + len(page)
        whole = len(self.records[source])
        return HistoryPage(
            source,
            tuple(page),
            str(end),
            done=end == whole,
            progress=end / whole if whole else 1.0,
            until_ms=self.reaches.get(source, until_ms),
            reach_ms=self.oldest_ms.get(source, 0),
        )

    def span(self, source: str, cursor: str) -> Span | None:
        """What was told so far, if the records are told newest first."""
        if self.covers is None or not int(cursor):
            return None
        told, all_told = self.records[source][: int(cursor)], int(cursor) == len(self.records[source])
        return Span(0 if all_told else min(map(self.covers, told)) + 1, self.began_ms)

    def pairs(self) -> Mapping[str, tuple[str, str]]:
        """A few."""
        return PAIRS

    def wallet_totals_usd(self) -> Mapping[str, Decimal]:
        """As set."""
        return self.totals

    def prices_then(self, assets: Collection[str], instant_ms: int) -> Mapping[str, Decimal | None]:
        """As the bars."""
        self.instants_asked.append(instant_ms)
        return {asset: self.price_of(asset, instant_ms) for asset in assets}

    def bars(self, asset: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Decimal]]:
        """Closes at whole hours."""
        self.bars_asked.append((asset, start_ms, end_ms))
        first = start_ms // HOUR_MS * HOUR_MS + HOUR_MS
        found = ((at, self.price_of(asset, at)) for at in range(first, end_ms + 1, HOUR_MS))
        return [(at, price) for at, price in found if price is not None]


def deposit(number: int, coin: str, amount: str, at_ms: int, *, status: int = 1) -> Raw:
    """As capital/deposit/hisrec tells it."""
    return {"id": f"d{number}", "coin": coin, "amount": amount, "status": status, "txId": f"0xd{number}",
            "address": "a", "insertTime": at_ms, "completeTime": at_ms, "walletType": 0}  # fmt: skip


def withdrawal(number: int, coin: str, amount: str, at_ms: int, *, status: int = 6) -> Raw:
    """As capital/withdraw/history tells it."""
    at = to_datetime(at_ms).strftime("%Y-%m-%d %H:%M:%S")
    return {"id": f"w{number}", "coin": coin, "amount": amount, "transactionFee": "0", "status": status,
            "address": "a", "txId": f"0xw{number}", "applyTime": at, "walletType": 0}  # fmt: skip


def p2p(number: int, asset: str, amount: str, at_ms: int, *, side: str = "BUY", status: str = "COMPLETED") -> Raw:
    """As c2c/orderMatch/listUserOrderHistory tells it."""
    return {"orderNumber": f"p{number}", "tradeType": side, "asset": asset, "fiat": "EUR", "amount": amount,
            "totalPrice": "100", "unitPrice": "1", "orderStatus": status, "createTime": at_ms,
            "commission": "0"}  # fmt: skip


def trade(number: int, symbol: str, quantity: str, quote: str, at_ms: int, *, is_buyer: bool = True) -> Raw:
    """As api/v3/myTrades tells it."""
    return {"symbol": symbol, "id": number, "orderId": number, "price": "1", "qty": quantity, "quoteQty": quote,
            "commission": "0", "commissionAsset": "BNB", "time": at_ms, "isBuyer": is_buyer}  # fmt: skip


def dividend(number: int, asset: str, amount: str, at_ms: int) -> Raw:
    """As asset/assetDividend tells it."""
    return {"id": number, "asset": asset, "amount": amount, "divTime": at_ms, "enInfo": "Launchpool",
            "tranId": number, "direction": 1}  # fmt: skip
