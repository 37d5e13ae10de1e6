"""A whole back end over a fake exchange and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dashboard_crypto.core.ports import ExchangeGateway
from dashboard_crypto.db.opening import open_database
from dashboard_crypto.db.store import Store
from dashboard_crypto.services.assembly import Services, assemble
from dashboard_crypto.services.views import CashFlowRow

from .fakes import START_MS, FakeClock, FakeGateway, MovingPrices, hours
from .history_fakes import FakeHistoryReader


class Life:
    """Services, their exchange and their clock. `live` lets time pass as the loops would."""

    def __init__(
        self, url: str, *, clock: FakeClock | None = None, has_key: bool = True, has_past: bool = False, **options: Any
    ) -> None:
        self.url = url
        self.clock = FakeClock(START_MS) if clock is None else clock
        self.gateway = FakeGateway(self.clock, price_of=MovingPrices())
        factory: Callable[[], ExchangeGateway] = lambda: self.gateway  # noqa: E731 - one expression
        self.reader = FakeHistoryReader(price_of=MovingPrices())
        if has_past:
            options["reader_factory"] = lambda _gateway: self.reader
        self.services: Services = assemble(
            Store(open_database(url)), self.clock, factory if has_key else None, **options
        )

    def tick(self) -> tuple[bool, bool]:
        """One cycle of both loops, now."""
        return self.services.auto_refresh.balance_tick(), self.services.auto_refresh.snapshot_tick()

    def read_history(self, most: int = 10_000) -> int:
        """Step until nothing is left to read now; how many steps that took."""
        for steps in range(most):
            if not self.services.auto_refresh.history_tick():
                return steps
        raise AssertionError("the history has no end")

    def live(self, hours_: float, *, step_s: float = 1800) -> None:
        """Let time pass, with both loops going every `step_s`."""
        end_ms = self.clock.now_ms() + hours(hours_)
        while self.clock.now_ms() < end_ms:
            self.clock.advance(min(step_s, (end_ms - self.clock.now_ms()) / 1000))
            self.tick()

    def values(self) -> list[tuple[int, Decimal]]:
        """Instants and totals of all snapshots."""
        return [(row.instant_ms, row.total_value_usd) for row in self.services.performance.snapshots().rows]

    def metrics(self) -> list[tuple[Any, ...]]:
        """The stored metrics of all snapshots, digit for digit."""
        with self.services.store.reading() as session:
            columns = "instant_ms, total_value_usd, capital_usd, twr, pnl, pnl_percent"
            rows = session.exec_driver_sql(f"SELECT {columns} FROM snapshots ORDER BY timestamp")
            return [tuple(row) for row in rows]

    def table(self, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Rows of a table in an order of their own."""
        with self.services.store.reading() as session:
            rows = session.exec_driver_sql(f"SELECT {columns} FROM {name}")
            return sorted((tuple(row) for row in rows), key=repr)

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.services.store.reading() as session:
            return int(session.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())

    def close(self) -> None:
        """Give everything back."""
        self.services.close()


def flows(life: Life) -> tuple[CashFlowRow, ...]:
    """All cash flows, oldest first."""
    return life.services.performance.cash_flows().rows


def twr(life: Life) -> Decimal:
    """The return of the whole history, which must be known."""
    found = life.services.performance.twr(0).twr
    assert found is not None
    return found


def as_rebuilt(life: Life) -> bool:
    """Nothing changes when everything is computed anew from values and flows."""
    before = life.metrics()
    life.services.history.rebuild()
    return before == life.metrics()
