"""`last_balance` and `holding_sets`: what is held now, and what was held when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from dashboard_crypto.core.model import Balance, Valuation
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db import check_rows
from dashboard_crypto.db.current_rows import RATES
from dashboard_crypto.db.current_rows import load_balances as load_balances  # noqa: PLC0414 - belongs here
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text
from dashboard_crypto.db.records import BalanceHead, HoldingSet
from dashboard_crypto.db.tables import holding_sets, last_balance, portfolios


def replace_balances(session: Session, portfolio_id: int, valuation: Valuation) -> None:
    """Put this reading in place of the one before."""
    session.execute(sa.delete(last_balance).where(last_balance.c.portfolio_id == portfolio_id))
    rows = [_balance_row(portfolio_id, valuation.instant_ms, balance) for balance in valuation.balances]
    if rows:
        session.execute(sa.insert(last_balance), rows)
    session.execute(
        sa.update(portfolios)
        .where(portfolios.c.id == portfolio_id)
        .values(
            read_at_ms=valuation.instant_ms,
            total_value_usd=valuation.total_value_usd,
            unpriced=orjson.dumps(valuation.unpriced).decode(),
        )
    )
    _save_rates(session, portfolio_id, valuation)


def _save_rates(session: Session, portfolio_id: int, valuation: Valuation) -> None:
    known = {name: exact_text(rate) for name, rate in valuation.rates_usd.items() if rate is not None}
    check_rows.save_check(session, portfolio_id, RATES, valuation.instant_ms, known)


def load_head(session: Session, portfolio_id: int) -> BalanceHead:
    """When the newest reading was, and its total."""
    row = session.execute(
        sa.select(portfolios.c.read_at_ms, portfolios.c.total_value_usd).where(portfolios.c.id == portfolio_id)
    ).one()
    return BalanceHead(row.read_at_ms, Decimal(0) if row.total_value_usd is None else row.total_value_usd)


def note_holdings(session: Session, portfolio_id: int, instant_ms: int, quantities: Mapping[str, Decimal]) -> bool:
    """Log what is held. True if it differs from the reading before (also for the very first reading)."""
    content = orjson.dumps({asset: exact_text(quantities[asset]) for asset in sorted(quantities)}).decode()
    newest = session.execute(
        sa.select(holding_sets.c.id, holding_sets.c.content, holding_sets.c.instant_ms)
        .where(holding_sets.c.portfolio_id == portfolio_id)
        .order_by(holding_sets.c.instant_ms.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.content == content:
        session.execute(
            sa.update(holding_sets).where(holding_sets.c.id == newest.id).values(confirmed_until_ms=instant_ms)
        )
        return False
    if newest is not None and newest.instant_ms == instant_ms:
        session.execute(sa.update(holding_sets).where(holding_sets.c.id == newest.id).values(content=content))
        return True
    session.execute(
        sa.insert(holding_sets).values(
            portfolio_id=portfolio_id, instant_ms=instant_ms, confirmed_until_ms=instant_ms, content=content
        )
    )
    return True


def holdings_between(session: Session, portfolio_id: int, start_ms: int, end_ms: int) -> Sequence[HoldingSet]:
    """The sets first read in `(start_ms, end_ms]` and the one before them, oldest first."""
    before = sa.select(sa.func.max(holding_sets.c.instant_ms)).where(
        holding_sets.c.portfolio_id == portfolio_id, holding_sets.c.instant_ms <= start_ms
    )
    rows = session.execute(
        sa.select(holding_sets)
        .where(
            holding_sets.c.portfolio_id == portfolio_id,
            holding_sets.c.instant_ms >= sa.func.coalesce(before.scalar_subquery(), 0),
            holding_sets.c.instant_ms <= end_ms,
        )
        .order_by(holding_sets.c.instant_ms)
    )
    return [_holding_set(row) for row in rows]


def _balance_row(portfolio_id: int, instant_ms: int, balance: Balance) -> dict[str, Any]:
    wallets = {wallet: exact_text(quantity) for wallet, quantity in balance.wallets.items()}
    return {
        "portfolio_id": portfolio_id,
        "timestamp": to_key(instant_ms),
        "instant_ms": instant_ms,
        "asset": balance.asset,
        "balance": balance.quantity,
        "usd_value": balance.usd_value,
        "percentage": balance.percentage,
        "price_usd": balance.price_usd,
        "price_status": balance.price_status,
        "wallets": orjson.dumps(wallets).decode(),
        "change_24h_percent": balance.change_24h_percent,
    }


def _holding_set(row: Any) -> HoldingSet:
    quantities = {asset: Decimal(text) for asset, text in orjson.loads(row.content).items()}
    return HoldingSet(row.instant_ms, row.confirmed_until_ms, quantities)
