"""The dashboard in a real browser: every state from recorded answers, every flow and state at every size with the real
server and simulator, then the real demo from end to end, and what a visit costs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import frontend_build
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO_STARTS_S = 420


def run_npm(script: str, **environment: str) -> None:
    """One npm script; its output is shown, its failure is ours."""
    command, base = frontend_build.npm_command()
    subprocess.run([*command, "run", script], cwd=ROOT / "frontend", env={**base, **environment}, check=True)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(base_url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the demo answers; fails when it ends before."""
    deadline = time.monotonic() + DEMO_STARTS_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo ended before it served"
        try:
            with urllib.request.urlopen(f"{base_url}/health", timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the demo did not serve within {DEMO_STARTS_S} s")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tmp_path = tmp_path_factory.mktemp("demo")
    port = free_port()
    command = [sys.executable, "-m", "dashboard_crypto.cli.main", "demo", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "backend"), "DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, cwd=tmp_path) as process:
        try:
            base_url = f"http://127.0.0.1:{port}"
            wait_until_up(base_url, process)
            yield base_url
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.timeout(900)
def test_every_state_in_the_browser() -> None:
    run_npm("e2e")


@pytest.mark.timeout(900)
def test_the_chart_in_the_browser() -> None:
    run_npm("e2e:chart")


@pytest.mark.timeout(900)
def test_every_flow_with_the_real_server() -> None:
    run_npm("e2e:real", E2E_PYTHON=sys.executable)


@pytest.mark.timeout(900)
def test_the_real_demo_in_the_browser(demo: str) -> None:
    run_npm("e2e:live", E2E_BASE_URL=demo)


@pytest.mark.timeout(900)
def test_what_a_visit_costs(demo: str) -> None:
    run_npm("e2e:quality", E2E_BASE_URL=demo)
