"""Returns and profits in euro and bitcoin: from stored rates alone, and what becomes of a flow without one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.fakes import START_MS, MovingPrices, dec, hours
from tests.history_fakes import deposit
from tests.worlds import Life, flows

from dashboard_crypto.core.errors import ExchangeDown
from dashboard_crypto.core.model import Currency
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow
from dashboard_crypto.services.window_views import OwnMeasures

price_of = MovingPrices()
EURO = Decimal("1.0834")


def with_euro(asset: str, at_ms: int) -> Decimal | None:
    return EURO if asset == "EUR" else price_of(asset, at_ms)


def priced(life: Life) -> Life:
    life.gateway.price_of = life.reader.price_of = with_euro
    return life


def own(life: Life, currency: Currency, days: int = 0) -> OwnMeasures:
    found = life.services.performance.window(days, currency).own
    assert found is not None
    assert found.currency == currency
    return found


def test_a_deposit_carries_the_rates_of_its_minute(life: Life) -> None:
    priced(life).live(2)
    flow = life.gateway.deposit("BTC", "0.25")
    life.live(2)
    (row,) = flows(life)
    assert row.rates_usd == {"EUR": float(EURO), "BTC": float(price_of("BTC", flow.instant_ms) or 0)}
    bitcoin = own(life, "BTC").pnl
    assert bitcoin.total_deposits == pytest.approx(Decimal("0.25"), abs=Decimal("1e-15"))
    assert bitcoin.net_cash_flow == bitcoin.total_deposits


def test_an_account_of_bitcoin_earns_nothing_in_bitcoin(life: Life) -> None:
    # Prices stand still for six hours: a flow is priced when it is reported, and seen up to half an hour later.
    life.gateway.price_of = lambda asset, at_ms: with_euro(asset, at_ms // hours(6) * hours(6))
    life.gateway.holdings = {"BTC": dec("0.5")}
    life.live(30)
    life.gateway.deposit("BTC", "0.25")
    life.live(30)
    life.gateway.withdraw("BTC", "0.6")
    life.live(5)
    for days in (0, 1):
        usd = life.services.performance.window(days)
        found = own(life, "BTC", days)
        assert abs(usd.twr.twr or Decimal(0)) > Decimal("0.0001")
        assert abs(found.twr.twr or Decimal(0)) < Decimal("1e-12")
        assert found.pnl.pnl is not None
        assert abs(found.pnl.pnl) < Decimal("1e-12")
        assert found.twr.twr is not None


def test_at_one_rate_the_return_is_that_in_dollars(life: Life) -> None:
    priced(life).live(5)
    life.gateway.deposit("USDT", 300)
    life.live(5)
    usd, euro = life.services.performance.window(0), own(life, "EUR")
    assert euro.twr.twr == pytest.approx(usd.twr.twr, abs=Decimal("1e-30"))
    assert usd.pnl.pnl_usd is not None
    assert euro.pnl.pnl == pytest.approx(usd.pnl.pnl_usd / EURO, rel=Decimal("1e-25"))
    assert euro.pnl.pnl_percent == pytest.approx(usd.pnl.pnl_percent)
    assert own(life, "USD").twr == usd.twr
    assert own(life, "USD").pnl.pnl == usd.pnl.pnl_usd


def test_without_a_rate_there_is_no_figure_but_a_reason(life: Life) -> None:
    life.live(3)
    priced(life).live(3)
    euro = own(life, "EUR")
    assert (euro.twr.twr, euro.twr.reason, euro.pnl.pnl, euro.pnl.reason) == (None, "rate_unknown") * 2
    assert life.services.performance.working(0, "EUR").currency == "USD"
    assert own(life, "BTC").twr.twr is not None
    assert life.services.performance.working(0, "BTC").currency == "BTC"


def manual(life: Life, amount: int = 100, back: float = 1.5) -> None:
    when_ms = life.clock.now_ms() - hours(back)
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", when_ms, dec(amount)))


def settled(life: Life) -> Life:
    life.tick()
    life.read_history()
    return life


def test_flows_entered_by_hand_are_asked_for_in_the_background_once(past_life: Life) -> None:
    life = settled(priced(past_life))
    life.live(6)
    manual(life, back=2)
    assert flows(life)[0].rates_usd == {"EUR": None, "BTC": None}
    assert own(life, "EUR").pnl.reason == "rate_unknown"
    before = life.metrics()
    life.read_history()
    (row,) = flows(life)
    assert row.rates_usd == {"EUR": float(EURO), "BTC": float(price_of("BTC", row.instant_ms) or 0)}
    assert own(life, "EUR").pnl.pnl is not None
    assert life.metrics() == before
    life.services.performance.edit_cash_flow(row.id, CashFlowChange(amount_usd=dec(120), note="more"))
    assert flows(life)[0].rates_usd == row.rates_usd, "the minute is the same"
    life.services.performance.edit_cash_flow(row.id, CashFlowChange(instant_ms=row.instant_ms - hours(1)))
    assert flows(life)[0].rates_usd == {"EUR": None, "BTC": None}
    life.read_history()
    moved = flows(life)[0]
    assert moved.rates_usd["BTC"] == float(price_of("BTC", moved.instant_ms) or 0)


def test_the_newest_come_first_and_what_nobody_knows_is_not_asked_again(past_life: Life) -> None:
    life, asked = settled(priced(past_life)), list[int]()

    def counting(asset: str, at_ms: int) -> Decimal | None:
        if asset == "EUR":
            asked.append(at_ms)
        return None if asset == "EUR" else price_of(asset, at_ms)

    life.live(12)
    for back in (9.0, 3.0, 6.0):
        manual(life, back=back)
    life.reader.price_of = counting
    life.read_history()
    assert asked == sorted(asked, reverse=True)
    assert len(asked) == 3
    manual(life, back=4)
    life.read_history()
    assert len(asked) == 4
    assert {row.rates_usd["EUR"] for row in flows(life)} == {None}
    assert all(row.rates_usd["BTC"] for row in flows(life))


def test_what_could_not_be_asked_is_asked_later(past_life: Life) -> None:
    life = settled(priced(past_life))
    life.live(4)
    manual(life)

    def down(_asset: str, _at_ms: int) -> Decimal | None:
        raise ExchangeDown("no connection")

    life.reader.price_of = down
    life.read_history()
    assert flows(life)[0].rates_usd == {"EUR": None, "BTC": None}
    life.reader.price_of = with_euro
    life.clock.advance(60)
    life.read_history()
    assert flows(life)[0].rates_usd["EUR"] == float(EURO)


def test_the_rebuilt_past_gets_its_rates_and_keeps_them(past_life: Life, new_life: Callable[..., Life]) -> None:
    life = priced(past_life)
    life.gateway.holdings = {"BTC": dec("0.5"), "USDT": dec(100)}
    told = [deposit(1, "USDT", "100", START_MS - hours(48)), deposit(2, "BTC", "0.5", START_MS - hours(10.5))]
    life.reader.records = {"deposit": told}
    settled(life)
    assert all(row.rates_usd["EUR"] == float(EURO) for row in flows(life))
    found = own(life, "BTC")
    assert found.twr.twr is not None
    assert found.pnl.pnl is not None
    life.reader.records["deposit"].append(deposit(3, "USDT", "7", START_MS - hours(5)))
    life.live(26)
    life.read_history()
    assert all(row.rates_usd["EUR"] == float(EURO) for row in flows(life))
    other = new_life(clock=life.clock)
    assert own(other, "EUR") == own(life, "EUR")


def test_the_line_ends_with_the_figure(life: Life) -> None:
    priced(life).live(10)
    life.gateway.deposit("ETH", 1)
    life.live(10)
    life.gateway.withdraw("USDT", 500)
    life.live(4)
    for currency in ("EUR", "BTC", "USD"):
        course = life.services.performance.course(0, 0, currency).course
        assert course is not None
        assert course.pnl is not None
        found = own(life, currency)
        assert course.twr_percent[-1] == pytest.approx(float(found.twr.twr or 0) * 100, rel=1e-9)
        assert course.pnl[-1] == pytest.approx(float(found.pnl.pnl or 0), rel=1e-9)
        assert course.pnl_usd[-1] == pytest.approx(float(life.services.performance.pnl(0).pnl_usd or 0))
