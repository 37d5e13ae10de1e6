"""One way to the exchange: `Transport.call(endpoint, params)`.

python-binance signs and sends; this module decides whether to ask at all, reads the answer within one deadline and one
size, and turns whatever happens into a parsed answer or an error of `core.errors`. No exception that leaves here holds
a request, because requests hold signatures.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, ProtocolError

from dashboard_crypto.core.errors import ClockOff, ExchangeDown, PortfolioError
from dashboard_crypto.core.ports import BanStore, Clock
from dashboard_crypto.exchange.answers import CLOCK_CODE, Refusal, judge
from dashboard_crypto.exchange.binance_client import RawClient, base_urls, build_client
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.endpoints import ENDPOINTS, Endpoint
from dashboard_crypto.exchange.redaction import guard_library_logs
from dashboard_crypto.exchange.refusals import ConnectionBroken, EndpointGone
from dashboard_crypto.exchange.server_clock import ServerClock, believable
from dashboard_crypto.exchange.session import read_answer
from dashboard_crypto.exchange.sockets import deadline
from dashboard_crypto.exchange.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a connection may take, and seconds a whole call may take."""

    connect_s: float = 5.0
    total_s: float = 15.0


class Transport:
    """Thread-safe. Nothing is imported, connected or sent before the first call."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str | None,
        testnet: bool,
        clock: Clock,
        ban_store: BanStore,
        limits: Limits | None = None,
    ) -> None:
        self._credentials = credentials
        self._urls = base_urls(base_url, testnet=testnet)
        self._testnet = testnet
        self._limits = limits or Limits()
        self._client: RawClient | None = None
        self._client_lock = threading.Lock()
        self.time = ServerClock(clock, self.ask_time_ms)
        self._throttle = Throttle(clock, ban_store, self.time.now_ms)

    def call(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Ask once (twice after a broken connection or a clock correction) and return the parsed answer.

        Values of `params` are plain; encoding is done here. Raises errors of `core.errors` only.
        """
        endpoint = ENDPOINTS[endpoint_id]
        if self._testnet and endpoint.family == "sapi":
            raise EndpointGone(f"{endpoint.path}: the test network has no such service")
        encoded = {name: quote(str(value), safe="") for name, value in (params or {}).items()}
        with deadline(self._limits.total_s):
            outcome = self._ask(endpoint, encoded)
        if isinstance(outcome, Refusal):
            raise self._throttle.error_for(outcome)
        self._throttle.note_success()
        return outcome

    def ask_time_ms(self) -> int:
        """The exchange's answer to /api/v3/time, uncorrected; MalformedAnswer if it cannot be true."""
        return believable(self.call("time")["serverTime"])

    def close(self) -> None:
        """Give back the connections; a later call makes new ones."""
        with self._client_lock:
            if self._client is not None:
                self._client.session.close()

    def _ask(self, endpoint: Endpoint, params: dict[str, str]) -> Any | Refusal:
        if not endpoint.signed:
            return self._attempt(endpoint, params)
        self._throttle.refuse(endpoint)
        self.time.keep_fresh()
        outcome = self._attempt(endpoint, params)
        if isinstance(outcome, Refusal) and outcome.code == CLOCK_CODE:
            self.time.resync()
            outcome = self._attempt(endpoint, params)
            if isinstance(outcome, Refusal) and outcome.code == CLOCK_CODE:
                raise ClockOff(f"this computer's clock is off by {abs(self.time.skew_ms) / 1000:.1f} s")
        return outcome

    def _attempt(self, endpoint: Endpoint, params: dict[str, str]) -> Any | Refusal:
        try:
            return self._exchange_bytes(endpoint, params)
        except ConnectionBroken:
            pass
        return self._exchange_bytes(endpoint, params)

    def _exchange_bytes(self, endpoint: Endpoint, params: dict[str, str]) -> Any | Refusal:
        self._throttle.admit(endpoint)
        try:
            answer = read_answer(self._ready_client().send(endpoint, params), endpoint.max_bytes)
        except PortfolioError:
            self._throttle.note_failure()
            raise
        except (OSError, HTTPError, HTTPException, ValueError, TypeError, LookupError, AttributeError) as error:
            problem = _explain(error, self._limits)
        else:
            self._throttle.note_headers(endpoint, answer.headers)
            return judge(endpoint, answer)
        # Raised out here, so that the original, which holds the signed URL, is not kept as the context.
        self._throttle.note_failure()
        raise problem

    def _ready_client(self) -> RawClient:
        with self._client_lock:
            if self._client is None:
                guard_library_logs(self._credentials.api_key, self._credentials.api_secret)
                self._client = build_client(self._credentials, self._urls, self.time.now_ms, self._limits.connect_s)
            return self._client


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
