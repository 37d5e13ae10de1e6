"""Changes of balances that nothing explains: found, kept until something does, and offered as cash flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dashboard_crypto.core.errors import Conflict, NotFound
from dashboard_crypto.core.jumps import Jump, Reading, find_jump
from dashboard_crypto.core.model import SPOT, Balance, Valuation
from dashboard_crypto.core.money import EXACT, total
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db import balance_rows, ledger_rows, snapshot_rows, state_rows, suggestion_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, StoredBalances, Suggestion
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_book import FlowBook
from dashboard_crypto.services.history import History
from dashboard_crypto.services.views import FlowType, NewCashFlow

_SAME_RATIO = Decimal("0.02")


class JumpBook:
    """An open jump disappears by itself when a record, or a cash flow entered by hand, turns out to explain it."""

    def __init__(self, store: Store, history: History, book: FlowBook, doorbell: Doorbell) -> None:
        self._store = store
        self._history = history
        self._book = book
        self._doorbell = doorbell

    def look(self, previous: StoredBalances, valuation: Valuation, fence: int) -> bool:
        """Compare two readings; True if what changed between them is not explained."""
        if previous.read_at_ms is None:
            return False
        prices = _prices((*previous.balances, *valuation.balances))
        before = Reading(previous.read_at_ms, _quantities(previous.balances))
        after = Reading(valuation.instant_ms, _quantities(valuation.balances))
        with self._store.reading() as session:
            jump = self._jump(session, before, after, prices)
        if jump is None:
            return False
        with self._store.writing_as(fence) as session:
            suggestion_rows.add_suggestion(session, self._store.portfolio_id, jump)
            revision, _ = state_rows.bump(session, self._store.portfolio_id)
        self._doorbell.ring("status", revision)
        return True

    def settle(self, fence: int) -> None:
        """Take back what is explained by now."""
        explained = [one for one in self.waiting() if self._is_explained(one)]
        if explained:
            with self._store.writing_as(fence) as session:
                for one in explained:
                    suggestion_rows.drop_suggestion(session, self._store.portfolio_id, one.id)
                revision, _ = state_rows.bump(session, self._store.portfolio_id)
            self._doorbell.ring("status", revision)

    def waiting(self) -> tuple[Suggestion, ...]:
        """Jumps without an answer, oldest first."""
        with self._store.reading() as session:
            return suggestion_rows.open_suggestions(session, self._store.portfolio_id)

    def note(self) -> str:
        """A sentence about the newest open jump; empty without one."""
        waiting = self.waiting()
        if not waiting:
            return ""
        amount = waiting[-1].amount_usd
        way = "appeared" if amount > 0 else "left"
        return (
            f"Coins worth {abs(amount):.2f} USD {way} without a deposit or withdrawal that the exchange reports. "
            "If they came from or went outside, enter a cash flow; until then they count as performance."
        )

    def accept(self, suggestion_id: int) -> FlowRecord:
        """Make the suggested cash flow. NotFound; Conflict if it was answered before."""
        one = self._found(suggestion_id)
        in_coins = one.asset is not None and one.quantity is not None
        amount = None if in_coins else abs(one.amount_usd)
        quantity = abs(one.quantity) if in_coins and one.quantity is not None else None
        asset = one.asset if in_coins else None
        way: FlowType = "DEPOSIT" if one.amount_usd > 0 else "WITHDRAW"
        new = NewCashFlow(way, one.until_ms, amount, asset, quantity, in_snapshot=self._is_in_snapshot(one))
        record = self._book.add(new, f"suggestion-{one.id}-{one.until_ms}")
        self._answer(one, "accepted", record.id)
        return record

    def dismiss(self, suggestion_id: int) -> None:
        """It was no cash flow: it stays performance."""
        self._answer(self._found(suggestion_id), "dismissed", None)

    def _is_in_snapshot(self, one: Suggestion) -> bool | None:
        """A snapshot of the jump's own minute holds the coins only if it was not taken before the reading that showed
        them. None: there is no such snapshot to ask about, or it does."""
        with self._store.reading() as session:
            taken_ms = snapshot_rows.snapshot_at_key(session, self._store.portfolio_id, to_key(one.until_ms))
        return False if taken_ms is not None and taken_ms < one.until_ms else None

    def _answer(self, one: Suggestion, state: str, cash_flow_id: int | None) -> None:
        with self._store.session() as session:
            suggestion_rows.answer_suggestion(session, self._store.portfolio_id, one.id, state, cash_flow_id)
            revision, _ = state_rows.bump(session, self._store.portfolio_id)
        self._doorbell.ring("status", revision)

    def _found(self, suggestion_id: int) -> Suggestion:
        with self._store.reading() as session:
            found = suggestion_rows.load_suggestion(session, self._store.portfolio_id, suggestion_id)
        if found is None:
            raise NotFound("There is no such suggestion.")
        if found.state != "open":
            raise Conflict("This suggestion was answered before.")
        return found

    def _is_explained(self, one: Suggestion) -> bool:
        with self._store.reading() as session:
            pid = self._store.portfolio_id
            sets = balance_rows.holdings_between(session, pid, one.after_ms, one.until_ms)
            if len(sets) < 2 or sets[-1].instant_ms != one.until_ms:
                return False
            prices = _prices(balance_rows.load_balances(session, pid).balances)
            before = Reading(one.after_ms, sets[-2].quantities)
            return self._jump(session, before, Reading(one.until_ms, sets[-1].quantities), prices) is None

    def _jump(self, session: Session, before: Reading, after: Reading, prices: Mapping[str, Decimal]) -> Jump | None:
        flows = [
            flow
            for flow in self._history.current().flows
            if flow.linked_id is None and before.instant_ms < flow.instant_ms <= after.instant_ms
        ]
        told = {flow.external_id for flow in flows}
        recorded = ledger_rows.load_movements(session, self._store.portfolio_id, before.instant_ms)
        movements = [m for m in recorded if m.instant_ms <= after.instant_ms and m.key not in told]
        jump = find_jump(before, after, prices, [*movements, *_as_movements(flows)])
        in_usd = [f.amount_usd for f in flows if f.asset is None and f.amount_usd is not None]
        if jump is None or not in_usd:
            return jump
        rest = abs(EXACT.subtract(jump.amount_usd, total(in_usd)))
        return None if rest <= max(jump.limit_usd, _SAME_RATIO * abs(jump.amount_usd)) else jump


def _as_movements(flows: Sequence[FlowRecord]) -> list[Movement]:
    return [
        Movement(
            f"flow:{flow.id}",
            "",
            flow.source,
            "deposit",
            flow.asset,
            flow.quantity,
            SPOT,
            flow.instant_ms,
            str(flow.id),
        )
        for flow in flows
        if flow.asset is not None and flow.quantity is not None
    ]


def _quantities(balances: Sequence[Balance]) -> dict[str, Decimal]:
    return {balance.asset: balance.quantity for balance in balances}


def _prices(balances: Sequence[Balance]) -> dict[str, Decimal]:
    return {balance.asset: balance.price_usd for balance in balances if balance.price_usd is not None}
