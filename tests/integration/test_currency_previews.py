"""What a change of cash flows would do in euro and bitcoin: the figures that follow, and none that nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import sin

import pytest
from tests.fakes import START_MS, MovingPrices, dec, hours
from tests.history_fakes import deposit
from tests.worlds import Life, flows

from dashboard_crypto.core.model import Currency
from dashboard_crypto.core.money import EXACT, RATIO, total
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow
from dashboard_crypto.services.window_views import OwnMeasures, PreviewView, WindowView

price_of = MovingPrices()
CURRENCIES: tuple[Currency, ...] = ("EUR", "BTC")
Change = Callable[[Life, Currency], PreviewView]


def with_euro(asset: str, at_ms: int) -> Decimal | None:
    if asset == "EUR":
        return Decimal(repr(round(1.08 + 0.03 * sin(at_ms / hours(7)), 6)))
    return price_of(asset, at_ms)


@pytest.fixture
def lived(past_life: Life) -> Life:
    """Thirty hours of an account, all its history read, two flows entered by hand and rated."""
    past_life.gateway.price_of = past_life.reader.price_of = with_euro
    past_life.gateway.holdings = {"BTC": dec("0.5"), "USDT": dec(9000)}
    past_life.tick()
    past_life.read_history()
    past_life.live(30)
    entered(past_life, 500, back=20.3)
    entered(past_life, 250, back=9.7)
    past_life.live(1)
    past_life.read_history()
    return past_life


def entered(life: Life, amount: int, back: float) -> int:
    new = NewCashFlow("DEPOSIT", life.clock.now_ms() - hours(back), dec(amount))
    return life.services.performance.add_cash_flow(new).id


def at(life: Life, back: float) -> int:
    """A whole minute between two snapshots, some hours ago."""
    return (life.clock.now_ms() - hours(back)) // 60_000 * 60_000


def adding(new: Callable[[Life], NewCashFlow]) -> tuple[Change, Callable[[Life], object]]:
    return (
        lambda life, currency: life.services.performance.preview_add(new(life), currency),
        lambda life: life.services.performance.add_cash_flow(new(life)),
    )


def editing(change: Callable[[Life], CashFlowChange]) -> tuple[Change, Callable[[Life], object]]:
    return (
        lambda life, currency: life.services.performance.preview_edit(flows(life)[0].id, change(life), currency),
        lambda life: life.services.performance.edit_cash_flow(flows(life)[0].id, change(life)),
    )


CHANGES = {
    "deposit": adding(lambda life: NewCashFlow("DEPOSIT", at(life, 5.4), dec(700))),
    "withdrawal": adding(lambda life: NewCashFlow("WITHDRAW", at(life, 15.4), dec(650))),
    "now": adding(lambda life: NewCashFlow("DEPOSIT", life.clock.now_ms(), dec(10))),
    "at a snapshot": adding(lambda life: NewCashFlow("DEPOSIT", START_MS + hours(12), dec(80))),
    "before everything": adding(lambda life: NewCashFlow("DEPOSIT", at(life, 300), dec(70))),
    "in ether": adding(lambda life: NewCashFlow("DEPOSIT", at(life, 7.2), None, "ETH", dec("0.3"))),
    "in bitcoin": adding(lambda life: NewCashFlow("DEPOSIT", at(life, 7.2), None, "BTC", dec("0.02"))),
    "more than there is": adding(lambda life: NewCashFlow("WITHDRAW", at(life, 3.2), dec(900_000))),
    "other amount": editing(lambda _: CashFlowChange(amount_usd=dec(900))),
    "other minute": editing(lambda life: CashFlowChange(instant_ms=at(life, 11.2))),
    "other direction": editing(lambda _: CashFlowChange(type="WITHDRAW")),
    "delete": (
        lambda life, currency: life.services.performance.preview_delete(flows(life)[0].id, currency),
        lambda life: life.services.performance.delete_cash_flow(flows(life)[0].id),
    ),
}


def own(view: WindowView) -> OwnMeasures:
    assert view.own is not None
    return view.own


def near(found: Decimal | float | None, wanted: Decimal | float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(float(found) - float(wanted)) <= 1e-9 * (1 + abs(float(wanted)))


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_what_the_preview_tells_is_what_follows(lived: Life, name: str, currency: Currency) -> None:
    look, do = CHANGES[name]
    days = (1, 7, 30, 90, 0)
    before = lived.services.performance.windows(days, currency).windows
    preview = look(lived, currency)
    assert (preview.currency, tuple(one.before for one in preview.windows)) == (currency, before)
    do(lived)
    promised, at_once = preview.windows, lived.services.performance.windows(days, currency).windows
    assert tuple(own(one.after) for one in promised) == tuple(map(own, at_once)), "nothing was written in between"
    lived.read_history()
    for one, view in zip(promised, lived.services.performance.windows(days, currency).windows, strict=True):
        said, found = own(one.after), own(view)
        assert "rate_unknown" not in (found.twr.reason, found.pnl.reason)
        assert near(said.twr.twr, found.twr.twr), "no stretch of this life is cut at a flow"
        if said.pnl.reason != "rate_unknown":
            assert near(said.pnl.pnl, found.pnl.pnl)
            assert near(said.pnl.pnl_percent, found.pnl.pnl_percent)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_new_flow_leaves_the_profit_unknown_until_its_rate_was_asked_for(lived: Life, currency: Currency) -> None:
    asked = len(lived.reader.instants_asked)
    lived.gateway.price_of = lambda asset, at_ms: pytest.fail(f"{asset} at {at_ms} was asked for")
    new = NewCashFlow("DEPOSIT", at(lived, 5.4), dec(700))
    preview = lived.services.performance.preview_add(new, currency)
    lived.gateway.price_of = with_euro
    assert len(lived.reader.instants_asked) == asked
    assert (preview.amount_usd, preview.amount, preview.reason) == (dec(700), None, "rate_unknown")
    assert "rates_pending" in preview.flags
    for one in preview.windows:
        after = own(one.after)
        assert (after.pnl.pnl, after.pnl.pnl_percent, after.pnl.reason) == (None, None, "rate_unknown")
        assert after.twr.twr is not None
        assert own(one.before).pnl.pnl is not None
    lived.services.performance.add_cash_flow(new)
    lived.read_history()
    row = next(row for row in flows(lived) if row.amount_usd == dec(700))
    assert row.rates_usd[currency] == float(with_euro(currency, row.instant_ms) or 0)
    assert own(lived.services.performance.window(0, currency)).pnl.pnl is not None


def test_dollars_wait_for_nothing(lived: Life) -> None:
    new = NewCashFlow("DEPOSIT", at(lived, 5.4), dec(700))
    plain, usd = (lived.services.performance.preview_add(new, currency) for currency in (None, "USD"))
    assert (usd.currency, usd.amount, usd.reason, usd.flags) == ("USD", dec(700), None, plain.flags)
    assert (plain.currency, plain.amount, plain.reason) == (None, None, None)
    assert "rates_pending" not in plain.flags
    assert all(one.after.own is None for one in plain.windows)
    assert [own(one.after).pnl.pnl for one in usd.windows] == [one.after.pnl.pnl_usd for one in plain.windows]


def known_at_once(life: Life, new: NewCashFlow, currency: Currency) -> PreviewView:
    """A preview without an unknown, which the saved flow keeps to although nobody is asked."""
    preview = life.services.performance.preview_add(new, currency)
    assert preview.amount is not None
    assert "rates_pending" not in preview.flags
    assert all(own(one.after).pnl.pnl is not None for one in preview.windows)
    life.services.performance.add_cash_flow(new)
    after = life.services.performance.windows((0,), currency).windows[0]
    assert own(after) == own(preview.windows[-1].after)
    return preview


def test_a_flow_in_bitcoin_knows_what_a_bitcoin_cost(lived: Life) -> None:
    new = NewCashFlow("WITHDRAW", at(lived, 7.2), None, "BTC", dec("0.02"))
    assert "rates_pending" in lived.services.performance.preview_add(new, "EUR").flags
    preview = known_at_once(lived, new, "BTC")
    assert preview.amount == pytest.approx(dec("-0.02"), abs=dec("1e-15"))
    before = [row.rates_usd["BTC"] for row in flows(lived)]
    lived.reader.price_of = lambda asset, at_ms: None if asset == "BTC" else with_euro(asset, at_ms)
    lived.read_history()
    assert [row.rates_usd["BTC"] for row in flows(lived)] == before, "what is known is not taken away"
    assert all(row.rates_usd["EUR"] for row in flows(lived))


def test_a_second_flow_of_a_minute_takes_the_answer_of_the_first(lived: Life) -> None:
    first = flows(lived)[0]
    asked = len(lived.reader.instants_asked)
    preview = known_at_once(lived, NewCashFlow("DEPOSIT", first.instant_ms, dec(40)), "EUR")
    assert preview.amount == RATIO.divide(dec(40), Decimal(repr(first.rates_usd["EUR"])))
    lived.read_history()
    assert len(lived.reader.instants_asked) == asked, "a minute is asked about once"


def test_what_nobody_knew_of_a_minute_is_not_promised_for_later(lived: Life) -> None:
    when_ms = at(lived, 4.4)
    lived.reader.price_of = lambda asset, at_ms: None if asset == "EUR" else with_euro(asset, at_ms)
    lived.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", when_ms, dec(30)))
    lived.read_history()
    preview = lived.services.performance.preview_add(NewCashFlow("DEPOSIT", when_ms, dec(40)), "EUR")
    assert (preview.amount, preview.reason, "rates_pending" in preview.flags) == (None, "rate_unknown", False)


def test_the_close_of_a_rebuilt_hour_is_the_rate_of_a_flow_there(past_life: Life) -> None:
    life = past_life
    life.gateway.price_of = life.reader.price_of = with_euro
    life.gateway.holdings = {"BTC": dec("0.5"), "USDT": dec(100)}
    told = [deposit(1, "USDT", "100", START_MS - hours(48)), deposit(2, "BTC", "0.5", START_MS - hours(10.5))]
    life.reader.records = {"deposit": told}
    life.tick()
    life.read_history()
    life.live(3)
    hour_ms = START_MS - hours(6)
    assert hour_ms in dict(life.values())
    for currency in CURRENCIES:
        preview = known_at_once(life, NewCashFlow("DEPOSIT", hour_ms, dec(40)), currency)
        assert preview.amount == RATIO.divide(dec(40), Decimal(repr(float(with_euro(currency, hour_ms) or 0))))
        life.services.performance.delete_cash_flow(max(flows(life), key=lambda row: row.id).id)
    beside = life.services.performance.preview_add(NewCashFlow("DEPOSIT", hour_ms - 60_000, dec(40)), "EUR")
    live = life.services.performance.preview_add(NewCashFlow("DEPOSIT", START_MS + hours(1), dec(40)), "EUR")
    for preview in (beside, live):
        assert (preview.amount, "rates_pending" in preview.flags) == (None, True)


def test_where_a_flow_cuts_the_chain_the_return_needs_its_rate_too(past_life: Life) -> None:
    life = past_life
    life.gateway.price_of = life.reader.price_of = with_euro
    life.gateway.holdings = {}
    life.tick()
    life.read_history()
    life.live(3)
    life.gateway.holdings = {"BTC": dec("0.5")}
    life.live(3)
    new = NewCashFlow("DEPOSIT", START_MS + hours(3.5), None, "ETH", dec(10))
    after = own(life.services.performance.preview_add(new, "EUR").windows[-1].after)
    assert (after.twr.twr, after.twr.reason, after.pnl.reason) == (None, "rate_unknown", "rate_unknown")
    assert life.services.performance.preview_add(new).windows[-1].after.twr.twr not in {None, Decimal(-1)}
    life.services.performance.add_cash_flow(new)
    life.read_history()
    assert own(life.services.performance.window(0, "EUR")).twr.twr is not None


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_totals_take_every_flow_at_its_own_rate(lived: Life, currency: Currency) -> None:
    lived.services.performance.add_cash_flow(NewCashFlow("WITHDRAW", at(lived, 3.3), dec(90)))
    performance = lived.services.performance
    unknown = performance.stats(currency).own
    assert unknown is not None
    assert (unknown.deposits is None, unknown.withdrawals) == (False, None)
    lived.read_history()
    found = performance.stats(currency).own
    assert found is not None
    amounts = [RATIO.divide(row.counted_usd or dec(0), Decimal(repr(row.rates_usd[currency]))) for row in flows(lived)]
    assert len(amounts) == 3
    assert found.deposits == total(amount for amount in amounts if amount > 0)
    assert found.withdrawals == total(EXACT.minus(amount) for amount in amounts if amount < 0)
    assert performance.windows((0,), currency).stats == performance.stats(currency)
    usd, plain = performance.stats("USD"), performance.stats()
    assert usd.own is not None
    assert (usd.own.deposits, usd.own.withdrawals) == (plain.total_deposits_usd, plain.total_withdrawals_usd)
    assert plain.own is None
    assert performance.stats(currency).total_deposits_usd == plain.total_deposits_usd
