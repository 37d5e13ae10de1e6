"""A misbehaving exchange with as many gateways to it as a test wants."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.integration.probe import Bans, Probe, SteppedClock

from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.limits import Limits

KEY = "K" * 60 + "key1"
SECRET = "S" * 60 + "sec1"
QUICK = Limits(connect_s=0.5, total_s=1.0)
HTML = b"<!DOCTYPE html><html><body>Service under maintenance</body></html>"


class World:
    """A probe, a clock and a ban store, with as many gateways as a test wants."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.clock = SteppedClock()
        self.bans = Bans()

    def gateway(self, limits: Limits = QUICK, *, allow_trading_key: bool = False) -> BinanceGateway:
        return BinanceGateway(
            Credentials(KEY, SECRET),
            base_url=self.probe.base_url,
            clock=self.clock,
            ban_store=self.bans,
            limits=limits,
            allow_trading_key=allow_trading_key,
        )

    def pass_time(self, seconds: float) -> None:
        """Let time pass here and at the exchange."""
        self.clock.advance(seconds)
        self.probe.skew_ms += round(seconds * 1000)

    def warm(self, limits: Limits = QUICK) -> BinanceGateway:
        """A gateway that has read once and has forgotten nothing since."""
        gateway = self.gateway(limits)
        gateway.read_account()
        self.probe.asked.clear()
        return gateway


def fails(action: Callable[[], object], kind: type[PortfolioError]) -> PortfolioError:
    with pytest.raises(PortfolioError) as caught:
        action()
    error = caught.value
    assert isinstance(error, kind), repr(error)
    chain: BaseException | None = error
    while chain is not None:
        assert "signature=" not in repr(chain)
        assert SECRET not in repr(chain)
        chain = chain.__cause__ or chain.__context__
    return error


def recovers(gateway: BinanceGateway) -> None:
    assert gateway.read_account().prices_usd["BTC"] == Decimal(60000)
