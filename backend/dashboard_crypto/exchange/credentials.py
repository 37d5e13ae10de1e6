"""An API key and its secret: an HMAC secret, or an RSA or Ed25519 private key in PEM form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dashboard_crypto.core.errors import ConfigurationError

_PEM_HEADER = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_DECRYPT_HINT = "decrypt it first: openssl pkey -in encrypted.pem -out key.pem"


@dataclass(frozen=True)
class Credentials:
    """`api_secret` may be given as text or as the path of a file; it is kept as text with LF line ends.

    A PEM may come from an environment variable with a literal backslash-n between its lines. Encrypted keys are
    refused, because there is no place to give a passphrase to.
    """

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)

    def __init__(self, api_key: str, api_secret: str | Path) -> None:
        object.__setattr__(self, "api_key", _plain("BINANCE_API_KEY", api_key))
        object.__setattr__(self, "api_secret", _secret(api_secret))

    @property
    def kind(self) -> Literal["hmac", "pem"]:
        """`pem` for a private key (RSA or Ed25519 is told apart when it is loaded), `hmac` for a shared secret."""
        return "pem" if self.api_secret.startswith("-----BEGIN") else "hmac"

    def __repr__(self) -> str:
        return f"Credentials(kind={self.kind!r})"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("credentials are not to be pickled")


def _plain(name: str, value: str) -> str:
    value = value.strip()
    if not value or not re.fullmatch(r"[\x21-\x7e]+", value):
        raise ConfigurationError(f"{name} must be printable ASCII without spaces")
    return value


def _secret(given: str | Path) -> str:
    text = _read(given) if isinstance(given, Path) else given
    text = text.strip()
    if "-----BEGIN" not in text:
        return _plain("BINANCE_API_SECRET", text)
    text = text.replace("\\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(line.strip() for line in text.split("\n")).strip()
    _refuse_unusable(text)
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeError):
        problem = ConfigurationError("BINANCE_API_SECRET: the key file cannot be read as text")
    raise problem


def _refuse_unusable(pem: str) -> None:
    header = _PEM_HEADER.match(pem)
    if header is None:
        raise ConfigurationError("BINANCE_API_SECRET: text before the -----BEGIN line of the private key")
    if "ENCRYPTED" in pem:
        raise ConfigurationError(f"BINANCE_API_SECRET: the private key is encrypted; {_DECRYPT_HINT}")
    if header.group(1) not in {"PRIVATE KEY", "RSA PRIVATE KEY"}:
        raise ConfigurationError("BINANCE_API_SECRET: not a private key (expected an RSA or Ed25519 PEM)")
    if f"-----END {header.group(1)}-----" not in pem:
        raise ConfigurationError("BINANCE_API_SECRET: the private key is cut off before its -----END line")
