"""Every further kind of event against its plain reading: what it does to the books, and whether it is a cash flow."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboard_crypto.simulator.built_in import load_scenario
from dashboard_crypto.simulator.clock import iso, parse_iso
from dashboard_crypto.simulator.history import Rule, months_before, span
from dashboard_crypto.simulator.kinds import KINDS
from dashboard_crypto.simulator.ledger import Balances, Ledger, holdings
from dashboard_crypto.simulator.life import NEEDED, three_years
from dashboard_crypto.simulator.market import Market, load_market
from dashboard_crypto.simulator.record import csv_tracks
from dashboard_crypto.simulator.scenario import Scenario, ScenarioError, parse_scenario
from dashboard_crypto.simulator.truth import Truth
from dashboard_crypto.simulator.world import Request

HOUR = 3_600_000
DAY = 24 * HOUR
START = "2024-01-01T00:00:00Z"
T0 = parse_iso(START)


def event(hour: float, kind: str, **fields: Any) -> dict[str, Any]:
    plain = {name.rstrip("_"): value for name, value in fields.items()}
    return {"at": iso(T0 + round(hour * HOUR)), "kind": kind, **plain}


def life(*events: dict[str, Any], **more: Any) -> Scenario:
    return parse_scenario({"name": "test", "seed": 1, "event": list(events), **more})


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """BTC costs 100 on the first day and 200 from the second on; a euro is 1.10 dollars."""
    rows = ["symbol,open_time,open,high,low,close,volume"]
    for day in range(12):
        opened, price = iso(T0 + day * DAY), 100 if day == 0 else 200
        rows.append(f"BTCUSDT,{opened},{price},{price},{price},{price}.00,1")
        rows.append(f"EURUSDT,{opened},1.1,1.1,1.1,1.10,1")
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    path.write_text("\n".join(rows) + "\n")
    return Market(csv_tracks([path]))


@pytest.fixture(scope="module")
def shipped() -> Market:
    return load_market()


FUNDED = event(1, "deposit", asset="USDT", amount="1000")


def books(market: Market, *events: dict[str, Any], hour: float = 24 * 5) -> Balances:
    return Ledger(life(*events), market).balances(T0 + round(hour * HOUR))


def truth(market: Market, *events: dict[str, Any], hour: float = 20) -> dict[str, Any]:
    return Truth(Ledger(life(*events), market), T0 + round(hour * HOUR)).document(digits=8)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("fiat_deposit", {"currency": "EUR", "amount": "50", "fee": "1"}, ("spot", "EUR", 50, 55)),
        (
            "card_buy",
            {"currency": "EUR", "fiat_amount": "9", "asset": "BTC", "amount": "2"},
            ("spot", "BTC", 2, 200),
        ),
        ("p2p_buy", {"asset": "USDT", "amount": "7"}, ("funding", "USDT", 7, 7)),
        ("p2p_buy", {"asset": "USDT", "amount": "7", "wallet": "spot"}, ("spot", "USDT", 1007, 7)),
        ("pay_in", {"asset": "USDT", "amount": "7"}, ("funding", "USDT", 7, 7)),
        ("sub_transfer_in", {"asset": "BTC", "amount": "2"}, ("spot", "BTC", 2, 200)),
        ("sub_transfer_out", {"asset": "USDT", "amount": "4"}, ("spot", "USDT", 996, -4)),
        (
            "card_sell",
            {"currency": "EUR", "fiat_amount": "9", "asset": "USDT", "amount": "5"},
            ("spot", "USDT", 995, -5),
        ),
    ],
)
def test_money_across_the_border(
    market: Market, kind: str, fields: dict[str, str], expected: tuple[str, str, int, int]
) -> None:
    happened = (FUNDED, event(2, kind, **fields))
    wallet, asset, left, flow = expected
    assert books(market, *happened)[wallet][asset] == left
    document = truth(market, *happened)
    assert [row["kind"] for row in document["flows"]] == ["deposit", kind]
    assert Decimal(document["flows"][1]["amount_usd"]) == flow
    assert document["twr"]["0"] == 0
    assert Decimal(document["pnl_usd"]["0"]) == 0


def test_money_that_leaves_takes_its_fee_along(market: Market) -> None:
    """A bank withdrawal of 100 with a fee of 2 on 1,000: the flow is 100, the fee is a loss right after it."""
    euros = event(1, "fiat_deposit", currency="EUR", amount="1000")
    gone = event(3, "fiat_withdrawal", currency="EUR", amount="100", fee="9")
    document = truth(market, euros, gone)
    assert Decimal(document["flows"][1]["amount_usd"]) == Decimal(-110)
    assert document["holdings"] == {"EUR": "891"}
    assert document["twr"]["0"] == pytest.approx(-0.01, abs=1e-12)


def test_the_cash_balance_is_no_outside(market: Market) -> None:
    euros = event(1, "fiat_deposit", currency="EUR", amount="1000")
    order = {"currency": "EUR", "fiat_amount": "110", "asset": "BTC", "amount": "1", "method": "Cash Balance"}
    bought = truth(market, euros, event(2, "card_buy", **order))
    assert [row["kind"] for row in bought["flows"]] == ["fiat_deposit"]
    assert bought["holdings"] == {"BTC": "1", "EUR": "890"}
    assert Decimal(bought["pnl_usd"]["0"]) == 100 - 121
    sold = truth(market, euros, event(2, "card_buy", **order), event(3, "card_sell", **order))
    assert (sold["holdings"], len(sold["flows"])) == ({"EUR": "1000"}, 1)


def test_a_loan_is_no_money_and_interest_is_a_cost(market: Market) -> None:
    """250 lent on 1,000 changes no value; 10 of interest is 1 % lost, although no coin has left yet."""
    into = event(2, "transfer", asset="USDT", amount="500", from_="spot", to="margin")
    lent = event(3, "margin_borrow", asset="USDT", amount="250")
    interest = event(4, "margin_interest", asset="USDT", amount="10")
    found = truth(market, FUNDED, into, lent, interest)
    assert (found["total_value_usd"], found["holdings"]) == ("990.00000000", {"USDT": "990"})
    assert len(found["flows"]) == 1
    assert found["twr"]["0"] == pytest.approx(-0.01, abs=1e-12)
    wallets = books(market, FUNDED, into, lent, interest)
    assert [wallets[name]["USDT"] for name in ("margin", "margin_debt", "margin_interest")] == [750, -250, -10]


def test_repaying_pays_interest_first(market: Market) -> None:
    start = (
        FUNDED,
        event(2, "transfer", asset="USDT", amount="500", from_="spot", to="margin"),
        event(3, "margin_borrow", asset="USDT", amount="250"),
        event(4, "margin_interest", asset="USDT", amount="10"),
    )

    def owed(amount: str) -> list[Decimal | None]:
        wallets = books(market, *start, event(5, "margin_repay", asset="USDT", amount=amount))
        return [wallets[name].get("USDT") for name in ("margin_debt", "margin_interest", "margin")]

    assert owed("4") == [-250, -6, 746]
    assert owed("60") == [-200, None, 690]
    assert owed("260") == [None, None, 490]


def test_borrowed_coins_can_be_sold_and_are_owed_still(market: Market) -> None:
    """A BTC borrowed and sold at 100 has cost 100 when it stands at 200."""
    short = (
        FUNDED,
        event(2, "transfer", asset="USDT", amount="500", from_="spot", to="margin"),
        event(3, "margin_borrow", asset="BTC", amount="1"),
        event(4, "transfer", asset="BTC", amount="1", from_="margin", to="spot"),
        event(5, "trade", symbol="BTCUSDT", side="SELL", amount="1", fee_rate="0"),
    )
    document = truth(market, *short, hour=30)
    assert document["holdings"] == {"BTC": "-1", "USDT": "1100"}
    assert Decimal(document["total_value_usd"]) == 900


def test_futures_income_has_a_sign_and_is_return(market: Market) -> None:
    into = event(2, "transfer", asset="USDT", amount="500", from_="spot", to="um_futures")
    won = event(3, "futures_income", asset="USDT", amount="30", income_type="REALIZED_PNL", symbol="BTCUSDT")
    paid = event(4, "futures_income", asset="USDT", amount="-10", income_type="FUNDING_FEE", symbol="BTCUSDT")
    document = truth(market, FUNDED, into, won, paid)
    assert (document["holdings"], len(document["flows"])) == ({"USDT": "1020"}, 1)
    assert document["twr"]["0"] == pytest.approx(0.02, abs=1e-12)
    coins = event(5, "futures_income", asset="BTC", amount="1", wallet="cm_futures")
    assert books(market, FUNDED, into, won, paid, coins)["cm_futures"] == {"BTC": 1}


def test_money_travels_through_all_wallets_and_stays(market: Market) -> None:
    ways = (
        ("spot", "funding"),
        ("funding", "margin"),
        ("margin", "isolated:BTCUSDT"),
        ("isolated:BTCUSDT", "isolated:EURUSDT"),
        ("isolated:EURUSDT", "spot"),
        ("spot", "um_futures"),
        ("um_futures", "funding"),
        ("funding", "cm_futures"),
        ("cm_futures", "margin"),
    )
    moves = [
        event(2 + i, "transfer", asset="USDT", amount="10", from_=source, to=target)
        for i, (source, target) in enumerate(ways)
    ]
    wallets = {name: dict(wallet) for name, wallet in books(market, FUNDED, *moves).items() if wallet}
    assert wallets == {"spot": {"USDT": 990}, "margin": {"USDT": 10}}
    document = truth(market, FUNDED, *moves)
    assert (len(document["flows"]), document["twr"]["0"]) == (1, 0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (event(3, "transfer", asset="USDT", amount="1", from_="um_futures", to="cm_futures"), "no transfer from um"),
        (event(3, "transfer", asset="USDT", amount="1", from_="spot", to="spot"), "no transfer from spot to spot"),
        (event(3, "transfer", asset="USDT", amount="1", from_="spot", to="isolated:"), "'isolated:' is not a wallet"),
        (event(3, "transfer", asset="USDT", amount="1", from_="spot", to="margin_debt"), "there is no transfer"),
        (event(3, "transfer", asset="EUR", amount="1", from_="spot", to="isolated:BTCUSDT"), "EUR cannot be in an"),
        (event(3, "transfer", asset="USDT", amount="1", from_="spot", to="isolated:NOPE"), "isolated wallet of 'NOPE'"),
        (event(3, "margin_repay", asset="USDT", amount="1"), "pays back more USDT than is owed"),
        (event(3, "futures_income", asset="USDT", amount="-1"), "overdraws the um_futures wallet"),
        (event(3, "futures_income", asset="USDT", amount="0"), "amount must not be zero"),
        (event(3, "futures_income", asset="USDT", amount="1", wallet="spot"), "'spot' is not a wallet for this"),
        (event(3, "pay_out", asset="USDT", amount="1"), "overdraws the funding wallet"),
        (event(3, "fiat_withdrawal", currency="EUR", amount="1"), "overdraws the spot wallet"),
        (event(3, "p2p_buy", asset="USDT", amount="-1"), "must be a positive number"),
        (event(3, "card_buy", currency="EUR", asset="BTC", amount="1"), "'fiat_amount' is missing"),
    ],
)
def test_impossible_lives_are_refused(market: Market, bad: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=f"event 2: .*{message}"):
        Ledger(life(FUNDED, bad), market)


def test_modes_and_denials_are_checked() -> None:
    assert life(FUNDED, multi_assets=True).multi_assets
    with pytest.raises(ScenarioError, match="true or false"):
        life(FUNDED, portfolio_margin="yes")
    with pytest.raises(ScenarioError, match="unknown kitchen"):
        life(FUNDED, key=[{"name": "reader", "denied": ["kitchen"]}])


def test_any_order_of_reading_gives_the_same_balances(shipped: Market) -> None:
    """Checkpoints are a shortcut: every instant reads as if all entries before it were added up anew."""
    ledger = Ledger(load_scenario("three-years", shipped), shipped)
    instants = [ledger.instants[(i * 7919) % len(ledger.instants)] for i in range(25)]
    for instant in instants:
        total: dict[str, Decimal] = {}
        for entry in ledger.entries:
            for posting in entry.postings if entry.at_ms <= instant else ():
                if posting.account not in {"outside", "exchange", "fees", "income"}:
                    total[posting.asset] = total.get(posting.asset, Decimal(0)) + posting.amount
        expected = {asset: quantity for asset, quantity in sorted(total.items()) if quantity}
        assert holdings(ledger.balances(instant)) == expected


def test_the_long_life_knows_every_kind_and_repeats_itself(shipped: Market) -> None:
    first, second = three_years(shipped), three_years(load_market())
    assert first == second
    assert {event.kind for event in first.events} == set(KINDS)
    with pytest.raises(ScenarioError, match="three-years needs prices of BNBUSDT"):
        three_years(Market(track for name, track in shipped.tracks.items() if name != NEEDED[2]))


def test_a_market_with_more_coins_makes_a_life_with_more_prices(shipped: Market, tmp_path: Path) -> None:
    opens = (iso(parse_iso("2023-01-01T00:00:00Z") + day * DAY) for day in range(0, 990, 30))
    rows = ["symbol,open_time,open,high,low,close,volume", *(f"DOGEUSDT,{at},0.2,0.2,0.2,0.2,1" for at in opens)]
    path = tmp_path / "doge.csv"
    path.write_text("\n".join(rows) + "\n")
    market = Market([*shipped.tracks.values(), *csv_tracks([path])])
    traded = {event.text("symbol") for event in three_years(market).events if event.kind == "trade"}
    assert "DOGEUSDT" in traded


def test_months_are_those_of_the_calendar() -> None:
    assert months_before(parse_iso("2025-08-31T07:00:00Z"), 6) == parse_iso("2025-02-28T07:00:00Z")
    assert months_before(parse_iso("2025-01-15T07:00:00Z"), 18) == parse_iso("2023-07-15T07:00:00Z")


def test_a_window_s_defaults() -> None:
    def asked(rule: Rule, **times: int) -> tuple[float, float]:
        found = span(Request({name: str(T0 + value * DAY) for name, value in times.items()}, T0 + 100 * DAY), rule)
        return (found.since_ms - T0) / DAY, (found.until_ms - T0) / DAY

    assert asked(Rule(7)) == (93, 100)
    assert asked(Rule(7), startTime=10) == (10, 100)
    assert asked(Rule(7), endTime=50) == (43, 50)
    assert asked(Rule(7, follows_start=True), startTime=10) == (10, 17)
    assert asked(Rule(7, months=1), startTime=10) == (69, 100)
    assert asked(Rule(7), startTime=90, endTime=400) == (90, 100)
