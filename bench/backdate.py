"""A flow in the past, until every stored metric and every answer is right again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.databases import FIRST_MS, Filled, filled, insert_flow, stored_twr
from bench.harness import Case, Context, at_least, at_most, gate_on, interleave
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.services.history import HistoryState
from dashboard_crypto.services.views import NewCashFlow

_FLOWS = 100


class Base(DeclarativeBase):
    """The usual way's own idea of the table."""


class Snapshot(Base):
    """One object per row."""

    __tablename__ = "snapshots"
    id: Mapped[int] = mapped_column(primary_key=True)
    instant_ms: Mapped[int]
    total_value_usd: Mapped[str]
    capital_usd: Mapped[str]
    twr: Mapped[float]
    pnl_percent: Mapped[float]


def run(context: Context) -> Iterator[Case]:
    """Every call changes the history: it adds the flow, or takes away the one before."""
    count = 20_000 if context.quick else 87_600
    held = filled(context.directory / "ours.db", count, _FLOWS, context.random)
    held.services.store.database.engine.dispose()
    copy = context.directory / "copy.db"
    shutil.copyfile(held.path, copy)
    _compare(context, held, count // 2)
    for percent in (0, 50, 90):
        first_ms = FIRST_MS + count * percent // 100 * HOUR_MS + 1000
        update, batch = _one_update(copy, first_ms), _executemany(copy, first_ms)
        times = interleave(
            {"ours": _changer(held, first_ms), "one UPDATE": update, "executemany": batch}, context, inner=1
        )
        gates, notes = [], []
        if percent == 0:
            gates = [at_most(1.3, "one UPDATE", times)]
            slow = interleave(
                {"ours": _changer(held, first_ms), "ORM objects": _orm(copy, first_ms)},
                replace(context, rounds=3),
                inner=1,
            )
            gates += [at_least(60, "ORM objects", slow), at_least(3.5, "executemany", times)]
            notes.append(f"ORM objects {slow['ORM objects'].ms:.4g} ms")
        yield Case(f"N={count} at {percent}%", times, gates=gates, notes=notes)
    yield _many_at_once(context, held, count)
    held.services.close()


def _changer(held: Filled, at_ms: int) -> Callable[[], object]:
    """Adds the flow or removes it, then asks for the total return."""
    performance = held.services.performance
    present: list[int] = []

    def change() -> object:
        if present:
            performance.delete_cash_flow(present.pop())
        else:
            present.append(performance.add_cash_flow(NewCashFlow("DEPOSIT", at_ms, Decimal(1000))).id)
        return performance.twr(0)

    return change


def _one_update(copy: Path, first_ms: int) -> Callable[[], object]:
    """The least that can be done: one statement over the same columns."""
    connection = _open(copy)

    def update() -> object:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "UPDATE snapshots SET twr = twr * ? + ?, capital_usd = ?, pnl_percent = pnl_percent * ? "
            "WHERE portfolio_id = 1 AND instant_ms >= ?",
            (1.0000001, 0.0001, "51234.56", 1.0000001, first_ms),
        )
        return connection.execute("COMMIT")

    return update


def _executemany(copy: Path, first_ms: int) -> Callable[[], object]:
    connection = _open(copy)

    def update() -> object:
        rows = connection.execute("SELECT twr, pnl_percent, id FROM snapshots WHERE instant_ms >= ?", (first_ms,))
        changed = [(twr * 1.0000001, "51234.56", percent * 1.0000001, key) for twr, percent, key in rows.fetchall()]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("UPDATE snapshots SET twr = ?, capital_usd = ?, pnl_percent = ? WHERE id = ?", changed)
        return connection.execute("COMMIT")

    return update


def _orm(copy: Path, first_ms: int) -> Callable[[], object]:
    """The usual way: load objects, set attributes, flush."""
    engine = sa.create_engine(f"sqlite:///{copy}")

    def update() -> object:
        with Session(engine) as session:
            for row in session.scalars(sa.select(Snapshot).where(Snapshot.instant_ms >= first_ms)):
                row.twr = row.twr * 1.0000001 + 0.0001
                row.capital_usd = str(Decimal(row.capital_usd) + Decimal("0.01"))
                row.pnl_percent *= 1.0000001
            session.commit()
        return None

    return update


def _many_at_once(context: Context, held: Filled, count: int) -> Case:
    """A hundred flows in one import cost one rewrite, not a hundred."""

    def batch(size: int) -> object:
        store, history = held.services.store, held.services.history
        with store.session() as session:
            before = history.synced(session)
            for number in range(size):
                at_ms = FIRST_MS + (number * count // (size + 1)) * HOUR_MS + 777_000
                insert_flow(store, session, at_ms, Decimal(10), float(before.series.values[0]))
            state: HistoryState = history.after_flow_change(session, before)
        history.publish(state)
        return state

    times = interleave({"ours": lambda: batch(100), "one flow": lambda: batch(1)}, replace(context, rounds=3), inner=1)
    ratios = [a / b for a, b in zip(times["ours"].cpu, times["one flow"].cpu, strict=True)]
    return Case("100 flows at once", times, gates=[gate_on(2.0, "<=2x one flow", ratios, at_most=True)])


def _compare(context: Context, held: Filled, row: int) -> None:
    change = _changer(held, FIRST_MS + row * HOUR_MS + 1000)
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
