"""The key that signs what the browser carries: given, or made once and kept in the data directory."""

from __future__ import annotations

import os
import secrets

from dashboard_crypto.config.settings import Settings
from dashboard_crypto.core.errors import ConfigurationError


def secret_key(settings: Settings) -> str:
    """The given SECRET_KEY, or the one kept in DATA_DIR (made there on first use, readable by its owner only)."""
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir / "secret_key"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            text = path.read_text(encoding="ascii").strip()
        else:
            text = secrets.token_urlsafe(48)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text + "\n")
    except OSError as error:
        raise ConfigurationError(f"DATA_DIR cannot be written ({type(error).__name__})") from error
    if len(text) < 32:
        raise ConfigurationError(f"{path} is damaged; delete it to have a new one made")
    return text
