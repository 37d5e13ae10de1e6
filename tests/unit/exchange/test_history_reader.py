"""Which sources there are, and what happens to one that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.exchange.past import NOW_MS, StillClock

from dashboard_crypto.core.crew import ALONE
from dashboard_crypto.core.errors import ExchangeDown, PartialReading
from dashboard_crypto.core.ledger import SOURCES
from dashboard_crypto.exchange.facts import FactsReader
from dashboard_crypto.exchange.history.reader import History
from dashboard_crypto.exchange.history.sources import LISTINGS
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

DAY_S = 86_400.0
FURTHER = {"margin_interest", "margin_loan", "um_income", "cm_income", "sub_transfer"}


class Account:
    """Every list is empty unless an answer says otherwise; an answer may be an exception."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {"account_info": {}, "sub_accounts": {"subAccounts": []}, **answers}
        self.asked: list[tuple[str, Mapping[str, str | int]]] = []
        self.clock = StillClock()
        self.history = History(self, self.clock, FactsReader(self, self.clock), dict, ALONE)

    def __call__(self, endpoint_id: str, params: Mapping[str, str | int] | None = None) -> Any:
        self.asked.append((endpoint_id, params or {}))
        answer = self.answers.get(endpoint_id, [])
        if isinstance(answer, Exception):
            raise answer
        return answer


def opened(*names: str) -> dict[str, bool]:
    return dict.fromkeys(names, True)


def test_every_source_of_the_ledger_can_be_read() -> None:
    assert set(SOURCES) == set(LISTINGS) | {"trade", "dust"}


def test_wallets_that_are_not_open_have_no_history() -> None:
    assert set(Account().history.sources()) == set(SOURCES) - FURTHER
    everything = Account(
        account_info=opened("isMarginEnabled", "isFutureEnabled"), sub_accounts={"subAccounts": [{"email": "x"}]}
    )
    assert set(everything.history.sources()) == set(SOURCES)


@pytest.mark.parametrize("refusal", [NotPermitted("no"), EndpointGone("no")])
def test_a_source_that_is_refused_at_once_is_not_offered_for_a_day(refusal: Exception) -> None:
    account = Account(deposits=refusal)
    page = account.history.read("deposit", None, NOW_MS)
    assert (page.done, page.records, page.cursor) == (True, (), "")
    assert "deposit" not in account.history.sources()
    account.clock.seconds += DAY_S + 1
    assert "deposit" in account.history.sources()
    account.answers["deposits"] = []
    assert account.history.read("deposit", page.cursor, NOW_MS).cursor != ""


def test_a_source_that_was_read_before_does_not_vanish() -> None:
    account = Account()
    cursor = account.history.read("deposit", None, NOW_MS).cursor
    account.answers["deposits"] = NotPermitted("no")
    with pytest.raises(PartialReading, match="deposit"):
        account.history.read("deposit", cursor, NOW_MS)
    assert "deposit" in account.history.sources()


def test_a_business_refusal_means_absent_only_where_that_is_expected() -> None:
    account = Account(sub_history=RequestRefused("not a sub-account", -12022), deposits=RequestRefused("odd", -9000))
    assert account.history.read("sub_history", None, NOW_MS).done
    assert "sub_history" not in account.history.sources()
    with pytest.raises(RequestRefused):
        account.history.read("deposit", None, NOW_MS)


def test_trouble_is_no_absence() -> None:
    account = Account(deposits=ExchangeDown("502"))
    with pytest.raises(ExchangeDown):
        account.history.read("deposit", None, NOW_MS)
    assert "deposit" in account.history.sources()


def test_dust_is_one_list_and_says_how_far_it_reaches() -> None:
    account = Account(dust_log={"total": 1, "userAssetDribblets": [{"transId": 1}]})
    page = account.history.read("dust", None, NOW_MS)
    assert (page.done, len(page.records), page.reach_ms) == (True, 1, 1_606_780_800_000)
    assert account.history.read("dust", page.cursor, NOW_MS).records == page.records


def test_income_under_portfolio_margin_is_told_elsewhere() -> None:
    account = Account(account_info=opened("isFutureEnabled", "isPortfolioMarginRetailEnabled"))
    for source in ("um_income", "cm_income"):
        page = account.history.read(source, None, NOW_MS)
        assert page.reach_ms > NOW_MS - 93 * DAY_S * 1000
    assert [name for name, _ in account.asked if "income" in name] == ["pm_um_income", "pm_cm_income"]


def test_interest_is_asked_for_every_isolated_pair() -> None:
    rows = [{"symbol": "BTCUSDT", "baseAsset": {}, "quoteAsset": {}}]
    account = Account(account_info=opened("isMarginEnabled"), isolated={"assets": rows})
    cursor: str | None = None
    for _ in range(2):
        cursor = account.history.read("margin_interest", cursor, NOW_MS).cursor
    asked = [params.get("isolatedSymbol") for name, params in account.asked if name == "margin_interest"]
    assert asked == [None, "BTCUSDT"]


def test_isolated_pairs_that_cannot_be_read_stop_the_step() -> None:
    account = Account(account_info=opened("isMarginEnabled"), isolated=ExchangeDown("502"))
    with pytest.raises(ExchangeDown):
        account.history.read("margin_interest", None, NOW_MS)


def test_coins_of_the_records_lead_to_their_pairs() -> None:
    account = Account(deposits=[{"id": 1, "coin": "BTC", "status": 1, "insertTime": NOW_MS, "amount": "1"}])
    account.history.read("deposit", None, NOW_MS)
    assert account.history.coins.seen == {"BTC"}
