"""One cycle of the balance loop: read, value, record, then make sure that no flow is missing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from dashboard_crypto.core.errors import ClockOff, PartialReading
from dashboard_crypto.core.model import Balance, Valuation
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.ports import ExchangeGateway
from dashboard_crypto.core.valuation import value
from dashboard_crypto.db.records import StoredBalances
from dashboard_crypto.services.flow_import import FlowImporter
from dashboard_crypto.services.history import History
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.snapshot_writer import SnapshotRules

NOTICEABLE_USD = Decimal(1)
"""A change of quantities worth less is interest or rounding; the hourly look at the flows covers it."""
UNEXPLAINED_USD = Decimal(25)
UNEXPLAINED_SHARE = Decimal("0.02")


class BalanceCycle:
    """Holds what must be remembered from one cycle to the next: whether the flows are known up to now."""

    def __init__(
        self, portfolio: PortfolioService, importer: FlowImporter, history: History, rules: SnapshotRules
    ) -> None:
        self._portfolio = portfolio
        self._importer = importer
        self._history = history
        self._rules = rules
        self._flows_slot: int | None = None
        self._note = ""

    def run(self, gateway: ExchangeGateway, fence: int) -> None:
        """Errors of `core.errors` pass through; what was committed before them stays, and is true by itself."""
        valuation = value(gateway.read_account())
        previous = self._portfolio.stored()
        self._refuse_false(valuation, previous)
        moved = moved_value(previous, valuation)
        slot = self._rules.slot_of(valuation.instant_ms)
        look = slot != self._flows_slot or moved is None or abs(moved) >= NOTICEABLE_USD
        look = look or not set(previous.unpriced) <= set(valuation.unpriced)
        if look:
            self._flows_slot = None
        self._portfolio.record(valuation, fence, flows_read=not look, note=self._note)
        self._importer.add_scope_entries(previous.unpriced, valuation, fence)
        if look:
            self._look(gateway, fence, valuation, previous, moved)
            self._flows_slot = slot
        self._importer.value_pending(gateway, fence, valuation.unpriced)

    def _refuse_false(self, valuation: Valuation, previous: StoredBalances) -> None:
        if previous.read_at_ms is not None and valuation.instant_ms < previous.read_at_ms:
            late_s = (previous.read_at_ms - valuation.instant_ms) // 1000
            raise ClockOff(
                f"This machine's clock went back: the last balances were stored {late_s} seconds after what it says "
                "now. Nothing is written until it has caught up."
            )
        lost = self._portfolio.lost_price(valuation)
        if lost is not None:
            raise PartialReading(
                f"There is no price for {lost.asset} now, and it was worth {lost.usd_value:.2f} USD. The last complete "
                "balances stay until it has one."
            )

    def _look(
        self,
        gateway: ExchangeGateway,
        fence: int,
        valuation: Valuation,
        previous: StoredBalances,
        moved: Decimal | None,
    ) -> None:
        self._importer.sync(gateway, fence, valuation)
        note = self._unexplained(previous, valuation, moved)
        if note != self._note:
            self._note = note
            self._portfolio.record(valuation, fence, flows_read=True, note=note)

    def _unexplained(self, previous: StoredBalances, valuation: Valuation, moved: Decimal | None) -> str:
        if moved is None or previous.read_at_ms is None:
            return self._note
        explained = total(
            record.amount_usd
            for record in self._history.current().flows
            if record.amount_usd is not None
            and record.linked_id is None
            and previous.read_at_ms < record.instant_ms <= valuation.instant_ms
        )
        rest = EXACT.subtract(moved, explained)
        if abs(rest) <= max(UNEXPLAINED_USD, UNEXPLAINED_SHARE * abs(previous.total_value_usd)):
            return self._note
        way = "appeared" if rest > 0 else "left"
        return (
            f"Coins worth {abs(rest):.2f} USD {way} without a deposit or withdrawal that the exchange reports. If they "
            "came from or went outside, enter a cash flow; until then they count as performance."
        )


def moved_value(previous: StoredBalances, valuation: Valuation) -> Decimal | None:
    """What the changes of quantity since the last reading are worth at the prices of now.

    About zero for a trade. None if that cannot be told: no reading before, or an asset without a price moved.
    """
    if previous.read_at_ms is None:
        return None
    old = _by_asset(previous.balances)
    new = _by_asset(valuation.balances)
    parts: list[Decimal] = []
    for asset in {*old, *new}:
        change = EXACT.subtract(_quantity(new, asset), _quantity(old, asset))
        price = next((held[asset].price_usd for held in (new, old) if asset in held), None)
        if change and price is None:
            return None
        if change and price is not None:
            parts.append(times(change, price))
    return total(parts)


def _by_asset(balances: tuple[Balance, ...]) -> Mapping[str, Balance]:
    return {balance.asset: balance for balance in balances}


def _quantity(balances: Mapping[str, Balance], asset: str) -> Decimal:
    return balances[asset].quantity if asset in balances else ZERO
