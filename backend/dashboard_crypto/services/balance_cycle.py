"""One cycle of the balance loop: read, value, record, then make sure that no flow is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dashboard_crypto.core.errors import ClockOff, PartialReading
from dashboard_crypto.core.model import Balance, Valuation
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.ports import ExchangeGateway
from dashboard_crypto.db.records import FlowRecord, StoredBalances
from dashboard_crypto.services.flow_import import FlowImporter
from dashboard_crypto.services.history import History
from dashboard_crypto.services.jump_book import JumpBook
from dashboard_crypto.services.ledger_import import LedgerImporter
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.settled_reading import NOTICEABLE_USD, settled_valuation
from dashboard_crypto.services.snapshot_writer import SnapshotRules
from dashboard_crypto.services.transit_book import TransitBook
from dashboard_crypto.services.vanished import VanishedAssets

EXCHANGED_RATIO = Decimal("0.02")
"""What came in and what went out are an exchange if they differ by less: its price, its fee."""


class BalanceCycle:
    """Holds what must be remembered from one cycle to the next: whether the flows are known up to now."""

    def __init__(
        self,
        portfolio: PortfolioService,
        importer: FlowImporter,
        history: History,
        *,
        jumps: JumpBook,
        ledger: LedgerImporter,
        transit: TransitBook,
        rules: SnapshotRules,
    ) -> None:
        self._portfolio = portfolio
        self._importer = importer
        self._history = history
        self._jumps = jumps
        self._ledger = ledger
        self._transit = transit
        self._rules = rules
        self._vanished = VanishedAssets()
        self._flows_slot: int | None = None
        self._note = ""

    def run(self, gateway: ExchangeGateway, fence: int) -> None:
        """Errors of `core.errors` pass through; what was committed before them stays, and is true by itself."""
        previous = self._portfolio.stored()
        valuation = settled_valuation(
            lambda: self._transit.counted(gateway.read_account(), previous), previous.balances
        )
        self._refuse_false(valuation, previous)
        known = self._known_flows()
        if doubt := self._vanished.judge(previous, valuation, gateway, known):
            raise PartialReading(doubt)
        moved = moved_value(previous, valuation)
        slot = self._rules.slot_of(valuation.instant_ms)
        # A smaller change is interest or rounding; the hourly look at the flows covers it.
        look = slot != self._flows_slot or moved is None or abs(moved) >= NOTICEABLE_USD
        look = look or not set(previous.unpriced) <= set(valuation.unpriced)
        if look:
            self._flows_slot = None
        self._portfolio.record(valuation, fence, flows_read=not look, note=self._note)
        self._importer.add_scope_entries(previous.unpriced, valuation, fence)
        if look:
            self._look(gateway, fence, valuation, previous)
            self._flows_slot = slot
        self._importer.value_pending(gateway, fence, valuation.unpriced)
        self._tell(valuation, fence)

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

    def _look(self, gateway: ExchangeGateway, fence: int, valuation: Valuation, previous: StoredBalances) -> None:
        known = self._known_flows()
        self._importer.sync(gateway, fence, valuation)
        told = [record for record in self._history.current().flows if record.external_id not in known]
        is_jump = self._jumps.look(previous, valuation, fence)
        if is_jump or _has_other_cause(previous, valuation, told):
            self._ledger.want_news(valuation.instant_ms)

    def _known_flows(self) -> set[str | None]:
        return {record.external_id for record in self._history.current().flows}

    def _tell(self, valuation: Valuation, fence: int) -> None:
        """Say what is still unexplained, and stop saying it when something explains it."""
        self._jumps.settle(fence)
        note = self._jumps.note()
        if note != self._note:
            self._note = note
            self._portfolio.record(valuation, fence, flows_read=True, note=note)


def moved_value(previous: StoredBalances, valuation: Valuation) -> Decimal | None:
    """What the changes of quantity since the last reading are worth at the prices of now.

    About zero for a trade. None if that cannot be told: no reading before, or an asset without a price moved.
    """
    parts = _moved_parts(previous, valuation)
    return None if parts is None else total(parts)


def _has_other_cause(previous: StoredBalances, valuation: Valuation, told: Sequence[FlowRecord]) -> bool:
    """Whether more moved than the flows just found and an exchange of coins explain: other records may tell."""
    parts = _moved_parts(previous, valuation)
    if parts is None:
        return previous.read_at_ms is not None
    rest = EXACT.subtract(total(parts), total(flow.amount_usd for flow in told if flow.amount_usd is not None))
    exchanged = min(total(part for part in parts if part > 0), -total(part for part in parts if part < 0))
    return abs(rest) >= max(NOTICEABLE_USD, times(exchanged, EXCHANGED_RATIO))


def _moved_parts(previous: StoredBalances, valuation: Valuation) -> list[Decimal] | None:
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
    return parts


def _by_asset(balances: tuple[Balance, ...]) -> Mapping[str, Balance]:
    return {balance.asset: balance for balance in balances}


def _quantity(balances: Mapping[str, Balance], asset: str) -> Decimal:
    return balances[asset].quantity if asset in balances else ZERO
