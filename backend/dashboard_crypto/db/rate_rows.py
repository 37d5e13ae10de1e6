"""What a euro and a bitcoin cost at the snapshots, as columns beside those of `snapshot_rows.load_series`."""

from __future__ import annotations

from itertools import chain

import numpy as np
import numpy.typing as npt

from dashboard_crypto.db.driver import cursor
from dashboard_crypto.db.engine import Session

# No rate is negative, so -1 can stand for unknown on the way: the driver has no number for it.
_COLUMNS = "SELECT coalesce(eur_usd, -1), coalesce(btc_usd, -1) FROM snapshots "
_LOAD = _COLUMNS + "WHERE portfolio_id = :portfolio_id AND status IN ('complete', 'unreconciled') ORDER BY timestamp"
# The plus keeps the planner off the index on portfolio_id: the few newest ids are what is wanted.
_LOAD_AFTER = _COLUMNS + (
    "WHERE +portfolio_id = :portfolio_id AND id > :after_id AND status IN ('complete', 'unreconciled') ORDER BY id"
)


def load_rates(session: Session, portfolio_id: int, after_id: int = 0) -> npt.NDArray[np.float64]:
    """A row of USD per euro and one per bitcoin, for the snapshots stored after `after_id` (0: all); NaN is unknown."""
    template = _LOAD_AFTER if after_id else _LOAD
    parameters = {"portfolio_id": portfolio_id} | ({"after_id": after_id} if after_id else {})
    opened = cursor(session, template, parameters)
    table = np.fromiter(chain.from_iterable(opened), dtype=np.float64).reshape(-1, 2)
    opened.close()
    return np.where(table.T > 0, table.T, np.nan).copy(order="C")
