"""HTTP: CPU of the real server per request, beside the obvious way (ORM, jsonify) and Flask's own floor."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bench import servers
from bench.harness import Case, Context, Gate, Timed, Timing, at_least, at_most, interleave
from bench.seeding import seed
from bench.servers import Server

BALANCES = "/api/portfolio/balances"
HISTORY = "/api/performance/twr-history?days=0&max_points=0"


@dataclass(frozen=True)
class Asked:
    """A request repeated `times` in a row: the processor's clock ticks in 10 ms."""

    server: Server
    path: str
    times: int
    headers: Mapping[str, str]

    def __call__(self) -> None:
        """All of them."""
        for _ in range(self.times):
            self.server.get(self.path, **self.headers)


def run(context: Context) -> Iterator[Case]:
    """Balances, an unchanged poll, and the whole history in two lengths."""
    short = context.count(8_760)
    for points in (short,) if context.quick else (short, 87_600):
        directory = context.directory / str(points)
        directory.mkdir()
        values = seed(directory / "bench.db", points, 50)
        with servers.ours(directory / "bench.db") as ours, servers.peer(directory / "bench.db") as peer:
            ours.wait_for("/health")
            peer.wait_for("/empty")
            _compare(context, ours, peer, values)
            if points == short:
                yield _balances(context, ours, peer)
                yield _unchanged(context, ours, peer)
            yield _history(context, ours, peer, points, asked=600 if points == short else 200)


def _compare(context: Context, ours: Server, peer: Server, values: np.ndarray) -> None:
    expected = (values / values[0] - 1) * 100
    for server, path in ((ours, HISTORY), (peer, "/history")):
        points = json.loads(server.get(path)[2])
        # Ours rounds to 8 decimals of a percent.
        found = np.array([point["y"] for point in points])
        context.same(path, found + 100, expected + 100, 1e-9)
    left, right = (json.loads(s.get(p)[2])["balances"] for s, p in ((ours, BALANCES), (peer, "/balances")))
    context.same("balances", [row["usd_value"] for row in left], [row["usd_value"] for row in right], 1e-12)


def _measure(context: Context, candidates: Mapping[str, Asked]) -> dict[str, Timing]:
    def clock(server: Server) -> Callable[[], float]:
        return server.cpu_s

    times = interleave({n: Timed(a, clock(a.server)) for n, a in candidates.items()}, context, inner=1)
    return {
        name: Timing(
            tuple(cpu / candidates[name].times for cpu in timing.cpu),
            tuple(wall / candidates[name].times for wall in timing.wall),
        )
        for name, timing in times.items()
    }


def _walls(times: Mapping[str, Timing]) -> str:
    medians = (f"{name} {1000 * sorted(t.wall)[len(t.wall) // 2]:.2f}" for name, t in times.items())
    return f"wall ms with one client: {', '.join(medians)}"


def _balances(context: Context, ours: Server, peer: Server) -> Case:
    times = _measure(
        context,
        {
            "ours": Asked(ours, BALANCES, context.count(800, tiny=3), {}),
            "ORM+jsonify": Asked(peer, "/balances", context.count(200, tiny=3), {}),
            "Flask {}": Asked(peer, "/empty", context.count(800, tiny=3), {}),
        },
    )
    gates = [at_most(1.6, "Flask {}", times), at_least(2.2, "ORM+jsonify", times)]
    return Case("balances A=50", times, gates, [_walls(times)])


def _unchanged(context: Context, ours: Server, peer: Server) -> Case:
    _, headers, _ = ours.get(BALANCES)
    again = Asked(ours, BALANCES, context.count(800, tiny=3), {"If-None-Match": headers["etag"]})
    assert ours.get(BALANCES, **again.headers)[::2] == (304, b"")
    times = _measure(context, {"ours": again, "Flask {}": Asked(peer, "/empty", context.count(800, tiny=3), {})})
    return Case("balances 304", times, [at_most(1.2, "Flask {}", times)], [_walls(times)])


def _history(context: Context, ours: Server, peer: Server, points: int, asked: int) -> Case:
    _, headers, body = ours.get(HISTORY, **{"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(body))) >= points
    times = _measure(
        context,
        {
            "ours": Asked(ours, HISTORY, context.count(asked, tiny=3), {"Accept-Encoding": "gzip"}),
            "ORM+jsonify": Asked(peer, "/history", max(1, asked // 200), {}),
            "Flask {}": Asked(peer, "/empty", context.count(600, tiny=3), {}),
        },
    )
    gates: list[Gate] = [at_least(200, "ORM+jsonify", times)]
    return Case(f"twr-history {points}", times, gates, [f"{len(body) / 1000:.0f} kB on the wire", _walls(times)])
