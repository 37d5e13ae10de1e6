"""One way to the exchange: `Transport.call(endpoint, params)`.

python-binance signs and sends; this module decides whether to ask at all, reads the answer within one deadline and one
size, and turns whatever happens into a parsed answer or an error of `core.errors`. No exception that leaves here holds
a request, because requests hold signatures.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dashboard_crypto.core.errors import ClockOff, ExchangeDown
from dashboard_crypto.core.ports import BanStore, Clock
from dashboard_crypto.exchange.addresses import base_urls
from dashboard_crypto.exchange.answers import CLOCK_CODE, Refusal, judge
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.deadlines import deadline
from dashboard_crypto.exchange.endpoints import ENDPOINTS, Endpoint
from dashboard_crypto.exchange.limits import Limits
from dashboard_crypto.exchange.refusals import ConnectionBroken, EndpointGone
from dashboard_crypto.exchange.server_clock import ServerClock, believable
from dashboard_crypto.exchange.throttle import Throttle

if TYPE_CHECKING:
    from dashboard_crypto.exchange.wire import Wire


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
        self._wire: Wire | None = None
        self._wire_lock = threading.Lock()
        self.time = ServerClock(clock, self.ask_time_ms)
        self._throttle = Throttle(clock, ban_store, self.time.now_ms)

    def call(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Ask once (twice after a broken connection or a clock correction) and return the parsed answer.

        Values of `params` are plain; encoding is done here. Raises errors of `core.errors` only.
        """
        return self._call(endpoint_id, params, in_background=False)

    def call_in_background(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The same for what can wait: ExchangeLimited where only the room for live readings is left."""
        return self._call(endpoint_id, params, in_background=True)

    def _call(self, endpoint_id: str, params: Mapping[str, str | int] | None, *, in_background: bool) -> Any:
        endpoint = ENDPOINTS[endpoint_id]
        if self._testnet and endpoint.family != "api":
            raise EndpointGone(f"{endpoint.path}: the test network has no such service")
        encoded = {name: _encoded(name, str(value)) for name, value in (params or {}).items()}
        with deadline(self._limits.total_s):
            outcome = self._ask(endpoint, encoded, in_background=in_background)
        if isinstance(outcome, Refusal):
            raise self._throttle.error_for(outcome, counts=not in_background)
        self._throttle.note_success()
        return outcome

    def ask_time_ms(self) -> int:
        """The exchange's answer to /api/v3/time, uncorrected; MalformedAnswer if it cannot be true."""
        return believable(self.call("time")["serverTime"])

    def close(self) -> None:
        """Give back the connections; a later call makes new ones."""
        with self._wire_lock:
            if self._wire is not None:
                self._wire.close()

    def _ask(self, endpoint: Endpoint, params: dict[str, str], *, in_background: bool) -> Any | Refusal:
        if not endpoint.signed:
            return self._attempt(endpoint, params, in_background=in_background)
        self._throttle.refuse(endpoint)
        self.time.keep_fresh()
        outcome = self._attempt(endpoint, params, in_background=in_background)
        if isinstance(outcome, Refusal) and outcome.code == CLOCK_CODE:
            self.time.resync()
            outcome = self._attempt(endpoint, params, in_background=in_background)
            if isinstance(outcome, Refusal) and outcome.code == CLOCK_CODE:
                raise ClockOff(f"this computer's clock is off by {abs(self.time.skew_ms) / 1000:.1f} s")
        return outcome

    def _attempt(self, endpoint: Endpoint, params: dict[str, str], *, in_background: bool) -> Any | Refusal:
        try:
            return self._exchange_bytes(endpoint, params, in_background=in_background)
        except ConnectionBroken:
            pass
        return self._exchange_bytes(endpoint, params, in_background=in_background)

    def _exchange_bytes(self, endpoint: Endpoint, params: dict[str, str], *, in_background: bool) -> Any | Refusal:
        self._throttle.admit(endpoint, in_background=in_background)
        sent_ms = self.time.now_ms()
        try:
            answer = self._ready().ask(endpoint, params)
        except ExchangeDown:
            # As in `error_for`: eight slow questions about the past at once are no outage of live readings.
            if not in_background:
                self._throttle.note_failure()
            raise
        self._throttle.note_headers(endpoint, answer.headers, sent_ms)
        return judge(endpoint, answer)

    def _ready(self) -> Wire:
        with self._wire_lock:
            if self._wire is None:
                from dashboard_crypto.exchange.wire import Wire

                self._wire = Wire(self._credentials, self._urls, self.time.now_ms, self._limits)
            return self._wire


def _encoded(name: str, value: str) -> str:
    """Percent-encoded as it goes over the wire; python-binance does `symbol` itself and nothing else."""
    return value if name == "symbol" else quote(value, safe="")
