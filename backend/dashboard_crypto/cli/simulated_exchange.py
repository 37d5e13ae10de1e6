"""The simulator as a child process, and the strings to pull on it."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from dashboard_crypto.config import launch
from dashboard_crypto.core.errors import ConfigurationError, ExchangeDown

STOP_S = 5


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the child says when it serves."""

    base_url: str
    api_key: str
    api_secret: str
    control_token: str
    now_ms: int
    shift_days: int


class SimulatedExchange:
    """Starts on `with`, ends with it, whatever happens in between."""

    def __init__(
        self, scenario: str, prices: Sequence[Path], now: str | None, environ: dict[str, str], *, paused: bool
    ) -> None:
        command = launch.command_line("simulate", "--json", "--port", "0")
        command += ["--scenario", scenario, *(part for price in prices for part in ("--prices", str(price)))]
        command += ["--now", now] if now is not None else []
        command += ["--paused"] if paused else []
        self._command = command
        self._environ = environ
        self._process: subprocess.Popen[str] | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._told: Announcement | None = None

    def __enter__(self) -> SimulatedExchange:
        environ = launch.environment(self._environ)
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True, env=environ)
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self.stop()
            raise ConfigurationError("The simulator did not start; it said why above.")
        self._told = Announcement(**json.loads(line))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def told(self) -> Announcement:
        """How to reach it."""
        if self._told is None:
            raise ExchangeDown("The simulator was not started.")
        return self._told

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One `/_sim/` request; its JSON answer. Raises `ExchangeDown`."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(urlsplit(self.told.base_url).netloc, timeout=30)
        payload = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, f"/_sim/{path}", payload, {"X-Sim-Token": self.told.control_token})
            answer = self._connection.getresponse()
            document = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise ExchangeDown("The simulator does not answer.") from error
        if answer.status != 200:
            raise ExchangeDown(f"The simulator refused: {document.get('error')}")
        return document

    def jump_to(self, now_ms: int) -> None:
        """Stand still at an instant."""
        self.control("POST", "clock", {"now_ms": now_ms, "pause": True})

    def run_from(self, now_ms: int) -> None:
        """Go on from an instant at the pace of real time."""
        self.control("POST", "clock", {"now_ms": now_ms, "pause": False, "speed": 1})

    def event_instants(self, after_ms: int, until_ms: int) -> list[int]:
        """When the account changes in `(after_ms, until_ms]`."""
        events = self.control("GET", f"events?from={after_ms}&to={until_ms}")["events"]
        return [event["at_ms"] for event in events]

    def stop(self) -> None:
        """End the child; kill it if it does not listen."""
        if self._connection is not None:
            self._connection.close()
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
