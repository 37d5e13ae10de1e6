"""The line in the terminal: what it says, when it is silent, and that it makes way for the log."""

from __future__ import annotations

import io
import logging
import threading
import time

import pytest

from dashboard_crypto.core.errors import DatabaseBusy
from dashboard_crypto.db.ledger_rows import SourceState
from dashboard_crypto.services.clock import SteppedClock
from dashboard_crypto.services.import_line import DONE, ImportLine, line_of
from dashboard_crypto.services.import_progress import ImportProgress
from dashboard_crypto.services.status_views import HistoryView


class Terminal(io.StringIO):
    """Keeps what was written; `lines` is what a person sees."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")]


class World:
    """Sources at any stage, their progress, and a line about them."""

    def __init__(self, stream: io.StringIO) -> None:
        self.clock = SteppedClock(0)
        self.progress = ImportProgress(self.clock)
        self.states: dict[str, SourceState] = {}
        self.stream = stream
        self.line = ImportLine(self.view, self.progress, stream)

    def view(self) -> HistoryView:
        return self.progress.view(self.states)

    def at(self, **shares: float) -> None:
        self.states = {
            name: SourceState(name, progress=share, done=share == 1.0, read_until_ms=1 if share == 1.0 else None)
            for name, share in shares.items()
        }


def test_it_says_how_far_what_and_how_long() -> None:
    world = World(Terminal())
    world.at(deposit=0.0, rebate=0.0, flexible_reward=1.0)
    assert line_of(world.view(), None) == "History: 33 %, reading deposit, rebate"
    world.clock.advance(60)
    world.at(deposit=0.9, rebate=0.25, flexible_reward=1.0)
    # The slowest decides, not the average: three quarters of the rebates at a quarter a minute.
    assert line_of(world.view(), None) == "History: 72 %, about 3 min left, reading deposit, rebate"
    world.clock.advance(20)
    world.at(deposit=1.0, rebate=0.8, flexible_reward=1.0)
    assert line_of(world.view(), None) == "History: 93 %, about 20 s left, reading rebate"
    assert line_of(world.view(), 0.456) == "History: valuing the past, 46 %"
    world.at(deposit=1.0, rebate=1.0)
    assert line_of(world.view(), None) == ""


def test_it_never_breaks_the_line() -> None:
    world = World(Terminal())
    world.at(**{f"a_rather_long_name_{n}": 0.0 for n in range(30)})
    assert line_of(world.view(), None) == "History: 0 %, reading 30 kinds of records"
    assert world.progress.view({}).seconds_left is None


def test_it_draws_over_itself_and_ends_with_a_sentence() -> None:
    terminal = Terminal()
    world = World(terminal)
    assert world.line.draw()
    assert terminal.getvalue() == ""
    world.at(deposit=0.0)
    assert world.line.draw()
    world.at(deposit=0.5)
    assert world.line.draw()
    assert terminal.lines == ["History: 50 %, reading deposit"]
    world.progress.is_over = True
    assert not world.line.draw()
    assert terminal.lines == [DONE, ""]


def test_a_past_that_was_read_before_is_not_mentioned() -> None:
    terminal = Terminal()
    world = World(terminal)
    world.states = {"transfer": SourceState("transfer", progress=0.9, read_until_ms=5)}  # a round of news goes on
    assert world.line.draw()
    world.progress.is_over = True
    assert not world.line.draw()
    assert terminal.getvalue() == ""


def test_a_database_that_is_busy_is_no_reason_to_stop() -> None:
    def busy() -> HistoryView:
        raise DatabaseBusy("busy")

    terminal = Terminal()
    assert ImportLine(busy, ImportProgress(SteppedClock(0)), terminal).draw()
    assert terminal.getvalue() == ""


def test_where_there_is_no_terminal_nothing_is_written() -> None:
    stream = io.StringIO()
    world = World(stream)
    world.at(deposit=0.5)
    world.line.run(threading.Event())  # ends at once
    assert stream.getvalue() == ""


def test_log_lines_have_their_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    world = World(terminal)
    world.at(deposit=0.5)
    handler = logging.StreamHandler(terminal)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    stopping = threading.Event()
    thread = threading.Thread(target=world.line.run, args=(stopping,))
    thread.start()
    deadline = time.monotonic() + 10
    while not terminal.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    logging.getLogger("app").warning("a message")
    assert terminal.lines[0] == "a message"
    stopping.set()
    thread.join(10)
    assert terminal.lines[-1] == ""
    assert handler.filters == []
