"""Servers as child processes: started, asked over a kept connection, weighed, stopped."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0


def free_port() -> int:
    """A port that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One running server and a connection to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request on the kept connection, or on a new one if the server has closed it in a pause."""
        try:
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def wait_for(self, path: str) -> None:
        """Until `path` answers 200."""
        end = time.monotonic() + START_S
        while True:
            try:
                if self.get(path)[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                self._connection.close()
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the server on port {self.port} does not answer")
            time.sleep(0.005)

    def processes(self) -> list[int]:
        """The process and all its descendants."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
                except OSError:
                    continue
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
        found, queue = [], [self.process.pid]
        while queue:
            found.append(queue.pop())
            queue += parents.get(found[-1], [])
        return found

    def cpu_s(self) -> float:
        """CPU seconds of all its processes so far."""
        total = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def pss_mb(self) -> float:
        """Proportional memory of all its processes, in MB."""
        total_kb = 0
        for pid in self.processes():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total_kb += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return total_kb * 1024 / 1e6

    def stop(self) -> None:
        """End it."""
        self._connection.close()
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(command: list[str], port: int, environ: dict[str, str], directory: Path) -> Iterator[Server]:
    """A server for the time of the block."""
    with (directory / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, cwd=directory, stdout=log, stderr=log)
        server = Server(process, port)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def ours(database: Path, **settings: str) -> Iterator[Server]:
    """The product under its production command."""
    port = free_port()
    environ = plain_environment(
        DATABASE_URL=f"sqlite:///{database}", DATA_DIR=str(database.parent / "data"), PORT=str(port), **settings
    )
    command = [sys.executable, "-m", "dashboard_crypto.cli.main", "serve"]
    with running(command, port, environ, database.parent) as server:
        yield server


@contextmanager
def peer(database: Path) -> Iterator[Server]:
    """`bench/peer_app.py` under the same kind of worker."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--no-control-socket",
        "-k",
        "gthread",
        "--threads",
        "64",
        "--keep-alive",
        "15",
    ]
    command += ["-b", f"127.0.0.1:{port}", "bench.peer_app:app"]
    with running(command, port, plain_environment(BENCH_DATABASE=str(database)), database.parent) as server:
        yield server


def plain_environment(**settings: str) -> dict[str, str]:
    """Nothing of the outside but the path; the product and `bench` importable."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(ROOT / "backend"), str(ROOT))), **settings}
