"""The simulator's own account of value, flows and returns, straight from the definition of the true TWR.

Value just before a flow and value just after it (before plus the flow) cut time into sub-periods; the return is the
product of `before(end) / after(start)`. Nothing here is shared with the app that it is held against.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from dashboard_crypto.simulator.clock import iso
from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.ledger import Ledger, holdings
from dashboard_crypto.simulator.market import PRECISION, multiply
from dashboard_crypto.simulator.wallets import is_wallet

DAY_MS = 86_400_000
MIN_BASE_USD = Decimal(1)
WINDOWS = (7, 30, 90, 0)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ValuedFlow:
    """One crossing of the border: money, or an asset that gains or loses its price."""

    at_ms: int
    kind: str
    asset: str
    quantity: Decimal
    amount_usd: Decimal


@dataclass(frozen=True, slots=True)
class Cut:
    """All flows of one instant: the value before any of them, and what they add together."""

    at_ms: int
    before: Decimal
    flow: Decimal

    @property
    def after(self) -> Decimal:
        """The base of the next sub-period."""
        return self.before + self.flow


class Truth:
    """Everything up to one instant."""

    def __init__(self, ledger: Ledger, at_ms: int) -> None:
        self.ledger = ledger
        self.market = ledger.market
        self.at_ms = at_ms
        with localcontext() as context:
            context.prec = PRECISION
            self.flows = self._flows()
            self.cuts = self._cuts()

    def value(self, instant_ms: int) -> Decimal:
        """Value with everything that happened up to and including an instant."""
        return self._worth(holdings(self.ledger.balances(instant_ms)), instant_ms)

    def value_before(self, instant_ms: int) -> Decimal:
        """Value at the prices of an instant, without what happened at it."""
        return self._worth(holdings(self.ledger.balances_before(instant_ms)), instant_ms)

    def _worth(self, quantities: Mapping[str, Decimal], instant_ms: int) -> Decimal:
        total = ZERO
        for asset, quantity in quantities.items():
            price = self.market.usd_price(asset, instant_ms)
            total += multiply(quantity, price) if price is not None else ZERO
        return total

    def unpriced(self) -> list[str]:
        """Held assets without a price now."""
        held = holdings(self.ledger.balances(self.at_ms))
        return [asset for asset in held if self.market.usd_price(asset, self.at_ms) is None]

    def _flows(self) -> list[ValuedFlow]:
        found = [flow for entry in self.ledger.entries_between(-1, self.at_ms) for flow in self._entry_flows(entry)]
        found += self._scope_flows()
        return sorted(found, key=lambda flow: flow.at_ms)

    def _entry_flows(self, entry: Entry) -> list[ValuedFlow]:
        if entry.flow:
            price = self.market.usd_price(entry.flow.asset, entry.at_ms)
            if price is None:
                return []
            amount = multiply(entry.flow.quantity, price)
            return [ValuedFlow(entry.at_ms, entry.event.kind, entry.flow.asset, entry.flow.quantity, amount)]
        return self._exchanges_out_of_scope(entry)

    def _exchanges_out_of_scope(self, entry: Entry) -> list[ValuedFlow]:
        """Swapping something priced for something without a price moves value out of scope, and back."""
        moved: dict[str, Decimal] = defaultdict(Decimal)
        for posting in entry.postings:
            if is_wallet(posting.account):
                moved[posting.asset] += posting.amount
        prices = {asset: self.market.usd_price(asset, entry.at_ms) for asset, total in moved.items() if total}
        if all(price is not None for price in prices.values()) or entry.event.kind == "rename":
            return []
        gained = sum((multiply(moved[asset], price) for asset, price in prices.items() if price is not None), ZERO)
        asset = next(asset for asset, price in prices.items() if price is None)
        if entry.event.kind.endswith(("reward", "dividend", "referral", "interest", "income")) or not gained:
            return []
        kind = "scope_entry" if gained > 0 else "scope_exit"
        return [ValuedFlow(entry.at_ms, kind, asset, moved[asset], gained)]

    def _scope_flows(self) -> list[ValuedFlow]:
        """A holding leaves scope at its last priced instant and enters at its first one."""
        flows = []
        held_ever = {p.asset for entry in self.ledger.entries_between(-1, self.at_ms) for p in entry.postings}
        for asset in sorted(held_ever):
            for first_ms, last_ms in self.market.edges_ms(asset):
                entering = self._crossing(asset, first_ms, first_ms - 1)
                leaving = self._crossing(asset, last_ms, last_ms + 1)
                if entering and first_ms < self.at_ms + 1:
                    before = holdings(self.ledger.balances_before(first_ms)).get(asset, ZERO)
                    flows.append(ValuedFlow(first_ms, "scope_entry", asset, before, multiply(before, entering)))
                if leaving and last_ms < self.at_ms:
                    held = holdings(self.ledger.balances(last_ms)).get(asset, ZERO)
                    flows.append(ValuedFlow(last_ms, "scope_exit", asset, -held, -multiply(held, leaving)))
        return [flow for flow in dict.fromkeys(flows) if flow.quantity]

    def _crossing(self, asset: str, priced_ms: int, unpriced_ms: int) -> Decimal | None:
        """The price at the edge, if there is one on this side and none on the other."""
        price = self.market.usd_price(asset, priced_ms)
        return price if price is not None and self.market.usd_price(asset, unpriced_ms) is None else None

    def _cuts(self) -> list[Cut]:
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for flow in self.flows:
            sums[flow.at_ms] += flow.amount_usd
        return [Cut(at_ms, self._scoped_value_before(at_ms), total) for at_ms, total in sorted(sums.items())]

    def _scoped_value_before(self, at_ms: int) -> Decimal:
        """Value just before the flows of an instant; what only now enters scope does not count yet."""
        entering = [f for f in self.flows if f.at_ms == at_ms and f.kind == "scope_entry"]
        quantities = holdings(self.ledger.balances_before(at_ms))
        for flow in entering:
            if self.market.usd_price(flow.asset, at_ms - 1) is None:
                quantities.pop(flow.asset, None)
        return self._worth(quantities, at_ms)

    def inception_ms(self, not_before_ms: int = 0) -> int | None:
        """The first instant (of an entry or a listing) at which the account is worth at least one dollar."""
        candidates = {entry.at_ms for entry in self.ledger.entries_between(-1, self.at_ms)}
        candidates |= {flow.at_ms for flow in self.flows} | {not_before_ms}
        for instant in sorted(candidates):
            if not_before_ms <= instant <= self.at_ms and self.value(instant) >= MIN_BASE_USD:
                return instant
        return None

    def base_ms(self, days: int, from_ms: int | None) -> int | None:
        """Where a window begins: N days ago, but not before inception (or `from`)."""
        inception = self.inception_ms(from_ms or 0)
        if inception is None or days == 0:
            return inception
        return max(inception, self.at_ms - days * DAY_MS)

    def twr(self, start_ms: int) -> Decimal:
        """Time-weighted return over `(start_ms, at_ms]`."""
        with localcontext() as context:
            context.prec = PRECISION
            base, factor = self._scoped_value_after(start_ms), Decimal(1)
            for cut in self.cuts:
                if cut.at_ms > start_ms:
                    factor *= cut.before / base if base >= MIN_BASE_USD else 1
                    base = cut.after
            factor *= self._scoped_value_after(self.at_ms) / base if base >= MIN_BASE_USD else 1
            return factor - 1

    def _scoped_value_after(self, instant_ms: int) -> Decimal:
        """The value that a window starting at an instant has as its base: flows at it are inside."""
        leaving = [f for f in self.flows if f.at_ms == instant_ms and f.kind == "scope_exit"]
        return self.value(instant_ms) + sum((flow.amount_usd for flow in leaving), ZERO)

    def pnl(self, start_ms: int) -> Decimal:
        """`V(end) - V(start) - flows in (start, end]`."""
        with localcontext() as context:
            context.prec = PRECISION
            flows = sum((flow.amount_usd for flow in self.flows if start_ms < flow.at_ms), ZERO)
            return self._scoped_value_after(self.at_ms) - self._scoped_value_after(start_ms) - flows

    def _prices(self, held: Iterable[str]) -> dict[str, str]:
        """Of what is held, and of what amounts may be shown in."""
        prices = {asset: self.market.usd_price(asset, self.at_ms) for asset in sorted({*held, "BTC", "EUR"})}
        return {asset: f"{price:f}" for asset, price in prices.items() if price is not None}

    def document(self, from_ms: int | None = None, digits: int = 2) -> dict[str, Any]:
        """What `/_sim/truth` answers."""
        bases = {days: self.base_ms(days, from_ms) for days in WINDOWS}
        held = holdings(self.ledger.balances(self.at_ms))
        return {
            "now": iso(self.at_ms),
            "now_ms": self.at_ms,
            "total_value_usd": dollars(self.value(self.at_ms), digits),
            "unpriced": self.unpriced(),
            "prices_usd": self._prices(held),
            "holdings": {asset: f"{quantity.normalize():f}" for asset, quantity in held.items()},
            "flows": flow_rows(self.flows, self.cuts, digits),
            "twr": {str(days): None if base is None else float(self.twr(base)) for days, base in bases.items()},
            "pnl_usd": {
                str(days): None if base is None else dollars(self.pnl(base), digits) for days, base in bases.items()
            },
            "from": {str(days): None if base is None else iso(base) for days, base in bases.items()},
        }


def flow_rows(flows: Sequence[ValuedFlow], cuts: Sequence[Cut], digits: int) -> list[dict[str, Any]]:
    """Flows with the value around each of them; flows of one instant stand one after the other."""
    running = {cut.at_ms: cut.before for cut in cuts}
    rows = []
    for flow in flows:
        before = running[flow.at_ms]
        running[flow.at_ms] = after = before + flow.amount_usd
        rows.append(
            {
                "at": iso(flow.at_ms),
                "at_ms": flow.at_ms,
                "kind": flow.kind,
                "asset": flow.asset,
                "quantity": f"{flow.quantity.normalize():f}",
                "amount_usd": dollars(flow.amount_usd, digits),
                "value_before_usd": dollars(before, digits),
                "value_after_usd": dollars(after, digits),
            }
        )
    return rows


def dollars(value: Decimal, digits: int) -> str:
    """An amount with a fixed number of decimals; a plain 0 for nothing."""
    return f"{round(value, digits):f}" if value else "0"
