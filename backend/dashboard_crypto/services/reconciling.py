"""Our total of every wallet against the exchange's own, once an hour."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.money import ONE
from dashboard_crypto.core.ports import Clock, HistoryReader
from dashboard_crypto.core.reconciliation import Reconciliation, reconcile
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db import balance_rows, check_rows, snapshot_rows, state_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.status_views import ReconciliationView, WalletView

NAME = "reconciliation"
_FRESH_MS = 120_000
"""Balances older than this are not compared: prices have moved since."""


class Reconciler:
    """Keeps the newest comparison where every process can read it, and marks the snapshots of its hour."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._done_slot: int | None = None

    def step(self, reader: HistoryReader, fence: int) -> None:
        """Compare if this hour was not compared yet and the balances are fresh."""
        now_ms = self._clock.now_ms()
        if now_ms // HOUR_MS == self._done_slot:
            return
        store = self._store
        with store.reading() as session:
            stored = balance_rows.load_balances(session, store.portfolio_id)
        if stored.read_at_ms is None or now_ms - stored.read_at_ms > _FRESH_MS:
            return
        theirs = reader.wallet_totals_usd()
        ours = [
            Holding(balance.asset, wallet, quantity)
            for balance in stored.balances
            for wallet, quantity in balance.wallets.items()
        ]
        prices = {balance.asset: balance.price_usd for balance in stored.balances if balance.price_usd is not None}
        found = reconcile(ours, prices, theirs, ONE)
        hour_ms = stored.read_at_ms // HOUR_MS * HOUR_MS
        with store.writing_as(fence) as session:
            check_rows.save_check(session, store.portfolio_id, NAME, stored.read_at_ms, _content(found))
            status = snapshot_status(session, store.portfolio_id, stored.read_at_ms)
            snapshot_rows.mark(session, store.portfolio_id, hour_ms, hour_ms + HOUR_MS, status)
            state_rows.bump(session, store.portfolio_id)
        self._done_slot = now_ms // HOUR_MS

    def newest(self) -> ReconciliationView | None:
        """The last comparison; None before the first."""
        with self._store.reading() as session:
            kept = check_rows.load_check(session, self._store.portfolio_id, NAME)
        if kept is None:
            return None
        at_ms, content = kept
        lines = tuple(
            WalletView(line["wallet"], _decimal(line["ours"]), Decimal(line["theirs"]), bool(line["over"]))
            for line in content["lines"]
        )
        return ReconciliationView(
            at_ms,
            lines,
            Decimal(content["ours"]),
            Decimal(content["theirs"]),
            Decimal(content["limit"]),
            bool(content["flagged"]),
            tuple(content["unpriced"]),
        )


def snapshot_status(session: Session, portfolio_id: int, instant_ms: int) -> str:
    """What a snapshot of this instant is called, by the comparison of its hour; complete until there is one."""
    kept = check_rows.load_check(session, portfolio_id, NAME)
    if kept is None or kept[0] // HOUR_MS != instant_ms // HOUR_MS or not kept[1]["flagged"]:
        return snapshot_rows.COMPLETE
    return snapshot_rows.UNRECONCILED


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _content(found: Reconciliation) -> dict[str, object]:
    return {
        "lines": [
            {"wallet": line.wallet, "ours": line.ours_usd, "theirs": line.theirs_usd, "over": line.is_over}
            for line in found.lines
        ],
        "ours": found.ours_usd,
        "theirs": found.theirs_usd,
        "limit": found.limit_usd,
        "flagged": found.is_flagged,
        "unpriced": list(found.unpriced),
    }
