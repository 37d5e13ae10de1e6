"""The kinds of events: which fields each has, what a field may hold, and which rules hold between fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.wallets import BOOKED, TRANSFER_TYPES, family, is_wallet

_MOVE = frozenset({"network", "status_delay_s", "internal", "wallet", "hidden"})
_ASSET = frozenset({"asset", "amount"})
_WALLET = frozenset({"wallet"})
_FIAT = (frozenset({"currency", "amount"}), frozenset({"fee", "method", "wallet", "status_delay_s"}))
_CARD = (frozenset({"currency", "fiat_amount", "asset", "amount"}), frozenset({"method", "wallet"}))
_P2P = (_ASSET, frozenset({"fiat", "fiat_amount", "wallet"}))
_PLAIN = (_ASSET, _WALLET)
# kind -> (mandatory fields, optional fields)
KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "deposit": (_ASSET, _MOVE),
    "withdrawal": (_ASSET, _MOVE | {"fee"}),
    "fiat_deposit": _FIAT,
    "fiat_withdrawal": _FIAT,
    "card_buy": _CARD,
    "card_sell": _CARD,
    "p2p_buy": _P2P,
    "p2p_sell": _P2P,
    "pay_in": _PLAIN,
    "pay_out": _PLAIN,
    "sub_transfer_in": _PLAIN,
    "sub_transfer_out": _PLAIN,
    "trade": (
        frozenset({"symbol", "side"}),
        frozenset({"amount", "quote_amount", "price", "fee_asset", "fee_rate"}),
    ),
    "convert": (frozenset({"from_asset", "from_amount", "to_asset"}), frozenset({"ratio", "wallet"})),
    "dust": (frozenset({"assets"}), frozenset({"to"})),
    "transfer": (frozenset({"asset", "amount", "from", "to"}), frozenset()),
    "earn_subscribe": (frozenset({"asset", "amount", "product"}), frozenset({"duration_days", "apr", "wallet"})),
    "earn_redeem": (frozenset({"asset", "amount", "product"}), _WALLET),
    "earn_reward": (_ASSET, frozenset({"wallet", "product"})),
    "staking_reward": _PLAIN,
    "staking_redeem": (
        frozenset({"asset", "amount", "to", "received", "until"}),
        frozenset({"late_s", "record_late_s"}),
    ),
    "dividend": (_ASSET, frozenset({"wallet", "note"})),
    "referral": _PLAIN,
    "margin_borrow": (_ASSET, frozenset()),
    "margin_repay": (_ASSET, frozenset()),
    "margin_interest": (_ASSET, frozenset()),
    "futures_income": (_ASSET, frozenset({"income_type", "symbol", "wallet"})),
    "delist": (frozenset(), frozenset({"symbol", "asset"})),
    "rename": (frozenset({"asset", "to"}), frozenset({"ratio"})),
    "halt": (frozenset({"until"}), frozenset({"symbol", "asset"})),
}
FLOWS_INTO_FUNDING = frozenset({"p2p_buy", "p2p_sell", "pay_in", "pay_out"})
CASH_BALANCE = "Cash Balance"
_DECIMALS = frozenset(
    {"amount", "quote_amount", "price", "fee", "fee_rate", "from_amount", "ratio", "apr", "fiat_amount", "received"}
)
_MAY_BE_ZERO = frozenset({"fee", "fee_rate", "apr"})
_SIGNED = frozenset({("futures_income", "amount")})


def event_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The checked fields of an event, without `at` and `kind`."""
    kind = str(raw["kind"])
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not known; known are: {', '.join(KINDS)}")
    mandatory, optional = KINDS[kind]
    given = set(raw) - {"at", "kind"}
    if missing := mandatory - given:
        raise KeyError(min(missing))
    if unknown := given - mandatory - optional:
        raise ValueError(f"a {kind} has no field {min(unknown)!r}")
    fields = {name: field_value(kind, name, raw[name]) for name in given}
    check_together(kind, fields)
    return fields


def field_value(kind: str, name: str, value: Any) -> Any:
    """One field, converted to what the ledger works with."""
    if name in _DECIMALS:
        return decimal_value(kind, name, value)
    if name == "late_s":
        return float(value)
    if name in {"status_delay_s", "duration_days", "record_late_s"}:
        if isinstance(value, bool) or float(value) < 0:
            raise ValueError(f"{name} must not be negative")
        return value
    if name == "until":
        return instant_ms(value)
    if name in {"internal", "hidden"}:
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be true or false")
        return value
    if name == "assets":
        return tuple(str(asset) for asset in value)
    return str(value)


def decimal_value(kind: str, name: str, value: Any) -> Decimal:
    """A number; positive, unless the field may be zero or has a sign."""
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"{name} {value!r} must be a number")
    if (kind, name) in _SIGNED:
        if not number:
            raise ValueError(f"{name} must not be zero")
    elif number < 0 or (number == 0 and name not in _MAY_BE_ZERO):
        raise ValueError(f"{name} {value!r} must be a positive number")
    return number


def check_together(kind: str, fields: Mapping[str, Any]) -> None:
    """Rules between fields."""
    if kind == "trade":
        if fields["side"] not in {"BUY", "SELL"}:
            raise ValueError("side must be BUY or SELL")
        if ("amount" in fields) == ("quote_amount" in fields):
            raise ValueError("a trade needs either amount or quote_amount")
    if kind in {"delist", "halt"} and ("symbol" in fields) == ("asset" in fields):
        raise ValueError(f"a {kind} needs either symbol or asset")
    if kind in {"earn_subscribe", "earn_redeem"} and fields["product"] not in {"flexible", "locked"}:
        raise ValueError("product must be flexible or locked")
    if "wallet" in fields:
        check_wallet(kind, fields["wallet"])
    if kind == "transfer":
        check_transfer(fields["from"], fields["to"])


def check_wallet(kind: str, wallet: str) -> None:
    """Futures income belongs to a futures wallet, everything else with a choice to spot, funding or Earn."""
    known = {"um_futures", "cm_futures"} if kind == "futures_income" else BOOKED
    if wallet not in known:
        raise ValueError(f"{wallet!r} is not a wallet for this")


def check_transfer(source: str, target: str) -> None:
    """Only between wallets for which the exchange has a type of transfer."""
    for wallet in (source, target):
        if not is_wallet(wallet) or wallet.startswith("earn"):
            raise ValueError(f"{wallet!r} is not a wallet for this")
    if (family(source), family(target)) not in TRANSFER_TYPES or source == target:
        raise ValueError(f"there is no transfer from {source} to {target}")


def instant_ms(value: Any) -> int:
    """An ISO 8601 text or a TOML date-time as epoch milliseconds; without a zone it is UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
