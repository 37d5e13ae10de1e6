"""RFC 9457 answers: one table from error class to status, one shape for every refusal."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from dashboard_crypto.api import wire
from dashboard_crypto.core import errors

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)

STATUS_OF: Mapping[type[errors.PortfolioError], int] = {
    errors.PortfolioError: 500,
    errors.FixAndRestart: 503,
    errors.KeyRefused: 503,
    errors.Wait: 503,
    errors.Retry: 503,
    errors.TellTheUser: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NotReady: 503,
    errors.GiveUp: 503,
}
"""The nearest class in an error's family decides."""

KINDS: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthenticated", "Login needed"),
    403: ("forbidden", "Not allowed from there"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This method is not offered here"),
    409: ("conflict", "It collides with what is stored"),
    413: ("too-large", "The body is too large"),
    414: ("url-too-long", "The address is too long"),
    415: ("unsupported-media-type", "The body must be plain application/json"),
    422: ("validation", "The request is not valid"),
    429: ("too-often", "Too many requests"),
    431: ("headers-too-large", "The headers are too large"),
    500: ("internal", "Something broke here"),
    503: ("not-ready", "Not possible right now"),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong value: where (JSON pointer), a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


class Refusal(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """A complete answer below any framework."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status_line(self) -> str:
        """Such as `404 Not Found`."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


def status_of(error: errors.PortfolioError) -> int:
    """The HTTP status of an error, by its nearest class in the table."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def from_error(error: errors.PortfolioError, now_ms: int) -> Refusal:
    """The refusal that tells the client of a core error."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, errors.NotReady):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, errors.Wait):
        headers["Retry-After"] = str(max(1, -(-(error.retry_at_ms - now_ms) // 1000)))
    elif status == 503:
        headers["Retry-After"] = "30"
    detail = str(error) if status != 500 else "An unexpected error; the log has more under this instance."
    found: Sequence[FieldError] = ()
    if isinstance(error, errors.InvalidInput):
        found = (FieldError(error.pointer, error.code, str(error)),)
    return Refusal(status, detail, found, headers)


def render(refusal: Refusal, cause: BaseException | None = None) -> RawAnswer:
    """The problem document of a refusal. Its `instance` is the id that the log line carries."""
    kind, title = KINDS.get(refusal.status, ("http", HTTPStatus(refusal.status).phrase))
    instance = secrets.token_hex(6)
    document: dict[str, object] = {
        "type": f"/problems/{kind}",
        "title": title,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": instance,
    }
    if refusal.errors:
        document["errors"] = [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in refusal.errors]
    level = logging.ERROR if refusal.status == 500 else logging.INFO
    trace = cause if refusal.status == 500 else None
    _log.log(level, "refused status=%d kind=%s instance=%s", refusal.status, kind, instance, exc_info=trace)
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **refusal.headers}
    return RawAnswer(refusal.status, tuple(headers.items()), wire.dump(document))
