"""Counts what is under way in a reading, from what was stored with the one before and from the records."""

from __future__ import annotations

from dashboard_crypto.core.errors import PartialReading
from dashboard_crypto.core.model import AccountReading, Transit
from dashboard_crypto.core.transit import Before, Known, before_of, judge, with_transit
from dashboard_crypto.db import check_rows, ledger_rows
from dashboard_crypto.db.records import StoredBalances
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.ledger_import import LedgerImporter
from dashboard_crypto.services.ledger_reading import counting

UNTOLD = (
    "It cannot be told yet whether staked coins that were called back have arrived. The last complete balances stay "
    "until the records tell, or the redemption is done."
)


class TransitBook:
    """Stateless but for one thing: the records are not asked for again before the last answer is there."""

    def __init__(self, store: Store, ledger: LedgerImporter) -> None:
        self._store = store
        self._ledger = ledger
        self._wanted_ms = 0

    def counted(self, reading: AccountReading, previous: StoredBalances) -> AccountReading:
        """The reading with the coins under way. PartialReading, and the records are asked for, if that is not known.

        Always judged against the stored reading, so that a torn one in between leaves no trace.
        """
        if not reading.redemptions and not reading.untold:
            return reading
        before = Before()
        if previous.read_at_ms is not None:
            before = before_of(previous.read_at_ms, previous.balances, self._stored())
        transit = judge(reading, before, lambda: self._known(before.instant_ms))
        if transit is None:
            self._want_records(reading.read_at_ms, before.instant_ms)
            raise PartialReading(UNTOLD)
        return with_transit(reading, transit)

    def _stored(self) -> Transit | None:
        with self._store.reading() as session:
            found = check_rows.load_check(session, self._store.portfolio_id, check_rows.TRANSIT)
        return None if found is None else Transit(frozenset(found[1]["under_way"]), frozenset(found[1]["arrived"]))

    def _known(self, since_ms: int) -> Known:
        # First until when: what is stored meanwhile may only be more.
        until_ms = self._ledger.progress.known_until_ms(since_ms)
        with self._store.reading() as session:
            movements = ledger_rows.load_movements(session, self._store.portfolio_id, since_ms)
        return Known(counting(movements), until_ms)

    def _want_records(self, now_ms: int, since_ms: int) -> None:
        if self._ledger.progress.known_until_ms(since_ms) >= self._wanted_ms:
            self._wanted_ms = now_ms
            self._ledger.need_until(now_ms)
