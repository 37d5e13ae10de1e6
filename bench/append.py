"""One more snapshot, durably, through the service layer: as fast as the disk confirms, at any length of history."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

from bench.databases import FIRST_MS, Filled, filled, stored_twr
from bench.harness import Case, Context, Timed, at_most, interleave
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db import state_rows
from dashboard_crypto.db.records import NewSnapshot
from dashboard_crypto.services.history import History
from dashboard_crypto.services.snapshot_writer import SnapshotRules, SnapshotWriter

_INNER = 40
_FLOWS = 100


def run(context: Context) -> Iterator[Case]:
    """Wall time, since the disk is what is measured; `reload` is what appending costs without a resident history."""
    small = filled(context.directory / "small.db", context.count(10_000), _FLOWS, context.random)
    append_small = _appender(small)
    disk = _fdatasync(context)
    for count in (context.count(87_600),) if context.quick else (87_600, 1_000_000):
        large = filled(context.directory / f"{count}.db", count, _FLOWS, context.random)
        append_large = _appender(large)
        for _ in range(50):
            append_large()
        _compare(context, large)
        times = interleave(
            {"ours": _walled(append_large), "ours-10k": _walled(append_small), "fdatasync": _walled(disk)},
            context,
            inner=_INNER,
        )
        # Far slower, so it is called once per round and not forty times.
        reload = interleave({"reload": _walled(lambda held=large: _reload(held))}, context, inner=1)  # type: ignore[misc]
        yield Case(
            f"N={count}",
            {**times, **reload},
            gates=[at_most(2.0, "fdatasync", times), at_most(1.3, "ours-10k", times)],
            notes=["wall time"],
        )
        large.services.close()
    small.services.close()


def _appender(held: Filled) -> Callable[[], object]:
    store, history = held.services.store, held.services.history
    writer = SnapshotWriter(store, held.clock, history, held.services.doorbell, SnapshotRules(30, 3600))
    with store.session() as session:
        fence = state_rows.claim_lease(session, "bench", FIRST_MS, 2**60, longest_ms=2**61)
    assert fence is not None
    number = held.count

    def append() -> object:
        nonlocal number
        number += 1
        instant_ms = FIRST_MS + number * HOUR_MS
        total = Decimal(50_000 + number % 977) + Decimal("0.12345678")
        return writer.append(NewSnapshot(instant_ms, instant_ms, total, "live"), fence)

    return append


def _compare(context: Context, held: Filled) -> None:
    """What was appended one by one is what a full rebuild gives."""
    appended = stored_twr(held.services)
    held.services.history.rebuild()
    context.same("appended against rebuilt twr", appended, stored_twr(held.services), 0.0)


def _reload(held: Filled) -> object:
    return History(held.services.store).current()


def _fdatasync(context: Context) -> Callable[[], None]:
    """One page into a file that has its size already, as a write-ahead log in use has."""
    pages = 1000
    handle = os.open(context.directory / "disk", os.O_RDWR | os.O_CREAT)
    page = b"x" * 4096
    os.write(handle, page * pages)
    os.fsync(handle)
    number = 0

    def write() -> None:
        nonlocal number
        number = (number + 1) % pages
        os.pwrite(handle, page, number * 4096)
        os.fdatasync(handle)

    return write


def _walled(call: Callable[[], object]) -> Timed:
    return Timed(call, clock=time.perf_counter)
