"""A small, strict reader of `.env` files: `NAME=value`, one a line.

Comments start with `#` at the beginning of a line or after a blank. A value may stand in single quotes (taken as it
is) or double quotes (`\\n` is a line break, for a PEM key). Nothing is ever substituted or executed.
"""

from __future__ import annotations

import re
from pathlib import Path

from dashboard_crypto.core.errors import ConfigurationError

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\s*(?:#.*)?""")


def read(path: Path) -> dict[str, str]:
    """The variables of one file. Raises `ConfigurationError` naming the line, never its text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as text ({type(error).__name__})") from error
    found: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigurationError(f"{path}, line {number}: expected NAME=value")
        name = match.group(1)
        if name in found:
            raise ConfigurationError(f"{path}, line {number}: {name} is set twice")
        found[name] = _value(match.group(2), path, number)
    return found


def _value(text: str, path: Path, number: int) -> str:
    if text[:1] in {"'", '"'}:
        match = _QUOTED.fullmatch(text)
        if match is None:
            raise ConfigurationError(f"{path}, line {number}: the quote is not closed")
        single, double = match.groups()
        return single if single is not None else re.sub(r"\\(.)", _unescape, double)
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def _unescape(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match.group(1), match.group(1))
