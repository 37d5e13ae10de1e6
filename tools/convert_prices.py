"""Maintainers' tool: turn Parquet tables of recorded bars into the compact file that the simulator ships.

    python tools/convert_prices.py hourly.parquet daily.parquet [--out FILE]

Needs pandas and pyarrow, which the product itself does not. Only rows whose `src` stands in `LICENSED` are taken. A
bar of a series that is sparser than its file (one close every fourth hour) is widened to the spacing of the series and
ends where the recorded bar ended. Every series is cut where the hourly record of BTCUSDT ends.
"""

from __future__ import annotations

import argparse
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LICENSED = ("ber", "ron", "r4h")
REFERENCE = "BTCUSDT"
COLUMNS = ("open", "high", "low", "close", "volume")
DEFAULT_OUT = Path(__file__).parents[1] / "backend/dashboard_crypto/simulator/data/prices.npz"


def main() -> None:
    """Read the command line, convert, say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parquet", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    options = parser.parse_args()
    arrays: dict[str, Any] = {}
    index: list[dict[str, Any]] = []
    limit_ms = 2**62
    for path in options.parquet:
        table = pd.read_parquet(path)
        table = table[table["src"].isin(LICENSED)]
        file_step_ms = smallest_step_ms(table)
        for symbol, bars in table.groupby("symbol", observed=True):
            entry, columns = convert(str(symbol), bars, file_step_ms, limit_ms)
            if entry["rows"]:
                name = f"{len(index)}"
                index.append(entry | {"name": name})
                arrays |= {f"{name}_{column}": values for column, values in columns.items()}
            if symbol == REFERENCE and limit_ms == 2**62:
                limit_ms = entry["end_ms"]
    arrays["index"] = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    np.savez_compressed(options.out, **arrays)
    for entry in index:
        print(entry)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def smallest_step_ms(table: pd.DataFrame) -> int:
    """The interval of the file's bars: the smallest spacing of any symbol in it."""
    steps = [np.diff(milliseconds(bars)).min() for _, bars in table.groupby("symbol", observed=True) if len(bars) > 1]
    return int(min(steps))


def milliseconds(bars: pd.DataFrame) -> Any:
    """The open times as epoch milliseconds."""
    return bars["open_time"].astype("datetime64[ms, UTC]").astype("int64").to_numpy()


def convert(symbol: str, bars: pd.DataFrame, file_step_ms: int, limit_ms: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One symbol's bars as an index entry and five compact integer columns (see `simulator.record.unpack`)."""
    opens_ms = milliseconds(bars)
    step_ms = int(np.diff(opens_ms).min())
    opens_ms = opens_ms - (step_ms - file_step_ms)
    keep = opens_ms + step_ms <= limit_ms
    close_only = bool(bars["open"].isna().all())
    if not close_only and bars[list(COLUMNS)].isna().any().any():
        raise SystemExit(f"{symbol}: a series must be full bars or closes only, not both")
    price_columns = ("close",) if close_only else COLUMNS[:4]
    texts = {c: [Decimal(repr(float(x))) for x in bars[c][keep]] for c in price_columns}
    decimals = max(decimal_places(x) for values in texts.values() for x in values) if keep.any() else 0
    tick_decimals = max((decimal_places(x) for x in texts["close"]), default=0)
    scaled = {c: integers(values, decimals) for c, values in texts.items()}
    columns = {"hour": np.diff(opens_ms[keep], prepend=0) // 3_600_000}
    columns["close"] = np.diff(scaled["close"], prepend=0)
    if not close_only:
        volumes = [Decimal(repr(float(x))) for x in bars["volume"][keep]]
        top, bottom = np.maximum(scaled["open"], scaled["close"]), np.minimum(scaled["open"], scaled["close"])
        columns |= {"open": scaled["open"] - scaled["close"], "high": scaled["high"] - top}
        columns |= {"low": bottom - scaled["low"], "volume": integers(volumes, 8)}
    entry = {
        "symbol": symbol,
        "interval_ms": step_ms,
        "decimals": decimals,
        "tick_decimals": tick_decimals,
        "close_only": close_only,
        "rows": int(keep.sum()),
        "end_ms": int(opens_ms[keep][-1] + step_ms) if keep.any() else 0,
        "sources": sorted(set(bars["src"][keep])),
    }
    return entry, {name: narrow(values) for name, values in columns.items()}


def decimal_places(value: Decimal) -> int:
    """Digits after the point in the shortest form: 0 for 12 and 1.2E+3."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def integers(values: list[Decimal], decimals: int) -> Any:
    """Exact scaled integers; fails rather than round."""
    scaled = [value.scaleb(decimals) for value in values]
    if any(value != int(value) for value in scaled):
        raise SystemExit("a value has more decimals than its scale")
    return np.array([int(value) for value in scaled], dtype=np.int64)


def narrow(values: Any) -> Any:
    """The smallest integer type that holds the column."""
    small = values.astype(np.int32)
    return small if bool((small == values).all()) else values.astype(np.int64)


if __name__ == "__main__":
    main()
