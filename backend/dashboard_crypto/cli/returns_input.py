"""Reads a person's own values and flows from CSV. Every bad row is named by its line; nothing is guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.timekeys import from_iso

_MOST_PROBLEMS_SHOWN = 20
_LONGEST_NUMBER = 60
_LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: where it stood, when, and how much."""

    line: int
    instant_ms: int
    amount: Decimal


def read_rows(path: Path, column: str) -> list[Row]:
    """Rows of a CSV with a header that names `time` and `column`, in order of time.

    Raises InvalidInput that lists every bad line. A date without a time is midnight UTC; a time of day needs an offset
    or Z. Blank lines are skipped, other columns ignored.
    """
    problems: list[str] = []
    rows: list[Row] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, time, amount in _cells(file, column, problems):
                row = _row(line, time, amount, column, problems)
                rows.extend([row] if row else [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path.name}: cannot be read as CSV text ({_cause(error)})") from error
    if problems:
        raise InvalidInput(_listed(path.name, problems))
    return sorted(rows, key=lambda row: row.instant_ms)


def refuse_repeated_times(name: str, rows: Sequence[Row]) -> None:
    """Two values for one moment contradict each other."""
    first_line: dict[int, int] = {}
    problems = [
        f"line {row.line}: same time as line {earlier}"
        for row in sorted(rows, key=lambda row: row.line)
        if (earlier := first_line.setdefault(row.instant_ms, row.line)) != row.line
    ]
    if problems:
        raise InvalidInput(_listed(name, problems))


def _cells(file: TextIO, column: str, problems: list[str]) -> Iterator[tuple[int, str, str]]:
    """Line number and the two wanted cells of every line that is not blank.

    A line with more cells than the header is a problem: `1,000.50` without quotes would be read as 1.
    """
    reader = csv.reader(file, strict=True)
    names = [name.strip().lower() for name in next(reader, [])]
    if "time" not in names or column not in names:
        raise csv.Error(f"line 1 has to be a header with the columns time,{column}")
    time, amount = names.index("time"), names.index(column)
    for cells in reader:
        if any(cell.strip() for cell in cells[len(names) :]):
            problems.append(f"line {reader.line_num}: more cells than the header (a number with commas?)")
        elif any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * len(names)]
            yield reader.line_num, padded[time].strip(), padded[amount].strip()


def _row(line: int, time: str, amount_text: str, column: str, problems: list[str]) -> Row | None:
    instant_ms, amount = _instant(time), _number(amount_text)
    if instant_ms is None:
        problems.append(f"line {line}: time is not an ISO 8601 date, or a time with an offset or Z")
    if amount is None:
        problems.append(f"line {line}: {column} is not a plain number such as 1234.56")
    return None if instant_ms is None or amount is None else Row(line, instant_ms, amount)


def _instant(text: str) -> int | None:
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> Decimal | None:
    if not text or len(text) > _LONGEST_NUMBER or not text.isascii() or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT else None


def _listed(name: str, problems: Sequence[str]) -> str:
    shown = [f"{name} {problem}" for problem in problems[:_MOST_PROBLEMS_SHOWN]]
    rest = len(problems) - len(shown)
    return "\n".join([*shown, *([f"{name}: and {rest} more"] if rest else [])])


def _cause(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "not readable"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
