"""Scenarios, ledger and truth: what is refused, what always adds up, and returns a person can check by hand."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dashboard_crypto.simulator.built_in import built_in_names, load_scenario
from dashboard_crypto.simulator.clock import iso, parse_iso
from dashboard_crypto.simulator.ledger import Ledger, holdings
from dashboard_crypto.simulator.market import Market, load_market
from dashboard_crypto.simulator.record import csv_tracks
from dashboard_crypto.simulator.scenario import (
    Scenario,
    ScenarioError,
    parse_scenario,
)
from dashboard_crypto.simulator.truth import Truth
from dashboard_crypto.simulator.wallets import DEBTS

HOUR = 3_600_000
DAY = 24 * HOUR
START = "2024-01-01T00:00:00Z"
T0 = parse_iso(START)
SCENARIOS = built_in_names()


def life(*events: dict[str, Any]) -> Scenario:
    return parse_scenario({"name": "test", "seed": 1, "event": list(events)})


def event(hour: float, kind: str, **fields: Any) -> dict[str, Any]:
    return {"at": iso(T0 + round(hour * HOUR)), "kind": kind, **fields}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A costs 100, then 110, 121 ... at the ends of days; B has a price only on days 2 to 4; BNB costs 200."""
    rows = ["symbol,open_time,open,high,low,close,volume"]
    price = Decimal(100)
    for day in range(12):
        opened, after = iso(T0 + day * DAY), price * Decimal("1.1")
        rows.append(f"AUSDT,{opened},,,,{price if day == 0 else after:.8f},")
        price = price if day == 0 else after
        rows.append(f"BNBUSDT,{opened},200,200,200,200.00,5")
        if 2 <= day < 5:
            rows.append(f"BUSDT,{opened},50,50,50,50.00,5")
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    path.write_text("\n".join(rows) + "\n")
    return Market(csv_tracks([path]))


@pytest.fixture(scope="module")
def shipped() -> Market:
    return load_market()


def truth(scenario: Scenario, market: Market, hour: float, from_hour: float | None = None) -> dict[str, Any]:
    from_ms = None if from_hour is None else T0 + round(from_hour * HOUR)
    return Truth(Ledger(scenario, market), T0 + round(hour * HOUR)).document(from_ms, digits=8)


FUNDED = event(1, "deposit", asset="USDT", amount="1000")
BOUGHT = event(2, "trade", symbol="AUSDT", side="BUY", amount="10", fee_rate="0")


def test_a_return_one_can_check_by_hand(market: Market) -> None:
    """1000 in A; +10 % on day 1; then 1100 more arrive, +10 % on day 2: 21 % whatever the flow."""
    more = event(48, "deposit", asset="A", amount="10")
    document = truth(life(FUNDED, BOUGHT, more), market, 72)
    assert document["twr"]["0"] == pytest.approx(0.21, abs=1e-12)
    assert Decimal(document["total_value_usd"]) == Decimal(2420)
    assert Decimal(document["pnl_usd"]["0"]) == 2420 - 1000 - 1100
    flow = document["flows"][1]
    assert [Decimal(flow[name]) for name in ("amount_usd", "value_before_usd", "value_after_usd")] == [
        1100,
        1100,
        2200,
    ]


def test_windows_begin_n_days_ago_or_at_inception_or_at_from(market: Market) -> None:
    scenario = life(FUNDED, BOUGHT)
    late = truth(scenario, market, 24 * 11)
    assert late["twr"]["7"] == pytest.approx(1.1**7 - 1, abs=1e-7)
    assert late["twr"]["0"] == pytest.approx(1.1**10 - 1, abs=1e-7)
    assert late["from"]["90"] == late["from"]["0"] == "2024-01-01T01:00:00Z"
    assert truth(scenario, market, 24 * 11, 24 * 9)["twr"]["0"] == pytest.approx(1.21 - 1, abs=1e-7)
    assert truth(scenario, market, 0.5)["twr"] == {"7": None, "30": None, "90": None, "0": None}


def test_near_full_withdrawal_and_empty_time(market: Market) -> None:
    """All but 0.5 USD leaves after +10 %; the dust earns nothing; new money earns its own 10 %."""
    scenario = life(
        event(1, "deposit", asset="A", amount="10"),
        event(48, "withdrawal", asset="A", amount="9.996"),
        event(96, "deposit", asset="A", amount="10"),
    )
    assert truth(scenario, market, 72)["twr"]["0"] == pytest.approx(0.10, abs=1e-9)
    assert truth(scenario, market, 120)["twr"]["0"] == pytest.approx(0.21, abs=1e-7)


def test_a_withdrawal_fee_is_a_cost_and_income_is_return(market: Market) -> None:
    fee = life(FUNDED, event(5, "withdrawal", asset="USDT", amount="100", fee="9"))
    document = truth(fee, market, 6)
    assert document["twr"]["0"] == pytest.approx(-0.01, abs=1e-12)
    assert Decimal(document["pnl_usd"]["0"]) == -9
    gift = truth(life(FUNDED, event(5, "dividend", asset="BNB", amount="0.05")), market, 6)
    assert gift["twr"]["0"] == pytest.approx(0.01, abs=1e-12)


def test_a_deposit_counts_when_it_is_credited(market: Market) -> None:
    scenario = life(FUNDED, event(5, "deposit", asset="USDT", amount="50", status_delay_s=90))
    ledger = Ledger(scenario, market)
    credited = T0 + 5 * HOUR + 90_000
    assert ledger.balances(credited - 1)["spot"]["USDT"] == 1000
    assert ledger.balances(credited)["spot"]["USDT"] == 1050
    assert Truth(ledger, credited).document()["flows"][1]["at"] == iso(credited)


def test_money_that_is_still_on_its_way_cannot_be_spent(market: Market) -> None:
    slow = event(1, "deposit", asset="USDT", amount="1000", status_delay_s=7200)
    spent = [event(hour, "withdrawal", asset="USDT", amount="1000") for hour in (2, 4)]
    with pytest.raises(ScenarioError, match="event 2: withdrawal overdraws"):
        Ledger(life(slow, spent[0]), market)
    entries = Ledger(life(spent[1], slow), market).entries
    assert [entry.event.kind for entry in entries] == ["deposit", "withdrawal"]
    assert [entry.at_ms for entry in entries] == [T0 + 3 * HOUR, T0 + 4 * HOUR]


def test_unpriced_holdings_leave_and_enter_scope_without_gain(market: Market) -> None:
    """B is held from hour 1, priced only on days 2 to 4: it enters as money and leaves as money."""
    scenario = life(FUNDED, event(1, "deposit", asset="B", amount="4"))
    before, during, after = (truth(scenario, market, 24 * day + 5) for day in (1, 3, 6))
    assert (before["unpriced"], during["unpriced"], after["unpriced"]) == (["B"], [], ["B"])
    assert [Decimal(d["total_value_usd"]) for d in (before, during, after)] == [1000, 1200, 1000]
    assert [flow["kind"] for flow in after["flows"]] == ["deposit", "scope_entry", "scope_exit"]
    assert [Decimal(flow["amount_usd"]) for flow in after["flows"]] == [1000, 200, -200]
    assert {d["twr"]["0"] for d in (before, during, after)} == {0.0}
    assert {Decimal(d["pnl_usd"]["0"]) for d in (before, during, after)} == {0}


def test_delist_halt_and_rename(market: Market) -> None:
    halted = life(FUNDED, BOUGHT, event(36, "halt", symbol="AUSDT", until=iso(T0 + 60 * HOUR)))
    assert Decimal(truth(halted, market, 59)["total_value_usd"]) == Decimal(1050)
    gone = truth(life(FUNDED, BOUGHT, event(48, "delist", asset="A")), market, 49)
    assert (gone["unpriced"], gone["total_value_usd"], gone["flows"][-1]["kind"]) == (["A"], "0", "scope_exit")
    assert gone["twr"]["0"] == pytest.approx(0.10, abs=1e-12)
    renamed = truth(life(FUNDED, BOUGHT, event(48, "rename", asset="A", to="C", ratio="1000")), market, 72)
    assert renamed["holdings"] == {"C": "10000"}
    assert renamed["twr"]["0"] == pytest.approx(0.21, abs=1e-9)
    assert len(renamed["flows"]) == 1


def test_fees_in_a_third_asset_and_floored_quantities(market: Market) -> None:
    scenario = life(
        FUNDED,
        event(1, "deposit", asset="BNB", amount="1"),
        event(2, "trade", symbol="AUSDT", side="BUY", quote_amount="333", price="7", fee_asset="BNB"),
    )
    spot = Ledger(scenario, market).balances(T0 + 3 * HOUR)["spot"]
    assert spot["A"] == Decimal("47.57142857")
    assert spot["USDT"] == 1000 - Decimal("47.57142857") * 7
    assert spot["BNB"] == 1 - Decimal("0.00166499")  # 0.1 % of 332.99999999 USDT at 200, floored


def test_convert_and_dust(market: Market) -> None:
    scenario = life(
        FUNDED,
        event(2, "convert", from_asset="USDT", from_amount="300", to_asset="A", ratio="0.0033333333"),
        event(3, "dust", assets=["A"]),
    )
    ledger = Ledger(scenario, market)
    assert ledger.balances(T0 + 2 * HOUR)["spot"] == {"USDT": Decimal(700), "A": Decimal("0.99999999")}
    assert ledger.balances(T0 + 3 * HOUR)["spot"] == {"USDT": Decimal(700), "BNB": Decimal("0.49999999")}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (event(3, "withdrawal", asset="USDT", amount="1000.00000001"), r"event 2: withdrawal overdraws the spot"),
        (event(3, "withdrawal", asset="USDT", amount="1000", fee="1"), r"event 2: .* 1 USDT too little"),
        (event(0.5, "transfer", asset="USDT", amount="1", **{"from": "spot", "to": "funding"}), r"event 2: transfer"),
        (event(3, "earn_redeem", asset="USDT", amount="1", product="locked"), r"event 2: .*earn_locked"),
        (event(3, "trade", symbol="ZUSDT", side="BUY", amount="1"), r"event 2: there is no symbol"),
        (event(24 * 30, "trade", symbol="AUSDT", side="BUY", amount="1"), r"event 2: AUSDT has no price"),
        (event(3, "teleport", asset="USDT"), r"event 2: kind 'teleport'"),
        (event(3, "deposit", asset="USDT"), r"event 2: 'amount' is missing"),
        (event(3, "deposit", asset="USDT", amount="-1"), r"event 2: amount"),
        (event(3, "deposit", asset="USDT", amount="ten"), r"event 2"),
        (event(3, "deposit", asset="USDT", amount="1", colour="red"), r"event 2: a deposit has no field 'colour'"),
        (event(3, "deposit", asset="USDT", amount="1", fee="1"), r"event 2: a deposit has no field 'fee'"),
        (event(3, "trade", symbol="AUSDT", side="BUY", amount="1", quote_amount="1"), r"event 2: a trade needs either"),
        (event(3, "transfer", asset="USDT", amount="1", **{"from": "spot", "to": "pocket"}), r"event 2: 'pocket'"),
    ],
)
def test_impossible_lives_are_refused_by_event_number(market: Market, bad: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Ledger(life(FUNDED, bad), market)


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match="default"):
        load_scenario("nowhere")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_entry_balances_and_no_wallet_is_ever_negative(shipped: Market, name: str) -> None:
    ledger = Ledger(load_scenario(name), shipped)
    for entry in ledger.entries:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for posting in entry.postings:
            sums[posting.asset] += posting.amount
        assert set(sums.values()) <= {Decimal(0)}, entry
        for wallet, quantities in ledger.balances(entry.at_ms).items():
            assert all((q < 0) == (wallet in DEBTS) for q in quantities.values())


@pytest.mark.parametrize("name", SCENARIOS)
def test_going_back_gives_the_same_balances(shipped: Market, name: str) -> None:
    ledger = Ledger(load_scenario(name), shipped)
    instants = [ledger.instants[len(ledger.instants) // 3], ledger.instants[-1]]
    first = [holdings(ledger.balances(instant)) for instant in instants]
    assert [holdings(ledger.balances(instant)) for instant in instants] == first


@pytest.mark.parametrize("name", SCENARIOS)
def test_extra_valuations_change_no_return(shipped: Market, name: str) -> None:
    """Chaining the truth over neighbouring weeks (or longer parts of a long life) equals the truth of the whole."""
    ledger = Ledger(load_scenario(name), shipped)
    first = Truth(ledger, ledger.instants[-1]).inception_ms()
    assert first is not None
    end = ledger.instants[-1] + 3 * DAY
    borders = [*range(first, end, max(7 * DAY, (end - first) // 30)), end]
    product = Decimal(1)
    for start, stop in pairwise(borders):
        product *= 1 + Truth(ledger, stop).twr(start)
    assert product - 1 == pytest.approx(Truth(ledger, end).twr(first), rel=Decimal("1e-24"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_shifting_moves_everything_alike(shipped: Market, name: str) -> None:
    scenario = load_scenario(name)
    instant = Ledger(scenario, shipped).instants[-1] + HOUR
    plain = Truth(Ledger(scenario, shipped), instant).document()
    moved = Truth(Ledger(scenario.shifted(400), shipped.shifted(400)), instant + 400 * DAY).document()
    assert (plain["total_value_usd"], plain["twr"]) == (moved["total_value_usd"], moved["twr"])


def test_the_default_life_is_long_and_recent() -> None:
    scenario = load_scenario("default")
    deposits = [e for e in scenario.events if e.kind == "deposit"]
    now = parse_iso("2025-08-15T12:00:00Z")
    assert now - deposits[0].at_ms > 2 * 365 * DAY
    assert len([e for e in deposits if now - 89 * DAY < e.at_ms < now]) >= 5
    assert any(e.kind == "withdrawal" and now - 89 * DAY < e.at_ms < now for e in scenario.events)


def test_routes_through_other_quotes(tmp_path: Path) -> None:
    rows = ["symbol,open_time,open,high,low,close,volume"]
    for symbol, price in (
        ("BTCUSDT", "50000"),
        ("XBTC", "0.002"),
        ("USDTTRY", "40"),
        ("EURUSDT", "1.1"),
        ("ABNB", "3"),
    ):
        rows.append(f"{symbol},{START},{price},{price},{price},{price},1")
    path = tmp_path / "routes.csv"
    path.write_text("\n".join(rows) + "\n")
    found = Market(csv_tracks([path]))
    prices = {asset: found.usd_price(asset, T0 + HOUR // 2) for asset in ("X", "TRY", "EUR", "USDT", "A", "BNB")}
    assert prices == {
        "X": Decimal(100),
        "TRY": Decimal("0.025"),
        "EUR": Decimal("1.1"),
        "USDT": Decimal(1),
        "A": None,
        "BNB": None,
    }
