"""While the past is being read, the API answers: what is known is right, and what is not yet known is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.fakes import START_MS, dec, hours
from tests.history_fakes import deposit, p2p
from tests.worlds import Life

from dashboard_crypto.api import flask_app
from dashboard_crypto.api.context import context_of
from dashboard_crypto.core.errors import ExchangeLimited

PAST_MS = START_MS - hours(24 * 60)


def client_of(life: Life, place: Path) -> FlaskClient:
    context = replace(context_of(life.services, "0"), static_dir=place)
    return flask_app.create(context, "x" * 32).test_client()


def answer(client: FlaskClient, path: str) -> Any:
    found = client.get(path)
    assert found.status_code == 200, path
    return found.get_json()


@pytest.fixture
def life(past_life: Life) -> Life:
    """An account of which the deposits have been read to their end, and the other half is still waiting."""
    life = past_life
    life.gateway.holdings = {"USDT": dec(12_000)}
    life.reader.records = {
        "deposit": [deposit(n, "USDT", "1000", PAST_MS + hours(24 * n)) for n in range(6)],
        "c2c": [p2p(n, "USDT", "1000", PAST_MS + hours(24 * n + 5)) for n in range(6)],
    }
    life.reader.fail["c2c"] = ExchangeLimited("spent", life.clock.now_ms() + 600_000)
    life.tick()
    life.read_history()
    return life


def test_what_is_known_is_answered_and_the_rest_is_marked(life: Life, tmp_path: Path) -> None:
    client = client_of(life, tmp_path)
    assert answer(client, "/api/portfolio/balances")["state"] == "live"
    flows = answer(client, "/api/performance/cashflows")["cashflows"]
    assert len(flows) == 6
    assert {flow["asset"] for flow in flows} == {"USDT"}
    stats = answer(client, "/api/performance/stats")
    assert (stats["coverage"], stats["history_start"]) == (None, None)
    history = answer(client, "/api/status")["history"]
    assert 0 < history["percent"] < 100
    told = {source["name"]: (source["done"], source["progress"]) for source in history["sources"]}
    assert told == {"deposit": (True, 1.0), "c2c": (False, 0.0)}


def test_no_figure_is_made_of_half_a_history(life: Life, tmp_path: Path) -> None:
    client = client_of(life, tmp_path)
    assert answer(client, "/api/performance/twr/0")["twr"] is None
    life.live(3)
    twr = answer(client, "/api/performance/twr/0")
    assert (twr["twr"], twr["start_date"][:10]) == (0.0, "2026-01-01")
    rows = answer(client, "/api/performance/snapshots")["snapshots"]
    assert {row["source"] for row in rows} == {"live"}


def test_the_rest_arrives_without_a_step_back(life: Life, tmp_path: Path) -> None:
    client = client_of(life, tmp_path)
    life.live(3)
    life.reader.fail.clear()
    life.read_history()
    assert answer(client, "/api/status")["history"]["percent"] == 100
    assert len(answer(client, "/api/performance/cashflows")["cashflows"]) == 12
    stats = answer(client, "/api/performance/stats")
    assert stats["coverage"] == 1.0
    assert stats["history_start"][:10] == "2025-11-01"
    rows = answer(client, "/api/performance/snapshots?limit=5000")["snapshots"]
    assert {row["source"] for row in rows} == {"live", "backfill"}
    assert answer(client, "/api/performance/twr/0")["twr"] == pytest.approx(0.0, abs=1e-9)
