"""The account's past read from the simulated exchange: complete, resumable, and never beyond the limits."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.entries import merge, movements_of
from tests.integration.long_life import PRESENT
from tests.integration.probe import Bans
from tests.integration.simulated_exchange import VirtualTime, control

from dashboard_crypto.core import ledger
from dashboard_crypto.core.errors import ExchangeLimited, Retry
from dashboard_crypto.core.movement import Context, Entry, Movement
from dashboard_crypto.core.ports import HistoryReader
from dashboard_crypto.core.rebuild import rebuild
from dashboard_crypto.core.reconciliation import reconcile
from dashboard_crypto.core.renames import unrecorded_swaps
from dashboard_crypto.core.taxonomy import classify, external_parts
from dashboard_crypto.core.twins import echoes
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.endpoints import ENDPOINTS, POOL_LIMITS
from dashboard_crypto.exchange.history.sources import LISTINGS
from dashboard_crypto.simulator.built_in import load_scenario
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.server import SimulatorServer

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000


class Owner:
    """Somebody who keeps records and cursors, and reads on whenever the exchange lets them."""

    def __init__(self, server: SimulatorServer, key: tuple[str, str] | None = None) -> None:
        self.server = server
        self.key = key or (server.api_key, server.api_secret)
        self.gateway = self.connect()
        self.until_ms = server.clock.now_ms()
        self.cursors: dict[str, str] = {}
        self.entries: dict[str, Entry] = {}
        self.reads: Counter[str] = Counter()

    def connect(self) -> BinanceGateway:
        credentials, clock = Credentials(*self.key), VirtualTime(self.server)
        return BinanceGateway(credentials, base_url=self.server.base_url, clock=clock, ban_store=Bans())

    def step(self, source: str) -> bool:
        """One step of one source; whether it is complete. A spent budget is waited for."""
        try:
            page = self.gateway.read(source, self.cursors.get(source), self.until_ms)
        except ExchangeLimited as limit:
            pause = limit.retry_at_ms - self.server.clock.now_ms()
            assert 0 < pause <= MINUTE_MS
            self.server.clock.set(jump_ms=pause)
            return False
        context = Context(pairs=self.gateway.pairs(), account_ids=frozenset({self.gateway.account_id()}),
                          seen_ms=self.server.clock.now_ms())  # fmt: skip
        self.entries = merge((ledger.convert(source, row, context) for row in page.records), self.entries)
        self.cursors[source] = page.cursor
        self.reads[source] += 1
        return page.done

    def read_all(self) -> None:
        """Every source to its end, one after the other."""
        for source in self.gateway.sources():
            while not self.step(source):
                pass

    @property
    def movements(self) -> list[Movement]:
        found = movements_of(self.entries)
        repeated = echoes(found)
        return [movement for movement in found if movement.key not in repeated]


def simulator(**changes: Any) -> Iterator[SimulatorServer]:
    running = build(replace(load_scenario("three-years"), **changes), now=PRESENT, paused=True)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    yield from simulator()


@pytest.fixture(scope="module")
def settled() -> Iterator[Owner]:
    """A history that has been read with the exchange's real limits."""
    for running in simulator():
        owner = Owner(running)
        owner.gateway.read_account()
        owner.read_all()
        yield owner


def spent_per_minute(server: SimulatorServer) -> dict[tuple[str, int], int]:
    """Weight by pool and minute, as the exchange logged it."""
    pools = {(e.method.upper(), f"/{e.family}/v{e.version}/{e.path}"): e for e in ENDPOINTS.values()}
    spent: defaultdict[tuple[str, int], int] = defaultdict(int)
    for row in server.exchange.log:
        endpoint = pools[row["method"], row["path"]]
        assert row["weight"] == endpoint.weight, row
        spent[endpoint.pool_key, row["at_ms"] // MINUTE_MS] += row["weight"]
    return spent


def test_every_balance_is_explained_by_the_past(settled: Owner) -> None:
    reading = settled.gateway.read_account()
    bare = rebuild(reading.holdings, settled.movements, reading.read_at_ms)
    assert (set(bare.openings), {gap.asset for gap in bare.gaps}) == ({"POL"}, {"MATIC"})
    held: dict[str, Decimal] = {}
    for holding in reading.holdings:
        held[holding.asset] = held.get(holding.asset, Decimal(0)) + holding.quantity
    swaps = unrecorded_swaps(held, settled.movements, reading.read_at_ms)
    history = rebuild(reading.holdings, [*settled.movements, *swaps], reading.read_at_ms)
    assert (history.openings, history.gaps) == ({}, ())


def test_every_cash_flow_is_found_and_none_is_invented(settled: Owner) -> None:
    parts = external_parts(classify(settled.movements).parts)
    found = [(p.movement.kind, p.movement.asset, p.quantity, p.movement.instant_ms // 1000) for p in parts]
    truth = control(settled.server, "truth", query=f"now={settled.until_ms}")["flows"]
    true = [(row["kind"], row["asset"], Decimal(row["quantity"]), row["at_ms"] // 1000) for row in truth]
    assert len(true) == 60
    assert sorted(found) == sorted(true)


def test_the_limits_are_never_reached_and_live_readings_keep_their_share(settled: Owner) -> None:
    rows = list(settled.server.exchange.log)
    assert {row["status"] for row in rows} <= {200, 404}
    limits = {endpoint.pool_key: POOL_LIMITS[endpoint.pool] for endpoint in ENDPOINTS.values()}
    kept = {"api": 600, "fapi": 240, "dapi": 240, "sapi_ip:capital/deposit/hisrec": 1200,
            "sapi_uid:capital/withdraw/history": 18_000}  # fmt: skip
    for (pool, _), weight in spent_per_minute(settled.server).items():
        live = {"api": 200, "fapi": 5, "dapi": 5}.get(
            pool, 0
        )  # account, prices and the list of pairs, at their own time
        assert weight <= 0.95 * limits[pool] - kept.get(pool, 0) + live, pool


def test_reconciliation_agrees(settled: Owner) -> None:
    reading = settled.gateway.read_account()
    result = reconcile(reading.holdings, reading.prices_usd, settled.gateway.wallet_totals_usd(), Decimal(1))
    assert result.unaccounted == ()
    assert abs(result.gap_usd) < Decimal("0.01")
    assert not result.is_flagged


@pytest.mark.parametrize("seed", [1, 2])
def test_random_order_restarts_and_failures_give_the_same_ledger(
    settled: Owner, server: SimulatorServer, seed: int
) -> None:
    chance = random.Random(seed)
    owner = Owner(server)
    for template in ("truncated", "html_502", "empty_200", "object"):
        control(server, "faults", "POST", {"route": ".*", "template": template, "probability": 0.01})
    open_sources = [source for source in owner.gateway.sources() if source != "margin_loan"]
    while open_sources:
        source = chance.choice(open_sources)
        if chance.random() < 0.02:
            owner.gateway.close()
            owner.gateway = owner.connect()
        try:
            if owner.step(source):
                open_sources.remove(source)
        except Retry:
            continue
    expected = {key: entry.movements for key, entry in settled.entries.items() if entry.source != "margin_loan"}
    assert {key: entry.movements for key, entry in owner.entries.items()} == expected


def test_what_happens_later_is_found_by_one_question_per_source(server: SimulatorServer) -> None:
    owner = Owner(server)
    flow_sources = ("deposit", "withdrawal", "fiat_buy", "c2c", "pay")
    for source in flow_sources:
        while not owner.step(source):
            pass
    before = set(owner.entries)
    deposit = {"kind": "deposit", "asset": "USDT", "amount": "777"}
    server.clock.set(jump_ms=2 * MINUTE_MS)
    control(server, "events", "POST", deposit)
    server.clock.set(jump_ms=HOUR_MS)
    owner.until_ms = server.clock.now_ms()
    asked = len(server.exchange.log)
    for source in flow_sources:
        assert owner.step(source)
    assert len(server.exchange.log) - asked <= len(flow_sources) + 4
    new = [entry for key, entry in owner.entries.items() if key not in before]
    assert [(m.asset, m.amount) for entry in new for m in entry.movements] == [("USDT", Decimal(777))]


def test_a_key_without_futures_has_no_futures_history(server: SimulatorServer) -> None:
    key = server.add_key(KeySpec(name="no-futures", denied=frozenset({"futures", "margin"})))
    owner = Owner(server, (key.api_key or "", key.secret or ""))
    for source in ("um_income", "cm_income", "margin_interest", "margin_loan"):
        assert source in owner.gateway.sources()
        assert owner.step(source)
        assert source not in owner.gateway.sources()
    assert owner.entries == {}
    wallets = {holding.wallet.split(":")[0] for holding in owner.gateway.read_account().holdings}
    assert wallets == {"spot", "funding", "earn_flexible", "earn_locked"}


def test_portfolio_margin_counts_the_same_money_once(settled: Owner) -> None:
    plain = settled.gateway.read_account()
    for running in simulator(portfolio_margin=True):
        united = Owner(running).gateway.read_account()
    totals = [
        {asset: sum(h.quantity for h in reading.holdings if h.asset == asset) for asset in reading.prices_usd}
        for reading in (plain, united)
    ]
    assert totals[0] == totals[1]
    assert {h.wallet.split(":")[0] for h in united.holdings} == {
        "spot", "funding", "earn_flexible", "earn_locked", "isolated", "portfolio_margin",
    }  # fmt: skip


def test_multi_assets_mode_invents_no_money(settled: Owner) -> None:
    plain = settled.gateway.read_account()
    for running in simulator(multi_assets=True):
        other = Owner(running).gateway.read_account()
    assert [h for h in plain.holdings if h.wallet == "um_futures"] == [
        h for h in other.holdings if h.wallet == "um_futures"
    ]


def test_hourly_bars_cost_the_minimum_and_equal_the_record(server: SimulatorServer) -> None:
    owner = Owner(server)
    end = owner.until_ms // HOUR_MS * HOUR_MS
    start = end - 500 * DAY_MS
    owner.gateway.bars("USDT", start, end)
    server.exchange.log.clear()
    for asset in ("BTC", "ETH", "BNB"):
        bars = owner.gateway.bars(asset, start, end)
        assert len(bars) == 500 * 24
        assert bars[-1] == (end, owner.gateway.price_at(asset, end))
    weight = sum(row["weight"] for row in server.exchange.log if row["path"] == "/api/v3/klines")
    exact = 3 * 2 * 12 + 3 * 2
    assert weight <= exact * 1.05


def test_the_gateway_is_what_the_ledger_asks_for(settled: Owner) -> None:
    reader: HistoryReader = settled.gateway
    assert reader.pairs()["BTCUSDT"] == ("BTC", "USDT")


def test_every_source_is_read_or_known_to_be_absent(settled: Owner) -> None:
    assert set(settled.reads) >= set(LISTINGS) - {"sub_transfer", "um_income"}
