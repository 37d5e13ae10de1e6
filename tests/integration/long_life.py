"""A simulator that lives `three-years`, and how a patient client reads a whole history window by window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.integration.simulated_exchange import signed

from dashboard_crypto.simulator.built_in import load_scenario
from dashboard_crypto.simulator.main import build
from dashboard_crypto.simulator.server import SimulatorServer

DAY_MS = 86_400_000
PRESENT = "2025-08-15T12:00:00Z"
UNLIMITED = 10**12
Rows = list[dict[str, Any]]


def long_life(**changes: Any) -> SimulatorServer:
    """The simulator, stopped at its present, with weights that are counted but never run out."""
    server = build(replace(load_scenario("three-years"), **changes), now=PRESENT, paused=True)
    for pool in server.exchange.limits.limits:
        server.exchange.limits.limits[pool] = UNLIMITED
    server.start()
    return server


def answer(server: SimulatorServer, path: str, **parameters: Any) -> Any:
    """The body of a request that must succeed."""
    found = signed(server, path, parameters)
    assert found.status == 200, (path, parameters, found)
    return found.body


def windows(server: SimulatorServer, days: int, since_ms: int | None = None) -> Iterator[tuple[int, int]]:
    """Neighbouring windows from the opening (or an instant) to the present, none longer than `days`."""
    start = server.world.scenario.opened_at_ms if since_ms is None else since_ms
    now = server.clock.now_ms()
    while start <= now:
        end = min(now, start + days * DAY_MS - 1)
        yield start, end
        start = end + 1


def by_pages(ask: Callable[[int], Rows], size: int) -> Rows:
    """All pages until one is not full."""
    found: Rows = []
    page = 1
    while True:
        rows = ask(page)
        found += rows
        if len(rows) < size:
            return found
        page += 1


def paged(server: SimulatorServer, path: str, days: int, since_ms: int | None = None, **parameters: Any) -> Rows:
    """Everything of an endpoint with `rows`, `current` and `size`."""
    found: Rows = []
    for start, end in windows(server, days, since_ms):
        times = {"startTime": start, "endTime": end, "size": 100}

        def ask(page: int, times: dict[str, int] = times) -> Rows:
            rows: Rows = answer(server, path, current=page, **times, **parameters).get("rows", [])
            return rows

        found += by_pages(ask, 100)
    return found


def enveloped(server: SimulatorServer, path: str, times: tuple[str, str], days: int, **parameters: Any) -> Rows:
    """Everything of an endpoint with `data`, `page` and `rows`."""
    found: Rows = []
    for start, end in windows(server, days):
        window = {times[0]: start, times[1]: end, "rows": 100}

        def ask(page: int, window: dict[str, int] = window) -> Rows:
            body = answer(server, path, page=page, **window, **parameters)
            assert body["success"] is True
            assert ("data" in body) == (body["total"] > 0)
            return list(body.get("data", []))

        found += by_pages(ask, 100)
    return found
