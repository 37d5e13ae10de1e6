"""The answer of a start's first moments is the application's own, read from the same file without its libraries."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.world import World

from dashboard_crypto.api.balances_answer import balances_answer
from dashboard_crypto.api.models import BalancesOut
from dashboard_crypto.db.identity import marker_path
from dashboard_crypto.db.plain_reading import settled
from dashboard_crypto.services.balances_view import BalancesReader

PATH = "/api/portfolio/balances"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def early_body(world: World) -> bytes:
    store = settled(f"sqlite:///{world.path}")
    assert store is not None
    reader = BalancesReader(store, world.clock, balance_interval_s=30)
    return balances_answer(reader).answer("", "")[2]


def test_it_is_the_application_s_answer_to_the_byte(world: World) -> None:
    for seconds, state in ((0, "live"), (1000, "stale")):
        world.clock.advance(seconds)
        body = early_body(world)
        assert body == world.client.get(PATH).data
        assert f'"state":"{state}"'.encode() in body


def test_numbers_and_age_are_of_one_reading_although_another_comes_between(world: World) -> None:
    portfolio = world.services.portfolio
    made = balances_answer(portfolio)
    before = BalancesOut.model_validate_json(made.answer("", "")[2])
    world.clock.advance(30)
    world.services.auto_refresh.balance_tick()
    between = BalancesOut.model_validate_json(made.answer("", "")[2])
    assert (between.total_value_usd, between.timestamp) == (before.total_value_usd, before.timestamp)
    assert between.age_seconds == 30
    assert portfolio.balances().age_seconds == 0


def test_it_has_the_change_of_the_last_day_too(world: World) -> None:
    for _ in range(24):
        world.clock.advance(3600)
        world.services.auto_refresh.balance_tick()
    body = early_body(world)
    assert body == world.client.get(PATH).data
    first, second = BalancesOut.model_validate_json(body).balances
    now_usd = 90_000 + 5 * 60 + 24 * 60
    assert first.change_24h_percent == pytest.approx(100 * (24 * 60) / (now_usd - 24 * 60), rel=1e-12)
    assert second.change_24h_percent == 0


def test_the_published_shape_describes_it(world: World) -> None:
    body = early_body(world)
    parsed = BalancesOut.model_validate_json(body)
    assert parsed.model_dump(mode="json").keys() == world.client.get(PATH).get_json().keys()
    assert parsed.count == len(parsed.balances) == 2


def _without_marker(path: Path) -> None:
    marker_path(path).unlink()


def _run(sql: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


@pytest.mark.parametrize(
    "change",
    [
        _without_marker,
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"this is not a database " * 100),
        lambda path: _run("UPDATE alembic_version SET version_num = '0001'", path),
        lambda path: _run("UPDATE alembic_version SET version_num = '9999'", path),
        lambda path: _run("DROP TABLE alembic_version", path),
        lambda path: _run("PRAGMA application_id = 7", path),
    ],
)
def test_a_file_that_needs_any_decision_gives_no_first_answer(world: World, change: object) -> None:
    url = f"sqlite:///{world.path}"
    assert settled(url) is not None
    world.close()
    world.path.with_name(f"{world.path.name}-wal").unlink(missing_ok=True)
    change(world.path)  # type: ignore[operator]
    assert settled(url) is None


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://localhost/x", "sqlite://", "sqlite:///:memory:", "sqlite:///a?b"]
)
def test_other_databases_give_none_either(url: str) -> None:
    assert settled(url) is None


def test_no_heavy_library_is_needed(world: World) -> None:
    code = (
        "import sys\n"
        "from dashboard_crypto.api import first_answers\n"
        "from dashboard_crypto.services.opening_balances import stored_balances\n"
        f"assert stored_balances('sqlite:///{world.path}', balance_interval_s=30).newest().balances\n"
        "heavy = {'flask', 'werkzeug', 'pydantic', 'sqlalchemy', 'numpy', 'alembic', 'binance', 'requests'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    backend = Path(__file__).resolve().parents[2] / "backend"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(backend)}, timeout=60)
