"""What the exchange answered when it said no, before the gateway decides what that means for the account.

These are leaves of the tree in `core.errors`; nothing outside this package names them.
"""

from __future__ import annotations

from dashboard_crypto.core.errors import ExchangeDown, KeyRefused


class RequestRefused(ExchangeDown):
    """A business refusal with a vendor code, such as -1121 for an unknown symbol. Asking again changes nothing."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class EndpointGone(ExchangeDown):
    """HTTP 404 or 410: this host does not offer the endpoint."""


class ConnectionBroken(ExchangeDown):
    """The connection broke while an answer was on its way; one more try is allowed."""


class NotPermitted(KeyRefused):
    """-2015 or -1002 on a wallet endpoint: the key may be sound and only lack this permission."""
