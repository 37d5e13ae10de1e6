"""What the exchange answers when a request cannot be done."""

from __future__ import annotations

from collections.abc import Mapping


class BinanceError(Exception):
    """An error body `{"code": .., "msg": ..}` with its HTTP status and extra headers."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def mandatory(name: str) -> BinanceError:
    """-1102."""
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return BinanceError(400, -1102, text)


def invalid(name: str) -> BinanceError:
    """-1130."""
    return BinanceError(400, -1130, f"Data sent for parameter '{name}' is not valid.")


def invalid_symbol() -> BinanceError:
    """-1121."""
    return BinanceError(400, -1121, "Invalid symbol.")


def too_wide(message: str = "Lookup interval is too big.") -> BinanceError:
    """-1127."""
    return BinanceError(400, -1127, message)


def refused_key() -> BinanceError:
    """-2015: unknown key, wrong address or missing permission."""
    return BinanceError(401, -2015, "Invalid API-key, IP, or permissions for action.")


def range_too_large() -> BinanceError:
    """-6021: the same complaint of Simple Earn."""
    return BinanceError(400, -6021, "Query time range too large")


def no_margin_account() -> BinanceError:
    """-3003."""
    return BinanceError(400, -3003, "Margin account does not exist.")


class NoSuchPathError(Exception):
    """This account has no such endpoint: the edge answers as for any unknown path."""
