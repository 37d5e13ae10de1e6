"""What the books are made of: postings, and the entries that hold them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from dashboard_crypto.simulator.market import Market
from dashboard_crypto.simulator.scenario import Event, ScenarioError

SATOSHI = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Posting:
    """A change of one account. The postings of an entry sum to zero per asset."""

    account: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that crosses the account's border: `quantity` > 0 in, < 0 out."""

    asset: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Fill:
    """The record of a trade."""

    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event's effect on the books at one instant."""

    at_ms: int
    event: Event
    postings: tuple[Posting, ...]
    flow: Flow | None = None
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """What a booking rule may look at: the balances just before, and prices."""

    balances: Mapping[str, Mapping[str, Decimal]]
    market: Market

    def usd(self, asset: str, event: Event) -> Decimal:
        """The asset's USD price at the event; refuses the event if there is none."""
        price = self.market.usd_price(asset, event.at_ms)
        if price is None:
            raise ScenarioError(f"event {event.number}: {asset} has no price at that time")
        return price


def move(asset: str, amount: Decimal, source: str, target: str) -> tuple[Posting, Posting]:
    """An amount that leaves one account and enters another."""
    return Posting(source, asset, -amount), Posting(target, asset, amount)


def floor8(value: Decimal) -> Decimal:
    """Rounded down to eight decimals."""
    return value.quantize(SATOSHI, rounding=ROUND_FLOOR)
