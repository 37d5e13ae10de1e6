"""Opening a database: ours or refused, brought to today's schema, and never an empty one in place of a lost one."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from dashboard_crypto.core.errors import ConfigurationError, DatabaseBusy, DatabaseUnusable, DatabaseUnwritable
from dashboard_crypto.db.engine import BUSY_TIMEOUT_S, Database, Session
from dashboard_crypto.db.faults import CLOSED, DAMAGED, READ_ONLY, UNREACHED
from dashboard_crypto.db.identity import APPLICATION_ID, HEAD, marker_path

_MIGRATION_LOCK = APPLICATION_ID
_OURS = "portfolios"


def open_database(url: str, *, check: bool = False) -> Database:
    """Open, create or upgrade the database at `url`.

    DatabaseUnusable when the file is damaged, written by a newer version, not ours, or gone although it once was here.
    `check` reads every page first (some 10 ms per 10 MB); without it damage shows when a damaged page is met.
    """
    database = Database(_parse(url))
    with ExitStack() as on_failure:
        on_failure.callback(database.close)
        if database.path is not None:
            _inspect_file(database.path)
        if check and (damage := database.damage()):
            raise DatabaseUnusable(damage)
        _bring_up_to_date(database)
        if database.path is not None:
            _leave_marker(database.path)
        on_failure.pop_all()
    return database


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise ConfigurationError("DATABASE_URL is not a database URL (sqlite:///... or postgresql://...).") from error
    if parsed.get_backend_name() == "postgresql" or parsed.drivername == "postgres":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"} and parsed.database not in {None, "", ":memory:"}:
        return parsed
    raise ConfigurationError("DATABASE_URL must start with sqlite:/// and a file name, or with postgresql://.")


def _inspect_file(path: Path) -> None:
    if path.is_dir():
        raise ConfigurationError(f"{path.name} is a folder; DATABASE_URL must name a file in it")
    size = path.stat().st_size if path.exists() else 0
    if size == 0:
        if marker_path(path).exists():
            raise DatabaseUnusable(
                f"{path.name} is missing or empty, but {marker_path(path).name} beside it says that it held data. "
                f"Restore a backup, or delete {marker_path(path).name} to begin anew."
            )
        _make_folder(path.parent)
        return
    try:
        found = _read_header(path)
    except sqlite3.OperationalError as error:
        raise DatabaseUnwritable(READ_ONLY) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseUnusable(f"{path.name} is damaged or not a database. It was left as it is.") from error
    if found == (0, 0):
        return
    if found[0] != APPLICATION_ID:
        raise DatabaseUnusable(f"{path.name} belongs to another program. It was left as it is; choose another file.")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DatabaseUnwritable(READ_ONLY) from error


def _read_header(path: Path) -> tuple[int, int]:
    """Application id, and whether there is any table at all."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    finally:
        connection.close()
    return application_id, min(tables, 1)


def _bring_up_to_date(database: Database) -> None:
    found = _found_version(database)
    _refuse_newer(found)
    if found == HEAD:
        return
    with database.session() as session:
        if not database.is_sqlite:
            session.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        found = _schema_version(session)
        _refuse_newer(found)
        if found != HEAD:
            _migrate(session)


def _found_version(database: Database) -> str | None:
    try:
        with database.reading() as session:
            return _schema_version(session)
    except DatabaseBusy as error:
        if str(error) != CLOSED:
            raise
        # Later it is waited for; at the start there is nobody yet who would wait.
        raise DatabaseUnusable(UNREACHED) from error


def _schema_version(session: Session) -> str | None:
    tables = sa.inspect(session).get_table_names()
    if "alembic_version" not in tables:
        if _OURS in tables:
            raise DatabaseUnusable(DAMAGED)
        return None
    version: str | None = session.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > HEAD:
        raise DatabaseUnusable(
            f"The database was written by a newer version of this program (schema {found}, this one knows {HEAD}). "
            "Nothing was changed; install that version again, or restore an older backup."
        )


def _migrate(session: Session) -> None:
    # Imported here: most starts need no upgrade, and Alembic costs a tenth of the start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = session
    command.upgrade(config, "head")


def _leave_marker(path: Path) -> None:
    marker = marker_path(path)
    if not marker.exists():
        marker.write_text(f"{path.name} held data here. Delete this file only to begin anew.\n", encoding="utf-8")
