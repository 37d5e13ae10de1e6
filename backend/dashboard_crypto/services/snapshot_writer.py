"""Writes snapshots from the database alone, and only from balances that are complete, fresh and explained."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.errors import Conflict, NotReady
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.core.timekeys import MINUTE_MS
from dashboard_crypto.db import balance_rows, current_rows, snapshot_rows, state_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import NewSnapshot, SnapshotRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.history import History
from dashboard_crypto.services.reconciling import snapshot_status


@dataclass(frozen=True, slots=True)
class SnapshotRules:
    """How fresh balances must be, and how long a slot is."""

    balance_interval_s: float
    snapshot_interval_s: float

    def slot_of(self, instant_ms: int) -> int:
        """Start of the slot that contains an instant, epoch milliseconds."""
        length_ms = round(self.snapshot_interval_s * 1000)
        return instant_ms - instant_ms % length_ms

    @property
    def fresh_ms(self) -> int:
        """Balances older than two intervals are not used."""
        return round(2000 * self.balance_interval_s)


class SnapshotWriter:
    """One row per slot from the loop, and rows that a person asks for. A row's instant is its balances' instant."""

    def __init__(self, store: Store, clock: Clock, history: History, doorbell: Doorbell, rules: SnapshotRules) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._rules = rules
        self._done_slot: int | None = None

    @property
    def interval_s(self) -> float:
        """Seconds from one slot to the next."""
        return self._rules.snapshot_interval_s

    def write_slot(self, fence: int) -> int | None:
        """The snapshot of the present slot, unless it exists or the balances are not fit for it yet; its id."""
        slot = self._rules.slot_of(self._clock.now_ms())
        if slot == self._done_slot:
            return None
        with self._store.reading() as session:
            if snapshot_rows.slot_taken(session, self._store.portfolio_id, slot):
                self._done_slot = slot
                return None
            try:
                new = self._new(session, slot)
            except NotReady:
                return None
        try:
            row_id = self.append(new, fence)
        except Conflict:
            return None
        self._done_slot = slot
        return row_id

    def write_manual(self) -> SnapshotRecord:
        """A snapshot of the present balances outside the slots. NotReady or Conflict with the reason."""
        with self._store.reading() as session:
            new = self._new(session, None)
        row_id = self.append(new, None)
        with self._store.reading() as session:
            return snapshot_rows.load_snapshot(session, self._store.portfolio_id, row_id)

    def append(self, new: NewSnapshot, fence: int | None) -> int:
        """Store one snapshot, tell everyone, and give its id.

        Conflict if its slot or minute is taken or a later one exists.
        `fence` is the loop's number (LeaseLost if it is old); a person's own snapshot has None.
        """
        with self._store.appending() as session:
            state = self._history.standing_at(session, self._store.stand(session, fence))
            last_ms = state.last_ms
            if last_ms is not None and last_ms // MINUTE_MS == new.instant_ms // MINUTE_MS:
                raise Conflict("There is already a snapshot of this minute. Try again in a minute.")
            if last_ms is not None and last_ms > new.instant_ms:
                raise Conflict("A newer snapshot exists than these balances.")
            grown = self._history.append(session, state, new)
        self._history.publish(grown)
        self._doorbell.ring("performance", grown.revision)
        return grown.last_id

    def _new(self, session: Session, slot: int | None) -> NewSnapshot:
        """The snapshot that the stored balances make; NotReady if they must not become one."""
        store, rules = self._store, self._rules
        head = balance_rows.load_head(session, store.portfolio_id)
        status = state_rows.load_status(session, store.portfolio_id)
        if head.read_at_ms is None:
            raise NotReady("No balances have been read yet, so there is nothing to store.")
        if status.state != "live":
            raise NotReady(f"The balances are not current: {status.message or status.state}")
        if not 0 <= self._clock.now_ms() - head.read_at_ms <= rules.fresh_ms:
            raise NotReady("The balances are too old to be stored as the value of now. The next reading is on its way.")
        if status.flows_read_until_ms < head.read_at_ms:
            raise NotReady("Deposits and withdrawals have not been read for these balances yet.")
        if slot is not None and rules.slot_of(head.read_at_ms) != slot:
            raise NotReady("The balances belong to the slot before.")
        checked = snapshot_status(session, store.portfolio_id, head.read_at_ms)
        rates = current_rows.load_rates(session, store.portfolio_id, head.read_at_ms)
        return NewSnapshot(
            head.read_at_ms,
            slot,
            head.total_value_usd,
            "manual" if slot is None else "live",
            checked,
            eur_usd=_rate(rates["EUR"]),
            btc_usd=_rate(rates["BTC"]),
        )


def _rate(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)
