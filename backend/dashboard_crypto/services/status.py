"""How the program itself is doing."""

from __future__ import annotations

from dashboard_crypto.services.views import StatusView


class StatusService:
    """Answers `/health` and `/api/status`."""

    def status(self) -> StatusView:
        """State of the exchange, the loops and the database."""
        raise NotImplementedError

    def healthy(self) -> bool:
        """Both loops of this process went round within their last 3 intervals (true before they were started)."""
        raise NotImplementedError
