"""What each wallet of the exchange is worth to its owner, as holdings: net of debt, nothing twice.

Each function takes one complete answer (every page of it). The traps: `availableBalance` of futures is buying power,
not money; `totalWalletBalance` of portfolio margin ignores debt.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from dashboard_crypto.core.errors import MalformedAnswer, PartialReading
from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.money import EXACT, total
from dashboard_crypto.core.movement import MARGIN, PORTFOLIO_MARGIN, isolated
from dashboard_crypto.core.record_fields import Record, amount, text

LOAN = "loan"
_PORTFOLIO_MARGIN_ASSETS = (
    "crossMarginAsset",
    "umWalletBalance",
    "umUnrealizedPNL",
    "cmWalletBalance",
    "cmUnrealizedPNL",
)
_PORTFOLIO_MARGIN_DEBTS = ("crossMarginBorrowed", "crossMarginInterest")


def all_pages(pages: Iterable[Record]) -> tuple[Record, ...]:
    """The rows of all pages. PartialReading when there are fewer than `total` says: a page is missing."""
    listed = list(pages)
    rows = tuple(row for page in listed for row in page.get("rows") or ())
    expected = max((int(text(page, "total")) for page in listed), default=0)
    if len(rows) < expected:
        raise PartialReading(f"only {len(rows)} of {expected} positions were read")
    return rows


def cross_margin(account: Record) -> tuple[Holding, ...]:
    """`netAsset` per asset; negative where more is owed than held."""
    rows = _rows(account, "userAssets")
    return _held((text(row, "asset"), amount(row, "netAsset"), MARGIN) for row in rows)


def isolated_margin(account: Record) -> tuple[Holding, ...]:
    """Both sides of every isolated pair, net of debt."""
    sides = ((pair, pair.get(side)) for pair in _rows(account, "assets") for side in ("baseAsset", "quoteAsset"))
    return _held(
        (text(side, "asset"), amount(side, "netAsset"), isolated(text(pair, "symbol"))) for pair, side in sides if side
    )


def futures(account: Record, wallet: str) -> tuple[Holding, ...]:
    """Wallet balance plus unrealised profit per asset. Never `availableBalance`: in multi-assets mode it shows coins
    that nobody owns."""
    rows = _rows(account, "assets")
    return _held(
        (text(row, "asset"), EXACT.add(amount(row, "walletBalance"), amount(row, "unrealizedProfit")), wallet)
        for row in rows
    )


def portfolio_margin(balances: Iterable[Record]) -> tuple[Holding, ...]:
    """Everything of a portfolio-margin account net of its debt; futures and cross margin must not be read beside it."""
    return _held((text(row, "asset"), _portfolio_margin_equity(row), PORTFOLIO_MARGIN) for row in balances)


def flexible_loans(orders: Iterable[Record]) -> tuple[Holding, ...]:
    """Collateral and, negative, debt: two assets per order."""
    both = (
        leg
        for order in orders
        for leg in (
            (text(order, "collateralCoin"), amount(order, "collateralAmount"), LOAN),
            (text(order, "loanCoin"), -amount(order, "totalDebt"), LOAN),
        )
    )
    return _held(both)


def _portfolio_margin_equity(row: Record) -> Decimal:
    assets = total(amount(row, name) for name in _PORTFOLIO_MARGIN_ASSETS)
    return EXACT.subtract(assets, total(amount(row, name) for name in _PORTFOLIO_MARGIN_DEBTS))


def _rows(account: Record, name: str) -> list[Record]:
    rows = account.get(name)
    if not isinstance(rows, list):
        raise MalformedAnswer(f"an account has no {name}")
    return rows


def _held(legs: Iterable[tuple[str, Decimal, str]]) -> tuple[Holding, ...]:
    return tuple(Holding(asset, wallet, quantity) for asset, quantity, wallet in legs if quantity)
