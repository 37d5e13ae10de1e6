"""The hourly closes of one pair: what has been asked, what is being asked, and what is known."""

from __future__ import annotations

from decimal import Decimal

Span = tuple[int, int]
"""`(after_ms, until_ms]`."""


class PairCloses:
    """`asked` are the stretches that have been asked for, apart and in order; `claimed` those on their way."""

    def __init__(self) -> None:
        self.closes: dict[int, Decimal] = {}
        self._asked: list[Span] = []
        self._claimed: list[Span] = []

    def claim(self, after_ms: int, until_ms: int) -> Span | None:
        """Take the first stretch of `(after_ms, until_ms]` that nobody has asked for yet; None if there is none."""
        for start, end in sorted([*self._asked, *self._claimed]):
            if after_ms >= until_ms:
                return None
            if after_ms < start:
                until_ms = min(until_ms, start)
                break
            after_ms = max(after_ms, end)
        if after_ms >= until_ms:
            return None
        self._claimed.append((after_ms, until_ms))
        return after_ms, until_ms

    def awaits(self, after_ms: int, until_ms: int) -> bool:
        """Whether a part of the stretch is on its way to somebody else."""
        return any(start < until_ms and after_ms < end for start, end in self._claimed)

    def settle(self, claim: Span, reached_ms: int) -> None:
        """The claim is over: everything up to `reached_ms` is known now, the rest (maybe all) is free again."""
        self._claimed.remove(claim)
        if reached_ms <= claim[0]:
            return
        merged: list[Span] = []
        for start, end in sorted([*self._asked, (claim[0], reached_ms)]):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        self._asked = merged

    def forget_until(self, until_ms: int) -> None:
        """Give back the memory of everything up to an instant."""
        if self._asked and self._asked[0][0] < until_ms:
            self._asked = [(max(start, until_ms), end) for start, end in self._asked if end > until_ms]
            self.closes = {at: close for at, close in self.closes.items() if at > until_ms}
