"""Every wallet that counts, each asset once.

Spot also lists receipts of Simple Earn Flexible (`LDBTC`); the positions themselves are read, so receipts are dropped,
and only when the positions were read. Locked positions leave no receipt. A wallet the key may not see counts as absent
if it was never seen; one that was seen before and now refuses makes the reading partial, because leaving it out would
look like a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.errors import ExchangeDown, MalformedAnswer, PartialReading
from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, FUNDING, SPOT, Holding
from dashboard_crypto.exchange import parsing
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted
from dashboard_crypto.exchange.symbol_map import SymbolMap
from dashboard_crypto.exchange.transport import Transport

_PAGE_SIZE = 100
_MOST_PAGES = 100
_ABSENT_FOR_CYCLES = 120
_NAMES = {FUNDING: "funding wallet", EARN_FLEXIBLE: "Simple Earn flexible", EARN_LOCKED: "Simple Earn locked"}

Quantities = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class WalletReading:
    """All holdings of one cycle, the account's id, and the wallets that do not exist for this key."""

    account_id: str
    holdings: tuple[Holding, ...]
    absent: tuple[str, ...]


class Wallets:
    """Reads the wallets one after the other; remembers which of them exist."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._seen: set[str] = set()
        self._absent: dict[str, int] = {}

    def read(self, symbols: SymbolMap) -> WalletReading:
        """Read everything or raise: PartialReading names the wallet that failed."""
        account = self._transport.call("account", {"omitZeroBalances": "true"})
        spot = parsing.spot_balances(account)
        readers: Mapping[str, Callable[[], Quantities]] = {
            FUNDING: self._funding,
            EARN_FLEXIBLE: lambda: self._positions("earn_flexible", "totalAmount"),
            EARN_LOCKED: lambda: self._positions("earn_locked", "amount"),
        }
        others = {wallet: self._optional(wallet, reader) for wallet, reader in readers.items()}
        found = {SPOT: _without_receipts(spot, symbols, flexible_read=others[EARN_FLEXIBLE] is not None)}
        found |= {wallet: quantities for wallet, quantities in others.items() if quantities is not None}
        holdings = tuple(
            Holding(asset, wallet, quantity)
            for wallet, quantities in found.items()
            for asset, quantity in sorted(quantities.items())
        )
        return WalletReading(parsing.account_id(account), holdings, tuple(w for w in others if others[w] is None))

    def _optional(self, wallet: str, reader: Callable[[], Quantities]) -> Quantities | None:
        """The wallet's quantities; None if this key has no such wallet."""
        if self._absent.get(wallet, 0) > 0:
            self._absent[wallet] -= 1
            return None
        try:
            quantities = reader()
        except (NotPermitted, EndpointGone) as refusal:
            if wallet in self._seen:
                raise PartialReading(f"{_NAMES[wallet]}: could be read before and is refused now") from refusal
            self._absent[wallet] = _ABSENT_FOR_CYCLES
            return None
        except ExchangeDown as failure:
            raise PartialReading(f"{_NAMES[wallet]}: {failure}") from failure
        self._seen.add(wallet)
        return quantities

    def _funding(self) -> Quantities:
        return parsing.funding_balances(self._transport.call("funding"))

    def _positions(self, endpoint_id: str, quantity_field: str) -> Quantities:
        """Sum the positions of all pages. Pages that do not add up to the stated total are refused."""
        quantities: Quantities = {}
        read = 0
        for number in range(1, _MOST_PAGES + 1):
            answer: Any = self._transport.call(endpoint_id, {"current": number, "size": _PAGE_SIZE})
            page = parsing.earn_page(answer, quantity_field, endpoint_id)
            read += len(page.quantities)
            for asset, quantity in page.quantities:
                quantities[asset] = quantities.get(asset, Decimal(0)) + quantity
            if read >= page.total or not page.quantities:
                break
        if read != page.total:
            raise MalformedAnswer(f"{endpoint_id}: {read} positions read, {page.total} stated")
        return {asset: quantity for asset, quantity in quantities.items() if quantity}


def _without_receipts(spot: Quantities, symbols: SymbolMap, *, flexible_read: bool) -> Quantities:
    receipts = [asset for asset in spot if symbols.is_receipt(asset)]
    if receipts and not flexible_read:
        names = ", ".join(sorted(receipts)[:5])
        raise PartialReading(f"Simple Earn flexible cannot be read, but its receipts are held ({names})")
    return {asset: quantity for asset, quantity in spot.items() if asset not in receipts}
