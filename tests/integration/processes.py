"""Real processes of ours: started with a clean environment, watched, ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BACKEND = Path(__file__).resolve().parents[2] / "backend"
START_S = 60.0


def free_port() -> int:
    """A port that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(place: Path, **settings: str) -> dict[str, str]:
    """Nothing of the outside but the path; data in `place`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(BACKEND), "DATA_DIR": str(place), **settings}


def command(*arguments: str) -> list[str]:
    """Our command line."""
    return [sys.executable, "-m", "dashboard_crypto.cli.main", *arguments]


def run(place: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in `place`, so that no `.env` of the repository is found first."""
    return subprocess.run(
        command(*arguments),
        cwd=place,
        env=environment(place, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Served:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def url(self, path: str) -> str:
        """An address on it."""
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> Any:
        """The JSON of an answer."""
        with urllib.request.urlopen(self.url(path), timeout=20) as answer:
            return json.load(answer)

    def wait_until_ready(self) -> None:
        """Until it answers; AssertionError with its log if it ends before."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                self.get("/health")
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"not ready within {START_S} s: {self.log.read_text()}")

    def wait_until_accepting(self) -> None:
        """Until its port is open, which is before it can answer."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError(f"not listening within {START_S} s: {self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(30)
        return code, time.monotonic() - began


@contextmanager
def served(place: Path, *arguments: str, **settings: str) -> Iterator[Served]:
    """A server (`serve` unless other arguments are given) that is surely ended."""
    port = free_port()
    log = place / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command(*(arguments or ("serve",))),
            cwd=place,
            env=environment(place, PORT=str(port), **settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Served(process, port, log)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
