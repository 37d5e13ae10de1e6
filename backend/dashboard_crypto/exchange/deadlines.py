"""One deadline for all that happens inside a block, seen by every read below it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("exchange_deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything read inside the block must be finished after `seconds` (or by the outer block's deadline)."""
    outer = _deadline.get()
    end = time.monotonic() + seconds
    token = _deadline.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def remaining_s(at_most: float = 3600.0) -> float:
    """Seconds left of the deadline in force; raises TimeoutError when none are."""
    end = _deadline.get()
    if end is None:
        return at_most
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("deadline passed")
    return min(left, at_most)
