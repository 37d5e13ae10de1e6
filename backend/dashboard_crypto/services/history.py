"""The whole history of one portfolio, resident as columns.

Reading 87,600 rows out of a database costs a hundred times what the mathematics costs, so the columns stay in memory
and grow by one item per snapshot. The database's revisions tell when another thread or process has written, and then
exactly the missing rows are read; a changed history (a flow, a rewrite) is read anew.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard_crypto.core.doubted_rows import first_doubted_row
from dashboard_crypto.core.errors import Conflict
from dashboard_crypto.core.flows import FlowColumns, flow_columns
from dashboard_crypto.core.growable import Growable
from dashboard_crypto.core.model import Segment
from dashboard_crypto.core.money import EXACT
from dashboard_crypto.core.returns import ReturnSeries, build_series, extend
from dashboard_crypto.db import flow_rows, snapshot_rows, state_rows
from dashboard_crypto.db.driver import Spoken
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.metrics_sql import Inception
from dashboard_crypto.db.records import FlowRecord, NewSnapshot
from dashboard_crypto.db.snapshot_rows import SeriesRows, Stretch
from dashboard_crypto.db.store import Store


@dataclass(frozen=True)
class HistoryState:
    """The history as of `revision`. Never changes; the next state shares its memory.

    `open_segment` is the last segment when further snapshots without a flow simply continue it; `ids` are those of the
    rows of `series`, and `last_id` is the largest.
    """

    revision: int
    history_revision: int
    ids: Growable[np.int64]
    last_id: int
    first_value: Decimal | None
    flows: tuple[FlowRecord, ...]
    series: ReturnSeries
    open_segment: Segment | None

    @property
    def last_ms(self) -> int | None:
        """Instant of the newest snapshot."""
        return self.series.last_ms if len(self.series) else None

    @property
    def first_ms(self) -> int | None:
        """Instant of the oldest snapshot."""
        return self.series.first_ms if len(self.series) else None

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Constants of every stretch, the capital exact to the last digit of the first value, doubts marked."""
        if self.first_value is None:
            return ()
        parts = self.series.segments
        # The columns know the first value as float64; what that rounding took is given back here.
        lost = EXACT.subtract(self.first_value, Decimal(repr(float(self.series.values[0]))))
        if lost:
            parts = tuple(replace(part, capital_usd=EXACT.add(part.capital_usd, lost)) for part in parts)
        doubted_ms = self.doubted_from_ms
        if doubted_ms is None:
            return parts
        return tuple(replace(part, is_doubted=part.until_ms >= doubted_ms) for part in parts)

    @cached_property
    def doubted_from_ms(self) -> int | None:
        """Instant of the first snapshot behind a flow that contradicts the values; a segment begins with it."""
        row = first_doubted_row(self.series)
        return None if row is None else int(self.series.instants_ms[row])

    def inception(self) -> Inception:
        """What the stored metrics count from. Only with at least one snapshot."""
        first_ms = self.first_ms
        if self.first_value is None or first_ms is None:
            raise ValueError("a history without snapshots has no inception")
        return Inception(first_ms, self.first_value, self.series.min_base)


class History:
    """Gives the state of now, and writes what changes it: snapshots and the metrics behind a changed flow."""

    def __init__(self, store: Store, min_base_usd: Decimal = Decimal(1)) -> None:
        self._store = store
        self._min_base = float(min_base_usd)
        self._lock = threading.Lock()
        self._state: HistoryState | None = None

    def current(self) -> HistoryState:
        """The newest committed state, whoever wrote it."""
        state = self._state
        revisions = self._store.revision()
        if state is not None and (state.revision, state.history_revision) == revisions:
            return state
        with self._store.reading() as session:
            state = self.synced(session)
        self.publish(state)
        return state

    def publish(self, state: HistoryState) -> None:
        """Make a state visible to every reader; only after its transaction was committed."""
        with self._lock:
            if self._state is None or state.revision >= self._state.revision:
                self._state = state

    def synced(self, session: Spoken) -> HistoryState:
        """The state as this session sees it."""
        return self.standing_at(session, state_rows.load_revision(session, self._store.portfolio_id))

    def standing_at(self, session: Spoken, revisions: tuple[int, int]) -> HistoryState:
        """As `synced`, where the session's revisions are known already."""
        revision, history_revision = revisions
        store, state = self._store, self._state
        if state is None or state.history_revision != history_revision or state.revision > revision:
            return self._load(session, revision, history_revision)
        if state.revision == revision:
            return state
        rows = snapshot_rows.load_series(session, store.portfolio_id, state.last_id)
        return self._continued(session, state, revision, rows)

    def append(self, session: Spoken, state: HistoryState, new: NewSnapshot) -> HistoryState:
        """Store one snapshot later than all others; it is the last one of the state given back. Conflict if its slot is
        taken.

        `state` is what `standing_at` gave in this session.
        """
        store = self._store
        first_value = new.total_value_usd if state.first_value is None else state.first_value
        value = float(new.total_value_usd)
        continued = _continuing(state, new.instant_ms, value)
        if continued is None:
            trial = replace(state, first_value=first_value, series=_longer(state.series, new.instant_ms, value))
            segment, inception = trial.segments[-1], trial.inception()
        else:
            segment, inception = continued, state.inception()
        row_id = snapshot_rows.append_snapshot(session, store.portfolio_id, new, segment, inception)
        if row_id is None:
            raise Conflict("There is already a snapshot of this hour.")
        revision = state_rows.move_on(session, store.portfolio_id, state.revision)
        series = extend(state.series, new.instant_ms, value)
        still_open = continued if value >= series.min_base else None
        if continued is None:
            still_open = _still_open(series, segment)
        ids, same = state.ids.with_item(row_id), state.history_revision
        return HistoryState(revision, same, ids, row_id, first_value, state.flows, series, still_open)

    def after_flow_change(
        self, session: Session, before: HistoryState, written: Sequence[FlowRecord], removed: Collection[int] = ()
    ) -> HistoryState:
        """Rewrite what the changed flows of this session change, and bump both revisions.

        `before` is what `synced` gave in this session before any flow was touched: the stored metrics stand for it.
        `written` are the flows as they are stored now, new or changed; `removed` the ids of those that are gone.
        """
        after = self.with_flows(before, written, removed)
        if len(after.series):
            self._rewrite(session, before.segments, after)
        revision, history_revision = state_rows.bump(session, self._store.portfolio_id, history=True)
        segment = after.segments[-1] if len(after.series) else None
        return replace(
            after,
            revision=revision,
            history_revision=history_revision,
            open_segment=_still_open(after.series, segment),
        )

    def with_flows(
        self, before: HistoryState, written: Sequence[FlowRecord], removed: Collection[int] = ()
    ) -> HistoryState:
        """What the history becomes with these flows; see `after_flow_change`. Writes nothing."""
        gone = {record.id for record in written} | set(removed)
        kept = [record for record in before.flows if record.id not in gone]
        flows = tuple(sorted([*kept, *written], key=lambda record: (record.instant_ms, record.id)))
        series = build_series(before.series.instants_ms, before.series.values, _columns(flows), self._min_base)
        return replace(before, flows=flows, series=series, open_segment=None)

    def rebuild(self) -> HistoryState:
        """Recompute every stored metric from the values and flows alone."""
        with self._store.session() as session:
            state = self.rebuilt(session)
        self.publish(state)
        return state

    def rebuilt(self, session: Session) -> HistoryState:
        """The same within a transaction that changed values; publish it after the commit."""
        store = self._store
        revision, history_revision = state_rows.load_revision(session, store.portfolio_id)
        state = self._load(session, revision, history_revision)
        if len(state.series):
            self._rewrite(session, (), state)
        revision, history_revision = state_rows.bump(session, store.portfolio_id, history=True)
        return replace(state, revision=revision, history_revision=history_revision)

    def _rewrite(self, session: Session, old: Sequence[Segment], after: HistoryState) -> None:
        """One UPDATE per segment, from the first one that differs."""
        store, inception = self._store, after.inception()
        changed = _changed(old, after.segments)
        instants = after.series.instants_ms
        first = np.searchsorted(instants, [segment.after_ms for segment in changed], side="right")
        last = np.searchsorted(instants, [segment.until_ms for segment in changed], side="right") - 1
        stretches = map(Stretch, changed, instants[first].tolist(), _id_ranges(after.ids.view, first, last))
        snapshot_rows.rewrite_metrics(session, store.portfolio_id, stretches, inception)

    def _load(self, session: Spoken, revision: int, history_revision: int) -> HistoryState:
        store = self._store
        rows = snapshot_rows.load_series(session, store.portfolio_id)
        flows = flow_rows.load_flows(session, store.portfolio_id)
        series = build_series(rows.instants_ms, rows.values, _columns(flows), self._min_base)
        first = self._first_value(session, rows)
        state = HistoryState(revision, history_revision, Growable(rows.ids), rows.last_id, first, flows, series, None)
        segment = state.segments[-1] if len(series) else None
        return replace(state, open_segment=_still_open(series, segment))

    def _continued(self, session: Spoken, state: HistoryState, revision: int, rows: SeriesRows) -> HistoryState:
        if not len(rows.values):
            return replace(state, revision=revision)
        series, segment = state.series, state.open_segment
        ids = state.ids
        for row_id, instant_ms, value in zip(rows.ids, rows.instants_ms.tolist(), rows.values.tolist(), strict=True):
            ids, series = ids.with_item(row_id), extend(series, instant_ms, value)
        first = self._first_value(session, rows) if state.first_value is None else state.first_value
        longer = replace(state, revision=revision, ids=ids, last_id=rows.last_id, first_value=first, series=series)
        segment = longer.segments[-1]
        return replace(longer, open_segment=_still_open(series, segment))

    def _first_value(self, session: Spoken, rows: SeriesRows) -> Decimal | None:
        if not len(rows.values):
            return None
        first_ms = int(rows.instants_ms[0])
        found = snapshot_rows.exact_values(session, self._store.portfolio_id, [first_ms])
        return found[first_ms]


def _columns(flows: Sequence[FlowRecord]) -> FlowColumns:
    return flow_columns([flow for record in flows if (flow := record.as_flow()) is not None])


def _longer(series: ReturnSeries, instant_ms: int, value: float) -> ReturnSeries:
    instants = np.append(series.instants_ms, np.int64(instant_ms))
    return build_series(instants, np.append(series.values, value), series.flows, series.min_base)


def _continuing(state: HistoryState, instant_ms: int, value: float) -> Segment | None:
    """The open segment stretched to a new snapshot, if nothing happens in between."""
    segment = state.open_segment
    if segment is None or value < 0 or state.series.flows.after(segment.until_ms):
        return None
    return segment.stretched(instant_ms)


def _still_open(series: ReturnSeries, segment: Segment | None) -> Segment | None:
    """The last segment, if a further snapshot without a flow would belong to it: it moves with the value, consists of
    more than the row behind a flow, and stands above the floor."""
    if segment is None or not segment.index_per_usd > 0 or series.values[-1] < series.min_base:
        return None
    holds_flow = len(range(*series.flows.between(segment.after_ms, segment.until_ms).indices(len(series.flows))))
    return None if holds_flow else segment


def _id_ranges(ids: NDArray[np.int64], first: NDArray[np.intp], last: NDArray[np.intp]) -> list[tuple[int, int] | None]:
    """Smallest and largest id of the rows from `first` to `last` of each stretch; None where they are not one row."""
    breaks = np.concatenate(([0], np.cumsum(np.diff(ids) != 1)))
    whole = (breaks[first] == breaks[last]).tolist()
    ends = zip(ids[first].tolist(), ids[last].tolist(), strict=True)
    return [pair if is_whole else None for pair, is_whole in zip(ends, whole, strict=True)]


def rewritten(before: HistoryState, after: HistoryState) -> int:
    """How many stored snapshots get new metrics when the one history becomes the other."""
    changed = _changed(before.segments, after.segments)
    if not changed:
        return 0
    return len(after.series) - int(np.searchsorted(after.series.instants_ms, changed[0].after_ms, side="right"))


def _changed(old: Sequence[Segment], new: Sequence[Segment]) -> Sequence[Segment]:
    same = 0
    while same < min(len(old), len(new)) and _is_same(old[same], new[same]):
        same += 1
    return new[same:]


def _is_same(one: Segment, other: Segment) -> bool:
    """Equal, where "no return yet" (NaN, which never equals itself) is the same on both sides."""
    if math.isnan(one.index_offset) and math.isnan(other.index_offset):
        one, other = (replace(each, index_offset=0.0, index_per_usd=0.0) for each in (one, other))
    return one == other
