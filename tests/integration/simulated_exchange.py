"""How the integration tests reach a simulator: signed raw calls, control calls, and python-binance itself."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dashboard_crypto.simulator.server import SimulatorServer

with warnings.catch_warnings():
    # The client imports a name that its websocket library has deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import Client
    from binance.exceptions import BinanceAPIException

__all__ = ["Answer", "BinanceAPIException", "VirtualTime", "call", "control", "python_binance", "signed"]

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class VirtualTime:
    """The simulator's clock as the gateway's."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server

    def now_ms(self) -> int:
        return self._server.clock.now_ms()

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class Answer:
    """Status, headers and decoded body (text if it is not JSON)."""

    status: int
    headers: Mapping[str, str]
    body: Any


def call(
    server: SimulatorServer,
    path: str,
    method: str = "GET",
    query: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """One plain request."""
    url = f"{server.base_url}{path}" + (f"?{query}" if query else "")
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with OPENER.open(request, timeout=10) as response:
            status, found, raw = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, found, raw = error.code, error.headers, error.read()
    text = raw.decode()
    try:
        decoded = json.loads(text)
    except ValueError:
        decoded = text
    return Answer(status, dict(found.items()), decoded)


def signed(
    server: SimulatorServer,
    path: str,
    parameters: Mapping[str, Any] | None = None,
    method: str = "GET",
    *,
    secret: str | None = None,
    api_key: str | None = None,
    timestamp_ms: int | None = None,
) -> Answer:
    """One request signed with HMAC, all of it in the query."""
    timestamp = server.clock.server_ms() if timestamp_ms is None else timestamp_ms
    payload = urlencode({**(parameters or {}), "timestamp": timestamp})
    key = (server.api_secret if secret is None else secret).encode()
    signature = hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()
    headers = {"X-MBX-APIKEY": server.api_key if api_key is None else api_key}
    return call(server, path, method, f"{payload}&signature={signature}", headers=headers)


def control(server: SimulatorServer, name: str, method: str = "GET", body: Any = None, query: str = "") -> Any:
    """One control request that must succeed."""
    raw = None if body is None else json.dumps(body).encode()
    answer = call(server, f"/_sim/{name}", method, query, headers={"X-Sim-Token": server.control_token}, body=raw)
    assert answer.status == 200, answer
    return answer.body


def python_binance(
    server: SimulatorServer, api_key: str | None = None, secret: str | None = None, private_key: str | None = None
) -> Any:
    """The unmodified client, with other base URLs and the simulator's time."""

    class SimulatedClient(Client):  # type: ignore[misc]
        API_URL = f"{server.base_url}/api"
        MARGIN_API_URL = f"{server.base_url}/sapi"

    # The constructor takes the thread's event loop, or leaves one behind: give it one, and take it away again.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        client = SimulatedClient(
            server.api_key if api_key is None else api_key,
            server.api_secret if secret is None else secret,
            ping=False,
            private_key=private_key,
        )
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    client.session.trust_env = False
    client.timestamp_offset = client.get_server_time()["serverTime"] - time.time_ns() // 1_000_000
    return client
