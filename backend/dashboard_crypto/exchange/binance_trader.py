"""`BinanceGateway`: a Binance account, read only, as `core.ports.ExchangeGateway` and `core.ports.HistoryReader`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.model import (
    DISPLAY_CURRENCIES,
    AccountReading,
    ExternalFlow,
    HistoryPage,
    Holding,
    KeyPermissions,
    Span,
)
from dashboard_crypto.core.ports import BanStore, Clock
from dashboard_crypto.exchange import fields, parsing
from dashboard_crypto.exchange.bars import HourlyBars
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.facts import FactsReader
from dashboard_crypto.exchange.flows import FlowReader
from dashboard_crypto.exchange.history.reader import History
from dashboard_crypto.exchange.limits import Limits
from dashboard_crypto.exchange.market import Market
from dashboard_crypto.exchange.permissions import read_only_permissions
from dashboard_crypto.exchange.prices import PriceTable
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted
from dashboard_crypto.exchange.suspicion import JumpDoubt
from dashboard_crypto.exchange.symbol_map import Price
from dashboard_crypto.exchange.transit import Found
from dashboard_crypto.exchange.transport import Transport
from dashboard_crypto.exchange.wallets import Wallets

KEY_RECHECK_S = 86_400.0
_LONGEST_CYCLE_S = 30.0
_SKEW_NOISE_MS = 1000
_log = logging.getLogger(__name__)


class BinanceGateway:
    """One account, one key. Cheap to make: nothing is imported or sent before the first question.

    With `testnet` the key never reaches a /sapi address: the reading then covers the spot wallet only. A key that can
    do more than read is refused at the first reading and every day after it.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str | None = None,
        testnet: bool = False,
        clock: Clock,
        ban_store: BanStore,
        allow_trading_key: bool = False,
        limits: Limits | None = None,
        crew: Crew = ALONE,
    ) -> None:
        self._clock = clock
        self._testnet = testnet
        self._allow_trading_key = allow_trading_key
        self._transport = Transport(
            credentials, base_url=base_url, testnet=testnet, clock=clock, ban_store=ban_store, limits=limits
        )
        self._market = Market(self._transport.call, clock)
        facts = FactsReader(self._transport.call, clock)
        self._wallets = Wallets(self._transport.call, clock, facts)
        self._flows = FlowReader(self._transport.call, clock)
        self._history = History(self._transport.call_in_background, clock, facts, self.pairs, crew)
        self._bars = HourlyBars(self._transport.call_in_background, clock)
        self._jumps = JumpDoubt()
        self._rate_jumps = {name: JumpDoubt() for name in DISPLAY_CURRENCIES}
        self._key_check_due: float | None = None
        self._account_id: str | None = None

    def read_account(self) -> AccountReading:
        """All wallets and their prices. Calls: account and prices, one for funding, one per page of Earn positions."""
        self._check_key()
        symbols = self._market.symbols()
        started = self._clock.monotonic()
        wallets = self._wallets.read(symbols)
        table = self._market.table()
        took_s = self._clock.monotonic() - started
        if took_s > _LONGEST_CYCLE_S:
            raise PartialReading(f"reading the account took {took_s:.0f} s: balances and prices are too far apart")
        self._account_id = wallets.account_id
        return self._reading(wallets.holdings, wallets.redeemed, table)

    def price_at(self, asset: str, instant_ms: int) -> Decimal | None:
        """USD price just before `instant_ms`, by the routes of the live prices; None if no bar ended near it."""
        price = self._market.price_at(asset, instant_ms)
        return price.usd if price is not None else None

    def prices_then(self, assets: Collection[str], instant_ms: int) -> Mapping[str, Decimal | None]:
        """`price_at` of several assets for the rebuilding of the past, which leaves live readings room."""
        return self._market.prices_then(assets, instant_ms, self._transport.call_in_background)

    def external_flows(self, since_ms: int, until_ms: int) -> Sequence[ExternalFlow]:
        """Deposits and withdrawals in `(since_ms, until_ms]`; none on the test network, which has no such records."""
        return () if self._testnet else self._flows.read(since_ms, until_ms)

    def sources(self) -> Sequence[str]:
        """Kinds of past records that this key and account offer; none on the test network."""
        return () if self._testnet else self._history.sources()

    def read(self, source: str, cursor: str | None, until_ms: int, needed_ms: int = 0) -> HistoryPage:
        """One step through one source; see `core.ports.HistoryReader`."""
        return self._history.read(source, cursor, until_ms, needed_ms)

    def span(self, source: str, cursor: str) -> Span | None:
        """What has been read of a source; see `core.ports.HistoryReader`."""
        return self._history.span(source, cursor)

    def pairs(self) -> Mapping[str, tuple[str, str]]:
        """(base, quote) of every pair the exchange names, trading or not."""
        return self._market.symbols().pairs()

    def wallet_totals_usd(self) -> Mapping[str, Decimal]:
        """The exchange's own total of every wallet, by its name for it: its figure in BTC times the price of BTC."""
        totals_btc = parsing.wallet_totals(self._transport.call("wallet_totals"))
        return self._market.in_usd(totals_btc, "BTC")

    def bars(self, asset: str, start_ms: int, end_ms: int) -> Sequence[tuple[int, Decimal]]:
        """Hourly closes in USD of hours that end in `(start_ms, end_ms]`; see `HourlyBars`."""
        return self._bars.read(self._market.symbols(), asset, start_ms, end_ms)

    def key_permissions(self) -> KeyPermissions:
        """What the key may do. Raises KeyTooPowerful for a key that can move or (unless allowed) trade money.

        The test network does not tell; there, the answer says reading only.
        """
        if self._testnet:
            return KeyPermissions(can_read=True, can_withdraw=False, can_trade=False, ip_restricted=False)
        answer = self._transport.call("key_restrictions")
        found = read_only_permissions(answer, allow_trading=self._allow_trading_key)
        self._key_check_due = self._clock.monotonic() + KEY_RECHECK_S
        return found

    def account_id(self) -> str:
        """The exchange's own number of the account; known for nothing after a reading."""
        if self._account_id is None:
            self._account_id = parsing.account_id(self._transport.call("account", {"omitZeroBalances": "true"}))
        return self._account_id

    def server_time_ms(self) -> int:
        """The exchange's clock now: its answer plus half the round trip."""
        before = self._clock.monotonic()
        server_ms = self._transport.ask_time_ms()
        return server_ms + round((self._clock.monotonic() - before) * 500)

    def close(self) -> None:
        """Give back connections."""
        self._transport.close()

    def _reading(self, holdings: tuple[Holding, ...], redeemed: Found, table: PriceTable) -> AccountReading:
        read_at_ms = self._instant_ms()
        quantities = _totals(holdings)
        self._history.coins.note_quantities(quantities)
        self._bars.forget()
        table, priced = self._market.confirm(table, {*quantities, *redeemed.coming})
        if priced.missing:
            raise PartialReading(f"no usable price for {', '.join(priced.missing[:5])} in this cycle")
        prices = {asset: price.usd for asset, price in priced.prices.items()}
        doubt = self._jumps.judge(prices, read_at_ms, lambda asset: _usd(table.second_opinion(asset)))
        if doubt:
            raise PartialReading(doubt)
        routes = {asset: price.route for asset, price in priced.prices.items()}
        rates = self._rates(table, prices, read_at_ms)
        untold, told = redeemed.untold, redeemed.told
        return AccountReading(read_at_ms, holdings, prices, routes, priced.unpriced, rates, told, untold)

    def _rates(self, table: PriceTable, prices: Mapping[str, Decimal], now_ms: int) -> Mapping[str, Decimal | None]:
        """Display currencies by the same table. A doubtful rate is not known; the balances do not depend on it."""
        found: dict[str, Decimal | None] = {}
        for name in DISPLAY_CURRENCIES:
            rate = prices.get(name) or _usd(table.price(name))
            doubt = self._rate_jumps[name].judge(
                {} if rate is None else {name: rate}, now_ms, lambda asset: _usd(table.second_opinion(asset))
            )
            found[name] = None if doubt else rate
        return found

    def _instant_ms(self) -> int:
        """Our clock, unless it is off by more than a second: then the exchange's, which also stamps the flows."""
        skew_ms = self._transport.time.skew_ms
        return self._clock.now_ms() + (skew_ms if abs(skew_ms) > _SKEW_NOISE_MS else 0)

    def _check_key(self) -> None:
        """Refuse a too powerful key, once a day. Permissions that cannot be read let the key through with a warning."""
        now = self._clock.monotonic()
        if self._testnet or (self._key_check_due is not None and now < self._key_check_due):
            return
        try:
            permissions = self.key_permissions()
        except (NotPermitted, ExchangeDown) as failure:
            _log.warning("the key's permissions could not be read: %s", failure)
            lasting = isinstance(failure, (NotPermitted, EndpointGone))
            self._key_check_due = now + (KEY_RECHECK_S / 24 if lasting else 60.0)
            return
        if not permissions.ip_restricted:
            _log.warning("the API key is not restricted to IP addresses")


def _totals(holdings: tuple[Holding, ...]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for holding in holdings:
        totals[holding.asset] = fields.total((totals.get(holding.asset, Decimal(0)), holding.quantity))
    return totals


def _usd(price: Price | None) -> Decimal | None:
    return price.usd if price is not None else None
