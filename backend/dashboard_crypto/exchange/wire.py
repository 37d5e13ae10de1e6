"""One question over the wire: python-binance signs and sends, we read; every failure becomes a plain error.

Imported at the first question only, because `requests` and python-binance are heavy.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, ProtocolError

from dashboard_crypto.core.errors import ExchangeDown
from dashboard_crypto.exchange.answers import Answer
from dashboard_crypto.exchange.binance_client import build_client
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.endpoints import Endpoint
from dashboard_crypto.exchange.limits import Limits
from dashboard_crypto.exchange.redaction import guard_library_logs
from dashboard_crypto.exchange.refusals import ConnectionBroken
from dashboard_crypto.exchange.session import read_answer

_MAPPED = (OSError, HTTPError, HTTPException, ValueError, TypeError, LookupError, AttributeError, RuntimeError)


class Wire:
    """A connected client. Thread-safe: python-binance keeps no state between signing and sending."""

    def __init__(
        self, credentials: Credentials, urls: dict[str, str], now_ms: Callable[[], int], limits: Limits
    ) -> None:
        guard_library_logs(credentials.api_key, credentials.api_secret)
        self._limits = limits
        self._client = build_client(credentials, urls, now_ms, limits.connect_s)

    def ask(self, endpoint: Endpoint, params: dict[str, str]) -> Answer:
        """Send and read to the end, within the deadline in force. Raises ExchangeDown and its kinds only."""
        try:
            return read_answer(self._client.send(endpoint, params), endpoint.max_bytes)
        except ExchangeDown:
            raise
        except _MAPPED as error:
            problem = _explain(error, self._limits)
        # Raised out here, so that the original, which holds the signed URL, is not kept as the context.
        raise problem

    def close(self) -> None:
        """Give back connections; a later question makes new ones."""
        self._client.session.close()


def _explain(error: Exception, limits: Limits) -> ExchangeDown:
    """Plain words for what `requests` and the socket say; never their text, which may hold the signed URL."""
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.exceptions.SSLError):
        return ExchangeDown("no secure connection: the certificate or TLS of the exchange is not acceptable")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return ExchangeDown(f"no connection within {limits.connect_s:g} s")
    if isinstance(error, (requests.exceptions.Timeout, TimeoutError)):
        return ExchangeDown(f"no complete answer within {limits.total_s:g} s")
    if isinstance(getattr(cause, "reason", None), NameResolutionError):
        return ExchangeDown("the exchange's name does not resolve")
    if isinstance(cause, ProtocolError):
        return ConnectionBroken("the connection broke before an answer came")
    if isinstance(error, requests.exceptions.ConnectionError):
        return ExchangeDown("cannot connect to the exchange")
    return ExchangeDown(f"the exchange could not be asked ({type(error).__name__})")
