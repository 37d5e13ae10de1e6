"""`import`: Binance's own CSV exports into the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dashboard_crypto import config
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.statements import StatementOptions
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.statement_import import Imported, StatementImport

LARGEST_BYTES = 200_000_000


def import_files(
    files: list[Path], utc_offset_minutes: int | None, direction: Literal["in", "out"] | None
) -> list[str]:
    """Take each file whole or not at all; one line per file. The first that cannot be read ends it."""
    store = Store(open_database(config.load().settings.database_url))
    try:
        service = StatementImport(store)
        return [_said(file, _take(service, file, utc_offset_minutes, direction)) for file in files]
    finally:
        store.close()


def _take(
    service: StatementImport, file: Path, utc_offset_minutes: int | None, direction: Literal["in", "out"] | None
) -> Imported:
    options = StatementOptions(file_name=file.name, utc_offset_minutes=utc_offset_minutes, direction=direction)
    try:
        return service.take(_text(file), options)
    except InvalidInput as error:
        raise InvalidInput(f"{file.name}: {error}", error.pointer, error.code) from error


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise InvalidInput("the file is larger than any export of Binance")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInput(error.strerror or "not readable") from error
    except UnicodeDecodeError as error:
        raise InvalidInput("the file is not UTF-8 text; unpack an archive first") from error


def _said(file: Path, done: Imported) -> str:
    return (
        f"{file.name}: {done.format}, {done.rows} rows; {done.added} movements added, {done.told_before} of the file "
        f"are told by the exchange or another file as well, {done.skipped} rows moved nothing."
    )
