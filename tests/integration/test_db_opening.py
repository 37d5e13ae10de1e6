"""What is ours is opened and upgraded; everything else is refused and left as it is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from tests.databases import sqlite_url
from tests.worlds import Life

import dashboard_crypto.db.migrations
from dashboard_crypto.core.errors import ConfigurationError, DatabaseUnusable, DatabaseUnwritable
from dashboard_crypto.db.engine import PAGE_BYTES, Database
from dashboard_crypto.db.identity import HEAD, marker_path
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.tables import metadata
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow


def test_a_new_database_has_every_table_and_column_the_program_speaks_to(database_url: str) -> None:
    database = open_database(database_url)
    inspector = sa.inspect(database.engine)
    found = {name: {column["name"] for column in inspector.get_columns(name)} for name in metadata.tables}
    assert found == {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}
    database.close()


def test_head_is_the_newest_migration() -> None:
    folder = Path(dashboard_crypto.db.migrations.__file__).parent
    assert ScriptDirectory(folder).get_current_head() == HEAD


def test_opening_twice_changes_nothing(database_url: str) -> None:
    first = open_database(database_url)
    with first.session() as session:
        session.exec_driver_sql("UPDATE portfolios SET revision = 7")
    first.close()
    second = open_database(database_url)
    assert second.revision(1) == (7, 0)
    second.close()


def test_a_start_without_an_upgrade_does_not_load_alembic(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "portfolio.db")
    open_database(url).close()
    code = (
        "import sys\nfrom dashboard_crypto.db.opening import open_database\n"
        f"open_database({url!r}).close()\nassert 'alembic' not in sys.modules and 'psycopg' not in sys.modules"
    )
    backend = Path(__file__).resolve().parents[2] / "backend"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(backend)}, timeout=60)


def test_a_newer_database_is_refused_unchanged(database_url: str) -> None:
    database = open_database(database_url)
    with database.session() as session:
        session.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(DatabaseUnusable, match="newer version"):
        open_database(database_url)


@pytest.mark.parametrize(
    "content", [b"just some text, not a database at all\n" * 40, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "portfolio.db"
    file.write_bytes(content)
    with pytest.raises(DatabaseUnusable):
        open_database(sqlite_url(file))
    assert file.read_bytes() == content


def test_another_programs_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.commit()
    connection.close()
    before = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match="another program"):
        open_database(sqlite_url(file))
    assert file.read_bytes() == before


@pytest.mark.parametrize("leave_empty_file", [False, True])
def test_a_lost_database_is_never_replaced_by_an_empty_one(tmp_path: Path, *, leave_empty_file: bool) -> None:
    file = tmp_path / "portfolio.db"
    open_database(sqlite_url(file)).close()
    file.unlink()
    if leave_empty_file:
        file.touch()
    with pytest.raises(DatabaseUnusable, match="Restore a backup"):
        open_database(sqlite_url(file))
    assert not file.exists() or file.stat().st_size == 0
    marker_path(file).unlink()
    open_database(sqlite_url(file)).close()


def test_a_file_cut_in_half_is_found_by_the_check(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.db"
    open_database(sqlite_url(file)).close()
    file.write_bytes(file.read_bytes()[: PAGE_BYTES * 6])
    with pytest.raises(DatabaseUnusable):
        open_database(sqlite_url(file), check=True)


def test_a_damaged_page_is_found_and_nothing_is_written_any_more(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.db"
    life = Life(sqlite_url(file))
    life.live(2, step_s=60)
    life.close()
    connection = sqlite3.connect(file)
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'snapshots'").fetchone()[0]
    connection.close()
    with file.open("r+b") as handle:
        handle.seek((page - 1) * PAGE_BYTES)
        handle.write(b"\xa5" * PAGE_BYTES)
    with pytest.raises(DatabaseUnusable, match="damaged"):
        open_database(sqlite_url(file), check=True)
    again = Life(sqlite_url(file))
    again.services.auto_refresh.start()
    again.services.auto_refresh.stop()
    assert again.services.portfolio.balances().state_message.startswith("The database is damaged")
    assert "read_account" not in again.gateway.calls
    again.close()


@pytest.mark.parametrize("url", ["", "mysql://host/x", "sqlite://", "sqlite:///:memory:", "not a url"])
def test_an_address_that_cannot_work_names_the_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        open_database(url)


def test_a_folder_that_cannot_be_made_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(DatabaseUnwritable):
        open_database(sqlite_url(tmp_path / "file" / "portfolio.db"))


def downgrade(database: Database, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(dashboard_crypto.db.migrations.__file__).parent))
    with database.session() as session:
        config.attributes["connection"] = session
        command.downgrade(config, revision)


def test_an_upgrade_keeps_every_stored_metric_and_they_go_on(database_url: str) -> None:
    life = Life(database_url)
    life.live(5)
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", life.clock.now_ms() - 7_200_000, Decimal(500)))
    stored = life.metrics()
    downgrade(life.services.store.database, "0002")
    older = life.metrics()
    # The older schema computes `pnl` by itself; on PostgreSQL to more digits.
    assert [(*row[:4], row[5]) for row in older] == [(*row[:4], row[5]) for row in stored]
    assert [float(row[4]) for row in older] == pytest.approx([row[4] for row in stored], abs=1e-8)
    life.close()
    later = Life(database_url)
    assert later.metrics() == stored
    later.live(3)
    later.services.performance.add_cash_flow(NewCashFlow("WITHDRAW", later.clock.now_ms() - 3_600_000, Decimal(70)))
    kept = later.metrics()
    later.services.history.rebuild()
    assert later.metrics() == kept
    assert {row[4] is None for row in kept} == {False}
    later.close()


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
def test_every_older_schema_learns_the_rates_and_keeps_what_it_holds(database_url: str, revision: str) -> None:
    life = Life(database_url)
    life.live(3)
    life.services.performance.add_cash_flow(NewCashFlow("DEPOSIT", life.clock.now_ms() - 7_200_000, Decimal(500)))
    stored, held = life.metrics(), life.services.portfolio.balances()
    ((amount,),) = life.table("cash_flows", "amount_usd")
    flow, rates = [(amount, None, None, 1)], life.table("snapshots", "eur_usd, btc_usd")
    downgrade(life.services.store.database, revision)
    life.close()
    later = Life(database_url, clock=life.clock)
    assert later.metrics() == stored
    assert later.services.portfolio.balances().balances == held.balances
    assert later.services.status.status().retry_at_ms is None
    kept = [(None, None)] * len(stored) if revision < "0005" else rates
    assert later.table("snapshots", "eur_usd, btc_usd") == kept
    assert later.table("cash_flows", "amount_usd, eur_usd, btc_usd, rates_pending") == flow
    later.live(2)
    assert [rate is None for (rate,) in later.table("snapshots", "btc_usd")].count(False) == 2 + sum(
        btc is not None for _, btc in kept
    )
    assert later.count("price_sets") > 0
    later.close()


def test_downgrade_leaves_nothing(database_url: str) -> None:
    database = open_database(database_url)
    downgrade(database, "base")
    assert set(sa.inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.close()


def test_decimals_survive_digit_for_digit_and_floats_are_refused(database_url: str) -> None:
    from dashboard_crypto.db.tables import portfolios

    database = open_database(database_url)
    value = Decimal("12345678901.123456789012345678")
    with database.session() as session:
        session.execute(sa.update(portfolios).values(total_value_usd=value))
    with database.reading() as session:
        assert session.execute(sa.select(portfolios.c.total_value_usd)).scalar_one() == value
    for wrong in (1.5, Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(sa.exc.StatementError), database.session() as session:
            session.execute(sa.update(portfolios).values(total_value_usd=wrong))
    database.close()


def test_the_database_itself_refuses_what_is_no_number(database_url: str) -> None:
    database = open_database(database_url)
    with pytest.raises(sa.exc.DBAPIError), database.session() as session:
        session.exec_driver_sql("UPDATE portfolios SET total_value_usd = 'NaN'")
    database.close()


def test_what_the_owner_said_before_there_was_a_table_for_it_is_taken_over(database_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    life = Life(database_url)
    life.live(2)
    life.gateway.deposit("USDT", 500)
    life.live(1)
    (flow,) = life.services.performance.cash_flows().rows
    life.services.performance.edit_cash_flow(flow.id, CashFlowChange(override_usd=Decimal(480), note="gift"))
    said = life.table("ledger_decisions", "movement_key, flow_class, override_usd, split, note")
    config = Config()
    config.set_main_option("script_location", str(Path(dashboard_crypto.db.migrations.__file__).parent))
    with life.services.store.session() as session:
        config.attributes["connection"] = session
        command.downgrade(config, "0002")
    life.close()
    later = Life(database_url)
    assert len(said) == 1
    assert later.table("ledger_decisions", "movement_key, flow_class, override_usd, split, note") == said
    (kept,) = later.services.performance.cash_flows().rows
    assert (kept.amount_usd, kept.imported_amount_usd, kept.note) == (Decimal(480), Decimal(500), "gift")
    later.close()
