"""Portfolio margin: cross margin and both futures wallets as one account, if the scenario says that it is one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.errors import NoSuchPathError
from dashboard_crypto.simulator.history import Row
from dashboard_crypto.simulator.view_futures import NO_ORDERS, NOTHING, UM_INCOME, USED_UP, income_rows, updated_ms
from dashboard_crypto.simulator.world import Request, World, amount

PARTS = ("margin", "margin_debt", "margin_interest", "um_futures", "cm_futures")
ZERO = Decimal(0)


def parts(world: World, request: Request) -> dict[str, dict[str, Decimal]]:
    """The wallets of the account; 404 for one without portfolio margin."""
    if not world.scenario.portfolio_margin:
        raise NoSuchPathError
    return {name: world.wallet(name, request.now_ms) for name in PARTS}


def balance(world: World, request: Request) -> Any:
    """GET /papi/v1/balance. `totalWalletBalance` ignores what is owed."""
    wallets = parts(world, request)
    updated = max(updated_ms(world, name, request.now_ms) for name in PARTS)
    names = sorted({asset for wallet in wallets.values() for asset in wallet})
    rows = [
        balance_row(asset, {part: wallet.get(asset, ZERO) for part, wallet in wallets.items()}, updated)
        for asset in names
    ]
    asset = request.text("asset")
    return [row for row in rows if not asset or row["asset"] == asset]


def balance_row(asset: str, held: Mapping[str, Decimal], updated: int) -> Row:
    """One asset in every part of the account."""
    return {
        "asset": asset,
        "totalWalletBalance": amount(held["margin"] + held["um_futures"] + held["cm_futures"]),
        "crossMarginAsset": amount(held["margin"]),
        "crossMarginBorrowed": amount(-held["margin_debt"]),
        "crossMarginFree": amount(held["margin"]),
        "crossMarginInterest": amount(-held["margin_interest"]),
        "crossMarginLocked": NOTHING,
        "umWalletBalance": amount(held["um_futures"]),
        "umUnrealizedPNL": NOTHING,
        "cmWalletBalance": amount(held["cm_futures"]),
        "cmUnrealizedPNL": NOTHING,
        "updateTime": updated,
        "negativeBalance": NOTHING,
    }


def account(world: World, request: Request) -> Any:
    """GET /papi/v1/account: equity in USD, debts subtracted."""
    wallets = parts(world, request)
    equity = sum((world.in_quote(wallet, "USDT", request.now_ms) for wallet in wallets.values()), ZERO)
    return {
        "uniMMR": "999.00000000",
        "accountEquity": amount(equity),
        "actualEquity": amount(equity),
        "accountInitialMargin": NOTHING,
        "accountMaintMargin": NOTHING,
        "accountStatus": "NORMAL",
        "virtualMaxWithdrawAmount": amount(equity),
        "totalAvailableBalance": amount(equity),
        "totalMarginOpenLoss": NOTHING,
        "updateTime": max(updated_ms(world, name, request.now_ms) for name in PARTS),
    }


def um_account(world: World, request: Request) -> Any:
    """GET /papi/v1/um/account and v2."""
    return futures_part(world, request, "um_futures")


def cm_account(world: World, request: Request) -> Any:
    """GET /papi/v1/cm/account."""
    return futures_part(world, request, "cm_futures")


def futures_part(world: World, request: Request, wallet: str) -> Any:
    """The assets of one futures wallet; there are no positions."""
    updated = updated_ms(world, wallet, request.now_ms)
    rows = [
        {
            "asset": asset,
            "crossWalletBalance": amount(held),
            "crossUnPnl": NOTHING,
            **USED_UP,
            **NO_ORDERS,
            "updateTime": updated,
        }
        for asset, held in parts(world, request)[wallet].items()
    ]
    return {"assets": rows, "positions": []}


def um_income(world: World, request: Request) -> Any:
    """GET /papi/v1/um/income."""
    return income(world, request, "um_futures")


def cm_income(world: World, request: Request) -> Any:
    """GET /papi/v1/cm/income."""
    return income(world, request, "cm_futures")


def income(world: World, request: Request, wallet: str) -> Any:
    """The changes of one futures wallet; numbers are texts here."""
    parts(world, request)
    return [row | {"tranId": str(row["tranId"])} for row in income_rows(world, request, wallet, UM_INCOME)]
