"""Several windows at once, periods between dates, the chart's columns, and rates: one consistent picture each."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.world import HOUR_MS, START_MS, World

from dashboard_crypto.api import models_windows, snapshots
from dashboard_crypto.db import check_rows, state_rows
from dashboard_crypto.db.driver import Spoken
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.history import History, HistoryState
from dashboard_crypto.services.measures import Measures
from dashboard_crypto.services.portfolio import PortfolioService
from dashboard_crypto.services.snapshot_writer import SnapshotRules

FLOWS = "/api/performance/cashflows"
WINDOWS = "/api/performance/windows"
RANGE = "/api/performance/range"
SERIES = "/api/performance/series"
STATS = "/api/performance/stats"
BACK_DATED = {"amount_usd": 1000, "type": "DEPOSIT", "timestamp": "2026-01-05T09:30:00Z"}


def get(world: World, path: str) -> Any:
    answer = world.client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.data, parse_float=Decimal)


def test_windows_tell_the_change_since_an_instant_too(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    plain, since = get(world, WINDOWS + "?days=7"), "2026-01-05T09:00:00Z"
    assert "since" not in plain
    for currency in ("", "&currency=EUR"):
        found = get(world, f"{WINDOWS}?days=7&since={since}{currency}")
        assert found["since"] == get(world, f"{RANGE}?start_date={since}{currency}")
        assert [window["days"] for window in found["windows"]] == [7]
    assert get(world, f"{WINDOWS}?days=7&since={since}")["windows"] == plain["windows"]
    late = get(world, f"{WINDOWS}?since=2036-01-01T00:00:00Z")["since"]
    assert late["twr"]["twr"] is None
    assert late["pnl"]["pnl_usd"] is None
    assert world.client.get(f"{WINDOWS}?since=midnight").status_code == 422


def test_windows_say_what_the_single_endpoints_say(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    found = get(world, WINDOWS + "?days=1,7,30,90,0")
    assert [window["days"] for window in found["windows"]] == [1, 7, 30, 90, 0]
    for window in found["windows"]:
        assert window["twr"] == get(world, f"/api/performance/twr/{window['days']}")
        assert window["pnl"] == get(world, f"/api/performance/pnl/{window['days']}")
    assert found["stats"] == get(world, "/api/performance/stats")


def test_windows_have_a_default_and_keep_the_order(world: World) -> None:
    assert [window["days"] for window in get(world, WINDOWS)["windows"]] == [1, 7, 30, 90, 0]
    assert [window["days"] for window in get(world, WINDOWS + "?days=36500,0,7,7")["windows"]] == [36500, 0, 7, 7]


@pytest.mark.parametrize(
    "days", ["", ",", "7,", "x", "-1", "36501", "99999", "1.5", "07", "7, 30", ",".join("1" * 13), "٧", "1e1"]
)
def test_windows_refuse_what_is_no_list_of_days(world: World, days: str) -> None:
    answer = world.client.get(WINDOWS, query_string={"days": days})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0] == {
        "pointer": "/query/days",
        "code": "days_list",
        "detail": "must be up to 12 numbers from 0 to 36500, with commas between them",
    }


class InterruptedHistory(History):
    """Somebody else rewrites everything just after the history was read."""

    interrupt: Callable[[], None]

    def synced(self, session: Spoken) -> HistoryState:
        state = super().synced(session)
        self.interrupt()
        return state


def test_what_is_written_meanwhile_does_not_mix_two_moments(world: World) -> None:
    before = world.services.performance.windows((1, 0))
    history = InterruptedHistory(world.store)

    def rewrite() -> None:
        with world.store.session() as session:
            session.exec_driver_sql("UPDATE snapshots SET total_value_usd = '7', value_float = 7")
            session.exec_driver_sql("DELETE FROM snapshots WHERE instant_ms > ?", (START_MS,))
            state_rows.bump(session, 1, history=True)

    history.interrupt = rewrite
    measures = Measures(world.store, history, SnapshotRules(30, 3600))
    assert measures.windows((1, 0)) == before
    history.interrupt = lambda: None
    assert measures.windows((1, 0)).windows[0].twr.reason == "insufficient_data"


@pytest.mark.parametrize("path", [WINDOWS, RANGE, RANGE + "/explain", SERIES])
def test_an_unchanged_answer_is_a_304_and_a_new_flow_a_200(world: World, path: str) -> None:
    first = world.client.get(path)
    assert first.status_code == 200
    tagged = {"If-None-Match": first.headers["ETag"]}
    assert world.client.get(path, headers=tagged).status_code == 304
    world.client.post(FLOWS, json=BACK_DATED)
    changed = world.client.get(path, headers=tagged)
    assert changed.status_code == 200
    assert changed.data != first.data


def test_large_answers_are_compressed(world: World) -> None:
    plain = world.client.get(WINDOWS)
    packed = world.client.get(WINDOWS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2


SENT_IN_PARTS = ("/api/performance/snapshots", "/api/export/snapshots/csv", "/api/export/snapshots/json")


@pytest.mark.parametrize("path", SENT_IN_PARTS)
def test_what_is_sent_in_parts_is_compressed_as_well(world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "PAGE_ROWS", 1)
    plain = world.client.get(path)
    assert "Content-Encoding" not in plain.headers
    packed = world.client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_the_exports_hold_what_figures_in_every_currency_rest_on(world: World) -> None:
    flow = {"amount_usd": 10, "type": "DEPOSIT", "timestamp": "2026-01-05T10:00:00Z", "in_snapshot": False}
    world.client.post(FLOWS, json=flow)
    world.services.auto_refresh.balance_tick()
    (stored,) = get(world, FLOWS)["cashflows"]
    (exported,) = get(world, "/api/export/flows/json")
    assert exported["time"] == stored["timestamp"] != stored["counted_at"] == exported["counted_at"]
    assert (exported["eur_usd"], exported["btc_usd"]) == (stored["rates"]["EUR"], stored["rates"]["BTC"])
    series = get(world, SERIES + "?days=0&max_points=0")
    rows = get(world, "/api/export/snapshots/json")
    assert [row["btc_usd"] for row in rows] == series["btc_usd"]
    assert [row["eur_usd"] for row in rows] == series["eur_usd"]
    assert any(series["btc_usd"])


def test_a_range_counts_only_what_lies_in_it(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    early = get(world, RANGE + "?start_date=2026-01-05T08:00:00Z&end_date=2026-01-05T10:00:00Z")
    late = get(world, RANGE + "?start_date=2026-01-05T10:00:00Z&end_date=2026-01-05T12:00:00Z")
    whole = get(world, RANGE + "?start_date=2026-01-05T08:00:00Z")
    assert (early["twr"]["flow_count"], late["twr"]["flow_count"]) == (1, 0)
    assert (early["pnl"]["total_deposits"], late["pnl"]["total_deposits"]) == (1000, 0)
    assert early["pnl"]["pnl_usd"] + late["pnl"]["pnl_usd"] == whole["pnl"]["pnl_usd"]
    assert early["twr"]["end_date"] == late["twr"]["start_date"] == "2026-01-05T10:00:00Z"
    assert early["days"] == early["twr"]["period_days"] == early["pnl"]["period_days"] == 1


def test_a_range_without_dates_is_the_whole_history(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    found, total = get(world, RANGE), get(world, "/api/performance/twr/0")
    assert found["twr"] | {"period_days": 0} == total
    assert not found["twr"]["is_partial"]
    early = get(world, RANGE + "?start_date=2020-01-01T00:00:00Z")
    assert early["twr"]["is_partial"]
    assert early["twr"]["twr"] == total["twr"]


def test_a_range_without_two_snapshots_is_not_known(world: World) -> None:
    for query in ("?end_date=2026-01-05T08:59:00Z", "?start_date=2030-01-01T00:00:00Z", "?end_date=201801010000"):
        found = get(world, RANGE + query)
        assert (found["twr"]["twr"], found["twr"]["reason"]) == (None, "insufficient_data")
        assert (found["pnl"]["pnl_usd"], found["pnl"]["reason"]) == (None, "insufficient_data")


def test_the_working_of_a_range_multiplies_to_its_return(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    dates = "?start_date=2026-01-05T09:00:00Z&end_date=2026-01-05T11:00:00Z"
    page = get(world, RANGE + "/explain" + dates + "&limit=1")
    periods = list(page["periods"])
    while page["next_cursor"] is not None:
        page = get(world, RANGE + "/explain" + dates + f"&limit=1&cursor={page['next_cursor']}")
        periods += page["periods"]
    assert len(periods) == page["total_periods"] > 1
    product = Decimal(1)
    for part in periods:
        product *= part["factor"]
    assert abs(product - (1 + page["twr"])) < Decimal("1e-25")
    assert page["twr"] == get(world, RANGE + dates)["twr"]["twr"]


@pytest.mark.parametrize("path", [RANGE, RANGE + "/explain", SERIES])
@pytest.mark.parametrize(
    "query", ["?start_date=x", "?start_date=202601050900&end_date=202601050800", "?nope=1", "?start_date=2026-02-30"]
)
def test_bad_dates_are_refused(shared_world: World, path: str, query: str) -> None:
    assert shared_world.client.get(path + query).status_code == 422


def test_a_series_is_either_of_days_or_of_dates(world: World) -> None:
    assert world.client.get(SERIES + "?days=7&start_date=202601050900").status_code == 422
    assert world.client.get(SERIES + "?days=7&end_date=202601050900").status_code == 422
    assert world.client.get(SERIES + "?max_points=-1").status_code == 422
    assert get(world, SERIES) == get(world, SERIES + "?days=30")
    part = get(world, SERIES + "?start_date=202601050900&end_date=202601051100")
    assert (part["start"], part["end"]) == ("2026-01-05T09:00:00Z", "2026-01-05T11:00:00Z")


def test_the_series_ends_where_the_figures_do(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    found = get(world, SERIES + "?days=0&max_points=0")
    models_windows.SeriesOut.model_validate_json(world.client.get(SERIES + "?days=0&max_points=0").data)
    columns = ("instants_ms", "twr_percent", "value_usd", "pnl_usd", "eur_usd", "btc_usd")
    assert {len(found[name]) for name in columns} == {found["total_points"]} == {5}
    assert found["instants_ms"] == [START_MS + hour * HOUR_MS for hour in range(5)]
    assert (found["twr_percent"][0], found["pnl_usd"][0]) == (0, 0)
    window = get(world, RANGE)
    assert found["twr_percent"][-1] == pytest.approx(window["twr"]["twr_percent"], abs=Decimal("1e-7"))
    assert found["pnl_usd"][-1] == window["pnl"]["pnl_usd"]
    assert found["value_usd"][-1] == window["pnl"]["current_value"]
    assert (found["start"], found["end"]) == (window["twr"]["start_date"], window["twr"]["end_date"])
    assert (found["live_from"], found["gaps"], found["gap_ms"]) == (None, [], 3 * HOUR_MS)
    drawn = get(world, "/api/performance/twr-history?days=0&max_points=0")
    assert [point["y"] for point in drawn] == found["twr_percent"]


def test_the_series_has_the_rates_of_its_instants_and_null_where_they_are_not_known(world: World) -> None:
    for path in (SERIES, SERIES + "?max_points=0", SERIES + "?start_date=2026-01-05T10:00:00Z"):
        found = get(world, path)
        assert found["btc_usd"] == [90_000 + (at_ms - START_MS) // 60_000 for at_ms in found["instants_ms"]]
        assert set(found["eur_usd"]) == {None}


def test_a_missing_stretch_is_told_as_a_gap(world: World) -> None:
    world.clock.advance(5 * 3600)
    world.services.auto_refresh.balance_tick()
    world.services.auto_refresh.snapshot_tick()
    found = get(world, SERIES)
    assert found["gaps"] == [found["instants_ms"][-2:]]


def test_a_series_of_nothing_is_empty(world: World) -> None:
    assert get(world, SERIES + "?end_date=201801010000") == {
        "start": None,
        "end": None,
        "instants_ms": [],
        "twr_percent": [],
        "value_usd": [],
        "pnl_usd": [],
        "eur_usd": [],
        "btc_usd": [],
        "live_from": None,
        "gap_ms": 3 * HOUR_MS,
        "gaps": [],
        "total_points": 0,
    }


def test_rates_come_with_the_balances_and_survive_a_restart(world: World) -> None:
    found = get(world, "/api/portfolio/balances")
    assert found["rates"] == {"EUR": None, "BTC": found["balances"][0]["price_usd"]}
    again = Store(open_database(f"sqlite:///{world.path}"))
    restarted = PortfolioService(again, world.clock, world.services.doorbell)
    assert restarted.balances().rates_usd == found["rates"]
    again.close()


def test_rates_of_another_reading_are_not_known(world: World) -> None:
    with world.store.session() as session:
        session.exec_driver_sql("UPDATE account_checks SET at_ms = at_ms - 1 WHERE name = 'rates'")
    world.services.portfolio.cannot_save("")
    assert world.services.portfolio.balances().rates_usd == {"EUR": None, "BTC": None}


def test_the_rebuilt_part_ends_where_live_begins(world: World) -> None:
    assert get(world, SERIES)["live_from"] is None
    live_ms = START_MS + 2 * HOUR_MS
    with world.store.session() as session:
        report = {"start_ms": START_MS, "until_ms": live_ms, "coverage_ratio": 1, "openings": {}, "gaps": []}
        check_rows.save_check(session, 1, "backfill", 0, report)
        state_rows.bump(session, 1, history=True)
    assert get(world, SERIES)["live_from"] == "2026-01-05T10:00:00Z"
    only_rebuilt = SERIES + "?end_date=2026-01-05T09:00:00Z"
    assert get(world, only_rebuilt)["live_from"] == "2026-01-05T10:00:00Z"
    only_live = SERIES + "?start_date=2026-01-05T10:00:00Z"
    assert get(world, only_live)["live_from"] is None


CURRENCIES = ("EUR", "BTC")
IN_USD = [
    WINDOWS,
    RANGE,
    SERIES,
    "/api/performance/twr/7",
    "/api/performance/pnl/7",
    "/api/performance/twr/7/explain",
    STATS,
]


@pytest.mark.parametrize("path", [*IN_USD, RANGE + "/explain"])
def test_a_currency_is_asked_for_and_told(world: World, path: str) -> None:
    plain = world.client.get(path)
    assert b'"currency"' not in plain.data
    tags = {plain.headers["ETag"]}
    for name in ("USD", *CURRENCIES):
        answer = world.client.get(path, query_string={"currency": name})
        assert answer.status_code == 200
        # The world has no price of the euro, and a working without its rates is told in dollars.
        told = "USD" if name == "EUR" and path.endswith("/explain") else name
        assert f'"currency":"{told}"'.encode() in answer.data
        tags.add(answer.headers["ETag"])
        tagged = {"If-None-Match": answer.headers["ETag"]}
        assert world.client.get(path, query_string={"currency": name}, headers=tagged).status_code == 304
        assert world.client.get(path, headers=tagged).status_code == 200
    assert len(tags) == (3 if path.endswith("/explain") else 4)
    assert world.client.get(path).data == plain.data


@pytest.mark.parametrize("currency", ["", "eur", "GBP", "EUR,BTC", "null"])
@pytest.mark.parametrize("path", IN_USD)
def test_a_currency_that_is_none_of_ours_is_refused(world: World, path: str, currency: str) -> None:
    answer = world.client.get(path, query_string={"currency": currency})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["pointer"] == "/query/currency"


def test_windows_in_a_currency_say_what_the_single_endpoints_say(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    for name in CURRENCIES:
        found = get(world, f"{WINDOWS}?days=1,0&currency={name}")
        for window in found["windows"]:
            assert window["twr"] == get(world, f"/api/performance/twr/{window['days']}?currency={name}")
            assert window["pnl"] == get(world, f"/api/performance/pnl/{window['days']}?currency={name}")
        usd = get(world, WINDOWS + "?days=1,0")
        assert found["stats"] == get(world, f"/api/performance/stats?currency={name}")
        assert {key: found["stats"][key] for key in usd["stats"]} == usd["stats"]
        for window, plain in zip(found["windows"], usd["windows"], strict=True):
            assert window["pnl"]["pnl_usd"] == plain["pnl"]["pnl_usd"]


def test_a_rate_that_is_not_known_leaves_null_and_a_reason(world: World) -> None:
    world.client.post(FLOWS, json=BACK_DATED)
    with world.store.session() as session:
        session.exec_driver_sql("UPDATE snapshots SET eur_usd = NULL, btc_usd = NULL")
        session.exec_driver_sql("UPDATE cash_flows SET eur_usd = NULL, btc_usd = NULL")
        state_rows.bump(session, 1, history=True)
    (window,) = get(world, WINDOWS + "?days=0&currency=EUR")["windows"]
    twr, pnl = window["twr"], window["pnl"]
    assert (twr["twr"], twr["twr_percent"], twr["start_value"], twr["reason"]) == (None, None, None, "rate_unknown")
    unknown = ("pnl", "pnl_percent", "initial_value", "current_value", "total_deposits", "net_cash_flow")
    assert {pnl[name] for name in unknown} == {None}
    assert (pnl["reason"], pnl["pnl_usd"] is None) == ("rate_unknown", False)
    drawn = get(world, SERIES + "?days=0&currency=EUR")
    assert set(drawn["twr_percent"]) == set(drawn["pnl"]) == {None}
    assert None not in drawn["pnl_usd"]
    working = get(world, "/api/performance/twr/0/explain?currency=EUR")
    assert (working["currency"], working["twr"] is None) == ("USD", False)
    assert get(world, FLOWS)["cashflows"][0]["rates"] == {"EUR": None, "BTC": None}


def test_the_series_in_a_currency_fit_their_model(world: World) -> None:
    found = get(world, SERIES + "?days=0&currency=BTC")
    models_windows.SeriesOut.model_validate(found)
    assert len(found["pnl"]) == len(found["instants_ms"])
    assert found["currency"] == "BTC"
