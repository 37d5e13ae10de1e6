"""The price rule, held against a second writing of it in exact fractions."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard_crypto.simulator.clock import parse_iso
from dashboard_crypto.simulator.klines import INTERVALS_MS, select, window
from dashboard_crypto.simulator.market import Market, load_market
from dashboard_crypto.simulator.record import PriceFileError, csv_tracks, split_symbol
from dashboard_crypto.simulator.track import Track

HOUR = 3_600_000
DAY = 24 * HOUR
T0 = 1_704_067_200_000  # 2024-01-01T00:00:00Z
HEADER = "symbol,open_time,open,high,low,close,volume\n"


def stamp(offset_ms: int) -> str:
    return str(np.datetime64(T0 + offset_ms, "ms")) + "Z"


def tracks(tmp_path: Path, *files: list[str]) -> dict[str, Track]:
    paths = []
    for number, rows in enumerate(files):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text(HEADER + "\n".join(rows) + "\n")
    return {track.symbol: track for track in csv_tracks(paths)}


def row(offset_ms: int, prices: str, volume: str = "1", symbol: str = "AUSDT") -> str:
    return f"{symbol},{stamp(offset_ms)},{prices},{volume}"


@pytest.fixture
def hourly(tmp_path: Path) -> Track:
    """Three bars, a hole of two hours, one more bar. The second is equally near to both extremes."""
    rows = [
        row(0, "10,16,9,13.00"),
        row(HOUR, "13,15,11,14.01"),
        row(2 * HOUR, ",,,15.5", ""),
        row(5 * HOUR, "20,21,19,20.5", "3"),
    ]
    return tracks(tmp_path, rows)["AUSDT"]


def at(track: Track, offset_ms: int) -> str | None:
    price = track.price(T0 + offset_ms)
    return None if price is None else str(price)


def test_inside_a_bar_the_price_visits_open_near_extreme_far_extreme_close(hourly: Track) -> None:
    third = HOUR // 3
    assert [at(hourly, k * third) for k in range(4)] == ["10.00", "9.00", "16.00", "13.00"]
    assert at(hourly, third // 2) == "9.50"
    assert at(hourly, third + third // 4) == "10.75"


def test_equally_near_means_low_first(hourly: Track) -> None:
    assert at(hourly, HOUR + HOUR // 3) == "11.00"
    assert at(hourly, HOUR + 2 * HOUR // 3) == "15.00"


def test_a_close_only_bar_is_a_straight_line(hourly: Track) -> None:
    assert at(hourly, 2 * HOUR + HOUR // 2) == "14.76"  # 14.755, half to even
    assert at(hourly, 3 * HOUR) == "15.50"


def test_a_hole_stands_still_and_its_end_opens_anew(hourly: Track) -> None:
    assert [at(hourly, 3 * HOUR + 1), at(hourly, 5 * HOUR - 1), at(hourly, 5 * HOUR)] == ["15.50", "15.50", "20.00"]


def test_there_is_no_price_outside_the_record(hourly: Track) -> None:
    assert [at(hourly, -1), at(hourly, 0), at(hourly, 6 * HOUR), at(hourly, 6 * HOUR + 1)] == [
        None,
        "10.00",
        "20.50",
        None,
    ]


def test_at_a_boundary_the_bar_just_ended_wins(tmp_path: Path) -> None:
    track = tracks(tmp_path, [row(0, "1,2,1,2"), row(HOUR, "5,6,4,5")])["AUSDT"]
    assert [at(track, HOUR - 1), at(track, HOUR), at(track, HOUR + 1)] == ["2", "2", "5"]


def reference(bars: dict[int, tuple[Decimal, ...]], instant: int, places: int) -> Decimal | None:
    """The rule once more, from its words: bars of one hour by open time, no holes."""
    if instant in bars and instant - HOUR not in bars:
        return bars[instant][0]
    opened = (instant - 1) // HOUR * HOUR
    if opened not in bars:
        return None
    first, high, low, last = (Fraction(value) for value in bars[opened])
    corners = [first, low, high, last] if first - low <= high - first else [first, high, low, last]
    progress = Fraction(3 * (instant - opened), HOUR)
    leg = min(int(progress), 2)
    exact = corners[leg] + (corners[leg + 1] - corners[leg]) * (progress - leg)
    scaled = exact * 10**places
    whole = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return whole.quantize(Decimal(1), rounding=ROUND_HALF_EVEN).scaleb(-places)


CENTS = st.integers(100, 5000).map(lambda cents: Decimal(cents) / 100)
BAR = st.tuples(CENTS, CENTS, CENTS, CENTS).map(
    lambda four: (four[0], max(four), min(four), four[3]),
)


@given(bars=st.lists(BAR, min_size=1, max_size=4), offset=st.integers(-HOUR, 5 * HOUR))
def test_any_bars_at_any_instant(
    tmp_path_factory: pytest.TempPathFactory, bars: list[tuple[Decimal, ...]], offset: int
) -> None:
    rows = [row(i * HOUR, ",".join(f"{value:.2f}" for value in bar)) for i, bar in enumerate(bars)]
    track = tracks(tmp_path_factory.mktemp("bars"), rows)["AUSDT"]
    table = {T0 + i * HOUR: bar for i, bar in enumerate(bars)}
    expected = reference(table, T0 + offset, track.tick_decimals)
    assert track.price(T0 + offset) == expected


@pytest.fixture(scope="module")
def shipped() -> Market:
    return load_market()


def test_small_klines_aggregate_to_the_recorded_bar(shipped: Market) -> None:
    for symbol in ("BTCUSDT", "XRPUSDT"):
        track = shipped.tracks[symbol]
        for index in range(1000, 20000, 1777):
            opened = int(track.pieces.start[index])
            whole = track.stats(opened, opened + HOUR)
            for interval in ("1m", "3m", "5m", "15m", "30m"):
                rows = select(track, interval, opened, opened + HOUR - 1, limit=1000, now_ms=opened + 10 * HOUR)
                parts = [stats for _, _, stats in rows]
                assert whole is not None
                assert len(parts) == HOUR // INTERVALS_MS[interval]
                assert (parts[0].open, parts[-1].close) == (whole.open, whole.close)
                assert max(part.high for part in parts) == whole.high == int(track.pieces.high[index])
                assert min(part.low for part in parts) == whole.low == int(track.pieces.low[index])
                assert sum(part.volume for part in parts) == whole.volume == int(track.pieces.volume[index])


@pytest.mark.parametrize(
    ("symbol", "interval"), [("BTCUSDT", "1h"), ("XRPUSDT", "1h"), ("EURUSDT", "1d"), ("EURUSDT", "4h")]
)
def test_bars_read_off_the_record_are_those_of_the_definition(shipped: Market, symbol: str, interval: str) -> None:
    """Around the halt of 2023-03-24, at the record's two ends, and across a change of the bars' length."""
    track, step = shipped.tracks[symbol], INTERVALS_MS[interval]
    halt = parse_iso("2023-03-24T00:00:00Z")
    for start in (track.first_ms - 3 * step + 1, halt, track.last_ms - 40 * DAY, track.last_ms - 9 * step):
        now = start + 45 * DAY + 1234
        rows = select(track, interval, start, None, limit=300, now_ms=now)
        for opened, end, stats in rows:
            assert stats == track.stats(opened, min(end, now))
        opens = [opened for opened, _, _ in rows]
        grid = range(-(-start // step) * step, now, step)
        assert opens == [opened for opened in grid if track.stats(opened, min(opened + step, now))][:300]


@pytest.mark.parametrize(("symbol", "interval"), [("BTCUSDT", "1h"), ("EURUSDT", "1d"), ("EURUSDT", "4h")])
def test_the_newest_bars_are_those_of_the_definition(shipped: Market, symbol: str, interval: str) -> None:
    """Asked without a start: with an unfinished bar, at a border, after the halt, after the end, before the record."""
    track, step = shipped.tracks[symbol], INTERVALS_MS[interval]
    last = track.last_ms // step * step
    halted = parse_iso("2023-03-24T16:00:00Z")
    for now in (last - 50 * step + 777, last - 50 * step, last, last + 3 * step, halted, track.first_ms + 2 * step + 5):
        rows = select(track, interval, None, None, limit=30, now_ms=now)
        grid = range(now // step * step - 60 * step, now, step)
        klines = [(opened, opened + step, track.stats(opened, min(opened + step, now))) for opened in grid]
        assert rows == [row for row in klines if row[2]][-30:]


def test_a_kline_s_close_is_the_price_at_its_end(shipped: Market) -> None:
    track = shipped.tracks["ETHUSDT"]
    now = track.first_ms + 500 * DAY + 1234567
    for interval in INTERVALS_MS:
        rows = select(track, interval, None, None, limit=50, now_ms=now)
        assert rows, interval
        assert all(stats.close == track.ticks(min(end, now)) for _, end, stats in rows)
        assert all(stats.low <= min(stats.open, stats.close) for _, _, stats in rows)


def test_the_recorded_halt_is_absent_and_stands_still(shipped: Market) -> None:
    track = shipped.tracks["BTCUSDT"]
    hole = 1_679_662_800_000  # 2023-03-24T13:00:00Z
    assert track.stats(hole, hole + HOUR) is None
    assert track.price(hole + 1) == track.price(hole) == track.price(hole + HOUR - 1)
    hours = select(track, "1h", hole - HOUR, hole + HOUR, limit=10, now_ms=hole + DAY)
    assert [opened for opened, _, _ in hours] == [hole - HOUR, hole + HOUR]


def test_which_klines_a_request_gets(shipped: Market) -> None:
    track, opened = shipped.tracks["BTCUSDT"], T0
    now = T0 + 40 * HOUR + 1

    def opens(start: int | None, end: int | None, limit: int) -> list[int]:
        return [(o - opened) // HOUR for o, _, _ in select(track, "1h", start, end, limit=limit, now_ms=now)]

    assert opens(None, None, 3) == [38, 39, 40]
    assert opens(T0 + 1, None, 2) == [1, 2]
    assert opens(T0, None, 2) == [0, 1]
    assert opens(None, T0 + 5 * HOUR, 2) == [4, 5]
    assert opens(T0 + HOUR, T0 + 3 * HOUR, 500) == [1, 2, 3]
    assert opens(T0 + 39 * HOUR, T0 + 99 * HOUR, 500) == [39, 40]
    assert opens(T0 + 41 * HOUR, None, 5) == []


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert window("1w", T0) == (T0, T0 + 7 * DAY)  # 2024-01-01 was a Monday
    assert window("1M", T0 + 40 * DAY) == (T0 + 31 * DAY, T0 + 60 * DAY)  # February of a leap year
    assert window("4h", T0 + 5 * HOUR) == (T0 + 4 * HOUR, T0 + 8 * HOUR)


def test_hourly_and_daily_files_mix_and_the_finer_wins(tmp_path: Path) -> None:
    daily = [row(0, "10,10,10,10"), row(DAY, "20,20,20,20"), row(2 * DAY, "30,30,30,30")]
    hourly = [row(DAY + i * HOUR, "99,99,99,99") for i in range(12)]
    track = tracks(tmp_path, daily, hourly)["AUSDT"]
    days = [DAY // 2, DAY + HOUR // 2, DAY + 12 * HOUR, DAY + 13 * HOUR, 2 * DAY + 1]
    assert [at(track, offset) for offset in days] == ["10", "99", "99", "20", "30"]


def test_bad_rows_are_named_by_line(tmp_path: Path) -> None:
    for bad in ("10,9,11,10", "10,11,9,", "10,11,9,-1", "10,11,9,nan"):
        with pytest.raises(PriceFileError, match=r"0\.csv line 3"):
            tracks(tmp_path, [row(0, "10,11,9,10"), row(HOUR, bad)])


def test_the_tick_is_the_most_decimals_written_in_a_close(tmp_path: Path) -> None:
    track = tracks(tmp_path, [row(0, "10.125,11.375,9,10"), row(HOUR, "10,10.10,10,10.10")])["AUSDT"]
    assert [at(track, 0), at(track, HOUR // 3), at(track, HOUR)] == ["10.12", "9.00", "10.00"]


def test_names_split_at_the_longest_known_quote() -> None:
    assert split_symbol("LDOUSDT") == ("LDO", "USDT")
    assert split_symbol("BTCFDUSD") == ("BTC", "FDUSD")
    assert split_symbol("USDTTRY") == ("USDT", "TRY")
    assert split_symbol("1INCHBTC") == ("1INCH", "BTC")
    with pytest.raises(PriceFileError):
        split_symbol("HELLO")
