"""Every endpoint of the contract, in the order of the documentation."""

from __future__ import annotations

from dashboard_crypto.api import (
    cashflows,
    exports,
    flow_offers,
    ledger,
    performance,
    portfolio,
    previews,
    snapshots,
    status,
    stream,
    windows,
)
from dashboard_crypto.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *portfolio.ENDPOINTS,
    *snapshots.ENDPOINTS,
    *cashflows.ENDPOINTS,
    *flow_offers.ENDPOINTS,
    *previews.ENDPOINTS,
    *performance.ENDPOINTS,
    *windows.ENDPOINTS,
    *ledger.ENDPOINTS,
    *exports.ENDPOINTS,
    *status.ENDPOINTS,
    *stream.ENDPOINTS,
)
EXTRA_MODELS = performance.EXTRA_MODELS
