"""A flow in the past, until every stored metric and every answer is right again."""

from __future__ import annotations

import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.databases import FIRST_MS, Filled, filled, insert_flow, stored_twr
from bench.harness import Case, Context, at_least, at_most, gate_on, interleave
from dashboard_crypto.core.model import Flow
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db.exact import ExactDecimal
from dashboard_crypto.services.history import HistoryState
from dashboard_crypto.services.views import NewCashFlow

_FLOWS = 100


class Base(DeclarativeBase):
    """The usual way's own idea of the table."""


class Snapshot(Base):
    """One object per row."""

    __tablename__ = "snapshots"
    id: Mapped[int] = mapped_column(primary_key=True)
    portfolio_id: Mapped[int]
    timestamp: Mapped[int]
    instant_ms: Mapped[int]
    slot: Mapped[int]
    total_value_usd: Mapped[Decimal] = mapped_column(ExactDecimal)
    capital_usd: Mapped[Decimal] = mapped_column(ExactDecimal)
    twr: Mapped[float]
    pnl_percent: Mapped[float]
    source: Mapped[str]
    status: Mapped[str]


def run(context: Context) -> Iterator[Case]:
    """Every call changes the history: it adds the flow, or takes away the one before."""
    count = context.count(87_600, 20_000)
    held = filled(context.directory / "ours.db", count, _FLOWS, context.random)
    held.services.store.database.engine.dispose()
    copy = context.directory / "copy.db"
    shutil.copyfile(held.path, copy)
    flows = held.services.history.current().series.flows.records
    context.same("stored against ORM twr", stored_twr(held.services), _orm(copy, flows, None)(), 1e-9)
    _compare(context, held, count // 2)
    for percent in (0, 50, 90):
        first_ms = FIRST_MS + count * percent // 100 * HOUR_MS + 600_000
        extra = Flow(first_ms, Decimal(1000))
        update, batch = _one_update(copy, first_ms), _executemany(copy, flows, extra)
        times = interleave(
            {"ours": _changer(held, first_ms), "one UPDATE": update, "executemany": batch}, context, inner=1
        )
        gates, notes = [], []
        if percent == 0:
            gates = [at_most(1.3, "one UPDATE", times)]
            slow = interleave(
                {"ours": _changer(held, first_ms), "ORM objects": _orm(copy, flows, extra)},
                replace(context, rounds=3),
                inner=1,
            )
            gates += [at_least(60, "ORM objects", slow), at_least(3.5, "executemany", times)]
            notes.append(f"ORM objects {slow['ORM objects'].ms:.4g} ms")
        yield Case(f"N={count} at {percent}%", times, gates=gates, notes=notes)
    yield _many_at_once(context, held, count)
    held.services.close()


def _changer(held: Filled, at_ms: int) -> Callable[[], object]:
    """Adds the flow or removes it; then everything stored and served is right again."""
    performance = held.services.performance
    present: list[int] = []

    def change() -> object:
        if present:
            performance.delete_cash_flow(present.pop())
        else:
            present.append(performance.add_cash_flow(NewCashFlow("DEPOSIT", at_ms, Decimal(1000))).id)
        return held.services.history.current().series.index[-1]

    return change


def _one_update(copy: Path, first_ms: int) -> Callable[[], object]:
    """The least that can be done: one statement over the same columns."""
    connection = _open(copy)
    capitals = cycle(("51234.56789012", "52234.56789012"))

    def update() -> object:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "UPDATE snapshots SET twr = twr * ? + ?, capital_usd = ?, pnl_percent = pnl_percent * ? "
            "WHERE portfolio_id = 1 AND instant_ms >= ?",
            (1.0000001, 0.0001, next(capitals), 1.0000001, first_ms),
        )
        return connection.execute("COMMIT")

    return update


def _executemany(copy: Path, flows: Sequence[Flow], extra: Flow) -> Callable[[], object]:
    """Plain rows instead of objects, the same work."""
    connection = _open(copy)
    versions = cycle((_with(flows, extra), list(flows)))

    def update() -> object:
        rows = connection.execute("SELECT id, instant_ms, total_value_usd FROM snapshots ORDER BY timestamp").fetchall()
        totals = [Decimal(total) for _, _, total in rows]
        figures = _figures([instant_ms for _, instant_ms, _ in rows], totals, next(versions))
        changed = [
            (twr, str(capital), percent, key)
            for (twr, capital, percent), (key, _, _) in zip(figures, rows, strict=True)
        ]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("UPDATE snapshots SET twr = ?, capital_usd = ?, pnl_percent = ? WHERE id = ?", changed)
        return connection.execute("COMMIT")

    return update


def _orm(copy: Path, flows: Sequence[Flow], extra: Flow | None) -> Callable[[], list[float]]:
    """The usual way: load objects, compute, set attributes, flush. `extra` is there every second time."""
    engine = sa.create_engine(f"sqlite:///{copy}")
    versions = cycle((_with(flows, extra), list(flows)))

    def update() -> list[float]:
        with Session(engine) as session:
            rows = session.scalars(sa.select(Snapshot).order_by(Snapshot.instant_ms)).all()
            instants, totals = [row.instant_ms for row in rows], [row.total_value_usd for row in rows]
            for row, figures in zip(rows, _figures(instants, totals, next(versions)), strict=True):
                row.twr, row.capital_usd, row.pnl_percent = figures
            session.commit()
            return [row.twr for row in rows] if extra is None else []

    return update


def _with(flows: Sequence[Flow], extra: Flow | None) -> list[Flow]:
    return sorted((*flows, extra), key=lambda flow: flow.instant_ms) if extra else list(flows)


def _figures(
    instants_ms: Sequence[int], totals: Sequence[Decimal], flows: Sequence[Flow]
) -> Iterator[tuple[float, Decimal, float]]:
    """Return, capital and percent of every snapshot, one after the other."""
    first_ms, waiting = instants_ms[0], deque(flows)
    index, base = 1.0, float(totals[0])
    capital, moment = totals[0], Decimal(0)
    for instant_ms, total in zip(instants_ms, totals, strict=True):
        while waiting and waiting[0].instant_ms <= instant_ms:
            flow = waiting.popleft()
            before = base if flow.value_before is None else float(flow.value_before)
            index, base = index * before / base, before + float(flow.amount)
            capital += flow.amount
            moment += flow.amount * (flow.instant_ms - first_ms)
        value = float(total)
        index, base = index * value / base, value
        late = moment / (instant_ms - first_ms) if instant_ms > first_ms else Decimal(0)
        yield (index - 1.0) * 100.0, capital, float((total - capital) / (capital - late)) * 100.0


def _many_at_once(context: Context, held: Filled, count: int) -> Case:
    """A hundred flows in one import cost one rewrite, not a hundred."""

    def batch(size: int) -> object:
        store, history = held.services.store, held.services.history
        with store.session() as session:
            before = history.synced(session)
            written = [
                insert_flow(
                    store,
                    session,
                    FIRST_MS + (number * count // (size + 1)) * HOUR_MS + 777_000,
                    Decimal(10),
                    float(before.series.values[0]),
                )
                for number in range(size)
            ]
            state: HistoryState = history.after_flow_change(session, before, written)
        history.publish(state)
        return state

    times = interleave({"ours": lambda: batch(100), "one flow": lambda: batch(1)}, replace(context, rounds=3), inner=1)
    ratios = [a / b for a, b in zip(times["ours"].cpu, times["one flow"].cpu, strict=True)]
    return Case("100 flows at once", times, gates=[gate_on(2.0, "<=2x one flow", ratios, at_most=True)])


def _compare(context: Context, held: Filled, row: int) -> None:
    change = _changer(held, FIRST_MS + row * HOUR_MS + 600_000)
    change()
    rewritten = stored_twr(held.services)
    held.services.history.rebuild()
    context.same("rewritten against rebuilt twr", rewritten, stored_twr(held.services), 0.0)
    percent = held.services.performance.twr_history(0, 0).percent
    context.same("stored against served twr", rewritten, percent, 1e-9)
    change()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
