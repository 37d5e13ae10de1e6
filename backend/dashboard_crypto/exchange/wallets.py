"""Every wallet that counts, each asset once.

Spot also lists receipts of Simple Earn Flexible (`LDBTC`); the positions themselves are read, so receipts are dropped,
and only when the positions were read. Locked positions leave no receipt.

A wallet that refuses is absent when the key's own permissions say that it cannot be read, or when nothing of that kind
is offered here (test network). A refusal that contradicts the permissions makes the reading partial, because leaving a
wallet out would look like a loss; only after ten minutes of it is the wallet taken for absent, and never if it was read
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard_crypto.core import equity
from dashboard_crypto.core.errors import ExchangeDown, MalformedAnswer, PartialReading
from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, FUNDING, SPOT, Holding
from dashboard_crypto.core.movement import CM_FUTURES, MARGIN, PORTFOLIO_MARGIN, UM_FUTURES
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange import fields, parsing
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.facts import FactsReader
from dashboard_crypto.exchange.further_wallets import ISOLATED, FurtherWallets, Reader
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused
from dashboard_crypto.exchange.symbol_map import SymbolMap
from dashboard_crypto.exchange.transit import Found, Redemptions

_PAGE_SIZE = 100
_MOST_PAGES = 100
_ABSENT_FOR_CYCLES = 120
_CONTRADICTIONS = 3
_CONTRADICTED_FOR_S = 600.0
_NO_SUCH_ACCOUNT = frozenset({-3003, -11001})
_NAMES = {
    FUNDING: "funding wallet",
    EARN_FLEXIBLE: "Simple Earn flexible",
    EARN_LOCKED: "Simple Earn locked",
    MARGIN: "cross margin",
    ISOLATED: "isolated margin",
    UM_FUTURES: "USD-M futures",
    CM_FUTURES: "COIN-M futures",
    PORTFOLIO_MARGIN: "portfolio margin",
    equity.LOAN: "flexible loans",
}
_PERMISSIONS = {
    MARGIN: "enableMargin",
    ISOLATED: "enableMargin",
    UM_FUTURES: "enableFutures",
    CM_FUTURES: "enableFutures",
    PORTFOLIO_MARGIN: "enablePortfolioMarginTrading",
}
"""What a key needs beside reading, where that is not always enough; a wallet that refuses without it is absent."""

Quantities = dict[str, Decimal]
Holdings = tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class WalletReading:
    """All holdings of one cycle, the account's id, the wallets that this key does not have, and what was redeemed."""

    account_id: str
    holdings: Holdings
    absent: tuple[str, ...]
    redeemed: Found


class Wallets:
    """Reads the wallets one after the other; remembers which of them exist."""

    def __init__(self, call: Call, clock: Clock, facts: FactsReader | None = None) -> None:
        self._call = call
        self._clock = clock
        self._facts = facts or FactsReader(call, clock)
        self._further = FurtherWallets(call, clock)
        self._redemptions = Redemptions(call, clock)
        self._seen: set[str] = set()
        self._absent: dict[str, int] = {}
        self._contradictions: dict[str, list[float]] = {}
        self._pledged: Quantities = {}

    def read(self, symbols: SymbolMap) -> WalletReading:
        """Read everything or raise: PartialReading names the wallet that failed."""
        facts = self._facts.current()
        account = self._call("account", {"omitZeroBalances": "true"})
        spot = parsing.spot_balances(account)
        self._pledged = {}
        readers: dict[str, Reader] = {
            FUNDING: lambda: _held(FUNDING, parsing.funding_balances(self._call("funding"))),
            EARN_FLEXIBLE: lambda: _held(EARN_FLEXIBLE, self._positions("earn_flexible", "totalAmount")),
            EARN_LOCKED: lambda: _held(EARN_LOCKED, self._positions("earn_locked", "amount")),
            **self._further.readers(facts),
        }
        others = {wallet: self._optional(wallet, reader) for wallet, reader in readers.items()}
        if self._further.loans_are_due(self._pledged):
            others[equity.LOAN] = self._loans()
        kept = _without_receipts(spot, symbols, has_positions=bool(others[EARN_FLEXIBLE]))
        holdings = _held(SPOT, kept) + tuple(holding for held in others.values() for holding in held or ())
        absent = tuple(wallet for wallet in others if others[wallet] is None)
        return WalletReading(parsing.account_id(account), holdings, absent, self._redemptions.read(holdings))

    def _loans(self) -> Holdings | None:
        """Loans exist only if the exchange says so; a refusal matters only where something is pledged."""
        try:
            found = self._optional(equity.LOAN, lambda: self._further.loans(self._pledged))
        except PartialReading as failure:
            is_refusal = isinstance(failure.__cause__, (NotPermitted, EndpointGone))
            if self._pledged or equity.LOAN in self._seen or not is_refusal:
                raise
            found = None
        if not found:
            self._further.note_loans(exist=False)
        return found

    def _optional(self, wallet: str, reader: Reader) -> Holdings | None:
        """What the wallet holds; None if this key has no such wallet."""
        if self._absent.get(wallet, 0) > 0:
            self._absent[wallet] -= 1
            return None
        try:
            holdings = reader()
        except (NotPermitted, EndpointGone) as refusal:
            if wallet in self._seen or not self._is_absent(wallet):
                raise PartialReading(f"{_NAMES[wallet]}: {refusal}") from refusal
            self._absent[wallet] = _ABSENT_FOR_CYCLES
            return None
        except ExchangeDown as failure:
            is_missing = isinstance(failure, RequestRefused) and failure.code in _NO_SUCH_ACCOUNT
            if wallet in self._seen or not is_missing:
                raise PartialReading(f"{_NAMES[wallet]}: {failure}") from failure
            self._absent[wallet] = _ABSENT_FOR_CYCLES
            return None
        self._seen.add(wallet)
        self._contradictions.pop(wallet, None)
        return holdings

    def _is_absent(self, wallet: str) -> bool:
        """Whether a refusing wallet does not exist for this key, judged by the key's permissions."""
        try:
            restrictions = self._call("key_restrictions")
        except (NotPermitted, EndpointGone):
            return True
        except ExchangeDown:
            return False
        needed = ("enableReading", *filter(None, [_PERMISSIONS.get(wallet)]))
        if not all(fields.truth(restrictions, name, "apiRestrictions", default=False) for name in needed):
            return True
        times = self._contradictions.setdefault(wallet, [])
        times.append(self._clock.monotonic())
        return len(times) >= _CONTRADICTIONS and times[-1] - times[0] >= _CONTRADICTED_FOR_S

    def _positions(self, endpoint_id: str, quantity_field: str) -> Quantities:
        """Sum the positions of all pages. Pages that do not add up to the stated total are refused."""
        quantities: Quantities = {}
        read = 0
        for number in range(1, _MOST_PAGES + 1):
            answer: Any = self._call(endpoint_id, {"current": number, "size": _PAGE_SIZE})
            page = parsing.earn_page(answer, quantity_field, endpoint_id)
            read += len(page.quantities)
            for asset, quantity in page.quantities:
                quantities[asset] = fields.total((quantities.get(asset, Decimal(0)), quantity))
            for asset, quantity in page.pledged:
                if quantity:
                    self._pledged[asset] = fields.total((self._pledged.get(asset, Decimal(0)), quantity))
            if read >= page.total or not page.quantities:
                break
        if read != page.total:
            raise MalformedAnswer(f"{endpoint_id}: {read} positions read, {page.total} stated")
        return {asset: quantity for asset, quantity in quantities.items() if quantity}


def _without_receipts(spot: Quantities, symbols: SymbolMap, *, has_positions: bool) -> Quantities:
    receipts = [asset for asset in spot if symbols.is_receipt(asset)]
    if receipts and not has_positions:
        names = ", ".join(sorted(receipts)[:5])
        raise PartialReading(f"Simple Earn flexible shows no positions, but its receipts are held ({names})")
    return {asset: quantity for asset, quantity in spot.items() if asset not in receipts}


def _held(wallet: str, quantities: Quantities) -> Holdings:
    return tuple(Holding(asset, wallet, quantity) for asset, quantity in sorted(quantities.items()))
