"""Weights: six kinds of pool in fixed minutes of the simulator's clock, 429, and bans that grow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from dashboard_crypto.simulator.errors import BinanceError

MINUTE_MS = 60_000
PoolKind = Literal["api", "sapi_ip", "sapi_uid", "fapi", "dapi", "papi"]
LIMITS: dict[PoolKind, int] = {
    "api": 6000,
    "sapi_ip": 12000,
    "sapi_uid": 180000,
    "fapi": 2400,
    "dapi": 2400,
    "papi": 6000,
}
REFUSALS_BEFORE_BAN = 5
FIRST_BAN_MS = 2 * MINUTE_MS
LONGEST_BAN_MS = 3 * 86_400_000


@dataclass(slots=True)
class Pool:
    """What one pool has used in its current minute, and how often it said no."""

    minute: int = -1
    used: int = 0
    refused: int = 0
    banned_until_ms: int = 0
    last_ban_ms: int = 0


@dataclass(slots=True)
class Limits:
    """All pools. `/api`, `/fapi`, `/dapi` and `/papi` have one pool per address each, `/sapi` one per endpoint."""

    limits: dict[PoolKind, int] = field(default_factory=lambda: dict(LIMITS))
    pools: dict[tuple[str, str, str], Pool] = field(default_factory=lambda: defaultdict(Pool))

    def charge(self, kind: PoolKind, route: str, owner: str, weight: int, now_ms: int) -> dict[str, str]:
        """Charge a request and give its headers, or refuse it. Every request is charged, also one that fails."""
        pool = self.pools[kind, owner, route if kind.startswith("sapi") else ""]
        if pool.minute != now_ms // MINUTE_MS:
            pool.minute, pool.used, pool.refused = now_ms // MINUTE_MS, 0, 0
        if now_ms < pool.banned_until_ms:
            raise banned(pool, now_ms)
        pool.used += weight
        headers = used_headers(kind, pool.used)
        if pool.used > self.limits[kind]:
            self._refuse(kind, pool, now_ms, headers)
        return headers

    def _refuse(self, kind: PoolKind, pool: Pool, now_ms: int, headers: dict[str, str]) -> None:
        pool.refused += 1
        if pool.refused > REFUSALS_BEFORE_BAN and not kind.startswith("sapi"):
            pool.last_ban_ms = min(LONGEST_BAN_MS, 2 * pool.last_ban_ms or FIRST_BAN_MS)
            pool.banned_until_ms = now_ms + pool.last_ban_ms
            raise banned(pool, now_ms)
        text = (
            f"Too much request weight used; current limit is {self.limits[kind]} request weight per 1 MINUTE. "
            "Please use WebSocket Streams for live updates to avoid polling the API."
        )
        left_s = -(-(MINUTE_MS - now_ms % MINUTE_MS) // 1000)
        raise BinanceError(429, -1003, text, headers | {"Retry-After": str(left_s)})


def banned(pool: Pool, now_ms: int) -> BinanceError:
    """418 with the end of the ban in both places where clients look."""
    text = (
        f"Way too much request weight used; IP banned until {pool.banned_until_ms}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
    seconds = -(-(pool.banned_until_ms - now_ms) // 1000)
    return BinanceError(418, -1003, text, {"Retry-After": str(seconds)})


def used_headers(kind: PoolKind, used: int) -> dict[str, str]:
    """The header that tells the client what it has used."""
    if kind == "sapi_ip":
        return {"X-SAPI-USED-IP-WEIGHT-1M": str(used)}
    if kind == "sapi_uid":
        return {"X-SAPI-USED-UID-WEIGHT-1M": str(used)}
    names = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M") if kind == "api" else ("X-MBX-USED-WEIGHT-1M",)
    return {name: str(used) for name in names}
