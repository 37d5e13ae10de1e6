"""What the key may do, and whether that is more than this product accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard_crypto.core.errors import KeyTooPowerful
from dashboard_crypto.core.model import KeyPermissions
from dashboard_crypto.exchange import fields

_WHERE = "apiRestrictions"
_MOVES_MONEY = {
    "enableWithdrawals": "Enable Withdrawals",
    "permitsUniversalTransfer": "Permits Universal Transfer",
    "enableInternalTransfer": "Enable Internal Transfer",
}
_TRADES = {
    "enableSpotAndMarginTrading": "Enable Spot & Margin Trading",
    "enableMargin": "Enable Margin",
    "enableFutures": "Enable Futures",
    "enableVanillaOptions": "Enable Options",
    "enablePortfolioMarginTrading": "Enable Portfolio Margin Trading",
    "enableFixApiTrade": "Enable FIX API Trade",
}


def read_only_permissions(answer: Mapping[str, Any], *, allow_trading: bool) -> KeyPermissions:
    """The key's permissions; KeyTooPowerful names the boxes to untick.

    A key that can move money out is always refused; one that can trade is refused unless `allow_trading`.
    """
    moves = _ticked(answer, _MOVES_MONEY)
    trades = _ticked(answer, _TRADES)
    too_much = moves if allow_trading else moves + trades
    if too_much:
        raise KeyTooPowerful(f"this key can do more than read; untick on Binance's key page: {', '.join(too_much)}")
    return KeyPermissions(
        can_read=fields.truth(answer, "enableReading", _WHERE),
        can_withdraw=False,
        can_trade=bool(trades),
        ip_restricted=fields.truth(answer, "ipRestrict", _WHERE, default=False),
    )


def _ticked(answer: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    return [label for name, label in names.items() if fields.truth(answer, name, _WHERE, default=False)]
