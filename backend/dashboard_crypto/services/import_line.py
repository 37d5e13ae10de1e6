"""One line in the terminal while the past is read for the first time: how far, what is being read, how long still."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TextIO

from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.services.import_progress import ImportProgress
from dashboard_crypto.services.status_views import HistoryView

EVERY_S = 0.5
_NAMED = 3
_WIDTH = 79
_CLEAR = "\r\x1b[K"
DONE = "History read. The dashboard shows it from the first day."


class ImportLine(logging.Filter):
    """Draws over its own line, makes way for log lines, and leaves one sentence when all is read.

    Nothing is written if the past was read by an earlier start, or if the stream is no terminal.
    """

    def __init__(self, view: Callable[[], HistoryView], progress: ImportProgress, stream: TextIO) -> None:
        super().__init__()
        self._view = view
        self._progress = progress
        self._stream = stream
        self._lock = threading.Lock()
        self._shown = ""
        self._was_shown = False

    def run(self, stopping: threading.Event) -> None:
        """Until the import is over or the program ends."""
        if not self._stream.isatty():
            return
        handlers = logging.getLogger().handlers
        for handler in handlers:
            handler.addFilter(self)
        try:
            while not stopping.wait(EVERY_S) and self.draw():
                pass
        finally:
            self._write("")
            for handler in handlers:
                handler.removeFilter(self)

    def draw(self) -> bool:
        """Show what is new; False when there is nothing more to show."""
        if self._progress.is_over:
            self._write("")
            if self._was_shown:
                self._stream.write(f"{DONE}\n")
                self._stream.flush()
            return False
        try:
            line = line_of(self._view(), self._progress.rebuilt)
        except PortfolioError:
            return True  # the loops say what is wrong with the database
        if line:
            self._write(line)
        return True

    def filter(self, _record: logging.LogRecord) -> bool:
        """A log line is coming to the same terminal: give it the whole line."""
        self._write("")
        return True

    def _write(self, line: str) -> None:
        with self._lock:
            if line == self._shown:
                return
            self._stream.write(f"{_CLEAR}{line}" if self._shown else line)
            self._stream.flush()
            self._shown = line
            self._was_shown = True


def line_of(view: HistoryView, rebuilt: float | None) -> str:
    """The line; empty when there is nothing to say yet, or only news are being read."""
    if rebuilt is not None:
        return f"History: valuing the past, {100 * rebuilt:.0f} %"
    waiting = [source for source in view.sources if not source.done and source.read_until_ms is None]
    if not waiting:
        return ""
    waiting.sort(key=lambda source: -source.progress)
    names = ", ".join(source.name.replace("_", " ") for source in waiting[:_NAMED])
    more = f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
    left = "" if view.seconds_left is None else f", about {_duration(view.seconds_left)} left"
    percent = f"History: {view.percent:.0f} %"
    line = f"{percent}{left}, reading {names}{more}"
    return line if len(line) <= _WIDTH else f"{percent}{left}, reading {len(waiting)} kinds of records"


def _duration(seconds: int) -> str:
    if seconds < 90:
        return f"{max(5, -(-seconds // 5) * 5)} s"
    return f"{-(-seconds // 60)} min"
