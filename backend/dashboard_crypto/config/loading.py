"""From the environment and `.env` to `Settings`, or one line that says what is wrong."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard_crypto.config import dotenv, parsers
from dashboard_crypto.config.settings import (
    SETTINGS,
    Setting,
    Settings,
    checkout_root,
    default_data_dir,
    default_database_url,
)
from dashboard_crypto.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and what is odd but no reason to stop."""

    settings: Settings
    warnings: tuple[str, ...] = ()
    env_file: Path | None = None


@dataclass(slots=True)
class _Reader:
    """Looks one name up in the layers, the process before the file, and remembers warnings."""

    layers: tuple[Mapping[str, str], ...]
    warnings: list[str] = field(default_factory=list)

    def text(self, setting: Setting) -> str | None:
        for layer in self.layers:
            value = layer.get(setting.name) or None
            file_name = (layer.get(f"{setting.name}_FILE") or None) if setting.secret else None
            if value and file_name:
                raise ConfigurationError(f"{setting.name} and {setting.name}_FILE are both set; keep one")
            if file_name:
                return self._file(f"{setting.name}_FILE", Path(file_name))
            if value:
                return value
        return None

    def _file(self, name: str, path: Path) -> str:
        try:
            text = path.read_text(encoding="utf-8").strip()
            mode = path.stat().st_mode
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{name} must name a readable text file ({type(error).__name__})") from error
        if not text:
            raise ConfigurationError(f"{name} names an empty file")
        if os.name == "posix" and mode & stat.S_IROTH:
            self.warnings.append(f"{name}: the file can be read by every user of this machine; chmod 600 it")
        return text


def load() -> Loaded:
    """Read this process's environment and the first `.env` of: the current directory, the repository's root."""
    places = [Path.cwd(), *([checkout_root()] if checkout_root() else [])]
    candidates = [place / ".env" for place in places if place is not None]
    return load_from(os.environ, next((path for path in candidates if path.is_file()), None))


def load_from(environ: Mapping[str, str], env_file: Path | None = None) -> Loaded:
    """Settings from the given variables. Raises `ConfigurationError`."""
    file_layer = dotenv.read(env_file) if env_file is not None else {}
    reader = _Reader((environ, file_layer))
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = reader.text(setting)
        text = setting.default if text is None else text
        if text is not None:
            values[setting.field] = _parse(setting, text)
    given = "data_dir" in values
    values.setdefault("data_dir", default_data_dir(environ))
    values.setdefault("database_url", default_database_url(values["data_dir"], data_dir_given=given))
    settings = Settings(**values)
    _check_together(settings)
    reader.warnings += _unknown(environ, file_layer)
    return Loaded(settings, tuple(reader.warnings), env_file)


def _parse(setting: Setting, text: str) -> object:
    try:
        return setting.parse(text.strip())
    except ValueError as error:
        raise ConfigurationError(f"{setting.name} {error}") from None


def _check_together(settings: Settings) -> None:
    if settings.api_key is not None and settings.api_secret is None:
        raise ConfigurationError("BINANCE_API_SECRET is missing beside BINANCE_API_KEY")
    if settings.api_secret is not None and settings.api_key is None:
        raise ConfigurationError("BINANCE_API_KEY is missing beside BINANCE_API_SECRET")
    if settings.exchange_clock and not parsers.is_loopback(urlsplit(settings.api_url or "").hostname or ""):
        raise ConfigurationError("EXCHANGE_CLOCK is allowed only with BINANCE_API_URL on this machine (127.0.0.1)")


def _unknown(environ: Mapping[str, str], file_layer: Mapping[str, str]) -> list[str]:
    """A line for each variable that looks like a misspelt one of ours."""
    known = {setting.name for setting in SETTINGS} | {f"{s.name}_FILE" for s in SETTINGS if s.secret}
    warnings = []
    for name in sorted({*file_layer, *(name for name in environ if name.startswith("BINANCE_"))} - known):
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
        hint = f"; did you mean {close[0]}?" if close else ""
        warnings.append(f"{name} is not a setting of this program{hint}")
    return warnings
