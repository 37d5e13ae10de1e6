"""Returns, profits and their course. Every answer is made from one consistent picture of the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.course import course_of, gaps, thinned
from dashboard_crypto.core.currency_course import course_in
from dashboard_crypto.core.currency_pnl import as_own, pnl_in, totals_in
from dashboard_crypto.core.currency_rates import CurrencyRates, RatedFlow
from dashboard_crypto.core.currency_window import periods_in, return_in
from dashboard_crypto.core.doubted_windows import believed_course, believed_index, believed_pnl, believed_return
from dashboard_crypto.core.growing import reaches_back_to_first, while_growing
from dashboard_crypto.core.model import Currency, WindowPnl, WindowReturn
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
from dashboard_crypto.services.views import OwnTotals, StatsView, TwrHistory
from dashboard_crypto.services.window_views import CourseView, OwnMeasures, WindowsView, WindowView, WorkingView

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

    def working(self, asked: Asked, currency: Currency | None = None) -> WorkingView:
        """The return of one window with its sub-periods."""
        with self._picture() as picture:
            window = _return_in(picture, asked)
            rates = self._rates_of(picture, currency)
        series = picture.state.series
        periods = None if rates is None else periods_in(window, series, rates)
        if rates is None or periods is None:
            return WorkingView(believed_return(window), None if currency is None else "USD")
        own = replace(return_in(window, series, rates), periods=periods)
        return WorkingView(believed_return(own), currency)

    def window(self, asked: Asked, currency: Currency | None = None) -> WindowView:
        """Return and profit of one window."""
        with self._picture() as picture:
            return self._windows_in(picture, (asked,), currency)[0]

    def windows(self, windows: Sequence[Asked], currency: Currency | None = None) -> WindowsView:
        """Several windows and the totals."""
        with self._picture() as picture:
            return WindowsView(self._windows_in(picture, windows, currency), self._stats_in(picture, currency))

    def windows_of(
        self, session: Session, state: HistoryState, days: Sequence[int], currency: Currency | None = None
    ) -> tuple[WindowView, ...]:
        """Several windows of `state`, whose snapshots are those that `session` sees."""
        return self._windows_in(Picture(self._store, state, session), days, currency)

    def stats(self, currency: Currency | None = None) -> StatsView:
        """Counts and totals over the whole history."""
        with self._picture() as picture:
            return self._stats_in(picture, currency)

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

    def course(self, asked: Asked, max_points: int, currency: Currency | None = None) -> CourseView:
        """Return, value, profit and rates at every snapshot of a window; thinned to `max_points`, 0 gives every one.

        In a currency the return is in that one, and the profit is there in both.
        """
        with self._picture() as picture:
            series, rebuilt = picture.state.series, picture.rebuilt
            window = select_window(series.instants_ms, asked)
            if window is None:
                return CourseView(None, (), None, self._gap_ms, 0)
            measured = _return_of(picture, asked)
            columns = self._rates.columns(picture.session, picture.state)
            rates = self._rates_of(picture, currency)
        drawn = course_of(series, window, columns)
        if rates is not None:
            drawn = course_in(drawn, window, measured, series, rates)
        elif currency is not None:
            drawn = replace(drawn, pnl=drawn.pnl_usd)
        whole = believed_course(drawn, measured)
        live_from_ms = None if rebuilt is None else int(rebuilt["until_ms"])
        if live_from_ms is not None and live_from_ms <= whole.instants_ms[0]:
            live_from_ms = None
        holes = tuple(gaps(whole.instants_ms, self._gap_ms))
        return CourseView(thinned(whole, max_points), holes, live_from_ms, self._gap_ms, len(whole))

    def _windows_in(
        self, picture: Picture, windows: Sequence[Asked], currency: Currency | None
    ) -> tuple[WindowView, ...]:
        rates = self._rates_of(picture, currency)
        return tuple(_with_own(_window_in(picture, asked), asked, picture, currency, rates) for asked in windows)

    def _stats_in(self, picture: Picture, currency: Currency | None) -> StatsView:
        stats, rates = _stats(picture), self._rates_of(picture, currency)
        if currency is None:
            return stats
        known = (stats.total_deposits_usd, stats.total_withdrawals_usd) if rates is None else totals_in(rates)
        return replace(stats, own=OwnTotals(currency, *known))

    def _rates_of(self, picture: Picture, currency: Currency | None) -> CurrencyRates | None:
        """What that currency cost at every snapshot and cash flow that counts; None for USD."""
        if currency is None or currency == "USD":
            return None
        state = picture.state
        flows = [
            RatedFlow(record.instant_ms, amount, record.rates_usd[currency])
            for record in state.flows
            if (amount := record.counted_usd) is not None
        ]
        at_snapshots = self._rates.columns(picture.session, state)[currency]
        return CurrencyRates(
            currency, state.series.instants_ms, at_snapshots, sorted(flows, key=lambda flow: flow.instant_ms)
        )

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


def _with_own(
    view: WindowView, asked: Asked, picture: Picture, currency: Currency | None, rates: CurrencyRates | None
) -> WindowView:
    """The same window in the asked currency beside it."""
    if currency is None:
        return view
    if rates is None:
        return replace(view, own=OwnMeasures(currency, view.twr, as_own(view.pnl)))
    series = picture.state.series
    twr, pnl = return_in(view.twr, series, rates), pnl_in(asked, view.pnl, series, rates)
    return replace(view, own=OwnMeasures(currency, twr, pnl))


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
