"""The wallets of an account, and the types of transfer between them."""

from __future__ import annotations

from collections.abc import Mapping

# Margin debts are accounts with negative balances: the wallet's own coins stand in "margin".
DEBTS = ("margin_debt", "margin_interest")
IN_TRANSIT = "in_transit"
"""Owned, and in no wallet that the exchange shows: what a redemption of staked coins will bring."""
WALLETS = ("spot", "funding", "earn_flexible", "earn_locked", "margin", *DEBTS, "um_futures", "cm_futures", IN_TRANSIT)
BOOKED = frozenset({"spot", "funding", "earn_flexible", "earn_locked"})
ISOLATED = "isolated:"

# (from, to) -> what the exchange calls it
TRANSFER_TYPES: Mapping[tuple[str, str], str] = {
    ("spot", "funding"): "MAIN_FUNDING",
    ("spot", "margin"): "MAIN_MARGIN",
    ("spot", "isolated"): "MAIN_ISOLATED_MARGIN",
    ("spot", "um_futures"): "MAIN_UMFUTURE",
    ("spot", "cm_futures"): "MAIN_CMFUTURE",
    ("funding", "spot"): "FUNDING_MAIN",
    ("funding", "margin"): "FUNDING_MARGIN",
    ("funding", "um_futures"): "FUNDING_UMFUTURE",
    ("funding", "cm_futures"): "FUNDING_CMFUTURE",
    ("margin", "spot"): "MARGIN_MAIN",
    ("margin", "funding"): "MARGIN_FUNDING",
    ("margin", "isolated"): "MARGIN_ISOLATEDMARGIN",
    ("margin", "um_futures"): "MARGIN_UMFUTURE",
    ("margin", "cm_futures"): "MARGIN_CMFUTURE",
    ("isolated", "spot"): "ISOLATED_MARGIN_MAIN",
    ("isolated", "margin"): "ISOLATEDMARGIN_MARGIN",
    ("isolated", "isolated"): "ISOLATEDMARGIN_ISOLATEDMARGIN",
    ("um_futures", "spot"): "UMFUTURE_MAIN",
    ("um_futures", "funding"): "UMFUTURE_FUNDING",
    ("um_futures", "margin"): "UMFUTURE_MARGIN",
    ("cm_futures", "spot"): "CMFUTURE_MAIN",
    ("cm_futures", "funding"): "CMFUTURE_FUNDING",
    ("cm_futures", "margin"): "CMFUTURE_MARGIN",
}


def is_wallet(account: str) -> bool:
    """Whether an account of the books belongs to the owner (debts included)."""
    return account in WALLETS or (account.startswith(ISOLATED) and len(account) > len(ISOLATED))


def family(wallet: str) -> str:
    """The wallet without its symbol."""
    return wallet.partition(":")[0]


def isolated_symbol(wallet: str) -> str:
    """The symbol of an isolated wallet, nothing for any other."""
    return wallet.removeprefix(ISOLATED) if wallet.startswith(ISOLATED) else ""
