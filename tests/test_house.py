"""The rules of the house that a tool can check."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GENERATED = re.compile(r"(^|/)(migrations/versions|generated|static)/")


def tracked(*suffixes: str) -> list[Path]:
    """Files under version control (or about to be) with one of the suffixes."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if name.endswith(suffixes) and (ROOT / name).is_file()]


def test_tracked_finds_this_file() -> None:
    assert Path(__file__).resolve() in tracked(".py")


def test_modules_stay_small() -> None:
    code = [f for f in tracked(".py", ".vue", ".ts") if not GENERATED.search(f.relative_to(ROOT).as_posix())]
    sizes = {f.relative_to(ROOT).as_posix(): f.read_text(encoding="utf-8").count("\n") for f in code}
    limit = {name: 500 if name.startswith("tests/") or "/e2e/" in name or ".spec." in name else 300 for name in sizes}
    assert {name: size for name, size in sizes.items() if size > limit[name]} == {}


def test_functions_stay_short() -> None:
    long = []
    for file in tracked(".py"):
        name = file.relative_to(ROOT).as_posix()
        if GENERATED.search(name) or name.startswith("tests/"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > 45:
                    long.append(f"{name}:{node.lineno} {node.name}")
    assert long == []


@pytest.mark.parametrize("name", ["backend/requirements.txt", "requirements-build.lock", "requirements-dev.lock", "frontend/package-lock.json"])
def test_lock_files_name_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text) > 100
    assert re.findall(r"https?://[^\s\"]*\.(?:tgz|whl|tar\.gz)", text) == []


def test_every_pinned_requirement_has_a_hash() -> None:
    for name in ("backend/requirements.txt", "requirements-build.lock", "requirements-dev.lock"):
        blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8").strip())
        assert blocks
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_requirements_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[\[<>=~ ]", line)[0].lower() for line in project["dependencies"]}
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "backend/requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert wanted - set(pinned) == set()


def test_catch_all_stands_in_few_places() -> None:
    """`except Exception` is for the loop, the outermost handler, and the fence around python-binance."""
    found = [f.relative_to(ROOT).as_posix() for f in tracked(".py") if f.is_relative_to(ROOT / "backend") and re.search(r"except (Base)?Exception\b", f.read_text(encoding="utf-8"))]
    allowed = ("services/auto_refresh", "services/loop", "api/errors", "exchange/transport", "exchange/", "simulator/server")
    assert [name for name in found if not any(part in name for part in allowed)] == []


def test_only_config_reads_the_environment() -> None:
    readers = []
    for file in tracked(".py"):
        name = file.relative_to(ROOT).as_posix()
        if name.startswith("backend/dashboard_crypto/") and re.search(r"os\.(environ|getenv)", file.read_text(encoding="utf-8")):
            readers.append(name.removeprefix("backend/dashboard_crypto/"))
    assert [name for name in readers if name not in {"config.py", "server.py", "cli/demo.py"}] == []


def test_decisions_are_short() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert files
    assert {f.name for f in files if len(f.read_text(encoding="utf-8").splitlines()) > 40} == set()
