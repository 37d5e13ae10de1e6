"""What an HTTP answer means: the parsed body, or the error an operator can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard_crypto.core.errors import (
    ExchangeBanned,
    ExchangeBlocked,
    ExchangeDown,
    ExchangeLimited,
    KeyRefused,
    MalformedAnswer,
    PortfolioError,
)
from dashboard_crypto.exchange import strict_json
from dashboard_crypto.exchange.endpoints import Endpoint
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

CLOCK_CODE = -1021
_KEY_CODES = {-1002, -1022, -2008, -2014, -2015}
_PERMISSION_CODES = {-1002, -2015}
_BANNED_UNTIL = re.compile(r"banned until (\d{12,14})")
_KEY_WORDS = {
    -1022: "the signature is wrong: does BINANCE_API_SECRET belong to BINANCE_API_KEY?",
    -2014: "the API key has a wrong format",
    -2015: "unknown API key, this computer's IP address is not on its list, or a permission is missing",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer read to its end: `body` unpacked, `headers` with lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not a result. `kind` is the error class it calls for, before waiting times are known."""

    kind: type[PortfolioError]
    message: str
    code: int = 0
    retry_after: str | None = None
    banned_until_ms: int | None = None


def judge(endpoint: Endpoint, answer: Answer) -> Any | Refusal:
    """The parsed result, or a Refusal. Raises MalformedAnswer for an answer that cannot be what it claims."""
    if answer.status != 200:
        return _refusal(endpoint, answer)
    result = strict_json.loads(answer.body, endpoint.keep)
    if isinstance(result, dict):
        disguised = _disguised_refusal(endpoint, result)
        if disguised is not None:
            return disguised
    _check_shape(endpoint, result)
    return result


def _check_shape(endpoint: Endpoint, result: Any) -> None:
    expected = dict if endpoint.shape == "object" else list
    if not isinstance(result, expected):
        found = "null" if result is None else type(result).__name__
        raise MalformedAnswer(f"{endpoint.path}: expected {endpoint.shape}, found {found}")
    missing = [name for name in endpoint.required if name not in result]
    if missing:
        raise MalformedAnswer(f"{endpoint.path}: field {missing[0]!r} is missing")


def _disguised_refusal(endpoint: Endpoint, result: dict[str, Any]) -> Refusal | None:
    code = result.get("code")
    if isinstance(code, int) and not isinstance(code, bool) and code < 0:
        return _by_code(endpoint, 400, code, _text(result.get("msg")))
    if result.get("success") is False:
        return Refusal(RequestRefused, f"{endpoint.path}: {_text(result.get('message'))}")
    return None


def _refusal(endpoint: Endpoint, answer: Answer) -> Refusal:
    code, message = _error_body(answer.body)
    retry_after = answer.headers.get("retry-after")
    if answer.status in {418, 429} or code == -1003:
        until = _BANNED_UNTIL.search(message)
        banned = answer.status == 418 or until is not None
        return Refusal(
            ExchangeBanned if banned else ExchangeLimited,
            message,
            code,
            retry_after,
            int(until.group(1)) if until else None,
        )
    if 300 <= answer.status < 400:
        return Refusal(MalformedAnswer, f"HTTP {answer.status}: a redirect, which is never followed")
    return _by_code(endpoint, answer.status, code, message)


def _by_code(endpoint: Endpoint, status: int, code: int, message: str) -> Refusal:
    if code in _KEY_CODES or status == 401:
        narrow = endpoint.family != "api" and code in _PERMISSION_CODES
        words = _KEY_WORDS.get(code, message or f"HTTP {status}")
        return Refusal(NotPermitted if narrow else KeyRefused, f"Binance refuses the key: {words}", code)
    if status in {403, 451}:
        place = " from this location" if status == 451 else ""
        return Refusal(ExchangeBlocked, f"blocked by the exchange{place} (HTTP {status})", code)
    if status in {404, 410}:
        return Refusal(EndpointGone, f"{endpoint.path}: not offered here (HTTP {status})", code)
    if status >= 500 or code in {-1000, -1001, -1006, -1007, -1008, -1016}:
        return Refusal(ExchangeDown, f"the exchange reports trouble (HTTP {status}) {message}".strip(), code)
    return Refusal(RequestRefused, f"{endpoint.path}: HTTP {status}, code {code} {message}".strip(), code)


def _error_body(body: bytes) -> tuple[int, str]:
    try:
        parsed = strict_json.loads(body)
    except MalformedAnswer:
        return 0, strict_json.describe(body)
    if not isinstance(parsed, dict):
        return 0, "unreadable error"
    code = parsed.get("code")
    known = code if isinstance(code, int) and not isinstance(code, bool) else 0
    return known, _text(parsed.get("msg"))


def _text(value: Any) -> str:
    """A vendor's message, safe to show: printable, at most 200 characters, no markup."""
    if not isinstance(value, str) or "<" in value:
        return ""
    return "".join(sign for sign in value if sign.isprintable())[:200]
