"""`dashboard-crypto simulate`, and how the demo starts its exchange."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from dashboard_crypto.simulator.built_in import load_scenario
from dashboard_crypto.simulator.clock import iso, parse_iso
from dashboard_crypto.simulator.market import DAY_MS, load_market
from dashboard_crypto.simulator.scenario import Scenario
from dashboard_crypto.simulator.server import SimulatorServer

AHEAD_MS = 35 * DAY_MS  # how much of the record lies in the future when it is shifted


def shift_days(last_ms: int, now_ms: int) -> int:
    """Whole days by which a record must move so that it ends some weeks after now."""
    return -((last_ms - AHEAD_MS - now_ms) // DAY_MS)


def build(
    scenario: str | Path | Scenario = "default",
    prices: Sequence[Path] = (),
    now: str | int | None = None,
    *,
    speed: float = 1.0,
    paused: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    control_token: str | None = None,
) -> SimulatorServer:
    """A simulator, not yet started. `now` is ISO or epoch milliseconds and shifts nothing; without it record and
    scenario move together by whole days, so that the record ends some weeks after the present.
    """
    market = load_market(prices)
    life = scenario if isinstance(scenario, Scenario) else load_scenario(scenario, market)
    now_ms = time.time_ns() // 1_000_000 if now is None else parse_iso(str(now))
    days = shift_days(market.last_ms, now_ms) if now is None else 0
    return SimulatorServer(
        life.shifted(days),
        market.shifted(days),
        now_ms=now_ms,
        speed=speed,
        paused=paused,
        host=host,
        port=port,
        control_token=control_token,
        shift_days=days,
    )


def run(
    scenario: str | Path = "default",
    prices: Sequence[Path] = (),
    now: str | None = None,
    speed: float = 1.0,
    port: int = 8100,
    *,
    host: str = "127.0.0.1",
    as_json: bool = False,
    control_token: str | None = None,
    paused: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT. Says where and with which key: for people, or as one line of JSON."""
    server = build(scenario, prices, now, speed=speed, paused=paused, host=host, port=port, control_token=control_token)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    print(announcement(server, as_json=as_json), flush=True)
    stop.wait()
    server.stop()


def announcement(server: SimulatorServer, *, as_json: bool) -> str:
    """How to reach a simulator."""
    now_ms = server.clock.now_ms()
    if as_json:
        return json.dumps(
            {
                "base_url": server.base_url,
                "api_key": server.api_key,
                "api_secret": server.api_secret,
                "control_token": server.control_token,
                "now_ms": now_ms,
                "shift_days": server.shift_days,
            }
        )
    lines = [
        f"Simulated exchange   {server.base_url}",
        f"API key              {server.api_key}",
        f"API secret           {server.api_secret}",
        f"Control token        {server.control_token}   (header X-Sim-Token, paths /_sim/*)",
        f"Its time             {iso(now_ms)}",
    ]
    if server.shift_days:
        lines.append(f"Prices and scenario  moved by {server.shift_days} days, so that the record reaches the present")
    return "\n".join(lines)
