"""The account's books: every change is a set of postings that sums to zero per asset.

Compiling lives through all events once, in the order in which they take effect, and refuses the first that would
overdraw a wallet. Reading a state is moving a cursor over the compiled entries.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from dashboard_crypto.simulator.booking import Book, Entry, book_event
from dashboard_crypto.simulator.market import Market
from dashboard_crypto.simulator.scenario import Event, Scenario, ScenarioError

WALLETS = ("spot", "funding", "earn_flexible", "earn_locked")
Balances = Mapping[str, Mapping[str, Decimal]]


@dataclass(slots=True)
class Cursor:
    """The balances after the first `position` entries."""

    position: int = 0
    balances: dict[str, dict[str, Decimal]] = field(default_factory=lambda: {name: {} for name in WALLETS})

    def apply(self, entry: Entry) -> None:
        """Post one entry; a balance that reaches zero disappears."""
        for posting in entry.postings:
            wallet = self.balances.get(posting.account)
            if wallet is None:
                continue
            total = wallet.get(posting.asset, Decimal(0)) + posting.amount
            if total:
                wallet[posting.asset] = total
            else:
                wallet.pop(posting.asset, None)
        self.position += 1


class Ledger:
    """All entries of a scenario, compiled against a market, and a cursor to read them."""

    def __init__(self, scenario: Scenario, market: Market) -> None:
        self.scenario = scenario
        self.market = scripted_market(market, scenario.events)
        self.entries = self._compile()
        self.instants = [entry.at_ms for entry in self.entries]
        self._cursor = Cursor()

    def _compile(self) -> list[Entry]:
        cursor, entries = Cursor(), list[Entry]()
        for event in sorted(self.scenario.events, key=lambda event: (event.effect_ms, event.number)):
            entry = book_event(event, Book(cursor.balances, self.market))
            cursor.apply(entry)
            for posting in entry.postings:
                left = cursor.balances.get(posting.account, {}).get(posting.asset, Decimal(0))
                if left < 0:
                    raise ScenarioError(
                        f"event {event.number}: {event.kind} overdraws the {posting.account} wallet: "
                        f"{-left} {posting.asset} too little"
                    )
            entries.append(entry)
        return entries

    def balances(self, at_ms: int) -> Balances:
        """Wallet -> asset -> quantity with every entry up to and including `at_ms`. Read it before asking again."""
        return self._moved(bisect_right(self.instants, at_ms))

    def balances_before(self, at_ms: int) -> Balances:
        """As `balances`, without the entries at `at_ms` itself."""
        return self._moved(bisect_right(self.instants, at_ms - 1))

    def _moved(self, position: int) -> Balances:
        if position < self._cursor.position:
            self._cursor = Cursor()
        while self._cursor.position < position:
            self._cursor.apply(self.entries[self._cursor.position])
        return self._cursor.balances

    def entries_between(self, after_ms: int, until_ms: int) -> list[Entry]:
        """Entries that take effect in `(after_ms, until_ms]`."""
        return self.entries[bisect_right(self.instants, after_ms) : bisect_right(self.instants, until_ms)]


def holdings(balances: Balances) -> dict[str, Decimal]:
    """Quantity per asset over all wallets."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for wallet in balances.values():
        for asset, quantity in wallet.items():
            total[asset] += quantity
    return {asset: quantity for asset, quantity in sorted(total.items()) if quantity}


def scripted_market(market: Market, events: Iterable[Event]) -> Market:
    """The market with every delisting, halt and rename of the scenario, in order of time."""
    for event in sorted(events, key=lambda event: (event.at_ms, event.number)):
        if event.kind == "rename":
            market = market.renamed(event.text("asset"), event.text("to"), event.decimal("ratio", "1"), event.at_ms)
        elif event.kind in {"delist", "halt"}:
            symbols = affected_symbols(event, market)
            if event.kind == "delist":
                market = market.delisted(symbols, event.at_ms)
            else:
                market = market.halted(symbols, event.at_ms, event.fields["until"])
    return market


def affected_symbols(event: Event, market: Market) -> list[str]:
    """The symbol an event names, or all symbols of the asset it names."""
    if "asset" in event.fields:
        return [track.symbol for track in market.symbols_of(event.text("asset"))]
    symbol = event.text("symbol")
    if symbol not in market.tracks:
        raise ScenarioError(f"event {event.number}: there is no symbol {symbol!r}")
    return [symbol]
