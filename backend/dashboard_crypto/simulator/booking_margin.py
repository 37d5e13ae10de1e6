"""Transfers between wallets, loans of the cross-margin wallet, and what happens inside a futures wallet.

A loan adds as much to the wallet as to the debt, so it changes no value; interest adds to the debt alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from dashboard_crypto.simulator.entries import Book, Entry, move
from dashboard_crypto.simulator.scenario import Event, ScenarioError
from dashboard_crypto.simulator.wallets import isolated_symbol


def book_transfer(event: Event, book: Book) -> Entry:
    """An amount from one wallet to another; an isolated wallet holds only the two assets of its symbol."""
    asset, source, target = event.text("asset"), event.text("from"), event.text("to")
    for symbol in filter(None, map(isolated_symbol, (source, target))):
        track = book.market.tracks.get(symbol)
        if track is None or asset not in {track.base, track.quote}:
            raise ScenarioError(f"event {event.number}: {asset} cannot be in an isolated wallet of {symbol!r}")
    return Entry(event.effect_ms, event, move(asset, event.decimal("amount"), source, target))


def book_borrow(event: Event, _: Book) -> Entry:
    return Entry(event.effect_ms, event, move(event.text("asset"), event.decimal("amount"), "margin_debt", "margin"))


def book_repay(event: Event, book: Book) -> Entry:
    """Interest is paid before principal; never more than is owed."""
    asset, amount = event.text("asset"), event.decimal("amount")
    owed = -book.balances["margin_interest"].get(asset, Decimal(0))
    interest = min(amount, owed)
    if amount - interest > -book.balances["margin_debt"].get(asset, Decimal(0)):
        raise ScenarioError(f"event {event.number}: {event.kind} pays back more {asset} than is owed")
    postings = move(asset, amount - interest, "margin", "margin_debt")
    return Entry(event.effect_ms, event, postings + move(asset, interest, "margin", "margin_interest"))


def book_interest(event: Event, _: Book) -> Entry:
    return Entry(event.effect_ms, event, move(event.text("asset"), event.decimal("amount"), "margin_interest", "fees"))


def book_futures_income(event: Event, _: Book) -> Entry:
    """Profit or loss, funding, commission: positive in, negative out."""
    wallet = event.text("wallet", "um_futures")
    return Entry(event.effect_ms, event, move(event.text("asset"), event.decimal("amount"), "income", wallet))


MARGIN_RULES: Mapping[str, Callable[[Event, Book], Entry]] = {
    "transfer": book_transfer,
    "margin_borrow": book_borrow,
    "margin_repay": book_repay,
    "margin_interest": book_interest,
    "futures_income": book_futures_income,
}
