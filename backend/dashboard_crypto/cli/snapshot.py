"""`snapshot`: one reading of the balances, one manual snapshot."""

from __future__ import annotations

from dashboard_crypto import app, config
from dashboard_crypto.api.fields import iso
from dashboard_crypto.core.errors import ConfigurationError, NotReady


def snapshot() -> str:
    """Read, store, and say what was stored. Errors pass to the caller."""
    loaded = config.load()
    if not loaded.settings.has_credentials:
        raise ConfigurationError("BINANCE_API_KEY and BINANCE_API_SECRET are missing; there is nothing to read")
    application = app.build(loaded.settings)
    try:
        if not app.sync(application.services.clock):
            raise NotReady("The exchange does not tell its time; nothing was stored.")
        application.services.auto_refresh.balance_tick()
        row = application.services.performance.create_snapshot()
    finally:
        application.stop()
    return f"Stored: {row.total_value_usd:f} USD at {iso(row.instant_ms)}"
