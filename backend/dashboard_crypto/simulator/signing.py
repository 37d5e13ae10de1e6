"""Keys, and the check of a signed request over its bytes on the wire."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from dashboard_crypto.simulator.errors import BinanceError, invalid, mandatory, refused_key
from dashboard_crypto.simulator.scenario import KeySpec

DEFAULT_RECV_WINDOW_MS = 5000
MAX_RECV_WINDOW_MS = 60000
AHEAD_MS = 1000


class Verifier(Protocol):
    """Says whether a signature (percent-decoded) belongs to a payload."""

    def __call__(self, payload: bytes, signature: str) -> bool: ...


@dataclass(frozen=True)
class ApiKey:
    """A key that the exchange knows. `secret` is None for RSA and Ed25519."""

    api_key: str
    secret: str | None
    permissions: frozenset[str]
    ip_list: tuple[str, ...]
    verify: Verifier
    name: str = ""
    denied: frozenset[str] = frozenset()


def make_key(spec: KeySpec, seed: str) -> ApiKey:
    """The key of a specification; its id (and HMAC secret) follow from the seed unless they are given."""
    api_key, secret = spec.api_key or letters(f"{seed}:{spec.name}:id"), None
    if spec.public_key:
        verify = public_key_verifier(spec.public_key)
    else:
        secret = spec.secret or letters(f"{seed}:{spec.name}:secret")
        verify = hmac_verifier(secret)
    return ApiKey(api_key, secret, spec.permissions, spec.ip_list, verify, spec.name, spec.denied)


def letters(text: str) -> str:
    """64 letters and digits that follow from a text."""
    digest = hashlib.sha512(text.encode()).digest()
    return base64.b64encode(digest, b"Zq").decode()[:64]


def hmac_verifier(secret: str) -> Verifier:
    """HMAC-SHA256 in hex, either case."""

    def verify(payload: bytes, signature: str) -> bool:
        expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, signature.lower().encode("ascii", "replace").decode())

    return verify


def public_key_verifier(pem: str) -> Verifier:
    """RSA (PKCS1 v1.5, SHA-256) or Ed25519, base64, case-sensitive."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise TypeError("a public key must be RSA or Ed25519")

    def verify(payload: bytes, signature: str) -> bool:
        try:
            raw = base64.b64decode(signature, validate=True)
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(raw, payload, padding.PKCS1v15(), hashes.SHA256())
            else:
                key.verify(raw, payload)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    return verify


def find_key(keys: Mapping[str, ApiKey], header: str | None, address: str) -> ApiKey:
    """The key of a request; -2014 without one, -2015 if it is unknown or the address is not allowed."""
    if not header:
        raise BinanceError(401, -2014, "API-key format invalid.")
    key = keys.get(header)
    if key is None or (key.ip_list and address not in key.ip_list):
        raise refused_key()
    return key


def check_timing(parameters: Mapping[str, str], server_ms: int) -> None:
    """`timestamp < server + 1000 and server - timestamp <= recvWindow`."""
    timestamp = number(parameters, "timestamp")
    if timestamp is None:
        raise mandatory("timestamp")
    window = number(parameters, "recvWindow")
    if window is not None and not 0 < window <= MAX_RECV_WINDOW_MS:
        raise BinanceError(400, -1131, "recvWindow must be less than 60000.")
    if timestamp >= server_ms + AHEAD_MS:
        text = "Timestamp for this request was 1000ms ahead of the server's time."
        raise BinanceError(400, -1021, text)
    if server_ms - timestamp > (DEFAULT_RECV_WINDOW_MS if window is None else window):
        raise BinanceError(400, -1021, "Timestamp for this request is outside of the recvWindow.")


def number(parameters: Mapping[str, str], name: str) -> float | None:
    """A non-negative number with at most three decimals."""
    text = parameters.get(name)
    if text is None:
        return None
    whole, _, decimals = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(decimals) > 3 or (decimals and not decimals.isdigit()):
        raise mandatory(name) if name == "timestamp" else invalid(name)
    return float(text)


def check_signature(key: ApiKey, query: str, body: str) -> None:
    """The signature covers query and body as sent, without itself; on duplicates the query's one wins."""
    query_rest, in_query = without_signature(query)
    body_rest, in_body = without_signature(body)
    signature = in_query if in_query is not None else in_body
    if not signature:
        raise mandatory("signature")
    if not key.verify((query_rest + body_rest).encode("utf-8", "surrogateescape"), unquote(signature)):
        raise BinanceError(400, -1022, "Signature for this request is not valid.")


def without_signature(text: str) -> tuple[str, str | None]:
    """A query string without its signature, and the first signature."""
    parts = text.split("&") if text else []
    signatures = [part[len("signature=") :] for part in parts if part.startswith("signature=")]
    rest = "&".join(part for part in parts if not part.startswith("signature="))
    return rest, signatures[0] if signatures else None
