"""The stream: a doorbell with an end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from tests.unit.api.fakes import Fakes


def events(fakes: Fakes) -> tuple[Iterator[bytes], object]:
    answer = fakes.client.get("/api/stream", buffered=False)
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    return iter(cast("Iterator[bytes]", answer.response)), answer


def test_it_says_where_we_stand_then_what_changed_then_goodbye(tmp_path: Path) -> None:
    fakes = Fakes(tmp_path)
    found, _ = events(fakes)
    assert next(found) == b'retry: 3000\n\nevent: hello\ndata: {"topic":"portfolio","revision":1841}\n\n'
    fakes.doorbell.ring("performance", 1842)
    assert next(found) == b'event: change\ndata: {"topic":"performance","revision":1842}\n\n'
    fakes.context.stopping.set()
    fakes.doorbell.close()
    assert next(found) == b"event: bye\ndata: {}\n\n"
    assert list(found) == []


def test_a_quiet_stream_beats_and_hears_other_processes(tmp_path: Path) -> None:
    fakes = Fakes(tmp_path, heartbeat_s=0.01)
    found, _ = events(fakes)
    next(found)
    assert next(found) == b": still here\n\n"
    fakes.portfolio.now_revision = (1900, 3)
    assert next(found) == b'event: change\ndata: {"topic":"portfolio","revision":1900}\n\n'


def test_streams_are_capped_and_a_closed_one_makes_room(tmp_path: Path) -> None:
    fakes = Fakes(tmp_path, stream_cap=2)
    opened = [fakes.client.get("/api/stream", buffered=False) for _ in range(2)]
    refused = fakes.client.get("/api/stream")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    opened[0].close()
    assert fakes.doorbell.listeners == 1
    assert fakes.client.get("/api/stream", buffered=False).status_code == 200
