"""The one connection to the exchange."""

from __future__ import annotations

from collections.abc import Callable

from dashboard_crypto.core.ports import ExchangeGateway

GatewayFactory = Callable[[], ExchangeGateway]


class SessionManager:
    """Builds the gateway on first use, never at start-up. `factory` None means no key is configured."""

    def __init__(self, factory: GatewayFactory | None) -> None:
        self._factory = factory
