"""The gate before every call: budgets, Retry-After, bans that cannot be stored, permissions."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from dashboard_crypto.core.errors import (
    DatabaseBusy,
    ExchangeBanned,
    ExchangeDown,
    ExchangeLimited,
    KeyTooPowerful,
    MalformedAnswer,
)
from dashboard_crypto.exchange.answers import Refusal
from dashboard_crypto.exchange.budget import Budget, allowed
from dashboard_crypto.exchange.crew import Threads
from dashboard_crypto.exchange.endpoints import ENDPOINTS, Endpoint
from dashboard_crypto.exchange.permissions import read_only_permissions
from dashboard_crypto.exchange.server_clock import ServerClock, believable
from dashboard_crypto.exchange.throttle import Throttle, retry_after_s

MINUTE = 60_000
T0 = 1_780_000_020_000


class FakeClock:
    def __init__(self) -> None:
        self.ms = T0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


class BusyStore:
    def load_ban(self) -> int:
        return 0

    def save_ban(self, until_ms: int) -> None:
        raise DatabaseBusy("busy")


def throttle(clock: FakeClock) -> Throttle:
    return Throttle(clock, BusyStore(), clock.now_ms)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("", None), ("0", None), ("-5", None), ("soon", None), ("1.5", None), ("٧", None), ("7", 7),
     (" 30 ", 30), ("1000000000", 259_200), ("9" * 400, 259_200)],
)  # fmt: skip
def test_retry_after(header: str | None, seconds: int | None) -> None:
    assert retry_after_s(header) == seconds


def spend(budget: Budget, endpoint: Endpoint, *, in_background: bool = False) -> int:
    """How many calls of an endpoint fit into a minute that others have begun."""
    calls = 0
    while budget.take(endpoint, T0, allowed(endpoint, in_background=in_background)) is None:
        calls += 1
    return calls


def test_every_endpoint_fits_its_budget_and_pools_are_apart() -> None:
    budget = Budget()
    withdrawals, account, prices = ENDPOINTS["withdrawals"], ENDPOINTS["account"], ENDPOINTS["prices"]
    assert spend(budget, withdrawals) == 9
    assert budget.take(withdrawals, T0, allowed(withdrawals)) == T0 // MINUTE * MINUTE + MINUTE
    assert budget.take(account, T0, allowed(account)) is None
    assert budget.used(prices, T0) == 20
    assert budget.used(withdrawals, T0 + MINUTE) == 0
    for endpoint in ENDPOINTS.values():
        assert spend(Budget(), endpoint, in_background=True) > 0, endpoint.id


@pytest.mark.parametrize("header", ["5395", "99999999999999999999", "x", "-1", ""])
def test_headers_correct_the_count_upwards_only(header: str) -> None:
    budget = Budget()
    prices = ENDPOINTS["prices"]
    budget.take(prices, T0, allowed(prices))
    budget.correct(prices, {"x-mbx-used-weight-1m": header}, T0, T0)
    assert budget.used(prices, T0) == (5395 if header == "5395" else 4)
    budget.correct(prices, {"x-mbx-used-weight-1m": "1"}, T0, T0)
    assert budget.used(prices, T0) >= 4


def test_an_answer_that_crosses_the_turn_of_the_minute_tells_of_the_old_one() -> None:
    budget, account = Budget(), ENDPOINTS["account"]
    budget.take(account, T0, allowed(account))
    later = T0 // MINUTE * MINUTE + MINUTE + 5
    budget.correct(account, {"x-mbx-used-weight-1m": "5699"}, T0, later)
    assert budget.used(account, later) == 0
    assert budget.take(account, later, allowed(account)) is None
    budget.correct(account, {"x-mbx-used-weight-1m": "5699"}, later, later + 100)
    assert budget.used(account, later) == 5699


def test_the_table_holds_the_published_weights() -> None:
    weights = {name: endpoint.weight for name, endpoint in ENDPOINTS.items()}
    assert weights == {
        "time": 1, "exchange_info": 20, "prices": 4, "klines": 2, "account": 20, "key_restrictions": 1, "funding": 1,
        "earn_flexible": 150, "earn_locked": 150, "deposits": 1, "withdrawals": 18_000, "account_info": 1,
        "wallet_totals": 60, "margin": 10, "isolated": 10, "loans": 300, "um_futures": 5, "cm_futures": 5,
        "portfolio_margin": 20, "trades": 20, "fiat_orders": 45_000, "fiat_payments": 1, "p2p_orders": 1,
        "pay_transactions": 3_000, "sub_accounts": 1, "sub_transfers": 1, "sub_history": 1, "conversions": 3_000,
        "dust_log": 1, "dividends": 10, "rebates": 12_000, "transfers": 1, "margin_interest": 1, "margin_loans": 10,
        "flexible_subscriptions": 150, "flexible_redemptions": 150, "flexible_rewards": 150,
        "locked_subscriptions": 150, "locked_redemptions": 150, "locked_rewards": 150, "soft_staking_rewards": 50,
        "boost_rewards": 150, "eth_stakings": 150, "eth_redemptions": 150, "sol_stakings": 150,
        "sol_redemptions": 150, "wbeth_wraps": 150, "wbeth_unwraps": 150, "bfusd_redemptions": 150,
        "rwusd_redemptions": 150, "um_income": 30, "cm_income": 20,
        "pm_um_income": 30, "pm_cm_income": 30, "margin_trades": 10,
    }  # fmt: skip
    by_account = {name for name, endpoint in ENDPOINTS.items() if endpoint.pool == "sapi_uid"}
    assert by_account == {"withdrawals", "fiat_orders", "pay_transactions", "conversions", "rebates"}


@pytest.mark.parametrize(
    ("background", "calls", "live", "left"),
    [("trades", 255, "account", 30), ("withdrawals", 8, "withdrawals", 1), ("deposits", 10_200, "deposits", 1200),
     ("um_income", 68, "um_futures", 48), ("rebates", 14, "rebates", 0), ("flexible_rewards", 76, "earn_locked", 76)],
)  # fmt: skip
def test_history_takes_everything_but_the_room_for_live_readings(
    background: str, calls: int, live: str, left: int
) -> None:
    budget = Budget()
    assert spend(budget, ENDPOINTS[background], in_background=True) == calls
    assert spend(budget, ENDPOINTS[live]) == left


def test_calls_side_by_side_never_spend_the_same_weight_twice() -> None:
    budget, withdrawals = Budget(), ENDPOINTS["withdrawals"]
    taken = Threads(8).run([partial(spend, budget, withdrawals) for _ in range(64)])
    assert sum(count for count in taken if isinstance(count, int)) == 9


def test_a_ban_that_cannot_be_stored_holds_in_this_process(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    gate = throttle(clock)
    error = gate.error_for(Refusal(ExchangeBanned, "", -1003, "300"))
    assert isinstance(error, ExchangeBanned)
    assert error.retry_at_ms == T0 + 300_000
    assert "could not be stored" in caplog.text
    with pytest.raises(ExchangeBanned):
        gate.admit(ENDPOINTS["time"])
    clock.ms += 300_000
    gate.admit(ENDPOINTS["time"])


def test_bans_and_limits_without_a_date_grow() -> None:
    clock = FakeClock()
    gate = throttle(clock)
    waits = []
    for _ in range(4):
        error = gate.error_for(Refusal(ExchangeBanned, "", -1003, "0"))
        assert isinstance(error, ExchangeBanned)
        waits.append(error.retry_at_ms - T0)
    assert waits == [120_000, 240_000, 480_000, 960_000]
    gate = throttle(clock)
    first, second = (gate.error_for(Refusal(ExchangeLimited, "", -1003)) for _ in range(2))
    assert isinstance(first, ExchangeLimited)
    assert isinstance(second, ExchangeLimited)
    assert second.retry_at_ms - first.retry_at_ms > 55_000


def test_five_failures_pause_and_one_probe_reopens() -> None:
    clock = FakeClock()
    gate = throttle(clock)
    for _ in range(4):
        gate.note_failure()
        gate.admit(ENDPOINTS["time"])
    gate.note_failure()
    with pytest.raises(ExchangeDown):
        gate.admit(ENDPOINTS["time"])
    clock.ms += 5001
    gate.admit(ENDPOINTS["time"])
    gate.note_success()
    gate.note_failure()
    gate.admit(ENDPOINTS["time"])


def test_the_exchanges_time_is_the_median_of_three_and_refreshed_hourly() -> None:
    clock = FakeClock()
    answers = iter([T0 + 40, T0 + 50, T0 + 9000, T0 + 3_600_060, T0 + 3_600_070, T0 + 3_600_080])
    server = ServerClock(clock, lambda: next(answers))
    server.keep_fresh()
    assert server.skew_ms == 50
    server.keep_fresh()
    clock.ms += 3_600_000
    server.keep_fresh()
    assert server.skew_ms == 70
    assert server.now_ms() == clock.ms + 70


def test_half_the_round_trip_is_taken_off() -> None:
    clock = FakeClock()

    def slow() -> int:
        clock.ms += 300
        answer = clock.ms + 5000
        clock.ms += 300
        return answer

    server = ServerClock(clock, slow)
    server.keep_fresh()
    assert server.skew_ms == 5000


@pytest.mark.parametrize("answer", [0, -1, 1_400_000_000_000, 4_039_372_800_000, "1780000000000", None, True, 1.78e12])
def test_absurd_times(answer: object) -> None:
    with pytest.raises(MalformedAnswer):
        believable(answer)


READING = {"enableReading": True, "ipRestrict": True}


@pytest.mark.parametrize("name", ["enableWithdrawals", "permitsUniversalTransfer", "enableInternalTransfer"])
def test_n39_a_key_that_moves_money_is_always_refused(name: str) -> None:
    for allow in (False, True):
        with pytest.raises(KeyTooPowerful, match="untick"):
            read_only_permissions({**READING, name: True}, allow_trading=allow)


@pytest.mark.parametrize("name", ["enableSpotAndMarginTrading", "enableMargin", "enableFutures", "enableFixApiTrade"])
def test_n39_a_key_that_trades_is_refused_unless_allowed(name: str) -> None:
    with pytest.raises(KeyTooPowerful):
        read_only_permissions({**READING, name: True}, allow_trading=False)
    assert read_only_permissions({**READING, name: True}, allow_trading=True).can_trade


@pytest.mark.parametrize("value", [None, "true", 1])
def test_permissions_of_the_wrong_type_are_refused(value: Any) -> None:
    with pytest.raises(MalformedAnswer, match="enableWithdrawals"):
        read_only_permissions({**READING, "enableWithdrawals": value}, allow_trading=False)
