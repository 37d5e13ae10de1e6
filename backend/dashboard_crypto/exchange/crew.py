"""Up to eight questions at once: while one answer is on its way, the others are too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dashboard_crypto.core.crew import Result, attempt
from dashboard_crypto.core.errors import PortfolioError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

CONNECTIONS = 8


class Threads:
    """`core.crew.Crew` with threads; nothing of them is imported or started before it is needed.

    Whoever calls `run` works as well, and takes back what no thread has begun: so a task may call `run` itself, and
    there are never more than `size` tasks at once.
    """

    def __init__(self, size: int = CONNECTIONS) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def run(self, tasks: Sequence[Callable[[], Result]]) -> list[Result | PortfolioError]:
        """As the Protocol says."""
        if len(tasks) < 2:
            return [attempt(task) for task in tasks]
        pool = self._ready()
        begun = [(pool.submit(attempt, task), task) for task in tasks[1:]]
        results = [attempt(tasks[0])]
        results += [attempt(task) if future.cancel() else future.result() for future, task in begun]
        return results

    def close(self) -> None:
        """Begin nothing more; what is under way ends by its own deadline."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _ready(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                from concurrent.futures import ThreadPoolExecutor

                self._pool = ThreadPoolExecutor(self.size - 1, thread_name_prefix="history")
            return self._pool
