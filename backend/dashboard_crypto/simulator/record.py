"""Where bars come from: the record that the package ships, or CSV files of the user."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from dashboard_crypto.simulator.track import VOLUME_DECIMALS, Integers, Pieces, Track

SHIPPED = Path(__file__).parent / "data" / "prices.npz"
HOUR_MS = 3_600_000
# Tried longest first, so that a short name never hides a longer one.
_QUOTE_NAMES = (
    "USDT USDC FDUSD TUSD USD1 BUSD USDP DAI BTC ETH BNB SOL XRP DOGE EUR GBP AUD TRY BRL ARS COP MXN PLN RON "
    "CZK JPY ZAR UAH IDR"
)
QUOTES = tuple(sorted(_QUOTE_NAMES.split(), key=lambda name: (-len(name), name)))


class PriceFileError(ValueError):
    """A price file cannot be read; the message names file and line."""


@dataclass(slots=True)
class Rows:
    """Bars of one symbol in one file, as read."""

    opens_ms: list[int] = field(default_factory=list)
    prices: list[tuple[Decimal | None, Decimal | None, Decimal | None, Decimal]] = field(default_factory=list)
    volumes: list[Decimal] = field(default_factory=list)


def split_symbol(symbol: str) -> tuple[str, str]:
    """Base and quote asset of a symbol's name; the longest known quote wins."""
    for quote in QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol[: -len(quote)], quote
    raise PriceFileError(f"symbol {symbol!r} ends in no known quote asset")


def shipped_tracks() -> list[Track]:
    """The record inside the package (see data/README.md for its sources)."""
    with np.load(SHIPPED, allow_pickle=False) as archive:
        index = json.loads(archive["index"].tobytes())
        series: dict[str, list[tuple[dict[str, Any], Pieces]]] = {}
        for entry in index:
            series.setdefault(entry["symbol"], []).append((entry, unpack(entry, archive)))
    return [combine(symbol, parts) for symbol, parts in series.items()]


def unpack(entry: dict[str, Any], archive: Any) -> Pieces:
    """Undo the differences of `tools/convert_prices.py`."""
    name = entry["name"]
    opens_ms = np.cumsum(archive[f"{name}_hour"].astype(np.int64)) * HOUR_MS
    close = np.cumsum(archive[f"{name}_close"].astype(np.int64))
    if entry["close_only"]:
        return close_only_pieces(opens_ms, entry["interval_ms"], close)
    first = close + archive[f"{name}_open"]
    high = np.maximum(first, close) + archive[f"{name}_high"]
    low = np.minimum(first, close) - archive[f"{name}_low"]
    volume = archive[f"{name}_volume"].astype(np.int64)
    return make_pieces(opens_ms, entry["interval_ms"], (first, high, low, close), volume, np.zeros(len(close), bool))


def close_only_pieces(opens_ms: Integers, interval_ms: int, close: Integers) -> Pieces:
    """Bars of which only the close is known run linearly from the close before them."""
    first = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(first, close), np.minimum(first, close)
    linear = np.ones(len(close), dtype=bool)
    return make_pieces(opens_ms, interval_ms, (first, high, low, close), np.zeros_like(close), linear)


def make_pieces(
    opens_ms: Integers, interval_ms: int, prices: tuple[Any, Any, Any, Any], volume: Integers, linear: Any
) -> Pieces:
    """Whole bars of one interval as pieces."""
    first, high, low, close = (np.asarray(column, dtype=np.int64) for column in prices)
    length = np.full(len(opens_ms), interval_ms, dtype=np.int64)
    return Pieces(opens_ms, opens_ms + interval_ms, opens_ms, length, first, high, low, close, volume, linear)


def combine(symbol: str, parts: Sequence[tuple[dict[str, Any], Pieces]]) -> Track:
    """One track from series of several intervals: the finer wins where it exists."""
    base, quote = split_symbol(symbol)
    decimals = max(entry["decimals"] for entry, _ in parts)
    tick_decimals = max(entry["tick_decimals"] for entry, _ in parts)
    ordered = sorted(parts, key=lambda part: int(part[0]["interval_ms"]))
    merged: Pieces | None = None
    for entry, pieces in ordered:
        scaled = pieces.scaled(10 ** (decimals - entry["decimals"]))
        merged = scaled if merged is None else fill_gaps(merged, scaled)
    if merged is None:
        raise PriceFileError(f"symbol {symbol!r} has no bars")
    return Track(symbol, base, quote, decimals, tick_decimals, merged)


def fill_gaps(fine: Pieces, coarse: Pieces) -> Pieces:
    """The fine pieces, and of the coarse ones what the fine ones leave free."""
    breaks = np.flatnonzero(fine.start[1:] > fine.end[:-1])
    free_from = [-(2**62), *fine.end[breaks].tolist(), int(fine.end[-1])]
    free_until = [int(fine.start[0]), *fine.start[breaks + 1].tolist(), 2**62]
    gaps = [coarse.clipped(start, end) for start, end in zip(free_from, free_until, strict=True)]
    return Pieces.joined([fine, *gaps])


def csv_tracks(paths: Iterable[Path]) -> list[Track]:
    """Tracks of CSV or CSV.gz files (`symbol,open_time,open,high,low,close,volume`); files may differ in interval."""
    series: dict[str, list[tuple[dict[str, Any], Pieces]]] = {}
    for path in paths:
        table = read_csv(path)
        steps = {symbol: smallest_step(rows.opens_ms) for symbol, rows in table.items()}
        usual = min((step for step in steps.values() if step), default=HOUR_MS)
        for symbol, rows in table.items():
            series.setdefault(symbol, []).append(scaled_pieces(rows, steps[symbol] or usual))
    return [combine(symbol, parts) for symbol, parts in series.items()]


def smallest_step(opens_ms: Sequence[int]) -> int:
    """The smallest spacing; 0 if there is only one bar."""
    return min((after - before for before, after in pairwise(opens_ms)), default=0)


def read_csv(path: Path) -> dict[str, Rows]:
    """The rows of one file by symbol, ordered by time."""
    table: dict[str, Rows] = {}
    with open_text(path) as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                add_row(table, row)
            except (KeyError, TypeError, ValueError, InvalidOperation) as error:
                raise PriceFileError(f"{path.name} line {line}: {error}") from error
    for symbol, rows in table.items():
        order = sorted(range(len(rows.opens_ms)), key=rows.opens_ms.__getitem__)
        rows.opens_ms = [rows.opens_ms[i] for i in order]
        rows.prices = [rows.prices[i] for i in order]
        rows.volumes = [rows.volumes[i] for i in order]
        if len(set(rows.opens_ms)) != len(rows.opens_ms):
            raise PriceFileError(f"{path.name}: {symbol} has two bars with the same open_time")
    return table


def open_text(path: Path) -> TextIO:
    """A CSV file, compressed or not."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def add_row(table: dict[str, Rows], row: dict[str, str]) -> None:
    """Parse one line strictly; blanks are allowed for everything but symbol, time and close."""
    rows = table.setdefault(row["symbol"].strip(), Rows())
    instant = datetime.fromisoformat(row["open_time"].strip())
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    first, high, low, close = (number(row[name]) for name in ("open", "high", "low", "close"))
    if close is None:
        raise ValueError("close is missing")
    if first is None or high is None or low is None:
        first = high = low = None
    elif not low <= min(first, close) <= max(first, close) <= high:
        raise ValueError("open and close must lie between low and high")
    rows.opens_ms.append(round(aware.timestamp() * 1000))
    rows.prices.append((first, high, low, close))
    rows.volumes.append(number(row.get("volume", "") or "", minimum_excluded=False) or Decimal(0))


def number(text: str, *, minimum_excluded: bool = True) -> Decimal | None:
    """A positive (or, for volumes, non-negative) finite number; None for a blank."""
    if not text.strip():
        return None
    value = Decimal(text.strip())
    if not value.is_finite() or value < 0 or (minimum_excluded and value == 0):
        raise ValueError(f"{text!r} is not a possible value")
    return value


def scaled_pieces(rows: Rows, interval_ms: int) -> tuple[dict[str, Any], Pieces]:
    """Rows as integer pieces, with the scale they need."""
    tick_decimals = most_decimals(prices[3] for prices in rows.prices)
    decimals = most_decimals(value for prices in rows.prices for value in prices if value is not None)
    known = [first is not None for first, _, _, _ in rows.prices]
    columns = list(zip(*filled(rows.prices), strict=True))
    prices = tuple(scaled_integers(column, decimals) for column in columns)
    pieces = make_pieces(
        np.array(rows.opens_ms, dtype=np.int64),
        interval_ms,
        (prices[0], prices[1], prices[2], prices[3]),
        scaled_integers([round(volume, VOLUME_DECIMALS) for volume in rows.volumes], VOLUME_DECIMALS),
        ~np.array(known, dtype=bool),
    )
    entry = {"interval_ms": interval_ms, "decimals": decimals, "tick_decimals": tick_decimals}
    return entry, pieces


def filled(
    prices: Sequence[tuple[Decimal | None, Decimal | None, Decimal | None, Decimal]],
) -> Iterator[tuple[Decimal, Decimal, Decimal, Decimal]]:
    """A bar with only a close starts at the close before it."""
    previous: Decimal | None = None
    for first, high, low, close in prices:
        if first is None or high is None or low is None:
            start = close if previous is None else previous
            yield start, max(start, close), min(start, close), close
        else:
            yield first, high, low, close
        previous = close


def most_decimals(values: Iterable[Decimal]) -> int:
    """The most digits after the point that were written."""
    exponents = (value.as_tuple().exponent for value in values)
    return max((-exponent for exponent in exponents if isinstance(exponent, int) and exponent < 0), default=0)


def scaled_integers(values: Iterable[Decimal], decimals: int) -> Integers:
    """Exact integers in units of `10 ** -decimals`."""
    return np.array([int(value.scaleb(decimals)) for value in values], dtype=np.int64)
