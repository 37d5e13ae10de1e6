"""Everything the endpoints look at: scenario, ledger, market, clock, keys. And the request they answer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.clock import VirtualClock
from dashboard_crypto.simulator.entries import SATOSHI, Entry
from dashboard_crypto.simulator.errors import BinanceError, invalid, mandatory
from dashboard_crypto.simulator.ledger import Ledger, holdings
from dashboard_crypto.simulator.market import Market, divide, multiply
from dashboard_crypto.simulator.scenario import KeySpec, Scenario, ScenarioError, parse_event
from dashboard_crypto.simulator.signing import ApiKey, make_key


class World:
    """The simulated account and exchange. `lock` guards every read of the ledger's cursor and every change."""

    def __init__(self, scenario: Scenario, market: Market, clock: VirtualClock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.recorded = market
        self.ledger = Ledger(scenario, market)
        self.seed = f"{scenario.name}:{scenario.seed}"
        keys = (make_key(spec, self.seed) for spec in scenario.keys)
        self.keys: dict[str, ApiKey] = {key.api_key: key for key in keys}

    @property
    def scenario(self) -> Scenario:
        """The life so far, with appended events."""
        return self.ledger.scenario

    @property
    def market(self) -> Market:
        """The recorded market with the scenario's delistings, halts and renames."""
        return self.ledger.market

    def add_key(self, spec: KeySpec) -> ApiKey:
        """Register another key."""
        key = make_key(spec, self.seed)
        with self.lock:
            self.keys[key.api_key] = key
        return key

    def append(self, raw: Mapping[str, Any]) -> Entry:
        """Let one more event happen, now unless it says later; refuses the past and overdrafts."""
        with self.lock:
            now = self.clock.now_ms()
            event = parse_event(len(self.scenario.events) + 1, {"at": "1970-01-01T00:00:00Z", **raw})
            event = event if "at" in raw else replace(event, at_ms=now)
            if event.at_ms < now:
                raise ScenarioError(f"event {event.number}: an appended event cannot lie in the past")
            self.ledger = Ledger(self.scenario.with_event(event), self.recorded)
            return next(entry for entry in self.ledger.entries if entry.event is event)

    def number(self, *parts: object, digits: int = 9) -> int:
        """A number that follows from the seed."""
        text = ":".join([self.seed, *map(str, parts)])
        low: int = 10 ** (digits - 1)
        digest = hashlib.sha256(text.encode()).digest()
        return low + int.from_bytes(digest[:12], "big") % (9 * low)

    def hexadecimal(self, *parts: object) -> str:
        """64 hexadecimal digits that follow from the seed."""
        return hashlib.sha256(":".join([self.seed, *map(str, parts)]).encode()).hexdigest()

    @property
    def uid(self) -> int:
        """The account's number."""
        return self.number("uid")

    def wallet(self, name: str, now_ms: int) -> dict[str, Decimal]:
        """Quantities of one wallet, by asset."""
        return dict(sorted(self.ledger.balances(now_ms).get(name, {}).items()))

    def usd_value(self, quantities: Mapping[str, Decimal], now_ms: int) -> Decimal:
        """What can be priced of some quantities, in USD."""
        total = Decimal(0)
        for asset, quantity in quantities.items():
            price = self.market.usd_price(asset, now_ms)
            total += multiply(quantity, price) if price is not None else 0
        return total

    def in_quote(self, quantities: Mapping[str, Decimal], quote: str, now_ms: int) -> Decimal:
        """The same in another asset, to eight decimals; zero if that asset has no price."""
        price = self.market.usd_price(quote, now_ms)
        return divide(self.usd_value(quantities, now_ms), price).quantize(SATOSHI) if price else Decimal(0)

    def holdings(self, now_ms: int) -> dict[str, Decimal]:
        """Quantities over all wallets."""
        return holdings(self.ledger.balances(now_ms))


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a view sees it: decoded parameters and the instant at which it is answered."""

    parameters: Mapping[str, str]
    now_ms: int
    key: ApiKey | None = None
    address: str = "127.0.0.1"
    server_ms: int = field(default=0)

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        return self.parameters.get(name, default)

    def required(self, name: str) -> str:
        """A parameter that must be there (-1102)."""
        value = self.parameters.get(name)
        if not value:
            raise mandatory(name)
        return value

    def integer(self, name: str) -> int | None:
        """A whole number, or None if it was not sent (-1100 for anything else)."""
        text = self.parameters.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 20:
            message = f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
            raise BinanceError(400, -1100, message)
        return int(text)

    def limit(self, default: int, most: int, name: str = "limit") -> int:
        """A page size: clamped from above, refused below 1."""
        value = self.integer(name)
        if value is not None and value < 1:
            raise invalid(name)
        return default if value is None else min(value, most)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """`true` or `false` (-1130 for anything else)."""
        text = self.parameters.get(name)
        if text is None:
            return default
        if text not in {"true", "false"}:
            raise invalid(name)
        return text == "true"


def amount(value: Decimal) -> str:
    """A quantity on the wire: eight decimals, more only where the books are finer."""
    short = value.quantize(SATOSHI)
    return f"{short:f}" if short == value else f"{value.normalize():f}"
