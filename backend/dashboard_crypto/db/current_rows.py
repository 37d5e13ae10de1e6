"""The newest reading and the exchange's state, read without SQLAlchemy: what the very first answer needs."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

import orjson

from dashboard_crypto.core.model import DISPLAY_CURRENCIES, Balance
from dashboard_crypto.db.driver import Spoken, rows
from dashboard_crypto.db.records import ExchangeStatus, StoredBalances

RATES = "rates"
"""The name under which `account_checks` keeps the rates of the newest reading."""

_HEAD = "SELECT revision, read_at_ms, total_value_usd, unpriced FROM portfolios WHERE id = :portfolio_id"
_BALANCES = (
    "SELECT asset, balance, price_usd, usd_value, percentage, price_status, wallets, change_24h_percent "
    "FROM last_balance WHERE portfolio_id = :portfolio_id ORDER BY id"
)
_RATES = f"SELECT at_ms, content FROM account_checks WHERE portfolio_id = :portfolio_id AND name = '{RATES}'"  # noqa: S608
_STATUS_FIELDS = tuple(field.name for field in fields(ExchangeStatus))
_STATUS = f"SELECT {', '.join(_STATUS_FIELDS)} FROM exchange_state WHERE portfolio_id = :portfolio_id"  # noqa: S608


def load_balances(session: Spoken, portfolio_id: int) -> StoredBalances:
    """The newest reading, largest value first."""
    of_portfolio = {"portfolio_id": portfolio_id}
    ((revision, read_at_ms, total, unpriced),) = rows(session, _HEAD, of_portfolio)
    return StoredBalances(
        revision=revision,
        read_at_ms=read_at_ms,
        total_value_usd=Decimal(0) if total is None else Decimal(total),
        balances=tuple(_balance(row) for row in rows(session, _BALANCES, of_portfolio)),
        unpriced=tuple(orjson.loads(unpriced)),
        rates_usd=load_rates(session, portfolio_id, read_at_ms),
    )


def load_status(session: Spoken, portfolio_id: int) -> ExchangeStatus:
    """What is known about the exchange."""
    (row,) = rows(session, _STATUS, {"portfolio_id": portfolio_id})
    values = dict(zip(_STATUS_FIELDS, row, strict=True))
    values["permissions"] = None if values["permissions"] is None else orjson.loads(values["permissions"])
    return ExchangeStatus(**values)


def load_rates(session: Spoken, portfolio_id: int, read_at_ms: int | None) -> dict[str, Decimal | None]:
    """The rates of this very reading: those of another would turn its amounts into something that never was."""
    told = rows(session, _RATES, {"portfolio_id": portfolio_id})
    found = [orjson.loads(content) for at_ms, content in told if at_ms == read_at_ms]
    known = found[0] if found else {}
    return {name: Decimal(known[name]) if name in known else None for name in DISPLAY_CURRENCIES}


def _balance(row: tuple[Any, ...]) -> Balance:
    asset, quantity, price, value, percentage, price_status, wallets, change_24h_percent = row
    return Balance(
        asset=asset,
        quantity=Decimal(quantity),
        price_usd=None if price is None else Decimal(price),
        usd_value=None if value is None else Decimal(value),
        percentage=percentage,
        price_status=price_status,
        wallets={wallet: Decimal(text) for wallet, text in orjson.loads(wallets).items()},
        change_24h_percent=change_24h_percent,
    )
