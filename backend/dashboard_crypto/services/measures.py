"""Returns, profits and their course. Every answer is made from one consistent picture of the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.course import course_of, gaps, thinned
from dashboard_crypto.core.doubted_windows import believed_course, believed_index, believed_pnl, believed_return
from dashboard_crypto.core.growing import reaches_back_to_first, while_growing
from dashboard_crypto.core.model import WindowPnl, WindowReturn
from dashboard_crypto.core.money import EXACT, ZERO, total
from dashboard_crypto.core.pnl import window_pnl
from dashboard_crypto.core.thinning import thin
from dashboard_crypto.core.timekeys import DAY_MS
from dashboard_crypto.core.window_return import window_return
from dashboard_crypto.core.windows import Asked, select_window
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.history import History, HistoryState
from dashboard_crypto.services.past_rates import PastRates
from dashboard_crypto.services.picture import Picture
from dashboard_crypto.services.snapshot_writer import SnapshotRules
from dashboard_crypto.services.views import StatsView, TwrHistory
from dashboard_crypto.services.window_views import CourseView, WindowsView, WindowView

GAP_SLOTS = 3
"""Two snapshots of neighbouring slots can be nearly two slots apart; more than three means that some are missing."""


class Measures:
    """Everything that is computed from the stored values and flows. Safe to call from any thread."""

    def __init__(self, store: Store, history: History, rules: SnapshotRules) -> None:
        self._store = store
        self._history = history
        self._rates = PastRates(store)
        self._gap_ms = round(GAP_SLOTS * rules.snapshot_interval_s * 1000)

    def twr(self, asked: Asked) -> WindowReturn:
        """Time-weighted return of one window."""
        with self._picture() as picture:
            return believed_return(_return_in(picture, asked))

    def pnl(self, asked: Asked) -> WindowPnl:
        """Profit and loss of one window."""
        return self.window(asked).pnl

    def window(self, asked: Asked) -> WindowView:
        """Both."""
        with self._picture() as picture:
            return _window_in(picture, asked)

    def windows(self, days: Sequence[int]) -> WindowsView:
        """Several windows and the totals."""
        with self._picture() as picture:
            found = tuple(_window_in(picture, asked) for asked in days)
            return WindowsView(found, _stats(picture))

    def windows_of(self, session: Session, state: HistoryState, days: Sequence[int]) -> tuple[WindowView, ...]:
        """Several windows of `state`, whose snapshots are those that `session` sees."""
        picture = Picture(self._store, state, session)
        return tuple(_window_in(picture, asked) for asked in days)

    def stats(self) -> StatsView:
        """Counts and totals over the whole history."""
        with self._picture() as picture:
            return _stats(picture)

    def doubted_from_ms(self, session: Session) -> int | None:
        """Instant of the first snapshot behind a doubted flow: from there on no profit since the beginning is known."""
        return self._seen_by(session).doubted_from_ms

    def twr_history(self, days: int, max_points: int) -> TwrHistory:
        """Percent since the window's base, as far as it is known; thinned keeping the extremes, 0 gives every point."""
        with self._picture() as picture:
            series = picture.state.series
            window = select_window(series.instants_ms, days)
            if window is None:
                return TwrHistory(np.empty(0, dtype=np.int64), np.empty(0))
            instants, growth = believed_index(series, window, lambda: _return_of(picture, days))
        percent = (growth - 1.0) * 100.0
        if max_points and len(percent) > max_points:
            kept = thin(percent, max_points)
            instants, percent = instants[kept], percent[kept]
        return TwrHistory(instants, percent)

    def course(self, asked: Asked, max_points: int) -> CourseView:
        """Return, value, profit and rates at every snapshot of a window; thinned to `max_points`, 0 gives every one."""
        with self._picture() as picture:
            series, rebuilt = picture.state.series, picture.rebuilt
            window = select_window(series.instants_ms, asked)
            if window is None:
                return CourseView(None, (), None, self._gap_ms, 0)
            measured = _return_of(picture, asked)
            rates = self._rates.columns(picture.session, picture.state)
        whole = believed_course(course_of(series, window, rates), measured)
        live_from_ms = None if rebuilt is None else int(rebuilt["until_ms"])
        if live_from_ms is not None and live_from_ms <= whole.instants_ms[0]:
            live_from_ms = None
        holes = tuple(gaps(whole.instants_ms, self._gap_ms))
        return CourseView(thinned(whole, max_points), holes, live_from_ms, self._gap_ms, len(whole))

    @contextmanager
    def _picture(self) -> Iterator[Picture]:
        """As of one moment, whatever is written meanwhile."""
        with self._store.reading() as session:
            yield Picture(self._store, self._seen_by(session), session)

    def _seen_by(self, session: Session) -> HistoryState:
        state = self._history.synced(session)
        self._history.publish(state)
        return state


def _window_in(picture: Picture, asked: Asked) -> WindowView:
    twr = _return_in(picture, asked)
    series = picture.state.series
    pnl = window_pnl(asked, series.instants_ms, series.flows, picture.exact, min_base=series.min_base)
    return WindowView(believed_return(twr), believed_pnl(pnl, twr))


def _return_in(picture: Picture, asked: Asked) -> WindowReturn:
    """As the snapshots tell it, marked where older ones are still to come."""
    twr = _return_of(picture, asked)
    return while_growing(twr) if reaches_back_to_first(asked, twr) and picture.is_growing else twr


def _return_of(picture: Picture, asked: Asked) -> WindowReturn:
    series = picture.state.series
    return window_return(
        asked, series.instants_ms, series.values, series.flows, picture.exact, min_base=series.min_base
    )


def _stats(picture: Picture) -> StatsView:
    state, past = picture.state, picture.rebuilt or {}
    first_ms, last_ms = state.first_ms, state.last_ms
    deposits, withdrawals = totals(state.flows)
    return StatsView(
        tracking_days=0.0 if first_ms is None or last_ms is None else (last_ms - first_ms) / DAY_MS,
        total_snapshots=len(state.series),
        total_cashflows=len(state.flows),
        total_deposits_usd=deposits,
        total_withdrawals_usd=withdrawals,
        first_snapshot_ms=first_ms,
        last_snapshot_ms=last_ms,
        latest_snapshot_id=picture.newest_id(),
        history_start_ms=past.get("start_ms"),
        coverage=past.get("coverage_ratio"),
        assumed_openings={asset: Decimal(text) for asset, text in past.get("openings", {}).items()},
        assumed_departures=len(past.get("gaps", ())),
    )


def totals(records: Sequence[FlowRecord]) -> tuple[Decimal, Decimal]:
    """What came in and what went out, both positive, of the flows that count."""
    amounts = [amount for record in records if (amount := record.counted_usd) is not None]
    out = total(amount for amount in amounts if amount < 0)
    return total(amount for amount in amounts if amount > 0), EXACT.minus(out) if out else ZERO
