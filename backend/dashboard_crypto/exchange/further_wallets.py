"""Margin, futures, portfolio margin and loans: the wallets that only some accounts have.

Which of them exist is asked once a day (`facts`); each that does costs one question per cycle. Under portfolio margin
the futures and the cross-margin wallet are views of one account, so only that account is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from dashboard_crypto.core import equity
from dashboard_crypto.core.model import Holding
from dashboard_crypto.core.movement import CM_FUTURES, MARGIN, PORTFOLIO_MARGIN, UM_FUTURES
from dashboard_crypto.core.ports import Clock
from dashboard_crypto.exchange import fields
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.facts import REFRESH_S, AccountFacts

ISOLATED = "isolated"
_PAGE_SIZE = 100

Reader = Callable[[], tuple[Holding, ...]]


class FurtherWallets:
    """Readers for the wallets that this account has."""

    def __init__(self, call: Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._loans_due = 0.0
        self._has_loans = True

    def readers(self, facts: AccountFacts) -> Mapping[str, Reader]:
        """Wallet name -> reader. Nothing is in two of them."""
        found: dict[str, Reader] = {}
        if facts.has_portfolio_margin:
            found[PORTFOLIO_MARGIN] = lambda: equity.portfolio_margin(
                fields.rows(self._call("portfolio_margin"), "papi/balance")
            )
        elif facts.has_margin:
            found[MARGIN] = lambda: equity.cross_margin(self._call("margin"))
        if facts.has_margin:
            found[ISOLATED] = lambda: equity.isolated_margin(self._call("isolated"))
        if facts.has_futures and not facts.has_portfolio_margin:
            found[UM_FUTURES] = lambda: equity.futures(self._call("um_futures"), UM_FUTURES)
            found[CM_FUTURES] = lambda: equity.futures(self._call("cm_futures"), CM_FUTURES)
        return found

    def loans_are_due(self, pledged: Mapping[str, Decimal]) -> bool:
        """Whether loans must be read: something is pledged, there was one, or nobody has looked for a day."""
        return bool(pledged) or self._has_loans or self._clock.monotonic() >= self._loans_due

    def loans(self, pledged: Mapping[str, Decimal]) -> tuple[Holding, ...]:
        """Debts, and what is pledged for them beyond the Earn positions, which count their collateral already."""
        holdings = equity.flexible_loans(equity.all_pages(self._pages()))
        self.note_loans(exist=bool(holdings))
        rest = dict(pledged)
        found = []
        for holding in holdings:
            quantity = holding.quantity
            if quantity > 0:
                counted = min(quantity, rest.get(holding.asset, Decimal(0)))
                rest[holding.asset] = rest.get(holding.asset, Decimal(0)) - counted
                quantity -= counted
            if quantity:
                found.append(Holding(holding.asset, holding.wallet, quantity))
        return tuple(found)

    def note_loans(self, *, exist: bool) -> None:
        """Look again tomorrow, or at every reading while there are some."""
        self._has_loans = exist
        self._loans_due = self._clock.monotonic() + REFRESH_S

    def _pages(self) -> list[Any]:
        pages: list[Any] = []
        read, total = 0, 1
        while read < total:
            page = self._call("loans", {"current": len(pages) + 1, "limit": _PAGE_SIZE})
            total, rows = fields.whole(page, "total", "loans"), page.get("rows") or []
            pages.append(page)
            read += len(rows)
            if not rows:
                break
        return pages
