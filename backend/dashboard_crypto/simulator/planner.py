"""Living an invented life forward, so that no event ever spends what is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from random import Random
from typing import Any

from dashboard_crypto.simulator.booking import book_event
from dashboard_crypto.simulator.clock import iso
from dashboard_crypto.simulator.entries import Book
from dashboard_crypto.simulator.ledger import Cursor, check_covered
from dashboard_crypto.simulator.market import Market, divide, multiply
from dashboard_crypto.simulator.scenario import Event, parse_event

ZERO = Decimal(0)


@dataclass(slots=True)
class Planner:
    """The books so far. Events are added in the order in which they take effect."""

    market: Market
    random: Random
    cursor: Cursor = field(default_factory=Cursor)
    events: list[Event] = field(default_factory=list)

    def add(self, at_ms: int, kind: str, **fields: Any) -> None:
        """Let one event happen; a trailing underscore makes `from` a name."""
        raw = {"at": iso(at_ms), "kind": kind} | {name.rstrip("_"): value for name, value in fields.items()}
        event = parse_event(len(self.events) + 1, raw)
        entry = book_event(event, Book(self.cursor.balances, self.market))
        self.cursor.apply(entry)
        check_covered(entry, self.cursor)
        self.events.append(event)

    def free(self, asset: str, wallet: str = "spot") -> Decimal:
        """What a wallet holds of an asset."""
        return self.cursor.balances.get(wallet, {}).get(asset, ZERO)

    def usd(self, asset: str, at_ms: int) -> Decimal | None:
        """The price of an asset, if it has one then."""
        return self.market.usd_price(asset, at_ms)

    def worth(self, asset: str, at_ms: int, wallet: str = "spot") -> Decimal:
        """What a wallet's holding of an asset is worth."""
        price = self.usd(asset, at_ms)
        return multiply(self.free(asset, wallet), price) if price is not None else ZERO

    def coins(self, asset: str, dollars: Decimal, at_ms: int) -> Decimal:
        """How much of an asset some dollars are."""
        return floored(divide(dollars, self.usd(asset, at_ms) or Decimal(1)), 6)

    def tradable(self, at_ms: int) -> list[str]:
        """Symbols quoted in dollars that have a price, stablecoins left out."""
        tracks = self.market.tracks.values()
        listed = [track for track in tracks if track.quote == "USDT" and track.first_ms <= at_ms <= track.last_ms]
        return [track.symbol for track in listed if not track.base.endswith("USD")]

    def dollars(self, low: int, high: int) -> Decimal:
        """A random amount with cents."""
        return Decimal(low * 100 + int(self.random.random() * (high - low) * 100)).scaleb(-2)

    def part(self, quantity: Decimal, low: float, high: float) -> Decimal:
        """A random part of a quantity."""
        share = Decimal(str(round(low + self.random.random() * (high - low), 4)))
        return floored(quantity * share, 6)

    def pick(self, names: list[str]) -> str:
        """One of some names."""
        return names[int(self.random.random() * len(names))]


def floored(value: Decimal, decimals: int) -> Decimal:
    """Rounded down."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR)
