"""How a process of ours starts another one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]


def command_line(*arguments: str) -> list[str]:
    """One of our commands in a process of its own."""
    return [sys.executable, "-m", "dashboard_crypto.cli.main", *arguments]


def environment(base: Mapping[str, str] | None = None, **changes: str) -> dict[str, str]:
    """This process's environment (or `base`) with changes, and this package importable."""
    environ = {**(os.environ if base is None else base), **changes}
    path = os.pathsep.join(part for part in (str(SOURCE_ROOT), environ.get("PYTHONPATH", "")) if part)
    return {**environ, "PYTHONPATH": path}
