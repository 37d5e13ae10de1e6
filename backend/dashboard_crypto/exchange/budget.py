"""How much request weight is left in this minute, per pool."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from dashboard_crypto.exchange.endpoints import POOL_LIMITS, Endpoint

SOFT_SHARE = 0.9
"""Stop ourselves at this share of a pool: other programs behind the same address spend from it too."""

BACKGROUND_SHARE = 0.6
"""History stops at this share, so that live readings always find room in the same pool."""

_MINUTE_MS = 60_000
_HEADERS = {
    "api_ip": "x-mbx-used-weight-1m",
    "sapi_ip": "x-sapi-used-ip-weight-1m",
    "sapi_uid": "x-sapi-used-uid-weight-1m",
    "fapi_ip": "x-mbx-used-weight-1m",
    "dapi_ip": "x-mbx-used-weight-1m",
    "papi_ip": "x-mbx-used-weight-1m",
}


class Budget:
    """Counts in the exchange's fixed minutes. Every call is charged when sent; headers correct the count upwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, tuple[int, int]] = {}

    def used(self, endpoint: Endpoint, now_ms: int) -> int:
        """Weight spent from the endpoint's pool in the minute of `now_ms` (the exchange's time)."""
        minute, used = self._used.get(endpoint.pool_key, (0, 0))
        return used if minute == now_ms // _MINUTE_MS else 0

    def wait_until_ms(self, endpoint: Endpoint, now_ms: int, share: float = SOFT_SHARE) -> int | None:
        """The start of the next minute if the call would pass `share` of the pool, else None."""
        allowed = POOL_LIMITS[endpoint.pool] * share
        if self.used(endpoint, now_ms) + endpoint.weight <= allowed:
            return None
        return (now_ms // _MINUTE_MS + 1) * _MINUTE_MS

    def charge(self, endpoint: Endpoint, now_ms: int) -> None:
        """A call is about to be sent."""
        with self._lock:
            self._used[endpoint.pool_key] = (now_ms // _MINUTE_MS, self.used(endpoint, now_ms) + endpoint.weight)

    def correct(self, endpoint: Endpoint, headers: Mapping[str, str], now_ms: int) -> None:
        """Believe the exchange when it has counted more than we have."""
        stated = headers.get(_HEADERS[endpoint.pool], "")
        if not stated.isascii() or not stated.isdecimal() or len(stated) > 9:
            return
        with self._lock:
            used = max(self.used(endpoint, now_ms), int(stated))
            self._used[endpoint.pool_key] = (now_ms // _MINUTE_MS, used)
