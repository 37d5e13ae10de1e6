"""How the program itself is doing."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard_crypto.core.ports import Clock
from dashboard_crypto.db import ledger_rows, state_rows
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.auto_refresh import AutoRefresh
from dashboard_crypto.services.import_progress import ImportProgress
from dashboard_crypto.services.jump_book import JumpBook
from dashboard_crypto.services.lease import WriterLease
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.reconciling import Reconciler
from dashboard_crypto.services.status_views import ReconciliationView, StatusView

NO_IP_LIST = "The API key works from every IP address. Restrict it to yours at Binance."
CAN_TRADE = "The API key can trade. Reading is all this program needs."
UNKNOWN_KEY = "What the API key may do could not be found out yet."


@dataclass(frozen=True, slots=True)
class Checks:
    """What watches over the completeness of the figures."""

    progress: ImportProgress
    jumps: JumpBook
    reconciler: Reconciler


class StatusService:
    """Answers `/health` and `/api/status`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        portfolio: PortfolioService,
        loops: AutoRefresh,
        lease: WriterLease,
        *,
        checks: Checks,
        has_key: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._portfolio = portfolio
        self._loops = loops
        self._lease = lease
        self._checks = checks
        self._has_key = has_key

    def status(self) -> StatusView:
        """State of the exchange, the loops and the database."""
        with self._store.reading() as session:
            known = state_rows.load_status(session, self._store.portfolio_id)
            sources = ledger_rows.load_sources(session, self._store.portfolio_id)
            revision, history_revision = state_rows.load_revision(session, self._store.portfolio_id)
        shown = self._portfolio.balances()
        reconciliation = self._checks.reconciler.newest()
        permissions = known.permissions or {}
        now_ms = self._clock.now_ms()
        return StatusView(
            state=shown.state,
            state_message=shown.state_message,
            state_since_ms=known.since_ms,
            last_success_ms=known.last_success_ms,
            last_attempt_ms=known.last_attempt_ms,
            age_seconds=shown.age_seconds,
            last_error=known.last_error,
            banned_until_ms=known.banned_until_ms if known.banned_until_ms > now_ms else None,
            retry_at_ms=known.retry_at_ms if (known.retry_at_ms or 0) > now_ms else None,
            is_writer=self._lease.held,
            revision=revision,
            history_revision=history_revision,
            database_backend="sqlite" if self._store.database.is_sqlite else "postgresql",
            database_bytes=self._store.database.size_bytes(),
            database_version=self._store.database.version(),
            key_can_read=permissions.get("can_read"),
            key_can_trade=permissions.get("can_trade"),
            key_can_withdraw=permissions.get("can_withdraw"),
            key_ip_restricted=permissions.get("ip_restricted"),
            loops=self._loops.loops(),
            history=self._checks.progress.view(sources),
            reconciliation=reconciliation,
            suggestions=len(self._checks.jumps.waiting()),
            warnings=(*self._warnings(permissions), *_gap_warning(reconciliation)),
        )

    @property
    def import_progress(self) -> ImportProgress:
        """How far this process has read the past."""
        return self._checks.progress

    def healthy(self) -> bool:
        """Balances and snapshots of this process went round within their last 3 intervals (true before their start)."""
        return self._loops.is_alive()

    def _warnings(self, permissions: dict[str, bool] | object) -> tuple[str, ...]:
        if not self._has_key or not isinstance(permissions, dict):
            return ()
        if not permissions:
            return (UNKNOWN_KEY,)
        told = (
            (NO_IP_LIST, not permissions.get("ip_restricted", False)),
            (CAN_TRADE, permissions.get("can_trade", False)),
        )
        return tuple(text for text, applies in told if applies)


def _gap_warning(found: ReconciliationView | None) -> tuple[str, ...]:
    if found is None or not found.is_flagged:
        return ()
    gap = f"The exchange counts {found.theirs_usd:.2f} USD in all wallets, this program {found.ours_usd:.2f} USD."
    return (f"{gap} The status shows which wallet differs.",)
