"""Turns answers into plain records: quantities per asset, prices per symbol, symbols, positions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.exchange import fields

TRADING = "TRADING"
_PRICE = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A pair: its price is the amount of `quote` that one unit of `base` costs."""

    name: str
    base: str
    quote: str
    status: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of Earn positions and the number of rows there are on all pages. `pledged` is what of the quantities
    stands as collateral for loans."""

    quantities: tuple[tuple[str, Decimal], ...]
    total: int
    pledged: tuple[tuple[str, Decimal], ...] = ()


def spot_balances(account: Mapping[str, Any]) -> dict[str, Decimal]:
    """free + locked of every asset held; zero rows are left out."""
    return _summed(account.get("balances"), ("free", "locked"), "account.balances")


def funding_balances(answer: Any) -> dict[str, Decimal]:
    """free + locked + freeze + withdrawing of every asset in the funding wallet."""
    return _summed(answer, ("free", "locked", "freeze", "withdrawing"), "funding")


def account_id(account: Mapping[str, Any]) -> str:
    """The account's own number, as text."""
    uid = fields.identity(account, "uid", "account")
    if uid is None:
        fields.refuse("account", "uid", "is missing")
    return uid


def wallet_totals(answer: Any) -> dict[str, Decimal]:
    """The exchange's own balance of every wallet, by the name it shows; those never opened are left out."""
    where = "wallet/balance"
    totals: dict[str, Decimal] = {}
    for row in fields.rows(answer, where):
        name, balance = fields.text(row, "walletName", where), fields.old_amount(row, "balance", where)
        if name in totals:
            raise MalformedAnswer(f"{where}: a wallet is repeated")
        if balance or fields.truth(row, "activate", where, default=True):
            totals[name] = balance
    return totals


def earn_page(answer: Mapping[str, Any], quantity_field: str, where: str) -> Page:
    """Positions of one page; the same asset may have several positions."""
    total = fields.whole(answer, "total", where)
    rows = fields.rows(answer.get("rows", [] if total == 0 else None), where)
    return Page(
        tuple((fields.text(row, "asset", where), _quantity(row, quantity_field, where)) for row in rows),
        total,
        tuple(
            (fields.text(row, "asset", where), _quantity(row, "collateralAmount", where))
            for row in rows
            if row.get("collateralAmount")
        ),
    )


def ticker_prices(answer: Any) -> dict[str, str]:
    """Price texts by symbol, all well formed; they become Decimals only when they are used.

    An empty list, a row without price or a repeated symbol refuses the whole answer.
    """
    prices: dict[str, str] = {}
    matches = _PRICE.fullmatch
    try:
        for row in answer:
            price = row["price"]
            if not matches(price):
                fields.refuse("ticker", "price", "is not a decimal number in quotes")
            prices[row["symbol"]] = price
    except (TypeError, KeyError) as error:
        problem = MalformedAnswer(f"ticker: a row has no usable symbol and price ({type(error).__name__})")
    else:
        _check_ticker(prices, len(answer))
        return prices
    raise problem


def symbols(exchange_info: Mapping[str, Any]) -> tuple[Symbol, ...]:
    """Every pair the exchange names, whatever its status."""
    where = "exchangeInfo.symbols"
    found = tuple(
        Symbol(*(fields.text(row, name, where) for name in ("symbol", "baseAsset", "quoteAsset", "status")))
        for row in fields.rows(exchange_info.get("symbols"), where)
    )
    if not found:
        raise MalformedAnswer(f"{where}: the list is empty")
    return found


@dataclass(frozen=True, slots=True)
class Candle:
    """A bar of one pair: when it ends (inclusive, ms) and the price it ended at."""

    close_ms: int
    close: Decimal


def last_candle(answer: Any) -> Candle | None:
    """The newest bar of a klines answer; None when there is none."""
    return _candle(answer[-1]) if answer else None


def candles(answer: Any) -> tuple[Candle, ...]:
    """All bars of a klines answer, as they come."""
    return tuple(_candle(bar) for bar in answer)


def _candle(bar: Any) -> Candle:
    if not isinstance(bar, list) or len(bar) < 7:
        raise MalformedAnswer("klines: a bar is not a list of at least 7 elements")
    row = {"close": bar[4], "closeTime": bar[6]}
    return Candle(fields.whole(row, "closeTime", "klines"), fields.amount(row, "close", "klines"))


def _check_ticker(prices: Mapping[str, str], count: int) -> None:
    if not prices:
        raise MalformedAnswer("ticker: the list is empty")
    if len(prices) != count:
        raise MalformedAnswer("ticker: a symbol is repeated")
    if not all(isinstance(symbol, str) for symbol in prices):
        raise MalformedAnswer("ticker: field 'symbol' is not a text")


def _summed(answer: Any, parts: Iterable[str], where: str) -> dict[str, Decimal]:
    quantities: dict[str, Decimal] = {}
    for row in fields.rows(answer, where):
        asset = fields.text(row, "asset", where)
        if asset in quantities:
            raise MalformedAnswer(f"{where}: asset {asset!r} is repeated")
        quantities[asset] = fields.total(_quantity(row, part, f"{where} {asset}") for part in parts)
    return {asset: quantity for asset, quantity in quantities.items() if quantity}


def _quantity(row: fields.Row, field: str, where: str) -> Decimal:
    return fields.not_negative(fields.amount(row, field, where), field, where)
