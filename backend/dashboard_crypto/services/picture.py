"""The history and the rows behind it, as of one moment: what several answers rest on is read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from dashboard_crypto.db import check_rows, ledger_rows, snapshot_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import past_plan
from dashboard_crypto.services.history import HistoryState


class Picture:
    """`state` must be what `session` sees, or what it would be after a change; for as long as the session is open."""

    def __init__(self, store: Store, state: HistoryState, session: Session) -> None:
        self.state = state
        self.session = session
        self._portfolio_id = store.portfolio_id

    @cached_property
    def rebuilt(self) -> Mapping[str, Any] | None:
        """The report of the newest rebuild of the past; None without one."""
        found = check_rows.load_check(self.session, self._portfolio_id, past_plan.NAME)
        return None if found is None else found[1]

    @cached_property
    def is_growing(self) -> bool:
        """Whether older snapshots will still be added, because older records are being read."""
        if self.rebuilt is not None:
            return past_plan.is_growing(self.rebuilt)
        return ledger_rows.has_unread(self.session, self._portfolio_id)

    def exact(self, rows: Sequence[int]) -> list[Decimal]:
        """Values of a few rows, digit for digit, in one query."""
        instants = [int(self.state.series.instants_ms[row]) for row in rows]
        found = snapshot_rows.exact_values(self.session, self._portfolio_id, instants)
        return [found[instant] for instant in instants]

    def newest_id(self) -> int | None:
        """Of the snapshots."""
        return snapshot_rows.newest_id(self.session, self._portfolio_id)
