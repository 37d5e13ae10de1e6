"""What an account reading is worth. Exact, and honest about assets without a price: listed, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from dashboard_crypto.core.model import AccountReading, Balance, Holding, Valuation
from dashboard_crypto.core.money import RATIO, ZERO, times, total


def value(reading: AccountReading) -> Valuation:
    """Merge the wallets of every asset and price them.

    Balances come largest value first; unpriced ones last, by name. `percentage` is the share of the total (0 for an
    unpriced asset, or when the total is not positive). Debt is a negative quantity and lowers the total.
    """
    quantities = _by_asset(reading.holdings)
    values = {asset: _worth(wallets, reading.prices_usd.get(asset)) for asset, wallets in quantities.items()}
    total_usd = total(worth for worth in values.values() if worth is not None)
    balances = [
        _balance(asset, wallets, reading.prices_usd.get(asset), values[asset], total_usd)
        for asset, wallets in quantities.items()
    ]
    balances.sort(key=_largest_first)
    return Valuation(
        instant_ms=reading.read_at_ms,
        total_value_usd=total_usd,
        balances=tuple(balances),
        unpriced=tuple(balance.asset for balance in balances if balance.usd_value is None),
        rates_usd=reading.rates_usd,
        transit=reading.transit,
    )


def _by_asset(holdings: tuple[Holding, ...]) -> dict[str, dict[str, Decimal]]:
    merged: dict[str, dict[str, Decimal]] = {}
    for holding in holdings:
        if holding.quantity:
            wallets = merged.setdefault(holding.asset, {})
            wallets[holding.wallet] = total((wallets.get(holding.wallet, ZERO), holding.quantity))
    return merged


def _worth(wallets: Mapping[str, Decimal], price: Decimal | None) -> Decimal | None:
    return None if price is None else times(total(wallets.values()), price)


def _balance(
    asset: str, wallets: Mapping[str, Decimal], price: Decimal | None, worth: Decimal | None, total_usd: Decimal
) -> Balance:
    share = 100.0 * float(RATIO.divide(worth, total_usd)) if worth is not None and total_usd > 0 else 0.0
    return Balance(
        asset=asset,
        quantity=total(wallets.values()),
        price_usd=price,
        usd_value=worth,
        percentage=share,
        price_status="missing" if price is None else "live",
        wallets=dict(wallets),
    )


def _largest_first(balance: Balance) -> tuple[bool, Decimal, str]:
    worth = balance.usd_value
    return (worth is None, ZERO if worth is None else -worth, balance.asset)
