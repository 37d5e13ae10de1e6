"""`python -m bench [--only NAME] [--quick | --check] [--json FILE]`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bench
from bench.harness import RELAXED, Case, Context, Gate, Mismatch, Missing, Verdict, not_measured, quartiles

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent / "backend"))


@dataclass(frozen=True)
class Outcome:
    """One benchmark's cases, or why there are none."""

    name: str
    case: Case | None
    verdict: Verdict
    why: str = ""


def main() -> int:
    """Run, print, and say by the exit code whether a gate failed."""
    options = _options()
    outcomes: list[Outcome] = []
    for name in _selected(options.only):
        for outcome in _outcomes(name, quick=options.quick, tiny=options.check):
            outcomes.append(outcome)
            print(_line(outcome, _relaxed(options.quick)), flush=True)
    failed = _print_summary(outcomes, _relaxed(options.quick))
    if options.json:
        Path(options.json).write_text(json.dumps([_record(o) for o in outcomes], indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", help="run this benchmark (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, gates relaxed by 1.5")
    parser.add_argument("--check", action="store_true", help="smallest sizes: compare outputs, judge no gate")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


def _selected(only: list[str] | None) -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    # Read and not imported: the peers' application wants its own settings when it is.
    known = only or [name for name in names if "\ndef run(" in (_HERE / f"{name}.py").read_text(encoding="utf-8")]
    if unknown := set(known) - set(names):
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    return known


def _outcomes(name: str, *, quick: bool, tiny: bool) -> Iterator[Outcome]:
    module = importlib.import_module(f"bench.{name}")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        rounds = 1 if tiny else 7 if quick else 11
        context = Context(quick=quick or tiny, directory=Path(directory), rounds=rounds, tiny=tiny)
        try:
            for made in module.run(context):
                case = replace(made, gates=()) if tiny else made
                yield Outcome(name, case, _verdict(case.gates, _relaxed(quick)))
        except Missing as reason:
            yield Outcome(name, None, "NOT MEASURED", str(reason))
        except Mismatch as reason:
            yield Outcome(name, None, "FAIL", str(reason))


def _relaxed(quick: bool) -> float:
    return RELAXED if quick else 1.0


def _verdict(gates: Iterable[Gate], relaxed: float) -> Verdict:
    verdicts = {gate.verdict(relaxed) for gate in gates}
    return "FAIL" if "FAIL" in verdicts else "NOT MEASURED" if "NOT MEASURED" in verdicts else "PASS"


def _line(outcome: Outcome, relaxed: float) -> str:
    case = outcome.case
    if case is None:
        word = "SKIP" if outcome.verdict == "NOT MEASURED" else "FAIL"
        return f"{word} {outcome.name}: {outcome.why}"
    parts = [f"{outcome.name} {case.workload}"]
    ours = case.times.get("ours")
    for name, timing in case.times.items():
        compared = ""
        if ours is not None and name != "ours":
            low, middle, high = quartiles([b / max(a, 1e-9) for a, b in zip(ours.cpu, timing.cpu, strict=True)])
            compared = f" ({middle:.3g}x, IQR {low:.3g}-{high:.3g})"
        parts.append(f"{name} {timing.ms:.4g} ms{compared}")
    parts.extend(_gate(gate, relaxed) for gate in case.gates)
    return " | ".join([*parts, outcome.verdict, *case.notes])


def _gate(gate: Gate, relaxed: float) -> str:
    if not gate.ratios:
        return f"gate {gate.label}: NOT MEASURED ({gate.why_not})"
    _, middle, _ = quartiles(gate.ratios)
    return f"gate {gate.label}: {middle:.3g} {gate.verdict(relaxed)}"


def _print_summary(outcomes: list[Outcome], relaxed: float) -> int:
    print()
    tally = {"PASS": 0, "FAIL": 0, "NOT MEASURED": 0}
    for outcome in outcomes:
        gates = outcome.case.gates if outcome.case else [not_measured(outcome.verdict, outcome.why)]
        workload = outcome.case.workload if outcome.case else ""
        for gate in gates:
            verdict = gate.verdict(relaxed) if outcome.case else outcome.verdict
            tally[verdict] += 1
            figure = f"{quartiles(gate.ratios)[1]:.3g}" if gate.ratios else gate.why_not
            print(f"{outcome.name:<12} {workload:<24} {gate.label:<28} {figure:<12} {verdict}")
    print(f"{tally['PASS']} passed, {tally['FAIL']} failed, {tally['NOT MEASURED']} skipped")
    return tally["FAIL"]


def _record(outcome: Outcome) -> dict[str, Any]:
    case = outcome.case
    times = {} if case is None else case.times
    return {
        "name": outcome.name,
        "workload": case.workload if case else None,
        "verdict": outcome.verdict,
        "why": outcome.why,
        "cpu_ms": {name: timing.ms for name, timing in times.items()},
        "wall_ms": {name: 1000 * sorted(timing.wall)[len(timing.wall) // 2] for name, timing in times.items()},
        "gates": [{"label": g.label, "limit": g.limit, "ratios": list(g.ratios)} for g in (case.gates if case else ())],
        "notes": list(case.notes) if case else [],
    }


if __name__ == "__main__":
    sys.exit(main())
