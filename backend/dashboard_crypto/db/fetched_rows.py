"""Prices that a rebuild of the past has fetched so far, so that a restart goes on where the last commit stood.

They are kept beside the checks of the account while a rebuild is under way, and given back with it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dashboard_crypto.db.check_rows import save_check
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.tables import account_checks

_HOURS, _INSTANT = "fetched:hours:", "fetched:instant:"
Closes = NDArray[np.float64]


def save_closes(session: Session, portfolio_id: int, asset: str, first_ms: int, closes: Closes, *, at_ms: int) -> None:
    """Hourly closes from `first_ms` on; NaN where the exchange was asked and had none."""
    packed = base64.b64encode(closes.astype("<f8").tobytes()).decode("ascii")
    content = {"asset": asset, "first_ms": first_ms, "closes": packed}
    save_check(session, portfolio_id, f"{_HOURS}{asset}:{first_ms}", at_ms, content)


def save_instant(
    session: Session, portfolio_id: int, instant_ms: int, prices: Mapping[str, Decimal | None], *, at_ms: int
) -> None:
    """Prices of one instant; None where there was none."""
    content = {"instant_ms": instant_ms, "prices": {name: price and str(price) for name, price in prices.items()}}
    save_check(session, portfolio_id, f"{_INSTANT}{instant_ms}", at_ms, content)


def load_closes(session: Session, portfolio_id: int) -> list[tuple[str, int, Closes]]:
    """Everything kept by `save_closes`: asset, first hour, closes."""
    return [
        (row["asset"], row["first_ms"], np.frombuffer(base64.b64decode(row["closes"]), dtype="<f8"))
        for row in _contents(session, portfolio_id, _HOURS)
    ]


def load_instants(session: Session, portfolio_id: int) -> dict[int, dict[str, Decimal | None]]:
    """Everything kept by `save_instant`."""
    return {
        row["instant_ms"]: {name: None if text is None else Decimal(text) for name, text in row["prices"].items()}
        for row in _contents(session, portfolio_id, _INSTANT)
    }


def forget_fetched(session: Session, portfolio_id: int) -> None:
    """The rebuild is stored: what it rested on is not needed any more."""
    for prefix in (_HOURS, _INSTANT):
        session.execute(sa.delete(account_checks).where(*_named(portfolio_id, prefix)))


def _contents(session: Session, portfolio_id: int, prefix: str) -> list[dict[str, Any]]:
    query = sa.select(account_checks.c.content).where(*_named(portfolio_id, prefix))
    return [json.loads(text) for text in session.execute(query.order_by(account_checks.c.name)).scalars()]


def _named(portfolio_id: int, prefix: str) -> tuple[sa.ColumnElement[bool], ...]:
    return account_checks.c.portfolio_id == portfolio_id, account_checks.c.name.startswith(prefix, autoescape=True)
