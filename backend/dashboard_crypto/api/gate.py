"""The door in front of everything: host, size, origin, method tricks; and the headers on every answer.

It is plain WSGI, so a refused request costs next to nothing and no route can forget a check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dashboard_crypto.api import problems
from dashboard_crypto.api.problems import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY_BYTES = 65_536
MAX_URL_CHARACTERS = 4_000
MAX_HEADER_CHARACTERS = 16_384
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")
METHODS = "GET, HEAD, OPTIONS, POST, PATCH, DELETE"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.\-]+)(?::([0-9]{1,5}))?")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]")


class Gate:
    """WSGI middleware. `host` is the address we listen on; its name and those of `allowed_origins` are ours."""

    def __init__(self, inner: WSGIApplication, host: str, allowed_origins: Iterable[str]) -> None:
        self._inner = inner
        self._origins = frozenset(allowed_origins)
        bracketed = f"[{host}]" if ":" in host else host
        self._hosts = {bracketed.lower(), *(urlsplit(origin).hostname or "" for origin in self._origins)}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Refuse or pass on."""
        origin = environ.get("HTTP_ORIGIN", "")
        extra = self._cors(origin) if origin in self._origins else ()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *SECURITY_HEADERS, *extra], exc_info)

        refusal = self._refusal(environ, origin)
        if refusal is not None:
            return answer(problems.render(refusal), start)
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start("204 No Content", [("Allow", METHODS), ("Vary", "Origin")])
            return [b""]
        return self._inner(environ, start)

    def _refusal(self, environ: WSGIEnvironment, origin: str) -> Refusal | None:
        if not self._is_our_host(environ.get("HTTP_HOST", "")):
            return Refusal(400, "This Host is not served here; add its origin to ALLOWED_ORIGINS.")
        return _size_refusal(environ) or self._origin_refusal(environ, origin) or _override_refusal(environ)

    def _is_our_host(self, header: str) -> bool:
        match = _HOST.fullmatch(header)
        if match is None:
            return False
        name = match.group(1).lower()
        return name in self._hosts or _LOOPBACK.fullmatch(name) is not None

    def _origin_refusal(self, environ: WSGIEnvironment, origin: str) -> Refusal | None:
        preflight = environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if environ["REQUEST_METHOD"] in SAFE_METHODS and not preflight:
            return None
        host = environ.get("HTTP_HOST", "").lower()
        # Compared as text: taking apart what a stranger wrote could fail.
        same = origin.lower() in {f"http://{host}", f"https://{host}"} if origin else None
        if origin in self._origins or same:
            return None
        if same is None and environ.get("HTTP_SEC_FETCH_SITE", "none") in {"none", "same-origin"}:
            return None
        return Refusal(403, "A page of another origin may not write here; ALLOWED_ORIGINS names those that may.")

    @staticmethod
    def _cors(origin: str) -> tuple[tuple[str, str], ...]:
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", "Content-Type, Idempotency-Key, If-None-Match"),
            ("Access-Control-Expose-Headers", "ETag, Retry-After"),
        )


def _size_refusal(environ: WSGIEnvironment) -> Refusal | None:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        return Refusal(400, "The length of the body is unclear.")
    if len(length) > 9 or int(length) > MAX_BODY_BYTES:
        return Refusal(413, "The body may hold at most 64 kB.")
    if len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", "")) > MAX_URL_CHARACTERS:
        return Refusal(414, "The address may hold at most 4,000 characters.")
    if sum(len(value) for key, value in environ.items() if key.startswith("HTTP_")) > MAX_HEADER_CHARACTERS:
        return Refusal(431, "The headers may hold at most 16 kB.")
    return None


def _override_refusal(environ: WSGIEnvironment) -> Refusal | None:
    if any(name in environ for name in OVERRIDES):
        return Refusal(405, "The method cannot be overridden by a header.", headers={"Allow": METHODS})
    return None


def answer(raw: problems.RawAnswer, start_response: StartResponse) -> Iterable[bytes]:
    """Send a complete answer."""
    start_response(raw.status_line, [*raw.headers, ("Content-Length", str(len(raw.body)))])
    return [raw.body]
