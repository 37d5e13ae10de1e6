"""Money that crosses the account's border: coins, bank money, cards, other people, sub-accounts.

What a flow is worth is what reaches (or leaves) the account: a fee that the bank keeps of a deposit was never here, a
fee on top of a withdrawal is a cost right after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dashboard_crypto.simulator.entries import Book, Entry, Flow, move
from dashboard_crypto.simulator.kinds import CASH_BALANCE, FLOWS_INTO_FUNDING
from dashboard_crypto.simulator.scenario import Event


def flow_wallet(event: Event) -> str:
    """P2P and Pay use the funding wallet, everything else spot, unless the event says otherwise."""
    return event.text("wallet", "funding" if event.kind in FLOWS_INTO_FUNDING else "spot")


def book_incoming(event: Event, _: Book) -> Entry:
    """An amount from outside."""
    asset, amount = event.text("asset") or event.text("currency"), event.decimal("amount")
    return Entry(event.effect_ms, event, move(asset, amount, "outside", flow_wallet(event)), Flow(asset, amount))


def book_outgoing(event: Event, _: Book) -> Entry:
    """An amount to outside, and a fee on top of it."""
    asset, amount = event.text("asset") or event.text("currency"), event.decimal("amount")
    wallet = flow_wallet(event)
    postings = move(asset, amount, wallet, "outside") + move(asset, event.decimal("fee"), wallet, "fees")
    return Entry(event.effect_ms, event, postings, Flow(asset, -amount))


def book_card_buy(event: Event, book: Book) -> Entry:
    """Coins for money: from a card they come from outside, from the cash balance they are exchanged."""
    if event.text("method") != CASH_BALANCE:
        return book_incoming(event, book)
    return swapped(event, "currency", "fiat_amount", "asset", "amount")


def book_card_sell(event: Event, book: Book) -> Entry:
    """Money for coins, to a card or to the cash balance."""
    if event.text("method") != CASH_BALANCE:
        return book_outgoing(event, book)
    return swapped(event, "asset", "amount", "currency", "fiat_amount")


def swapped(event: Event, given: str, given_amount: str, got: str, got_amount: str) -> Entry:
    """One asset of a wallet for another."""
    wallet = flow_wallet(event)
    out = move(event.text(given), event.decimal(given_amount), wallet, "exchange")
    into = move(event.text(got), event.decimal(got_amount), "exchange", wallet)
    return Entry(event.effect_ms, event, out + into)


FLOW_RULES: Mapping[str, Callable[[Event, Book], Entry]] = {
    "deposit": book_incoming,
    "withdrawal": book_outgoing,
    "fiat_deposit": book_incoming,
    "fiat_withdrawal": book_outgoing,
    "card_buy": book_card_buy,
    "card_sell": book_card_sell,
    "p2p_buy": book_incoming,
    "p2p_sell": book_outgoing,
    "pay_in": book_incoming,
    "pay_out": book_outgoing,
    "sub_transfer_in": book_incoming,
    "sub_transfer_out": book_outgoing,
}
