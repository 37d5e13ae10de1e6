"""What each wallet of the exchange is worth to its owner, as holdings: net of debt, nothing twice.

Each function takes one complete answer (every page of it). The traps: `availableBalance` of futures is buying power,
not money; `totalWalletBalance` of portfolio margin ignores debt; receipts of flexible Earn are the position again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from dashboard_crypto.core.errors import MalformedAnswer, PartialReading
from dashboard_crypto.core.ledger import is_receipt
from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, Holding
from dashboard_crypto.core.money import EXACT, ZERO, total
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


def flexible_earn(positions: Iterable[Record]) -> tuple[Holding, ...]:
    """All pages of the flexible positions. Pledged collateral is part of `totalAmount`; the loan's debt is separate."""
    return _summed((text(row, "asset"), amount(row, "totalAmount")) for row in positions)


def locked_earn(positions: Iterable[Record]) -> tuple[Holding, ...]:
    """All pages of the locked positions; what is being redeemed is inside `amount`."""
    rows = ((text(row, "asset"), amount(row, "amount")) for row in positions)
    return tuple(Holding(holding.asset, EARN_LOCKED, holding.quantity) for holding in _summed(rows))


def all_pages(pages: Iterable[Record]) -> tuple[Record, ...]:
    """The rows of all pages. PartialReading when there are fewer than `total` says: a page is missing."""
    listed = list(pages)
    rows = tuple(row for page in listed for row in page.get("rows") or ())
    expected = max((int(text(page, "total")) for page in listed), default=0)
    if len(rows) < expected:
        raise PartialReading(f"only {len(rows)} of {expected} positions were read")
    return rows


def without_receipts(spot: Iterable[Holding], base_assets: Collection[str], *, has_positions: bool) -> list[Holding]:
    """Spot balances without the receipts of flexible positions. PartialReading if receipts are there but the positions
    they stand for were not read: the receipts' names do not tell the coin, so nothing can replace them."""
    listed = list(spot)
    kept = [holding for holding in listed if not is_receipt(holding.asset, base_assets)]
    if len(kept) < len(listed) and not has_positions:
        raise PartialReading("spot holds receipts of Earn positions that were not read")
    return kept


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


def _summed(rows: Iterable[tuple[str, Decimal]]) -> tuple[Holding, ...]:
    sums: dict[str, Decimal] = {}
    for asset, quantity in rows:
        sums[asset] = EXACT.add(sums.get(asset, ZERO), quantity)
    return tuple(Holding(asset, EARN_FLEXIBLE, quantity) for asset, quantity in sums.items() if quantity)
