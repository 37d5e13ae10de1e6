"""`last_balance` and `holding_sets`: what is held now, and what was held when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, cast

import orjson
import sqlalchemy as sa

from dashboard_crypto.core.model import Balance, Valuation
from dashboard_crypto.core.timekeys import to_key
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.exact import exact_text
from dashboard_crypto.db.records import HoldingSet, StoredBalances
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


def load_balances(session: Session, portfolio_id: int) -> StoredBalances:
    """The newest reading, largest value first."""
    head = session.execute(sa.select(portfolios).where(portfolios.c.id == portfolio_id)).one()
    rows = session.execute(
        sa.select(last_balance).where(last_balance.c.portfolio_id == portfolio_id).order_by(last_balance.c.id)
    )
    return StoredBalances(
        revision=head.revision,
        read_at_ms=head.read_at_ms,
        total_value_usd=Decimal(0) if head.total_value_usd is None else head.total_value_usd,
        balances=tuple(_balance(row) for row in rows),
        unpriced=tuple(orjson.loads(head.unpriced)),
    )


def note_holdings(session: Session, portfolio_id: int, instant_ms: int, quantities: Mapping[str, Decimal]) -> bool:
    """Log what is held. True if it differs from the reading before (also for the very first reading)."""
    content = orjson.dumps({asset: exact_text(quantities[asset]) for asset in sorted(quantities)}).decode()
    newest = session.execute(
        sa.select(holding_sets.c.id, holding_sets.c.content)
        .where(holding_sets.c.portfolio_id == portfolio_id)
        .order_by(holding_sets.c.instant_ms.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.content == content:
        session.execute(
            sa.update(holding_sets).where(holding_sets.c.id == newest.id).values(confirmed_until_ms=instant_ms)
        )
        return False
    session.execute(
        sa.insert(holding_sets).values(
            portfolio_id=portfolio_id, instant_ms=instant_ms, confirmed_until_ms=instant_ms, content=content
        )
    )
    return True


def holdings_around(
    session: Session, portfolio_id: int, instant_ms: int
) -> tuple[HoldingSet | None, HoldingSet | None]:
    """The set first read before `instant_ms`, and the one first read at or after it."""
    mine = sa.select(holding_sets).where(holding_sets.c.portfolio_id == portfolio_id)
    before = session.execute(
        mine.where(holding_sets.c.instant_ms < instant_ms).order_by(holding_sets.c.instant_ms.desc()).limit(1)
    ).first()
    after = session.execute(
        mine.where(holding_sets.c.instant_ms >= instant_ms).order_by(holding_sets.c.instant_ms).limit(1)
    ).first()
    return (None if before is None else _holding_set(before), None if after is None else _holding_set(after))


def holdings_between(session: Session, portfolio_id: int, start_ms: int, end_ms: int) -> Sequence[HoldingSet]:
    """Every set in force at some moment of `[start_ms, end_ms]`, oldest first."""
    rows = session.execute(
        sa.select(holding_sets)
        .where(
            holding_sets.c.portfolio_id == portfolio_id,
            holding_sets.c.instant_ms <= end_ms,
            holding_sets.c.confirmed_until_ms >= start_ms,
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
    }


def _balance(row: Any) -> Balance:
    return Balance(
        asset=row.asset,
        quantity=row.balance,
        price_usd=row.price_usd,
        usd_value=row.usd_value,
        percentage=row.percentage,
        price_status=cast("Literal['live', 'missing']", row.price_status),
        wallets={wallet: Decimal(text) for wallet, text in orjson.loads(row.wallets).items()},
    )


def _holding_set(row: Any) -> HoldingSet:
    quantities = {asset: Decimal(text) for asset, text in orjson.loads(row.content).items()}
    return HoldingSet(row.instant_ms, row.confirmed_until_ms, quantities)
