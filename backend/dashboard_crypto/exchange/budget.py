"""How much request weight is left in this minute, per pool."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from dashboard_crypto.exchange.endpoints import LIVE_CALLS, POOL_LIMITS, Endpoint

OWN_SHARE = 0.95
"""Stop ourselves at this share of a pool: other programs behind the same address spend from it too."""

LIVE_SHARE = 0.1
"""Of a pool that live readings spend from, history leaves them this much, and room for one call at least."""

_MINUTE_MS = 60_000
_HEADERS = {
    "api_ip": "x-mbx-used-weight-1m",
    "sapi_ip": "x-sapi-used-ip-weight-1m",
    "sapi_uid": "x-sapi-used-uid-weight-1m",
    "fapi_ip": "x-mbx-used-weight-1m",
    "dapi_ip": "x-mbx-used-weight-1m",
    "papi_ip": "x-mbx-used-weight-1m",
}


def allowed(endpoint: Endpoint, *, in_background: bool = False) -> float:
    """The weight that may be spent in a minute from the endpoint's pool, by what can wait or by live readings."""
    limit = POOL_LIMITS[endpoint.pool]
    heaviest = LIVE_CALLS.get(endpoint.pool_key)
    reserved = max(LIVE_SHARE * limit, heaviest) if in_background and heaviest is not None else 0.0
    return OWN_SHARE * limit - reserved


class Budget:
    """Counts in the exchange's fixed minutes. Every call is charged when sent; headers correct the count upwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, tuple[int, int]] = {}

    def used(self, endpoint: Endpoint, now_ms: int) -> int:
        """Weight spent from the endpoint's pool in the minute of `now_ms` (the exchange's time)."""
        minute, used = self._used.get(endpoint.pool_key, (0, 0))
        return used if minute == now_ms // _MINUTE_MS else 0

    def take(self, endpoint: Endpoint, now_ms: int, most: float) -> int | None:
        """Charge a call that is about to be sent: None. If the pool's use would pass `most`: the next minute's start.

        Looking and charging are one step, so that calls side by side cannot spend the same weight twice.
        """
        with self._lock:
            used = self.used(endpoint, now_ms) + endpoint.weight
            if used > most:
                return (now_ms // _MINUTE_MS + 1) * _MINUTE_MS
            self._used[endpoint.pool_key] = (now_ms // _MINUTE_MS, used)
        return None

    def correct(self, endpoint: Endpoint, headers: Mapping[str, str], sent_ms: int, now_ms: int) -> None:
        """Believe the exchange when it has counted more than we have.

        An answer that was on its way when the minute turned tells of the old one: taken for the new one, it would keep
        even live readings waiting for a minute.
        """
        if sent_ms // _MINUTE_MS != now_ms // _MINUTE_MS:
            return
        stated = headers.get(_HEADERS[endpoint.pool], "")
        if not stated.isascii() or not stated.isdecimal() or len(stated) > 9:
            return
        with self._lock:
            used = max(self.used(endpoint, now_ms), int(stated))
            self._used[endpoint.pool_key] = (now_ms // _MINUTE_MS, used)
