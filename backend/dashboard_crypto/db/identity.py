"""How a database of ours is known: the marks in the file and beside it, and the schema this version speaks."""

from __future__ import annotations

from pathlib import Path

HEAD = "0006"
"""The newest revision in `migrations/versions`; a test compares."""

APPLICATION_ID = 0x42504D31


def marker_path(path: Path) -> Path:
    """The small file beside the database that says: data existed here."""
    return path.with_name(f"{path.name}.exists")
