"""What a benchmark module needs. A module `bench/<name>.py` with a function `run` is found by its name:

    from collections.abc import Iterator
    from bench.harness import Case, Context, Gate, Missing, at_least, at_most, interleave

    def run(context: Context) -> Iterator[Case]:
        ours, peer, floor = ...                       # callables without arguments that do the whole job once
        context.same("index", ours(), peer(), 1e-12)  # outputs are compared before anything is timed
        times = interleave({"ours": ours, "pandas": peer, "C": floor}, context)
        yield Case(
            "append N=87600",
            times,
            gates=[at_least(5, "pandas", times), at_most(4.5, "C", times)],
        )

* `interleave` times A B C, B C A, ... for at least seven rounds; per round every candidate is called `inner` times
  (found by itself unless given). CPU time by default; a candidate may bring its own clock:
  `Timed(call, clock=children_cpu)` for subprocesses.
* A gate takes the ratio of each round. `at_least(5, "pandas", times)`: pandas takes at least 5 times as long as ours.
  `at_most(4.5, "C", times)`: ours takes at most 4.5 times as long as C. It fails only if the median and the better
  quartile both miss. `gate_on(limit, label, ratios, at_most=True)` is for ratios made elsewhere.
* `not_measured("label", "why")` is a gate that could not be tried. Raise `Missing("why")` if the whole module cannot
  run, `Mismatch` if two outputs differ (`context.same` does); a mismatch fails the run.
* Peers are imported inside `run`, so that their absence is reported and not fatal; what needs no peer is compared
  first. Sizes come from `context.count(full, quick)`. With `--quick` gates are relaxed by 1.5. `--check` runs the
  smallest sizes and judges no gate: it tells whether data can still be made and outputs still agree (a test runs it).
* `context.directory` is an empty directory that is deleted afterwards; `context.random` a seeded numpy generator.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Clock = Callable[[], float]
Verdict = Literal["PASS", "FAIL", "NOT MEASURED"]
RELAXED = 1.5
_SHORTEST_BATCH_S = 0.02


class Missing(Exception):
    """A peer or a tool is not installed; the reason is the message."""


class Mismatch(Exception):
    """Two candidates disagree; their timings mean nothing."""


def own_cpu() -> float:
    """CPU seconds of this process."""
    return time.process_time()


def children_cpu() -> float:
    """CPU seconds of finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Timed:
    """A candidate with its own clock."""

    call: Callable[[], object]
    clock: Clock = own_cpu


@dataclass(frozen=True)
class Timing:
    """Seconds per call, one entry per round."""

    cpu: tuple[float, ...]
    wall: tuple[float, ...]

    @property
    def ms(self) -> float:
        """Median CPU milliseconds of one call."""
        return median(self.cpu) * 1000


Timings = Mapping[str, Timing]


@dataclass(frozen=True)
class Gate:
    """A bound on a ratio. `ratios` has one entry per round; empty if it could not be measured."""

    label: str
    ratios: tuple[float, ...]
    limit: float
    at_most: bool
    why_not: str = ""

    def verdict(self, relaxed: float = 1.0) -> Verdict:
        """FAIL only if the median and the better quartile both miss the (relaxed) limit."""
        if not self.ratios:
            return "NOT MEASURED"
        low, middle, high = quartiles(self.ratios)
        if self.at_most:
            return "PASS" if min(middle, low) <= self.limit * relaxed else "FAIL"
        return "PASS" if max(middle, high) >= self.limit / relaxed else "FAIL"


@dataclass(frozen=True)
class Case:
    """One workload: what was timed and what has to hold. `notes` are printed beneath."""

    workload: str
    times: Timings
    gates: Sequence[Gate] = ()
    notes: Sequence[str] = ()


@dataclass
class Context:
    """What a run may depend on."""

    quick: bool
    directory: Path
    rounds: int = 9
    tiny: bool = False
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(20260101))

    def count(self, full: int, quick: int | None = None, tiny: int = 400) -> int:
        """How many of something this run uses."""
        return tiny if self.tiny else quick if self.quick and quick is not None else full

    def same(self, what: str, ours: ArrayLike, other: ArrayLike, relative: float) -> None:
        """Mismatch unless both agree to `relative` (NaN equals NaN)."""
        left, right = np.asarray(ours, dtype=np.float64), np.asarray(other, dtype=np.float64)
        if left.shape != right.shape:
            raise Mismatch(f"{what}: {left.shape} against {right.shape} values")
        if not np.allclose(left, right, rtol=relative, atol=relative * 1e-6, equal_nan=True):
            worst = float(np.nanmax(np.abs(left - right) / np.maximum(np.abs(right), 1e-300)))
            raise Mismatch(f"{what}: outputs differ by up to {worst:.2e}")


def interleave(
    candidates: Mapping[str, Callable[[], object] | Timed], context: Context, inner: int | None = None
) -> Timings:
    """Time every candidate in every round, in rotating order. `inner` calls per round are found by trial if None."""
    timed = {name: item if isinstance(item, Timed) else Timed(item) for name, item in candidates.items()}
    calls = {name: inner or _batch(item) for name, item in timed.items()}
    cpu: dict[str, list[float]] = {name: [] for name in timed}
    wall: dict[str, list[float]] = {name: [] for name in timed}
    names = list(timed)
    for number in range(context.rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            used, passed = _run(timed[name], calls[name])
            cpu[name].append(used / calls[name])
            wall[name].append(passed / calls[name])
    return {name: Timing(tuple(cpu[name]), tuple(wall[name])) for name in names}


def at_least(limit: float, other: str, times: Timings, ours: str = "ours") -> Gate:
    """`other` takes at least `limit` times as long as `ours`."""
    return Gate(f">={limit:g}x {other}", _ratios(times[other], times[ours]), limit, at_most=False)


def at_most(limit: float, other: str, times: Timings, ours: str = "ours") -> Gate:
    """`ours` takes at most `limit` times as long as `other`."""
    return Gate(f"<={limit:g}x {other}", _ratios(times[ours], times[other]), limit, at_most=True)


def gate_on(limit: float, label: str, ratios: Sequence[float], *, at_most: bool) -> Gate:
    """A bound on ratios (or any figures) that were made elsewhere."""
    return Gate(label, tuple(ratios), limit, at_most=at_most)


def not_measured(label: str, why: str) -> Gate:
    """A bound that could not be tried."""
    return Gate(label, (), 0.0, at_most=True, why_not=why)


def quartiles(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(ratios) == 1:
        return ratios[0], ratios[0], ratios[0]
    low, middle, high = quantiles(ratios, n=4, method="inclusive")
    return low, middle, high


def _ratios(upper: Timing, lower: Timing) -> tuple[float, ...]:
    return tuple(a / max(b, 1e-9) for a, b in zip(upper.cpu, lower.cpu, strict=True))


def _batch(item: Timed) -> int:
    """How many calls make a batch long enough for the clock. The first call only warms up."""
    item.call()
    calls = 1
    while True:
        _, passed = _run(item, calls)
        if passed >= _SHORTEST_BATCH_S or calls >= 4096:
            return calls
        calls *= 2


def _run(item: Timed, calls: int) -> tuple[float, float]:
    began, before = time.perf_counter(), item.clock()
    for _ in range(calls):
        item.call()
    return item.clock() - before, time.perf_counter() - began
