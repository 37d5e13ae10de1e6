"""Every endpoint this product calls: one table, read by the transport and by the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


class Call(Protocol):
    """Asks the exchange: an id of this table and plain parameters in, the parsed answer out (`Transport.call`)."""

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Raises errors of `core.errors` only."""
        ...


Family = Literal["api", "sapi"]
PoolKind = Literal["api_ip", "sapi_ip", "sapi_uid"]
Shape = Literal["object", "list"]

POOL_LIMITS: Mapping[PoolKind, int] = {"api_ip": 6_000, "sapi_ip": 12_000, "sapi_uid": 180_000}
"""Request weight per minute. All of /api shares one pool; every /sapi endpoint has its own."""

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table. `required` are the names an object answer must have; `keep` see `strict_json.loads`.

    `permission` is what the key needs, in the words of the vendor's key page.
    """

    id: str
    method: Literal["get", "post"]
    family: Family
    version: int
    path: str
    pool: PoolKind
    weight: int
    signed: bool
    shape: Shape
    required: tuple[str, ...] = ()
    permission: str = "none"
    keep: frozenset[str] | None = None
    max_bytes: int = 16 * _MEBIBYTE

    @property
    def pool_key(self) -> str:
        """Endpoints with the same key spend from the same budget."""
        return "api" if self.pool == "api_ip" else f"{self.pool}:{self.path}"


_READING = "Enable Reading"
_SYMBOL_FIELDS = frozenset({"symbols", "symbol", "status", "baseAsset", "quoteAsset"})

_TABLE = (
    Endpoint("time", "get", "api", 3, "time", "api_ip", 1, False, "object", ("serverTime",)),
    Endpoint(
        "exchange_info", "get", "api", 3, "exchangeInfo", "api_ip", 20, False, "object", ("symbols",),
        keep=_SYMBOL_FIELDS, max_bytes=32 * _MEBIBYTE,
    ),
    Endpoint("prices", "get", "api", 3, "ticker/price", "api_ip", 4, False, "list"),
    Endpoint("klines", "get", "api", 3, "klines", "api_ip", 2, False, "list"),
    Endpoint("account", "get", "api", 3, "account", "api_ip", 20, True, "object", ("balances",), _READING),
    Endpoint(
        "key_restrictions", "get", "sapi", 1, "account/apiRestrictions", "sapi_ip", 1, True, "object",
        ("enableReading",), _READING,
    ),
    Endpoint("funding", "post", "sapi", 1, "asset/get-funding-asset", "sapi_ip", 1, True, "list", (), _READING),
    Endpoint(
        "earn_flexible", "get", "sapi", 1, "simple-earn/flexible/position", "sapi_ip", 150, True, "object",
        ("total",), _READING,
    ),
    Endpoint(
        "earn_locked", "get", "sapi", 1, "simple-earn/locked/position", "sapi_ip", 150, True, "object",
        ("total",), _READING,
    ),
    Endpoint("deposits", "get", "sapi", 1, "capital/deposit/hisrec", "sapi_ip", 1, True, "list", (), _READING),
    Endpoint(
        "withdrawals", "get", "sapi", 1, "capital/withdraw/history", "sapi_uid", 18_000, True, "list", (), _READING
    ),
)  # fmt: skip

ENDPOINTS: Mapping[str, Endpoint] = {endpoint.id: endpoint for endpoint in _TABLE}
