"""The key that signs what the browser carries: given, or made once and kept in the data directory."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from dashboard_crypto.config.settings import Settings
from dashboard_crypto.core.errors import ConfigurationError


def secret_key(settings: Settings) -> str:
    """The given SECRET_KEY, or the one kept in DATA_DIR (made there on first use, readable by its owner only)."""
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir / "secret_key"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigurationError(f"DATA_DIR cannot be written ({type(error).__name__})") from error
    if len(text) < 32:
        raise ConfigurationError(f"{path} is damaged; delete it to have a new one made")
    return text


def _make(path: Path) -> None:
    """Whole or not at all, and never over another process's key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
