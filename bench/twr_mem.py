"""The whole return series in memory: ours, the pandas idiom, one pass in C.

Values, netted flows and their instants are columns for all three; turning records into columns is nobody's job here.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import Case, Context, Gate, Missing, Timings, at_least, at_most, gate_on, interleave, not_measured
from bench.workloads import Workload, awkward, hourly
from dashboard_crypto.core.returns import build_series

Floats = NDArray[np.float64]
FLOOR = 1.0 - 1e-9


def run(context: Context) -> Iterator[Case]:
    """Gates G1a (against pandas and C) and G1d (flat in the number of flows)."""
    compiled = compile_chain(context.directory)
    for workload in (awkward(context.random), *(hourly(context.random, count, 2) for count in (0, 1, 2, 3, 1000))):
        _compare(context, workload, compiled)
    many = context.count(10_000, tiny=1000)
    count = context.count(87_600, tiny=500)
    few, crowded = hourly(context.random, count, 100), hourly(context.random, count, many)
    times = _timed(context, few, compiled)
    yield Case(few.name, times, _gates(times))
    yield Case(crowded.name, _timed(context, crowded, compiled))
    yield _flatness(context, few, crowded)
    if not context.quick:
        million = hourly(context.random, 1_000_000, 1000)
        times = _timed(context, million, compiled)
        yield Case(million.name, times, [at_least(6, "pandas", times)])


def _gates(times: Timings) -> list[Gate]:
    limit = at_most(4.5, "C", times) if "C" in times else not_measured("<=4.5x C", "no C compiler")
    return [at_least(5, "pandas", times), limit]


def _flatness(context: Context, few: Workload, crowded: Workload) -> Case:
    times = interleave({"F=100": lambda: ours(few), "F=10k": lambda: ours(crowded)}, context)
    ratios = [a / b for a, b in zip(times["F=10k"].cpu, times["F=100"].cpu, strict=True)]
    return Case("N=87600 growth with F", times, [gate_on(2.5, "<=2.5x F=100", ratios, at_most=True)])


def _timed(context: Context, workload: Workload, compiled: Callable[[Workload], Floats] | None) -> Timings:
    _compare(context, workload, compiled)
    peer = pandas_idiom(workload)
    candidates: dict[str, Callable[[], object]] = {"ours": lambda: ours(workload), "pandas": peer}
    if compiled is not None:
        candidates["C"] = lambda: compiled(workload)
    return interleave(candidates, context)


def _compare(context: Context, workload: Workload, compiled: Callable[[Workload], Floats] | None) -> None:
    index = ours(workload)
    if len(workload.values) <= 100_000:
        context.same(f"{workload.name} against Decimal", index, decimal_chain(workload), 1e-12)
    context.same(f"{workload.name} against pandas", index, pandas_idiom(workload)(), 1e-9)
    if compiled is not None:
        context.same(f"{workload.name} against C", index, compiled(workload), 1e-9)


def ours(workload: Workload) -> Floats:
    """The product's function."""
    return build_series(workload.instants_ms, workload.values, workload.flows).index


def pandas_idiom(workload: Workload) -> Callable[[], Floats]:
    """Align the flows, divide by the row before, cumulate: what one would write with pandas, and quickly."""
    try:
        import pandas as pd
    except ImportError as error:
        raise Missing("pandas is not installed (bench/requirements-peers.txt)") from error
    values = pd.Series(workload.values, index=pd.Index(workload.instants_ms))
    flows = pd.Series(workload.flows.amounts, index=pd.Index(workload.flows.instants_ms))

    def compute() -> Floats:
        base = values.shift()
        placed = pd.Series(0.0, index=values.index)
        inside = flows[(flows.index > values.index.min()) & (flows.index <= values.index.max())]
        placed.iloc[values.index.searchsorted(inside.index)] = inside.to_numpy()
        end = values - placed
        factor = end.where(end > 1e-9, 0.0) / base
        valid = (base >= FLOOR) & (end >= -1e-9)
        return np.asarray(factor.where(valid, 1.0).cumprod(), dtype=np.float64)

    return compute


def compile_chain(directory: Path) -> Callable[[Workload], Floats] | None:
    """The C pass as a function; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    library = directory / "twr_limit.so"
    source = Path(__file__).with_name("twr_limit.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    chain = ctypes.CDLL(str(library)).chain
    chain.restype = None

    def compute(workload: Workload) -> Floats:
        index = np.empty(len(workload.values))
        flows = workload.flows
        chain(
            ctypes.c_int64(len(index)),
            *(ctypes.c_void_p(column.ctypes.data) for column in (workload.instants_ms, workload.values)),
            ctypes.c_int64(len(flows)),
            *(ctypes.c_void_p(column.ctypes.data) for column in (flows.instants_ms, flows.amounts)),
            ctypes.c_double(FLOOR),
            ctypes.c_void_p(index.ctypes.data),
        )
        return index

    return compute


def decimal_chain(workload: Workload) -> list[float]:
    """The same chain in Decimal, one snapshot at a time."""
    flows = dict(zip(workload.flows.instants_ms.tolist(), workload.flows.exact_amounts, strict=True))
    level, base, result = Decimal(1), None, []
    for instant, value in zip(workload.instants_ms.tolist(), workload.values.tolist(), strict=True):
        exact = Decimal(repr(value))
        end = exact - flows.get(instant, Decimal(0))
        if base is not None and base >= 1 and end >= 0:
            level *= end / base
        base = exact
        result.append(float(level))
    return result
