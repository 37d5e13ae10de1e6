"""An exchange on loopback whose minutes and round trips pass in virtual time, and an app that lives in the same time.

Virtual: the 100 ms that every answer takes, the minutes that limits make the app wait, and eight connections side by
side. Real: every request over HTTP through python-binance, its signature, the weights and limits of the simulator, the
database, and the processor time of the app's own thread, which makes virtual time pass as it is used. So an import of
minutes is measured in seconds, and a busy machine does not change the figure.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dashboard_crypto import app, config
from dashboard_crypto.app import Application
from dashboard_crypto.cli.demo import plain_environment
from dashboard_crypto.cli.fast_forward import NoBans
from dashboard_crypto.core.crew import Result, attempt
from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.simulator.exchange import Call
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.server import SimulatorServer
from dashboard_crypto.simulator.spoiling import Reply

LATENCY_S = 0.1
CONNECTIONS = 8


class VirtualTime:
    """A clock that the app's own processor time and `pass_s` move, and nothing else."""

    def __init__(self, start_ms: int) -> None:
        self._start_ms = start_ms
        self._cpu_clock = time.pthread_getcpuclockid(threading.main_thread().ident or 0)
        self._cpu_began_s = self._cpu_s()
        self.waited_s = 0.0

    def now_ms(self) -> int:
        """The present, epoch milliseconds."""
        return self._start_ms + round(self.monotonic() * 1000)

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self.waited_s + self.cpu_s()

    def cpu_s(self) -> float:
        """Processor time of the app since the start."""
        return self._cpu_s() - self._cpu_began_s

    def _cpu_s(self) -> float:
        return time.clock_gettime(self._cpu_clock)


class SideBySide:
    """`core.crew.Crew` in virtual time: every task begins when all begin, and the time of the longest passes."""

    def __init__(self, clock: VirtualTime, size: int) -> None:
        self.size = size
        self._clock = clock

    def run(self, tasks: Sequence[Callable[[], Result]]) -> list[Result | PortfolioError]:
        """One after the other in truth; processor time is not shared, only waiting is."""
        began_s = ended_s = self._clock.waited_s
        results: list[Result | PortfolioError] = []
        for task in tasks:
            self._clock.waited_s = began_s
            results.append(attempt(task))
            ended_s = max(ended_s, self._clock.waited_s)
        self._clock.waited_s = ended_s
        return results

    def close(self) -> None:
        """It holds nothing."""


class Connections:
    """How many requests can be under way at once: whoever comes when all are taken waits for the first free one."""

    def __init__(self, count: int) -> None:
        self._taken: list[list[float]] = [[] for _ in range(count)]

    def begin(self, at_s: float) -> float:
        """When a request that is ready at `at_s` goes out; its connection is taken until the answer."""
        for taken in self._taken:
            taken[:] = [begun for begun in taken if begun > at_s - 60]
        starts = [_free_at(sorted(taken), at_s) for taken in self._taken]
        first_s = min(starts)
        self._taken[starts.index(first_s)].append(first_s)
        return first_s


def _free_at(taken: Sequence[float], at_s: float) -> float:
    for begun in taken:
        if at_s + LATENCY_S <= begun:
            break
        at_s = max(at_s, begun + LATENCY_S)
    return at_s


class VirtualWorld:
    """Simulator and app in one time. `connections` 1 is an app that asks one question after the other."""

    def __init__(self, directory: Path, scenario: str, now: str, connections: int = CONNECTIONS) -> None:
        self.server: SimulatorServer = build(scenario, now=now, paused=True)
        self.clock = VirtualTime(self.server.clock.now_ms())
        self._connections = Connections(connections)
        self._answer = self.server.exchange.answer
        self.server.exchange.answer = self._late_answer  # type: ignore[method-assign]
        self.server.start()
        crew = SideBySide(self.clock, connections)
        self.application: Application = app.build(
            config.load_from(self._environment(directory)).settings, self.clock, self.clock, NoBans(), crew
        )

    def rest(self, seconds: float) -> None:
        """Nothing happens for a while."""
        self.clock.waited_s += seconds

    def close(self) -> None:
        """Stop both."""
        self.application.stop()
        self.server.stop()

    def _late_answer(self, call: Call) -> Reply:
        self.clock.waited_s = self._connections.begin(self.clock.waited_s)
        self.server.clock.set(now_ms=self.clock.now_ms())
        reply = self._answer(call)
        self.clock.waited_s += LATENCY_S
        return reply

    def _environment(self, directory: Path) -> dict[str, str]:
        return {
            **plain_environment(os.environ),
            "BINANCE_API_KEY": self.server.api_key,
            "BINANCE_API_SECRET": self.server.api_secret,
            "BINANCE_API_URL": self.server.base_url,
            "DATABASE_URL": f"sqlite:///{directory / 'portfolio.db'}",
            "DATA_DIR": str(directory),
        }
