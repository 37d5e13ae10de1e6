"""`export`: everything the owner has, as CSV or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from dashboard_crypto import config
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.export import Exporter, ExportKind


def export(what: ExportKind, form: Literal["csv", "json"], file: Path | None) -> None:
    """Write to a file, or to standard output."""
    store = Store(open_database(config.load().settings.database_url))
    try:
        exporter = Exporter(store)
        pieces = exporter.csv(what) if form == "csv" else exporter.json(what)
        if file is None:
            sys.stdout.writelines(pieces)
            return
        try:
            with file.open("w", encoding="utf-8", newline="") as target:
                target.writelines(pieces)
        except OSError as error:
            raise InvalidInput(f"{file}: {error.strerror or 'cannot be written'}") from error
    finally:
        store.close()
