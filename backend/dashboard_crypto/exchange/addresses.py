"""Where the exchange lives, as python-binance wants to be told: class attributes, one per family of services."""

from __future__ import annotations

from dashboard_crypto.core.errors import ConfigurationError

TESTNET = "https://testnet.binance.vision"
_UNREACHABLE = "https://disabled.invalid"


def base_urls(base_url: str | None, *, testnet: bool) -> dict[str, str]:
    """python-binance's class attributes for one host; a testnet key never has a /sapi to be sent to."""
    if base_url is None:
        return {"API_URL": f"{TESTNET}/api", "MARGIN_API_URL": f"{_UNREACHABLE}/sapi"} if testnet else {}
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
