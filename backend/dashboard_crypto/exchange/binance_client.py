"""The one place that imports python-binance, and the subclass that puts our session under it.

Signing, parameter order and paths stay the library's own. Reading does not: `_handle_response` hands back the answer as
it came, and the library's clock offset is replaced by an object that knows the exchange's time.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import threading
import types
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import requests

from dashboard_crypto.core.errors import ConfigurationError
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.endpoints import Endpoint
from dashboard_crypto.exchange.session import FencedSession

RECV_WINDOW_MS = 10_000
_SENDERS = {
    "api": "_request_api",
    "sapi": "_request_margin_api",
    "fapi": "_request_futures_api",
    "dapi": "_request_futures_coin_api",
    "papi": "_request_papi_api",
}
_import_lock = threading.Lock()


class RawClient(Protocol):
    """What the transport needs of python-binance's client."""

    session: FencedSession

    def send(self, endpoint: Endpoint, params: dict[str, str]) -> requests.Response:
        """Sign if the endpoint asks for it, send, and return the unread answer."""
        ...


class ExchangeTime:
    """Stands where python-binance adds its offset to the machine's time; the sum is the exchange's time."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms

    def __radd__(self, _machine_ms: float) -> int:
        return self._now_ms()


def build_client(
    credentials: Credentials, urls: dict[str, str], now_ms: Callable[[], int], connect_timeout_s: float
) -> RawClient:
    """Import python-binance and make its client; nothing is sent."""
    client_class: Any = _import_client()

    class Fenced(client_class):  # type: ignore[misc]
        REQUEST_RECVWINDOW = RECV_WINDOW_MS
        session = None  # its __del__ reads it, also after a constructor that failed

        def _init_session(self) -> FencedSession:
            session = FencedSession(connect_timeout_s)
            session.headers.update(self._get_headers())
            return session

        def _init_private_key(self, private_key: str | None, _passphrase: str | None = None) -> Any:
            return _load_private_key(self, private_key) if private_key else None

        def _handle_response(self, response: requests.Response) -> requests.Response:
            self.response = None
            return response

        def send(self, endpoint: Endpoint, params: dict[str, str]) -> requests.Response:
            signed = {"data": dict(params)} if params or endpoint.signed else {}
            options: dict[str, Any] = {"force_params": True, **signed}
            ask = getattr(self, _SENDERS[endpoint.family])
            version: Any = f"v{endpoint.version}" if endpoint.family == "api" else endpoint.version
            response: requests.Response = ask(
                endpoint.method, endpoint.path, endpoint.signed, version=version, **options
            )
            return response

    for name, url in urls.items():
        setattr(Fenced, name, url)
    return _construct(Fenced, credentials, now_ms)


def _import_client() -> Any:
    """python-binance's `Client` without the asynchronous half that its package imports beside it.

    The package's `__init__` would load aiohttp and all stream classes: 9 MB and 0.16 s that are never used here. So the
    module is loaded under a bare package, which is taken away again; a later `import binance` gets the whole of it.
    """
    name = "binance"
    with _import_lock, warnings.catch_warnings():
        # A module of the library imports a name that `websockets` deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        spec = importlib.util.find_spec(name)
        if name in sys.modules or spec is None or spec.submodule_search_locations is None:
            return importlib.import_module(f"{name}.client").Client
        package = types.ModuleType(name)
        package.__path__ = list(spec.submodule_search_locations)
        sys.modules[name] = package
        try:
            return importlib.import_module(f"{name}.client").Client
        finally:
            del sys.modules[name]


def _construct(client_class: Any, credentials: Credentials, now_ms: Callable[[], int]) -> RawClient:
    is_pem = credentials.kind == "pem"

    def make() -> Any:
        # The constructor wants its thread's event loop, for streams that are never opened; this one opens nothing.
        asyncio.set_event_loop(asyncio.AbstractEventLoop())  # type: ignore[abstract]
        return client_class(
            api_key=credentials.api_key,
            api_secret=None if is_pem else credentials.api_secret,
            private_key=credentials.api_secret if is_pem else None,
            ping=False,
        )

    # In a thread of its own, so that nobody's event loop is put away unclosed.
    with ThreadPoolExecutor(max_workers=1) as own_thread:
        client = own_thread.submit(make).result()
    client.timestamp_offset = ExchangeTime(now_ms)
    result: RawClient = client
    return result


def _load_private_key(client: Any, pem: str) -> Any:
    """The library tells RSA from Ed25519 by length; the key itself knows better."""
    from Crypto.PublicKey import ECC, RSA

    try:
        key: Any = RSA.import_key(pem)
        client._is_rsa = True
        return key
    except (ValueError, IndexError, TypeError):
        pass
    try:
        key = ECC.import_key(pem)
        if key.curve == "Ed25519":
            return key
    except (ValueError, IndexError, TypeError):
        pass
    raise ConfigurationError("BINANCE_API_SECRET: not an RSA or Ed25519 private key")
