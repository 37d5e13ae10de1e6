"""The one connection to the exchange: built once, and trusted only after it was looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dashboard_crypto.core.errors import ClockOff, ExchangeDown, KeyRefused, KeyTooPowerful, PortfolioError
from dashboard_crypto.core.model import KeyPermissions
from dashboard_crypto.core.ports import Clock, ExchangeGateway
from dashboard_crypto.db import state_rows
from dashboard_crypto.db.store import Store

GatewayFactory = Callable[[], ExchangeGateway]

RECHECK_S = 86_400.0
RECHECK_UNKNOWN_S = 3_600.0
MAX_CLOCK_ERROR_MS = 60_000
_JUMP_S = 30.0

TOO_POWERFUL = (
    "The API key may {what}. This program takes read-only keys: make one with reading enabled and everything else off."
)
OTHER_ACCOUNT = (
    "This API key belongs to another Binance account than the history in this database. Nothing is written, so the two "
    "can never be mixed. Use the first account's key, or another database for this one."
)


class SessionManager:
    """Builds the gateway on first use, never at start-up. `factory` None means that no key is configured."""

    def __init__(
        self, factory: GatewayFactory | None, store: Store, clock: Clock, *, allow_trading_key: bool = False
    ) -> None:
        self._factory = factory
        self._store = store
        self._clock = clock
        self._allow_trading_key = allow_trading_key
        self._lock = threading.Lock()
        self._gateway: ExchangeGateway | None = None
        self._checked_at: float | None = None
        self._recheck_s = RECHECK_S
        self._pace: tuple[int, float] | None = None

    @property
    def has_key(self) -> bool:
        """A key is configured."""
        return self._factory is not None

    def gateway(self) -> ExchangeGateway | None:
        """The gateway, not checked; None without a key."""
        with self._lock:
            if self._gateway is None and self._factory is not None:
                self._gateway = self._factory()
            return self._gateway

    def verified_gateway(self) -> ExchangeGateway | None:
        """The gateway after its key, account and clock were checked (once, then daily, and after a clock jump).

        KeyRefused (also KeyTooPowerful, and a key of another account), ClockOff, and whatever the exchange raises.
        """
        gateway = self.gateway()
        if gateway is None:
            return None
        if self._clock_jumped():
            self._check_clock(gateway)
        now = self._clock.monotonic()
        if self._checked_at is None or now - self._checked_at >= self._recheck_s:
            self._check_account(gateway)
            self._check_permissions(gateway)
            self._checked_at = now
        return gateway

    @property
    def is_verified(self) -> bool:
        """Key and account were looked at, and the exchange has not refused them since."""
        return self._checked_at is not None

    def distrust(self) -> None:
        """Check key and account again before the next use: the exchange has just refused them."""
        self._checked_at = None

    def close(self) -> None:
        """Give back the gateway's connections."""
        with self._lock:
            if self._gateway is not None:
                self._gateway.close()
                self._gateway = None

    def _clock_jumped(self) -> bool:
        now = (self._clock.now_ms(), self._clock.monotonic())
        before, self._pace = self._pace, now
        if before is None:
            return True
        return abs((now[0] - before[0]) / 1000 - (now[1] - before[1])) > _JUMP_S

    def _check_clock(self, gateway: ExchangeGateway) -> None:
        try:
            error_ms = self._clock.now_ms() - gateway.server_time_ms()
        except PortfolioError:
            self._pace = None
            raise
        if abs(error_ms) > MAX_CLOCK_ERROR_MS:
            self._pace = None
            side = "ahead of" if error_ms > 0 else "behind"
            raise ClockOff(
                f"This machine's clock is {abs(error_ms) // 1000} seconds {side} the exchange's. Nothing is written "
                "until it is right; switch time synchronisation on."
            )

    def _check_account(self, gateway: ExchangeGateway) -> None:
        found = gateway.account_id()
        store = self._store
        with store.reading() as session:
            known = state_rows.load_account_id(session, store.portfolio_id)
        if known is None:
            with store.session() as session:
                state_rows.save_account_id(session, store.portfolio_id, found)
        elif known != found:
            raise KeyRefused(OTHER_ACCOUNT)

    def _check_permissions(self, gateway: ExchangeGateway) -> None:
        try:
            permissions = gateway.key_permissions()
        except ExchangeDown:
            # Not every exchange address offers this question; reading the account goes on, with a warning.
            self._recheck_s = RECHECK_UNKNOWN_S
            return
        self._recheck_s = RECHECK_S
        self._remember(permissions)
        if permissions.can_withdraw:
            raise KeyTooPowerful(TOO_POWERFUL.format(what="withdraw or move money"))
        if permissions.can_trade and not self._allow_trading_key:
            raise KeyTooPowerful(TOO_POWERFUL.format(what="trade"))
        if not permissions.can_read:
            raise KeyRefused("The API key may not read the account. Switch 'Enable Reading' on at Binance.")

    def _remember(self, permissions: KeyPermissions) -> None:
        told = {
            "can_read": permissions.can_read,
            "can_trade": permissions.can_trade,
            "can_withdraw": permissions.can_withdraw,
            "ip_restricted": permissions.ip_restricted,
        }
        store = self._store
        with store.reading() as session:
            known = state_rows.load_status(session, store.portfolio_id).permissions
        if known != told:
            with store.session() as session:
                state_rows.save_status(session, store.portfolio_id, {"permissions": told})
                state_rows.bump(session, store.portfolio_id)
