"""From the text of a variable to its value. Each raises `ValueError` whose text says what the variable may be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

KNOWN_DEFAULT_KEYS = frozenset({"changeme", "change-me", "change_me", "secret", "dev", "development", "password"})
_PLACEHOLDERS = frozenset({"your_api_key_here", "your_api_secret_here"})


def is_loopback(host: str) -> bool:
    """True for `localhost` and the loopback addresses."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def boolean(text: str) -> bool:
    """`true` or `false`, in any case, and nothing else."""
    choices = {"true": True, "false": False}
    if text.lower() not in choices:
        raise ValueError("must be true or false")
    return choices[text.lower()]


def whole(low: int, high: int) -> Callable[[str], int]:
    """An integer within `low`..`high`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return text.lower()

    return parse


def credential(text: str) -> str:
    """A key as the exchange gives it; the example's placeholder is refused."""
    if text in _PLACEHOLDERS:
        raise ValueError("still holds the example's placeholder; put the real value there or leave it empty")
    return text


def amount(text: str) -> Decimal:
    """A positive USD amount, such as 1 or 0.5."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 < value <= 1_000_000:
        raise ValueError("must be an amount above 0 and at most 1000000, such as 1 or 0.5")
    return value


def secret_key_text(text: str) -> str:
    """A random text of at least 32 characters; known defaults are refused."""
    if len(text) < 32 or text.lower() in KNOWN_DEFAULT_KEYS or len(set(text)) < 8:
        raise ValueError("must be a random text of at least 32 characters; leave it out to have one made for you")
    return text


def loopback_host(text: str) -> str:
    """The address to listen on. Until there is a login it must be this machine's own."""
    if not is_loopback(text):
        raise ValueError(
            "must be a loopback address (127.0.0.1, ::1 or localhost) because there is no login yet; "
            "reach it from elsewhere through an SSH tunnel or a reverse proxy with a password on this machine"
        )
    return text


def origins(text: str) -> tuple[str, ...]:
    """Comma-separated origins: scheme, host and, if any, port."""
    found = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for origin in found:
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?", origin):
            raise ValueError("must be origins such as https://example.org or http://localhost:5173, comma-separated")
    return tuple(origin.lower() for origin in found)


def service_url(text: str) -> str:
    """The base URL of the exchange: https, or http on this machine."""
    refusal = "must be a URL such as https://api.binance.com (http is allowed for 127.0.0.1 only)"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(refusal) from error
    plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and "@" not in parts.netloc
    if not host or not plain or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ValueError(refusal)
    return text.rstrip("/")


def database_url(text: str) -> str:
    """A SQLAlchemy URL for SQLite or PostgreSQL; a bare path means SQLite."""
    if "://" not in text:
        return f"sqlite:///{Path(text).expanduser().resolve()}"
    scheme, rest = text.split("://", 1)
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    if scheme != "sqlite":
        raise ValueError("must be a path, sqlite:///path or postgresql://user:password@host/name")
    return text


def directory(text: str) -> Path:
    """A directory; it is made when needed."""
    path = Path(text).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ValueError("must be a directory")
    return path


def short_text(text: str) -> str:
    """A line of at most 300 characters."""
    if len(text) > 300 or not text.isprintable():
        raise ValueError("must be one line of at most 300 characters")
    return text
