"""History from the first day: the account's past rebuilt from today's balances, the ledger and hourly prices.

It ends where live snapshots begin. While sources are being read it shows the newest part that all of them have told
completely, and grows with them; what it shows does not change any more. Once everything was read it replaces itself
when late records or an imported statement tell more.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from dashboard_crypto.core.coverage import common_since_ms
from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.history_values import ScopeFlow, ValueHistory, scope_flows, value_history
from dashboard_crypto.core.model import DISPLAY_CURRENCIES, EVERYTHING_MS
from dashboard_crypto.core.ports import Clock, HistoryReader
from dashboard_crypto.core.rebuild import Gap
from dashboard_crypto.core.renames import SOURCE as RENAME
from dashboard_crypto.core.taxonomy import EVERYTHING, Scope
from dashboard_crypto.core.timekeys import DAY_MS, HOUR_MS
from dashboard_crypto.db import backfill_rows, check_rows, decision_rows, fetched_rows, flow_rows, price_rows
from dashboard_crypto.db.backfill_rows import Rebuilt
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord
from dashboard_crypto.db.store import Store
from dashboard_crypto.services import past_flows
from dashboard_crypto.services.doorbell import Doorbell
from dashboard_crypto.services.flow_decisions import with_decision
from dashboard_crypto.services.history import History
from dashboard_crypto.services.past_plan import NAME, Plan, make_plan
from dashboard_crypto.services.read_spans import Spans

REACHES_MS = tuple(days * DAY_MS for days in (9, 33, 48, 93, 183, 366, 731, 1461))
"""How far back all sources must have been read for the next, longer part to be rebuilt: each costs as much as it is
long. Just beyond the usual windows, which need a snapshot before they begin."""


class Backfill:
    """`step` does one piece of work, small enough that live calls never wait for it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        history: History,
        doorbell: Doorbell,
        scope: Scope = EVERYTHING,
        *,
        crew: Crew = ALONE,
        reaches_ms: Sequence[int] = REACHES_MS,
    ) -> None:
        self._crew = crew
        self._reaches_ms = reaches_ms
        self._store = store
        self._clock = clock
        self._history = history
        self._doorbell = doorbell
        self._scope = scope
        self._is_due = True
        self._plan: Plan | None = None
        self._reached_ms = 0
        self.needs_until_ms = 0
        """Every source must have been read up to this instant at least: the first live snapshot."""
        self.is_complete = False
        """At the last look, everything had been read that a rebuild needs."""

    @property
    def share(self) -> float | None:
        """How much of the rebuild under way is done; None if there is none."""
        return None if self._plan is None else self._plan.prices.share(self._plan.wanted)

    @property
    def is_under_way(self) -> bool:
        """A rebuild was begun."""
        return self._plan is not None

    def look_again(self) -> None:
        """The ledger may tell more now."""
        self._is_due = True

    def since_ms(self, reader: HistoryReader, spans: Spans) -> int | None:
        """From when on a new rebuild could show the past; None if none is due.

        Bring the cash flows in line with the ledger before `begin`.
        """
        if self._plan is not None or not self._is_due:
            return None
        with self._store.reading() as session:
            live_from_ms = backfill_rows.first_live_ms(session, self._store.portfolio_id)
        if live_from_ms is None:
            return None
        self.needs_until_ms = live_from_ms
        since_ms = common_since_ms([spans.get(name) for name in reader.sources()], live_from_ms)
        self.is_complete = since_ms == EVERYTHING_MS
        if since_ms is None or (not self.is_complete and not self._is_worth_it(live_from_ms - since_ms)):
            self._is_due = False
            return None
        return since_ms

    def begin(self, since_ms: int, spans: Spans) -> None:
        """Plan a rebuild of the time since then, if it would show anything new."""
        self._reached_ms = max(self._reached_ms, self.needs_until_ms - since_ms)
        self._plan = make_plan(self._store, self._crew, self._scope, since_ms, spans)
        self._is_due = False

    def step(self, reader: HistoryReader, fence: int) -> bool:
        """Do the next piece; False when there is nothing to do. Errors of the exchange leave the piece for later."""
        plan, now_ms = self._plan, self._clock.now_ms()
        if plan is None:
            return False
        if plan.prices.step(reader, fence, now_ms):
            return True
        if plan.values is None:
            self._value_hours(plan)
            return True
        if plan.prices.fetch(plan.wanted, reader, fence, now_ms):
            return True
        for what in plan.waiting:
            self._value(plan, what)
        self._store_all(plan, plan.values, fence)
        self._plan = None
        return True

    def _is_worth_it(self, reach_ms: int) -> bool:
        """All sources reach beyond another mark since the last time."""
        return any(self._reached_ms < mark_ms <= reach_ms for mark_ms in self._reaches_ms)

    def _value_hours(self, plan: Plan) -> None:
        """Also lists everything that crosses the border of the valued portfolio before the live part."""
        hours, prices = plan.shown_ms, plan.prices.matrix()[plan.first_row :]
        values = value_history(plan.history, hours, prices)
        crossings = scope_flows(plan.history, hours, prices, plan.movements)
        plan.turns = past_flows.turn_flows(crossings, values)
        with self._store.reading() as session:
            stored = flow_rows.load_flows(session, self._store.portfolio_id, int(hours[0]) + 1, plan.live_from_ms)
        plan.waiting = [
            *(flow for flow in stored if not (flow.external_id or "").startswith(past_flows.DERIVED)),
            *(flow for flow in crossings if flow.price_usd is None),
            *(gap for gap in plan.history.gaps if gap.instant_ms > hours[0]),
        ]
        for what in plan.waiting:
            own = set() if isinstance(what, FlowRecord) else {what.asset}
            held = plan.history.before(what.instant_ms).keys()
            plan.wanted[what.instant_ms] = plan.wanted.get(what.instant_ms, set()) | held | own
        plan.values = values  # last: a step that failed on the way is done again

    def _value(self, plan: Plan, what: FlowRecord | ScopeFlow | Gap) -> None:
        price_at = plan.prices.at
        if isinstance(what, FlowRecord):
            plan.updated.append((what, past_flows.valued(what, plan.history, price_at)))
        elif isinstance(what, Gap):
            plan.added += past_flows.gap_flow(what, plan.history, price_at)
        else:
            plan.added += past_flows.crossing_flow(what, plan.history, price_at)

    def _store_all(self, plan: Plan, values: ValueHistory, fence: int) -> None:
        """Snapshots, flows, metrics and the report of it, in one transaction."""
        store, now_ms = self._store, self._clock.now_ms()
        exact = [Decimal(f"{value:.8f}") for value in values.values.tolist()]
        rates = (plan.prices.closes(name)[plan.first_row :] for name in DISPLAY_CURRENCIES)
        past = [Rebuilt(*hour) for hour in zip(plan.shown_ms.tolist(), exact, *rates, strict=True)]
        with store.writing_as(fence) as session:
            backfill_rows.replace_backfill(session, store.portfolio_id, past)
            price_rows.add_prices(session, store.portfolio_id, plan.prices.closes_after(now_ms - DAY_MS - HOUR_MS))
            self._replace_flows(session, plan, now_ms)
            check_rows.save_check(session, store.portfolio_id, NAME, now_ms, _report(plan, values))
            if plan.is_whole:
                fetched_rows.forget_fetched(session, store.portfolio_id)
            state = self._history.rebuilt(session)
        self._history.publish(state)
        self._doorbell.ring("performance", state.revision)

    def _replace_flows(self, session: Session, plan: Plan, now_ms: int) -> None:
        portfolio_id = self._store.portfolio_id
        for old, new in plan.updated:
            # A person may have edited or deleted it while prices were being fetched.
            if flow_rows.load_flow(session, portfolio_id, old.id) == old and new != old.content:
                flow_rows.update_flow(session, portfolio_id, old, new, now_ms)
        derived = (*plan.turns, *plan.added)
        said = decision_rows.load_decisions(session, portfolio_id, [new.external_id or "" for new in derived])
        wanted = {new.external_id: with_decision(new, said.get(new.external_id or "")) for new in derived}
        for stored in flow_rows.imported_flows(session, portfolio_id):
            if not (stored.external_id or "").startswith(past_flows.DERIVED):
                continue
            if wanted.get(stored.external_id) == stored.content:
                del wanted[stored.external_id]
            else:
                flow_rows.delete_flow(session, portfolio_id, stored, now_ms)
        for flow in wanted.values():
            flow_rows.insert_flow(session, portfolio_id, flow, now_ms)


def _report(plan: Plan, values: ValueHistory) -> dict[str, object]:
    """What the history rests on. Of a part of it nobody can tell yet what was assumed at its beginning."""
    history, is_known = plan.history, plan.is_whole and not np.isnan(values.coverage_ratio)
    return {
        "signature": plan.signature,
        "is_whole": plan.is_whole,
        "start_ms": int(plan.shown_ms[0]),
        "until_ms": plan.live_from_ms,
        "coverage_ratio": values.coverage_ratio if is_known else None,
        "openings": dict(history.openings) if plan.is_whole else {},
        "gaps": [[gap.asset, gap.instant_ms, gap.quantity] for gap in history.gaps] if plan.is_whole else [],
        "unpriced": list(values.unpriced),
        "renames": [[m.asset, m.instant_ms, m.amount] for m in plan.movements if m.source == RENAME],
    }
