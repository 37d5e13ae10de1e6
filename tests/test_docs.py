"""Documents cannot rot: every setting, endpoint and command has its place in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from dashboard_crypto.cli.main import app
from dashboard_crypto.config import SETTINGS

ROOT = Path(__file__).resolve().parent.parent


def document(name: str) -> str:
    """A document's text."""
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting: object) -> None:
    name = getattr(setting, "name", "")
    assert f"`{name}`" in document("docs/configuration.md")
    assert name in document(".env.example")


def test_every_endpoint_is_documented() -> None:
    paths = json.loads(document("frontend/openapi.json"))["paths"]
    assert len(paths) >= 10
    text = document("docs/api.md")
    assert [path for path in paths if path not in text] == []


def test_every_command_is_in_the_readme() -> None:
    names = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    names += [str(group.name) for group in app.registered_groups]
    assert {"serve", "demo", "simulate", "snapshot", "check", "returns", "db"} <= set(names)
    missing = [name for name in names if name != "openapi" and f"`dashboard-crypto {name}" not in document("README.md")]
    assert missing == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for file in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8")):
            if not target.startswith("http") and not (file.parent / target).exists():
                broken.append(f"{file.name}: {target}")
    assert broken == []
