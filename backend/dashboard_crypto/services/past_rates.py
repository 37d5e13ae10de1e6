"""The rates of every snapshot: resident once somebody has asked, growing with the history, read anew with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard_crypto.core.model import DISPLAY_CURRENCIES
from dashboard_crypto.db import rate_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.history import HistoryState

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    history_revision: int
    last_id: int
    table: Floats


class PastRates:
    """Safe to call from any thread: what is known never changes, it is only replaced."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: _Known | None = None

    def columns(self, session: Session, state: HistoryState) -> Mapping[str, Floats]:
        """USD per unit of the display currencies at every snapshot of `state`, as `session` sees it; NaN is unknown."""
        table = self._table(session, state)
        return dict(zip(DISPLAY_CURRENCIES, table, strict=True))

    def _table(self, session: Session, state: HistoryState) -> Floats:
        known, portfolio_id = self._known, self._store.portfolio_id
        is_older = known is not None and known.history_revision == state.history_revision
        if known is None or not is_older or known.last_id > state.last_id:
            table = rate_rows.load_rates(session, portfolio_id)
        elif known.last_id == state.last_id:
            return known.table
        else:
            newer = rate_rows.load_rates(session, portfolio_id, known.last_id)
            table = np.concatenate([known.table, newer], axis=1)
        self._known = _Known(state.history_revision, state.last_id, table)
        return table
