"""May we ask now? One gate before every call: bans, limits, a refused key, a failing exchange, the weight budget."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping

from dashboard_crypto.core.errors import (
    DatabaseBusy,
    ExchangeBanned,
    ExchangeBlocked,
    ExchangeDown,
    ExchangeLimited,
    KeyRefused,
    PortfolioError,
    Wait,
)
from dashboard_crypto.core.ports import BanStore, Clock
from dashboard_crypto.exchange.answers import Refusal
from dashboard_crypto.exchange.budget import Budget, allowed
from dashboard_crypto.exchange.endpoints import Endpoint
from dashboard_crypto.exchange.refusals import EndpointGone, RequestRefused

BLOCKED_S = 600
KEY_REFUSED_S = 5.0
"""Long enough that nothing under way asks again; how often the loops do is their own pace."""
FAILURES_BEFORE_BREAK = 5
LONGEST_WAIT_S = 72 * 3600
_SHORTEST_BAN_S = 120
_MINUTE_MS = 60_000
_log = logging.getLogger(__name__)


class Throttle:
    """State shared by all threads of the process. A ban is saved before the error leaves this class."""

    def __init__(self, clock: Clock, ban_store: BanStore, exchange_now_ms: Callable[[], int]) -> None:
        self._clock = clock
        self._ban_store = ban_store
        self._exchange_now_ms = exchange_now_ms
        self._budget = Budget()
        self._lock = threading.Lock()
        self._wait: Wait | None = None
        self._key_refused: tuple[float, str] | None = None
        self._limits_in_a_row = 0
        self._failures = 0
        self._broken_until = 0.0

    def admit(self, endpoint: Endpoint, *, in_background: bool = False) -> None:
        """Charge one call, or raise the reason why it must not be sent; what can wait leaves live readings room."""
        self.refuse(endpoint)
        turn_ms = self._budget.take(endpoint, self._exchange_now_ms(), allowed(endpoint, in_background=in_background))
        if turn_ms is not None:
            raise ExchangeLimited("our own request budget of this minute is spent", self._local(turn_ms))

    def refuse(self, endpoint: Endpoint) -> None:
        """Raise the reason, if there is one, why the exchange must not be asked now."""
        self._refuse_while_waiting()
        self._refuse_key(endpoint)
        if self._clock.monotonic() < self._broken_until:
            raise ExchangeDown("the exchange has failed several times in a row; trying again soon")

    def note_headers(self, endpoint: Endpoint, headers: Mapping[str, str], sent_ms: int) -> None:
        """Learn the used weight from any answer, good or bad, to a question of `sent_ms` (the exchange's time)."""
        self._budget.correct(endpoint, headers, sent_ms, self._exchange_now_ms())

    def note_success(self) -> None:
        """An answer was good: the exchange is well."""
        with self._lock:
            self._failures = 0
            self._limits_in_a_row = 0

    def note_failure(self) -> None:
        """A call failed for the exchange's or the network's sake; after five in a row, pause 5 s to 300 s."""
        with self._lock:
            self._failures += 1
            over = self._failures - FAILURES_BEFORE_BREAK
            if over >= 0:
                pause_s = min(300.0, 5.0 * 2 ** min(over, 6)) * random.uniform(0.8, 1.0)
                self._broken_until = self._clock.monotonic() + pause_s

    def error_for(self, refusal: Refusal, *, counts: bool = True) -> PortfolioError:
        """The error to raise for a refusal; waiting times are remembered, a ban durably.

        A failure that does not count leaves live readings their tries: one broken history endpoint is no outage.
        """
        kind = refusal.kind
        if issubclass(kind, Wait):
            return self._start_waiting(kind, refusal)
        if issubclass(kind, RequestRefused):
            return RequestRefused(refusal.message, refusal.code)
        if kind is KeyRefused:
            until = self._clock.monotonic() + KEY_REFUSED_S
            self._key_refused = (until, refusal.message)
        if counts and issubclass(kind, ExchangeDown) and not issubclass(kind, EndpointGone):
            self.note_failure()
        return kind(refusal.message)

    def _refuse_while_waiting(self) -> None:
        now_ms = self._clock.now_ms()
        if self._wait is not None and now_ms < self._wait.retry_at_ms:
            raise type(self._wait)(str(self._wait), self._wait.retry_at_ms)
        stored_ms = self._ban_store.load_ban()
        if now_ms < stored_ms:
            raise ExchangeBanned("Binance banned this IP address for a while", stored_ms)

    def _refuse_key(self, endpoint: Endpoint) -> None:
        if endpoint.signed and self._key_refused is not None:
            until, message = self._key_refused
            if self._clock.monotonic() < until:
                raise KeyRefused(message)

    def _start_waiting(self, kind: type[Wait], refusal: Refusal) -> Wait:
        now_ms = self._clock.now_ms()
        if issubclass(kind, ExchangeBlocked):
            self._wait = kind(refusal.message, now_ms + BLOCKED_S * 1000)
            return self._wait
        with self._lock:
            self._limits_in_a_row += 1
        if issubclass(kind, ExchangeBanned):
            self._wait = kind("Binance banned this IP address for a while", self._ban_end_ms(now_ms, refusal))
            self._save_ban(self._wait.retry_at_ms)
        else:
            self._wait = kind("Binance asked us to slow down", self._limit_end_ms(now_ms, refusal))
        return self._wait

    def _limit_end_ms(self, now_ms: int, refusal: Refusal) -> int:
        seconds = retry_after_s(refusal.retry_after)
        if seconds is not None:
            return now_ms + seconds * 1000
        extra_ms = min(self._limits_in_a_row - 1, 9) * _MINUTE_MS + random.randint(500, 3000)
        return self._local((self._exchange_now_ms() // _MINUTE_MS + 1) * _MINUTE_MS) + extra_ms

    def _ban_end_ms(self, now_ms: int, refusal: Refusal) -> int:
        seconds = retry_after_s(refusal.retry_after) or 0
        stated_ms = self._local(refusal.banned_until_ms) if refusal.banned_until_ms else 0
        end_ms = max(now_ms + seconds * 1000, stated_ms)
        if end_ms <= now_ms:
            end_ms = now_ms + _SHORTEST_BAN_S * 1000 * 2 ** min(self._limits_in_a_row - 1, 6)
        return min(end_ms, now_ms + LONGEST_WAIT_S * 1000)

    def _save_ban(self, until_ms: int) -> None:
        try:
            self._ban_store.save_ban(until_ms)
        except DatabaseBusy:
            _log.error("the end of the ban could not be stored; it holds in this process only")

    def _local(self, exchange_ms: int) -> int:
        return exchange_ms - (self._exchange_now_ms() - self._clock.now_ms())


def retry_after_s(header: str | None) -> int | None:
    """Seconds to wait, 1 s to 72 h; None for a header that says nothing (absent, 0, negative, text, a date)."""
    if header is None or not header.isascii() or not header.strip().isdecimal():
        return None
    seconds = int(header.strip()[:12])
    return min(seconds, LONGEST_WAIT_S) or None
