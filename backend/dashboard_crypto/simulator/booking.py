"""How each kind of event is booked. Accounts beside the wallets: outside, exchange, fees, income."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from dashboard_crypto.simulator.booking_flows import FLOW_RULES
from dashboard_crypto.simulator.booking_margin import MARGIN_RULES
from dashboard_crypto.simulator.entries import Book, Entry, Fill, Posting, floor8, move
from dashboard_crypto.simulator.market import divide, multiply
from dashboard_crypto.simulator.scenario import STAKING_ARRIVAL, Event, ScenarioError
from dashboard_crypto.simulator.wallets import IN_TRANSIT


def book_event(event: Event, book: Book) -> Entry:
    """The entry of an event."""
    return RULES[event.kind](event, book)


def book_trade(event: Event, book: Book) -> Entry:
    """The spot wallet gives one asset and gets the other; the fee is taken from what comes in unless said otherwise."""
    track = book.market.tracks.get(event.text("symbol"))
    if track is None:
        raise ScenarioError(f"event {event.number}: there is no symbol {event.text('symbol')!r}")
    price = event.fields.get("price") or track.price(event.at_ms)
    if price is None:
        raise ScenarioError(f"event {event.number}: {track.symbol} has no price at that time")
    quantity = event.fields.get("amount") or floor8(divide(event.decimal("quote_amount"), price))
    cost, buys = quantity * price, event.text("side") == "BUY"
    legs = {track.base: quantity, track.quote: cost}
    gives, gets = (track.quote, track.base) if buys else (track.base, track.quote)
    fee_asset = event.text("fee_asset", gets)
    fee = trade_fee(event, book, fee_asset, legs, track.quote)
    swap = move(gives, legs[gives], "spot", "exchange") + move(gets, legs[gets], "exchange", "spot")
    fill = Fill(track.symbol, event.text("side"), price, quantity, cost, fee, fee_asset)
    return Entry(event.effect_ms, event, swap + move(fee_asset, fee, "spot", "fees"), fill=fill)


def trade_fee(event: Event, book: Book, fee_asset: str, legs: Mapping[str, Decimal], quote: str) -> Decimal:
    """The rate on the leg of the same asset, or on the quote leg converted at the price of the moment; floored."""
    rate = event.decimal("fee_rate", "0.001")
    if fee_asset in legs:
        return floor8(legs[fee_asset] * rate)
    if not rate:
        return Decimal(0)
    in_usd = multiply(legs[quote] * rate, book.usd(quote, event))
    return floor8(divide(in_usd, book.usd(fee_asset, event)))


def book_convert(event: Event, book: Book) -> Entry:
    source, target, given = event.text("from_asset"), event.text("to_asset"), event.decimal("from_amount")
    ratio = event.fields.get("ratio") or divide(book.usd(source, event), book.usd(target, event))
    wallet = event.text("wallet", "spot")
    postings = move(source, given, wallet, "exchange") + move(target, floor8(given * ratio), "exchange", wallet)
    return Entry(event.effect_ms, event, postings)


def book_dust(event: Event, book: Book) -> Entry:
    """The whole spot balance of each asset becomes `to` at the price of the moment, free of charge."""
    target = event.text("to", "BNB")
    postings: tuple[Posting, ...] = ()
    for asset in event.fields["assets"]:
        amount = book.balances["spot"].get(asset, Decimal(0))
        if amount:
            got = floor8(divide(multiply(amount, book.usd(asset, event)), book.usd(target, event)))
            postings += move(asset, amount, "spot", "exchange") + move(target, got, "exchange", "spot")
    return Entry(event.effect_ms, event, postings)


def book_subscribe(event: Event, _: Book) -> Entry:
    wallet, product = event.text("wallet", "spot"), f"earn_{event.text('product')}"
    return Entry(event.effect_ms, event, move(event.text("asset"), event.decimal("amount"), wallet, product))


def book_redeem(event: Event, _: Book) -> Entry:
    wallet, product = event.text("wallet", "spot"), f"earn_{event.text('product')}"
    return Entry(event.effect_ms, event, move(event.text("asset"), event.decimal("amount"), product, wallet))


def book_staking_redeem(event: Event, _: Book) -> Entry:
    """The token is given at once, what it brings is under way until the exchange delivers it."""
    given = move(event.text("asset"), event.decimal("amount"), "spot", "exchange")
    return Entry(
        event.effect_ms, event, given + move(event.text("to"), event.decimal("received"), "exchange", IN_TRANSIT)
    )


def book_staking_arrival(event: Event, _: Book) -> Entry:
    return Entry(event.effect_ms, event, move(event.text("to"), event.decimal("received"), IN_TRANSIT, "spot"))


def book_income(event: Event, _: Book) -> Entry:
    wallet = event.text("wallet", "spot")
    return Entry(event.effect_ms, event, move(event.text("asset"), event.decimal("amount"), "income", wallet))


def book_rename(event: Event, book: Book) -> Entry:
    """Every holding of the old name becomes `ratio` times as much of the new one, in the same wallet."""
    asset, to, ratio = event.text("asset"), event.text("to"), event.decimal("ratio", "1")
    postings: tuple[Posting, ...] = ()
    for wallet, assets in book.balances.items():
        if quantity := assets.get(asset):
            postings += move(asset, quantity, wallet, "exchange") + move(to, quantity * ratio, "exchange", wallet)
    return Entry(event.effect_ms, event, postings)


def book_nothing(event: Event, _: Book) -> Entry:
    """Only the market changes."""
    return Entry(event.effect_ms, event, ())


RULES: Mapping[str, Callable[[Event, Book], Entry]] = {
    **FLOW_RULES,
    **MARGIN_RULES,
    "trade": book_trade,
    "convert": book_convert,
    "dust": book_dust,
    "earn_subscribe": book_subscribe,
    "earn_redeem": book_redeem,
    "earn_reward": book_income,
    "staking_reward": book_income,
    "staking_redeem": book_staking_redeem,
    STAKING_ARRIVAL: book_staking_arrival,
    "dividend": book_income,
    "referral": book_income,
    "rename": book_rename,
    "delist": book_nothing,
    "halt": book_nothing,
}
