"""Eight at once: results in order, errors as results, no more than eight, and no deadlock of crews within crews."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from dashboard_crypto.core.crew import ALONE, Crew
from dashboard_crypto.core.errors import ExchangeDown
from dashboard_crypto.exchange.crew import Threads


class Counted:
    """Counts how many are at work at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.most = 0

    def work(self, number: int) -> int:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self._lock:
            self.now -= 1
        if number == 3:
            raise ExchangeDown("three")
        return number


@pytest.mark.parametrize("crew", [ALONE, Threads(4)])
def test_results_come_in_order_and_errors_in_their_place(crew: Crew) -> None:
    counted = Counted()
    results = crew.run([partial(counted.work, number) for number in range(12)])
    assert [result for result in results if not isinstance(result, Exception)] == [n for n in range(12) if n != 3]
    assert isinstance(results[3], ExchangeDown)
    assert counted.most == crew.size
    crew.close()


def test_a_fault_of_ours_is_no_result() -> None:
    def broken() -> int:
        raise ZeroDivisionError

    crew = Threads(3)
    with pytest.raises(ZeroDivisionError):
        crew.run([lambda: 1, broken])
    crew.close()


def test_crews_within_crews_end_and_stay_within_the_size() -> None:
    crew, counted = Threads(3), Counted()

    def nested(depth: int) -> int:
        if depth == 0:
            return counted.work(0)
        tasks: list[Callable[[], int]] = [partial(nested, depth - 1)] * 4
        return sum(result for result in crew.run(tasks) if isinstance(result, int)) + 1

    thread = threading.Thread(target=nested, args=(3,), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert counted.most <= 3
    crew.close()


def test_a_closed_crew_begins_nothing_more_and_nothing_starts_before_it_is_needed() -> None:
    before = set(threading.enumerate())
    crew = Threads(8)
    assert crew.run([lambda: 1]) == [1]
    assert set(threading.enumerate()) <= before
    crew.run([lambda: 1, lambda: 2])
    assert set(threading.enumerate()) - before
    crew.close()
    crew.close()
