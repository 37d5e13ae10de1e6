"""What vanishes without an explanation is doubted, not believed: no false drop in the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from tests.fakes import dec, hours
from tests.worlds import Life


def held_back(life: Life, words: str, total_value_usd: Decimal, values: object) -> None:
    """Three readings in a row are doubted: nothing is stored, and the page says what is missing."""
    for _ in range(3):
        life.clock.advance(30)
        assert life.tick() == (False, False)
    view = life.services.portfolio.balances()
    assert (view.state, view.total_value_usd) == ("partial", total_value_usd)
    assert words in view.state_message
    assert life.values() == values


@contextmanager
def later_life(life: Life, url: str, *, restart: bool) -> Iterator[Life]:
    """The same process later on, or another one over the same database."""
    if not restart:
        yield life
        return
    life.services.auto_refresh.stop()
    made = Life(url, clock=life.clock)
    yield made
    made.close()


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("left", [{}, {"BNB": dec("0.3")}], ids=["nothing", "another wallet"])
def test_an_empty_wallet_that_nothing_explains_is_not_a_drop(
    life: Life, url: str, left: dict[str, Decimal], restart: bool
) -> None:
    life.gateway.earn.update(left)
    life.live(1)
    before, values, held = life.services.portfolio.balances(), life.values(), dict(life.gateway.holdings)
    with later_life(life, url, restart=restart) as later:
        later.clock.advance(hours(1) / 1000)
        later.gateway.earn = {asset: quantity + dec("0.00001") for asset, quantity in left.items()}
        later.gateway.holdings = {}
        held_back(later, "BTC in spot and USDT in spot", before.total_value_usd, values)
        later.gateway.holdings = held
        later.live(1)
        assert later.services.portfolio.balances().state == "live"


def test_an_empty_wallet_is_believed_after_ten_minutes(life: Life) -> None:
    life.gateway.holdings = {}
    stored = []
    for _ in range(21):
        life.clock.advance(30)
        stored.append(life.tick()[0])
    assert stored == [False] * 20 + [True]
    assert life.services.portfolio.balances().total_value_usd == 0


def test_a_wallet_emptied_by_a_withdrawal_or_a_transfer_is_believed_at_once(life: Life) -> None:
    life.gateway.earn, life.gateway.holdings = life.gateway.holdings, {}
    life.clock.advance(30)
    assert life.tick()[0]
    life.gateway.holdings, life.gateway.earn = life.gateway.earn, {}
    life.clock.advance(30)
    assert life.tick()[0]
    for asset, quantity in dict(life.gateway.holdings).items():
        life.gateway.deposit(asset, -quantity)
    life.clock.advance(30)
    assert life.tick()[0]
    assert life.services.portfolio.balances().total_value_usd == 0


def drop(life: Life, asset: str) -> None:
    """The exchange leaves a row out; what else there is earns a little, as it always does."""
    life.gateway.holdings = {
        name: held + dec("0.0001") for name, held in life.gateway.holdings.items() if name != asset
    }


@pytest.mark.parametrize("elsewhere", [{}, {"BTC": dec("0.01")}], ids=["held once", "held twice"])
@pytest.mark.parametrize("restart", [False, True])
def test_an_asset_that_vanishes_from_a_wallet_is_not_a_drop(
    life: Life, url: str, elsewhere: dict[str, Decimal], restart: bool
) -> None:
    life.gateway.earn = elsewhere
    life.live(1)
    before, values, held = life.services.portfolio.balances(), life.values(), dict(life.gateway.holdings)
    with later_life(life, url, restart=restart) as later:
        later.gateway.earn = {asset: quantity + dec("0.00001") for asset, quantity in elsewhere.items()}
        later.clock.advance(hours(1) / 1000)
        drop(later, "BTC")
        held_back(later, "BTC in spot", before.total_value_usd, values)
        later.gateway.holdings = held
        later.live(1)
        assert later.services.portfolio.balances().state == "live"


def test_an_asset_that_stays_away_is_believed_after_ten_minutes(life: Life) -> None:
    drop(life, "BTC")
    stored = []
    for _ in range(21):
        life.clock.advance(30)
        stored.append(life.tick()[0])
    assert stored == [False] * 20 + [True]
    assert {held.asset for held in life.services.portfolio.balances().balances} == {"USDT"}


def vanish_and(life: Life, other: str, usd: float) -> bool:
    """BTC goes and `usd` worth of another asset comes; whether that is believed at once."""
    life.clock.advance(30)
    price = life.gateway.price_of(other, life.clock.now_ms())
    assert price
    del life.gateway.holdings["BTC"]
    life.gateway.holdings[other] = life.gateway.holdings.get(other, Decimal(0)) + Decimal(str(usd)) / price
    return life.tick()[0]


@pytest.mark.parametrize(("share", "believed"), [(0.99, True), (0.91, True), (0.85, False), (0.01, False)])
@pytest.mark.parametrize("other", ["USDT", "ETH"])
def test_a_sale_is_believed_when_nine_tenths_of_it_came_back(
    life: Life, other: str, share: float, believed: bool
) -> None:
    worth = {held.asset: held.usd_value for held in life.services.portfolio.balances().balances}["BTC"]
    assert worth
    assert vanish_and(life, other, float(worth) * share) is believed


def test_neither_a_deposit_nor_an_old_withdrawal_explains_what_vanished(life: Life) -> None:
    life.gateway.withdraw("BTC", "0.25")
    life.clock.advance(30)
    assert life.tick()[0]
    held = dict(life.gateway.holdings)
    del life.gateway.holdings["BTC"]
    life.clock.advance(30)
    assert not life.tick()[0], "that withdrawal is in the stored balances already"
    life.gateway.holdings = held
    life.live(0.1)
    life.clock.advance(1)
    life.gateway.deposit("USDT", 50_000)
    assert not vanish_and(life, "ETH", 1), "a deposit is not what a sale brought"


def test_a_withdrawal_explains_its_own_asset_only(life: Life) -> None:
    life.gateway.holdings["ETH"] = dec(15)
    life.live(1)
    life.gateway.withdraw("ETH", "15")
    life.clock.advance(30)
    held = life.gateway.holdings.pop("BTC")
    assert not life.tick()[0]
    life.gateway.holdings["BTC"] = held
    life.clock.advance(30)
    assert life.tick()[0]
    life.gateway.holdings["USDT"] += 45_000
    life.gateway.holdings.pop("BTC")
    life.gateway.withdraw("USDT", "45000")
    life.clock.advance(30)
    assert life.tick()[0], "sold, and what it brought withdrawn"


def test_half_of_the_assets_may_not_vanish_however_little_they_are_worth(life: Life) -> None:
    life.gateway.holdings |= {"ETH": dec("0.001"), "BNB": dec("0.005")}
    life.live(1)
    for asset in ("ETH", "BNB"):
        del life.gateway.holdings[asset]
    life.clock.advance(30)
    assert not life.tick()[0]
    assert "BNB in spot and ETH in spot" in life.services.portfolio.balances().state_message


def test_dust_that_vanishes_is_believed(life: Life) -> None:
    life.gateway.holdings["BNB"] = dec("0.005")
    life.live(1)
    drop(life, "BNB")
    life.clock.advance(30)
    assert life.tick()[0]


def test_a_part_of_a_position_that_vanishes_is_not_a_drop(life: Life) -> None:
    life.gateway.earn["ETH"] = dec(9)
    life.live(1)
    before, values = life.services.portfolio.balances(), life.values()
    life.gateway.earn["ETH"] = dec(6)
    held_back(life, "a part of ETH in earn flexible", before.total_value_usd, values)
    life.gateway.earn["ETH"] = dec(9)
    life.live(1)
    assert life.services.portfolio.balances().state == "live"


def test_a_part_of_a_position_that_is_redeemed_sold_or_withdrawn_is_believed(life: Life) -> None:
    life.gateway.earn["ETH"] = dec(9)
    life.live(1)
    life.gateway.earn["ETH"] = dec(6)
    life.gateway.holdings["ETH"] = dec(3)
    life.clock.advance(30)
    assert life.tick()[0], "redeemed"
    life.gateway.earn["ETH"] = dec(3)
    price = life.gateway.price_of("ETH", life.clock.now_ms() + 30_000)
    assert price
    life.gateway.holdings["USDT"] += 3 * price
    life.clock.advance(30)
    assert life.tick()[0], "redeemed and sold"
    life.gateway.earn["ETH"] = dec(1)
    life.gateway.holdings["ETH"] += 2
    life.gateway.withdraw("ETH", 2)
    life.clock.advance(30)
    assert life.tick()[0], "redeemed and withdrawn"


def test_a_part_of_a_position_that_stays_away_is_believed_after_ten_minutes(life: Life) -> None:
    life.gateway.earn["ETH"] = dec(9)
    life.live(1)
    life.gateway.earn["ETH"] = dec(6)
    stored = []
    for _ in range(21):
        life.clock.advance(30)
        stored.append(life.tick()[0])
    assert stored == [False] * 20 + [True]
