"""Eight real connections with real threads and a real latency of 100 ms, beside eight bare ones."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Thread
from urllib.parse import urlsplit

from bench.harness import Case, Context, Mismatch, Timed, Timing, gate_on, interleave
from bench.ingest_bounds import HOUR_MS, KLINES
from bench.virtual_exchange import CONNECTIONS, LATENCY_S
from dashboard_crypto.cli.demo import plain_environment
from dashboard_crypto.cli.fast_forward import NoBans
from dashboard_crypto.cli.simulated_exchange import SimulatedExchange
from dashboard_crypto.exchange.binance_trader import BinanceGateway
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.crew import Threads
from dashboard_crypto.services.clock import SteppedClock

NOW = "2025-09-15T00:00:20Z"
COINS = ("BTC", "ETH", "BNB", "SOL")
HOURS = 24
Question = tuple[str, int, int]


def connections(context: Context) -> Case:
    """Hourly bars through the whole exchange layer, and the same questions over bare sockets, in turn."""
    with _exchange() as exchange:
        pieces = 12 if context.quick else 30
        short = Context(context.quick, context.directory, rounds=3 if context.quick else 7)
        gateways = iter([_gateway(exchange) for _ in range(short.rounds)])
        ours = partial(_ours, exchange, gateways, pieces)
        bare = partial(_bare, exchange, pieces)
        times = interleave({"ours": Timed(ours), "bare": Timed(bare)}, short, inner=1)
    walls = [ours_s / bare_s for ours_s, bare_s in zip(times["ours"].wall, times["bare"].wall, strict=True)]
    least_s = len(COINS) * pieces * LATENCY_S / CONNECTIONS
    return Case(
        f"{len(COINS) * pieces} klines, 8 threads",
        times,
        gates=[gate_on(1.3, "wall <=1.3x bare sockets", walls, at_most=True)],
        notes=[f"wall: {name} {_wall(timing):.2f} s" for name, timing in times.items()]
        + [f"latency alone {least_s:.2f} s"],
    )


def _wall(timing: Timing) -> float:
    return sorted(timing.wall)[len(timing.wall) // 2]


@contextmanager
def _exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange("three-years", (), NOW, plain_environment(os.environ), paused=True) as exchange:
        exchange.control("POST", "faults", {"route": KLINES, "latency_ms": LATENCY_S * 1000})
        yield exchange


def _questions(exchange: SimulatedExchange, pieces: int) -> list[Question]:
    """Apart from each other, so that each is a question of its own; after a minute, so that no limit is met."""
    now_ms = exchange.control("GET", "clock")["now_ms"] + 61_000
    exchange.jump_to(now_ms)
    end_ms = now_ms // HOUR_MS * HOUR_MS
    starts = [end_ms - (2 * n + 1) * HOURS * HOUR_MS for n in range(pieces)]
    return [(coin, start, start + HOURS * HOUR_MS) for start in starts for coin in COINS]


def _gateway(exchange: SimulatedExchange) -> BinanceGateway:
    """A new one for each round, since it remembers what it has asked; connected, so that only questions are timed."""
    told = exchange.told
    gateway = BinanceGateway(
        Credentials(told.api_key, told.api_secret),
        base_url=told.base_url,
        clock=SteppedClock(exchange.control("GET", "clock")["now_ms"]),
        ban_store=NoBans(),
    )
    gateway.pairs()
    return gateway


def _ours(exchange: SimulatedExchange, gateways: Iterator[BinanceGateway], pieces: int) -> None:
    questions = _questions(exchange, pieces)
    gateway, crew = next(gateways), Threads(CONNECTIONS)
    answers = crew.run([partial(gateway.bars, *question) for question in questions])
    if any(isinstance(bars, Exception) or len(bars) != HOURS for bars in answers):
        raise Mismatch("a piece of the bars is missing")
    gateway.close()
    crew.close()


def _bare(exchange: SimulatedExchange, pieces: int) -> None:
    questions = _questions(exchange, pieces)
    threads = [Thread(target=_ask, args=(exchange, questions[n::CONNECTIONS])) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(exchange: SimulatedExchange, questions: Sequence[Question]) -> None:
    connection = http.client.HTTPConnection(urlsplit(exchange.told.base_url).netloc, timeout=30)
    for coin, start, end in questions:
        query = f"symbol={coin}USDT&interval=1h&startTime={start}&endTime={end - 1}&limit=1000"
        connection.request("GET", f"{KLINES}?{query}")
        connection.getresponse().read()
    connection.close()
