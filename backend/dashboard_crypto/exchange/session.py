"""A `requests.Session` that goes to one place only and brings back a bounded number of bytes."""

from __future__ import annotations

import zlib
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.exchange.answers import Answer
from dashboard_crypto.exchange.deadlines import remaining_s
from dashboard_crypto.exchange.refusals import ConnectionBroken
from dashboard_crypto.exchange.sockets import PlainPool, SecurePool

_CHUNK = 64 * 1024
_KEPT_CONNECTIONS = 12  # history asks over eight at once, and live readings beside it


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


class FencedSession(requests.Session):
    """No redirects, no proxies, no .netrc, no cookies, no CA bundle from the environment; bodies are streamed."""

    def __init__(self, connect_timeout_s: float) -> None:
        super().__init__()
        self._connect_timeout_s = connect_timeout_s
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["Accept-Encoding"] = "gzip"
        self.mount("https://", _Adapter(pool_maxsize=_KEPT_CONNECTIONS))
        self.mount("http://", _Adapter(pool_maxsize=_KEPT_CONNECTIONS))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send; the answer's body stays on the wire until `read_answer` takes it."""
        left = remaining_s()
        options |= {"allow_redirects": False, "stream": True, "timeout": (min(self._connect_timeout_s, left), left)}
        return super().request(method, url, *args, **options)


def read_answer(response: requests.Response, max_bytes: int) -> Answer:
    """Read and unpack the body; at most `max_bytes` are ever held, packed or unpacked."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = _unpacked(_body(response, max_bytes), headers.get("content-encoding", ""), max_bytes)
    finally:
        response.close()
    return Answer(response.status_code, headers, body)


def _body(response: requests.Response, max_bytes: int) -> bytes:
    body = bytearray()
    while chunk := _chunk(response):
        body += chunk
        if len(body) > max_bytes:
            raise MalformedAnswer(f"the answer is larger than {max_bytes} bytes")
    return bytes(body)


def _chunk(response: requests.Response) -> bytes:
    try:
        chunk: bytes = response.raw.read(_CHUNK, decode_content=False)
        return chunk
    except ReadTimeoutError:
        problem: Exception = TimeoutError("deadline passed")
    except (HTTPError, OSError, HTTPException):
        problem = ConnectionBroken("the connection broke in the middle of an answer")
    raise problem


def _unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise MalformedAnswer(f"the answer uses an encoding that was not asked for: {encoding[:20]}")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, max_bytes + 1)
    except zlib.error:
        plain = b""
    if len(plain) > max_bytes:
        raise MalformedAnswer(f"the answer is larger than {max_bytes} bytes when unpacked")
    if not unpacker.eof:
        raise MalformedAnswer("the packed answer is broken")
    return plain
