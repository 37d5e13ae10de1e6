"""The one place that imports python-binance, and the subclass that puts our session under it.

Signing, parameter order and paths stay the library's own. Reading does not: `_handle_response` hands back the answer as
it came, and the library's clock offset is replaced by an object that knows the exchange's time.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any, Protocol

import requests

from dashboard_crypto.core.errors import ConfigurationError
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.endpoints import Endpoint
from dashboard_crypto.exchange.session import FencedSession

RECV_WINDOW_MS = 10_000
TESTNET_API = "https://testnet.binance.vision"
_UNREACHABLE = "https://disabled.invalid"


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


def base_urls(base_url: str | None, *, testnet: bool) -> dict[str, str]:
    """python-binance's class attributes for one host; a testnet key never has a /sapi to be sent to."""
    if base_url is None:
        return {"API_URL": f"{TESTNET_API}/api", "MARGIN_API_URL": f"{_UNREACHABLE}/sapi"} if testnet else {}
    base = base_url.rstrip("/")
    if not base.startswith(("http://", "https://")) or any(sign in base for sign in "{}@?#"):
        raise ConfigurationError("BINANCE_API_URL must be a plain http(s) address")
    families = {"FUTURES_URL": "fapi", "FUTURES_COIN_URL": "dapi", "OPTIONS_URL": "eapi", "PAPI_URL": "papi"}
    urls = {name: f"{base}/{path}" for name, path in families.items()}
    urls |= {"API_URL": f"{base}/api", "MARGIN_API_URL": f"{_UNREACHABLE if testnet else base}/sapi"}
    return urls | {
        "WEBSITE_URL": base,
        "FUTURES_DATA_URL": f"{base}/futures/data",
        "FUTURES_COIN_DATA_URL": f"{base}/futures/data",
    }


def build_client(
    credentials: Credentials, urls: dict[str, str], now_ms: Callable[[], int], connect_timeout_s: float
) -> RawClient:
    """Import python-binance (0.3 s, 25 MB) and make its client; nothing is sent."""
    with warnings.catch_warnings():
        # The library imports a name that `websockets` deprecates; the stream half of it is never used here.
        warnings.simplefilter("ignore", DeprecationWarning)
        from binance.client import Client

    class Fenced(Client):  # type: ignore[misc]
        REQUEST_RECVWINDOW = RECV_WINDOW_MS

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
            response: requests.Response
            if endpoint.family == "sapi":
                response = self._request_margin_api(
                    endpoint.method, endpoint.path, endpoint.signed, version=endpoint.version, **options
                )
            else:
                response = self._request_api(
                    endpoint.method, endpoint.path, endpoint.signed, version=f"v{endpoint.version}", **options
                )
            return response

    for name, url in urls.items():
        setattr(Fenced, name, url)
    return _construct(Fenced, credentials, now_ms)


def _construct(client_class: Any, credentials: Credentials, now_ms: Callable[[], int]) -> RawClient:
    is_pem = credentials.kind == "pem"
    # The constructor makes itself an event loop for streams; give it one and take it away again.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        client = client_class(
            api_key=credentials.api_key,
            api_secret=None if is_pem else credentials.api_secret,
            private_key=credentials.api_secret if is_pem else None,
            ping=False,
        )
    finally:
        asyncio.set_event_loop(None)
        loop.close()
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
