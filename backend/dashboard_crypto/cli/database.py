"""`db`: look after the database."""

from __future__ import annotations

from urllib.parse import urlsplit

from dashboard_crypto import config
from dashboard_crypto.api.fields import iso
from dashboard_crypto.db.identity import HEAD
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.assembly import assemble
from dashboard_crypto.services.clock import SystemClock


def path() -> str:
    """The file, or the server's address without its password."""
    url = config.load().settings.database_url
    if url.startswith("sqlite"):
        return url.removeprefix("sqlite:///")
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    return f"postgresql://{user}{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def upgrade() -> str:
    """Open it, which brings it up to date."""
    open_database(config.load().settings.database_url).close()
    return f"The database is at schema {HEAD}."


def status() -> str:
    """Engine, schema, size and what the history holds."""
    settings = config.load().settings
    database = open_database(settings.database_url)
    services = assemble(Store(database), SystemClock(), None, min_base_usd=settings.min_base_usd)
    try:
        stats = services.performance.stats()
        revision, history_revision = services.portfolio.revision()
        size = database.size_bytes()
        lines = [
            f"place:      {path()}",
            f"engine:     {database.version()}",
            f"schema:     {HEAD}",
            *([f"size:       {size:,} bytes"] if size is not None else []),
            f"snapshots:  {stats.total_snapshots}",
            f"cash flows: {stats.total_cashflows}",
            f"revision:   {revision} (history {history_revision})",
        ]
        if stats.first_snapshot_ms is not None and stats.last_snapshot_ms is not None:
            lines.append(f"history:    {iso(stats.first_snapshot_ms)} to {iso(stats.last_snapshot_ms)}")
        return "\n".join(lines)
    finally:
        services.close()


def check() -> tuple[bool, str]:
    """Whether every page is sound, and a sentence."""
    database = open_database(config.load().settings.database_url)
    try:
        damage = database.damage()
    finally:
        database.close()
    return (True, "The database is sound.") if damage is None else (False, damage)
