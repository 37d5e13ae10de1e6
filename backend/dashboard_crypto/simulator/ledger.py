"""The account's books: every change is a set of postings that sums to zero per asset.

Compiling lives through all events once, in the order in which they take effect, and refuses the first that would
overdraw a wallet. Reading a state is moving a cursor over the compiled entries.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.booking import book_event
from dashboard_crypto.simulator.entries import Book, Entry
from dashboard_crypto.simulator.market import Market
from dashboard_crypto.simulator.scenario import Event, Scenario, ScenarioError
from dashboard_crypto.simulator.wallets import DEBTS, WALLETS, is_wallet

CHECKPOINT_EVERY = 200
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
                if not is_wallet(posting.account):
                    continue
                wallet = self.balances[posting.account] = {}
            total = wallet.get(posting.asset, Decimal(0)) + posting.amount
            if total:
                wallet[posting.asset] = total
            else:
                wallet.pop(posting.asset, None)
        self.position += 1

    def copy(self) -> Cursor:
        """The same state, free to move on its own."""
        return Cursor(self.position, {name: dict(wallet) for name, wallet in self.balances.items()})


class Ledger:
    """All entries of a scenario, compiled against a market, and a cursor to read them."""

    def __init__(self, scenario: Scenario, market: Market) -> None:
        self.scenario = scenario
        self.delistings: list[tuple[int, tuple[str, ...]]] = []
        self.market = self._scripted(market)
        self._checkpoints: list[Cursor] = []
        self.entries = self._compile()
        self.instants = [entry.at_ms for entry in self.entries]
        self._cursor = Cursor()
        self.rows: dict[tuple[str, int], dict[str, Any]] = {}  # what views remember, as long as nothing new happens
        self._index()

    def _scripted(self, market: Market) -> Market:
        """The market with every delisting, halt and rename of the scenario, in order of time."""
        for event in sorted(self.scenario.events, key=lambda event: (event.at_ms, event.number)):
            if event.kind == "rename":
                market = market.renamed(event.text("asset"), event.text("to"), event.decimal("ratio", "1"), event.at_ms)
            elif event.kind == "delist":
                symbols = affected_symbols(event, market)
                self.delistings.append((event.at_ms, tuple(symbols)))
                market = market.delisted(symbols, event.at_ms)
            elif event.kind == "halt":
                market = market.halted(affected_symbols(event, market), event.at_ms, event.fields["until"])
        return market

    def _compile(self) -> list[Entry]:
        cursor, entries = Cursor(), list[Entry]()
        events = [each for event in self.scenario.events for each in (event, *event.consequences)]
        for event in sorted(events, key=lambda event: (event.effect_ms, event.number)):
            if cursor.position % CHECKPOINT_EVERY == 0:
                self._checkpoints.append(cursor.copy())
            entry = book_event(event, Book(cursor.balances, self.market))
            cursor.apply(entry)
            check_covered(entry, cursor)
            entries.append(entry)
        return entries

    def _index(self) -> None:
        """Entries by kind, by wallet and by traded symbol, each in order of effect."""
        self._by_kind: dict[str, list[Entry]] = defaultdict(list)
        self._by_wallet: dict[str, list[Entry]] = defaultdict(list)
        self.fills: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            self._by_kind[entry.event.kind].append(entry)
            for account in {posting.account for posting in entry.postings}:
                if is_wallet(account):
                    self._by_wallet[account].append(entry)
            if entry.fill:
                self.fills[entry.fill.symbol].append(entry)

    def of_kinds(self, *kinds: str) -> list[Entry]:
        """All entries of some kinds, also those of the future, in order of effect."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        found = [entry for kind in kinds for entry in self._by_kind.get(kind, ())]
        return sorted(found, key=lambda entry: (entry.at_ms, entry.event.number))

    def touching(self, wallet: str, until_ms: int) -> list[Entry]:
        """Entries that changed a wallet up to and including an instant."""
        found = self._by_wallet.get(wallet, [])
        return found[: bisect_right(found, until_ms, key=lambda entry: entry.at_ms)]

    def wallets(self, until_ms: int) -> list[str]:
        """Every wallet that was ever touched up to an instant."""
        return [name for name, entries in self._by_wallet.items() if entries[0].at_ms <= until_ms]

    def balances(self, at_ms: int) -> Balances:
        """Wallet -> asset -> quantity with every entry up to and including `at_ms`. Read it before asking again."""
        return self._moved(bisect_right(self.instants, at_ms))

    def balances_before(self, at_ms: int) -> Balances:
        """As `balances`, without the entries at `at_ms` itself."""
        return self._moved(bisect_right(self.instants, at_ms - 1))

    def _moved(self, position: int) -> Balances:
        if position < self._cursor.position:
            self._cursor = Cursor()
        checkpoint = position // CHECKPOINT_EVERY
        if checkpoint * CHECKPOINT_EVERY > self._cursor.position and checkpoint < len(self._checkpoints):
            self._cursor = self._checkpoints[checkpoint].copy()
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


def check_covered(entry: Entry, cursor: Cursor) -> None:
    """Refuse an entry that leaves less than nothing in a wallet."""
    for posting in entry.postings:
        left = cursor.balances.get(posting.account, {}).get(posting.asset, Decimal(0))
        if left < 0 and posting.account not in DEBTS:
            raise ScenarioError(
                f"event {entry.event.number}: {entry.event.kind} overdraws the {posting.account} wallet: "
                f"{-left} {posting.asset} too little"
            )


def affected_symbols(event: Event, market: Market) -> list[str]:
    """The symbol an event names, or all symbols of the asset it names."""
    if "asset" in event.fields:
        return [track.symbol for track in market.symbols_of(event.text("asset"))]
    symbol = event.text("symbol")
    if symbol not in market.tracks:
        raise ScenarioError(f"event {event.number}: there is no symbol {symbol!r}")
    return [symbol]
