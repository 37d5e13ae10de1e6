"""What a euro and a bitcoin cost at the snapshots, as columns beside those of `snapshot_rows.load_series`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import chain

import numpy as np
import numpy.typing as npt

from dashboard_crypto.core.model import DISPLAY_CURRENCIES
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.driver import cursor, each, rows
from dashboard_crypto.db.engine import Session

_COLUMN_OF = {name: f"{name.lower()}_usd" for name in DISPLAY_CURRENCIES}
# No rate is negative, so -1 can stand for unknown on the way: the driver has no number for it.
_COLUMNS = f"SELECT {', '.join(f'coalesce({column}, -1)' for column in _COLUMN_OF.values())} FROM snapshots "  # noqa: S608 - our names
_LOAD = _COLUMNS + "WHERE portfolio_id = :portfolio_id AND status IN ('complete', 'unreconciled') ORDER BY timestamp"
# The plus keeps the planner off the index on portfolio_id: the few newest ids are what is wanted.
_LOAD_AFTER = _COLUMNS + (
    "WHERE +portfolio_id = :portfolio_id AND id > :after_id AND status IN ('complete', 'unreconciled') ORDER BY id"
)

_UNRATED = "FROM snapshots WHERE portfolio_id = :portfolio_id AND source = 'backfill' AND {column} IS NULL "
_NEWEST = "SELECT instant_ms " + _UNRATED + "AND timestamp < :before ORDER BY timestamp DESC LIMIT 1"
_OLDEST = "SELECT min(instant_ms) " + _UNRATED + "AND timestamp < :before AND timestamp > :from_key"
_FILL = (
    "UPDATE snapshots SET {column} = :rate WHERE portfolio_id = :portfolio_id AND timestamp = :timestamp "
    "AND instant_ms = :instant_ms AND source = 'backfill' AND {column} IS NULL"
)

_UNRATED_FLOWS = (
    "SELECT DISTINCT reported_ms FROM cash_flows WHERE portfolio_id = :portfolio_id AND rates_pending = 1 "
    "ORDER BY reported_ms DESC LIMIT :most"
)
# What a flow knows already is the rate of the same instant: an answer without one does not take it away.
_TOLD = ", ".join(f"{column} = coalesce(:{name}, {column})" for name, column in _COLUMN_OF.items())
_RATE_FLOWS = (
    f"UPDATE cash_flows SET {_TOLD}, "  # noqa: S608 - our names
    "rates_pending = 0 WHERE portfolio_id = :portfolio_id AND reported_ms = :reported_ms AND rates_pending = 1"
)

_ASKED = (
    f"SELECT {', '.join(_COLUMN_OF.values())} FROM cash_flows "  # noqa: S608 - our names
    "WHERE portfolio_id = :portfolio_id AND reported_ms = :at_ms AND rates_pending = 0 LIMIT 1"
)
_REBUILT = (
    f"SELECT {', '.join(_COLUMN_OF.values())} FROM snapshots "  # noqa: S608 - our names
    "WHERE portfolio_id = :portfolio_id AND timestamp = :timestamp AND instant_ms = :at_ms AND source = 'backfill'"
)


def load_rates(session: Session, portfolio_id: int, after_id: int = 0) -> npt.NDArray[np.float64]:
    """USD per unit, a row for each of `DISPLAY_CURRENCIES`; of the snapshots stored after `after_id` (0: all).

    NaN is unknown.
    """
    template = _LOAD_AFTER if after_id else _LOAD
    parameters = {"portfolio_id": portfolio_id} | ({"after_id": after_id} if after_id else {})
    opened = cursor(session, template, parameters)
    table = np.fromiter(chain.from_iterable(opened), dtype=np.float64).reshape(-1, len(_COLUMN_OF))
    opened.close()
    return np.where(table.T > 0, table.T, np.nan).copy(order="C")


def unrated_hours(
    session: Session, portfolio_id: int, name: str, before_ms: int, reach_ms: int
) -> tuple[int, int] | None:
    """Oldest and newest of the rebuilt snapshots without this rate: the newest before an instant, and back from there.

    None if every one before it has its rate.
    """
    column = _COLUMN_OF[name]
    asked = {"portfolio_id": portfolio_id, "before": to_key(before_ms)}
    newest = rows(session, _NEWEST.replace("{column}", column), asked)
    if not newest:
        return None
    newest_ms = int(newest[0][0])
    asked["from_key"] = to_key(newest_ms - reach_ms)
    ((oldest_ms,),) = rows(session, _OLDEST.replace("{column}", column), asked)
    return int(oldest_ms), newest_ms


def add_rates(session: Session, portfolio_id: int, name: str, rates: Mapping[int, Decimal]) -> None:
    """Give rebuilt snapshots without this rate the one of their instant. The caller makes readers look again."""
    batch = [
        {"portfolio_id": portfolio_id, "timestamp": to_key(at_ms), "instant_ms": at_ms, "rate": float(rate)}
        for at_ms, rate in rates.items()
    ]
    each(session, _FILL.replace("{column}", _COLUMN_OF[name]), batch)


def unrated_flow_minutes(session: Session, portfolio_id: int, most: int) -> tuple[int, ...]:
    """When the cash flows were reported whose rates nobody was asked for yet, newest first."""
    return tuple(at_ms for (at_ms,) in rows(session, _UNRATED_FLOWS, {"portfolio_id": portfolio_id, "most": most}))


def asked_rates(session: Session, portfolio_id: int, at_ms: int) -> Mapping[str, float | None] | None:
    """The answer that another cash flow of this very instant got; None if nobody has asked."""
    found = rows(session, _ASKED, {"portfolio_id": portfolio_id, "at_ms": at_ms})
    return dict(zip(DISPLAY_CURRENCIES, found[0], strict=True)) if found else None


def rebuilt_rates(session: Session, portfolio_id: int, at_ms: int) -> Mapping[str, float | None]:
    """Those of a rebuilt snapshot of this very instant: closes of the hour that ends there. Empty without one.

    A live snapshot has the rates of its reading, which may be some other second of the minute.
    """
    found = rows(session, _REBUILT, {"portfolio_id": portfolio_id, "timestamp": to_key(at_ms), "at_ms": at_ms})
    return dict(zip(DISPLAY_CURRENCIES, found[0], strict=True)) if found else {}


def rate_flows(session: Session, portfolio_id: int, rates: Mapping[int, Mapping[str, Decimal | None]]) -> None:
    """Give cash flows the rates that were told for their minutes; they are not asked for again.

    The caller makes readers look again.
    """
    batch = [
        {"portfolio_id": portfolio_id, "reported_ms": at_ms} | {name: _as_float(told.get(name)) for name in _COLUMN_OF}
        for at_ms, told in rates.items()
    ]
    each(session, _RATE_FLOWS, batch)


def _as_float(rate: Decimal | None) -> float | None:
    return None if rate is None else float(rate)
