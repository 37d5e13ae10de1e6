"""Every benchmark still makes its data, and its outputs still agree: a change of schema cannot break one unseen."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import bench
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(
    module.name
    for module in pkgutil.iter_modules(bench.__path__)
    if "\ndef run(" in (ROOT / "bench" / f"{module.name}.py").read_text(encoding="utf-8")
)


def test_the_benchmarks_are_found() -> None:
    assert {"append", "backdate", "http", "start", "twr_file", "twr_mem", "twr_peers"} <= set(NAMES)


def test_a_run_without_a_choice_runs_them_all() -> None:
    """Also what the other modules need when they are imported (an application with its own settings) is none of it."""
    code = "from bench.__main__ import _selected; print(*_selected(None))"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "backend"), str(ROOT)))}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_at_the_smallest_size(name: str) -> None:
    """Peers may be absent; whatever they are not needed for has been compared by then."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "backend"), str(ROOT)))}
    command = [sys.executable, "-m", "bench", "--check", "--only", name]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIP")]
    assert [line for line in skipped if " is not installed" not in line] == []
