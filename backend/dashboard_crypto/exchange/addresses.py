"""Where the exchange lives, as python-binance wants to be told: class attributes, one per family of services."""

from __future__ import annotations

from dashboard_crypto.core.errors import ConfigurationError

TESTNET = "https://testnet.binance.vision"
_UNREACHABLE = "https://disabled.invalid"
_FAMILIES = {
    "MARGIN_API_URL": "sapi",
    "FUTURES_URL": "fapi",
    "FUTURES_COIN_URL": "dapi",
    "OPTIONS_URL": "eapi",
    "PAPI_URL": "papi",
}


def base_urls(base_url: str | None, *, testnet: bool) -> dict[str, str]:
    """python-binance's class attributes for one host; a testnet key has /api and nothing else to be sent to."""
    if base_url is None:
        return _nowhere() | {"API_URL": f"{TESTNET}/api"} if testnet else {}
    base = base_url.rstrip("/")
    if not base.startswith(("http://", "https://")) or any(sign in base for sign in "{}@?#"):
        raise ConfigurationError("BINANCE_API_URL must be a plain http(s) address")
    urls = {name: f"{base}/{path}" for name, path in _FAMILIES.items()} | (_nowhere() if testnet else {})
    return urls | {
        "API_URL": f"{base}/api",
        "WEBSITE_URL": base,
        "FUTURES_DATA_URL": f"{base}/futures/data",
        "FUTURES_COIN_DATA_URL": f"{base}/futures/data",
    }


def _nowhere() -> dict[str, str]:
    return {name: f"{_UNREACHABLE}/{path}" for name, path in _FAMILIES.items()}
