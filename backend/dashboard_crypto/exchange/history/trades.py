"""Trades, pair by pair: first the pairs of coins that the account has been seen with, then every other pair once.

A pair is read by the numbers of its trades, so that nothing is asked twice. A coin that was bought and sold in between
two readings leaves no other trace: hence the sweep over all pairs, and a few more of them in every later round. Later
rounds ask the pairs of two coins whose quantities have moved, and every six hours all pairs that are likely.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.model import EVERYTHING_MS, HistoryPage, Span
from dashboard_crypto.core.record_fields import Record, text
from dashboard_crypto.exchange.endpoints import Call
from dashboard_crypto.exchange.history.coins import Coins
from dashboard_crypto.exchange.history.cursor import cursor_fields
from dashboard_crypto.exchange.refusals import EndpointGone, NotPermitted, RequestRefused

SOURCE = "trade"
_PAGE = 1000
_REST_PER_ROUND = 5
_FULL_ROUND_MS = 6 * 3_600_000
_GONE = frozenset({-1121, -3003, -3027, -3028, -11001})  # no such pair, no such margin account, not a margin pair
_CROSS, _ISOLATED = "m:", "i:"

Pairs = Mapping[str, tuple[str, str]]


@dataclass(slots=True)
class Round:
    """`ids` are the next trade numbers of pairs that were traded. `goal` is the instant this round reads to (0: none
    under way), `asked` the pairs it has finished out of turn, `more` a pair of which another page waits, `is_full`
    whether all likely pairs are asked. `swept` is the pair reached in the order of names, `rest` how many of those this
    round may still ask once every pair has been (`is_swept`). `read_to` and `full_to` are what earlier rounds reached.
    """

    ids: dict[str, int] = field(default_factory=dict)
    goal: int = 0
    asked: list[str] = field(default_factory=list)
    more: str = ""
    is_full: bool = False
    swept: str = ""
    rest: int = 0
    is_swept: bool = False
    read_to: int = 0
    full_to: int = 0

    def has_swept(self, name: str) -> bool:
        """Whether the first sweep has already passed this pair (later ones are too slow to count)."""
        return not self.is_swept and name <= self.swept

    def note_asked(self, name: str, *, in_turn: bool) -> None:
        """Nothing more of this pair in this round."""
        if in_turn:
            self.swept = name
            self.rest -= self.is_swept
        else:
            self.asked.append(name)

    def finish(self, pairs: Pairs) -> None:
        """The round is complete."""
        if not self.is_swept or not any(name > self.swept for name in pairs):
            self.swept = ""
        self.is_swept = True
        self.full_to = self.goal if self.is_full else self.full_to
        self.read_to, self.goal, self.asked = self.goal, 0, []

    def cursor(self) -> str:
        """As text."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


def round_of(cursor: str | None) -> Round:
    """The round a cursor stands for. MalformedAnswer for a text that is none."""
    fields = cursor_fields(cursor) if cursor else {}
    try:
        return Round(**fields)
    except TypeError:
        problem = MalformedAnswer("a history cursor has other fields than expected")
    raise problem


def trades_read(cursor: str) -> Span | None:
    """Nothing before every pair has been asked once: a coin that came and went may be in any of them."""
    state = round_of(cursor)
    return Span(EVERYTHING_MS, state.read_to) if state.is_swept else None


def with_margin(pairs: Pairs, isolated: Iterable[str]) -> Pairs:
    """All pairs, and beside each its cross-margin market; of the `isolated` ones the isolated market too."""
    cross = {f"{_CROSS}{name}": coins for name, coins in pairs.items()}
    return {**pairs, **cross, **{f"{_ISOLATED}{name}": pairs[name] for name in isolated if name in pairs}}


class TradeWalk:
    """One question per step, about one pair in one market."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._is_margin_refused = False

    def step(self, cursor: str | None, until_ms: int, pairs: Pairs, coins: Coins) -> HistoryPage:
        """Go on with the round, or begin the next one."""
        state = round_of(cursor)
        if not state.goal and until_ms <= state.read_to:
            return _page(state, (), pairs)
        if not state.goal:
            state.goal, state.asked, state.rest = until_ms, [], _REST_PER_ROUND
            is_due = until_ms - state.full_to >= _FULL_ROUND_MS
            state.is_full = not coins.begin_round() or is_due or not state.is_swept
        known = _known(state, pairs, coins)
        name = state.more or _next(state, pairs, known)
        rows = self._ask(state, name) if name else []
        if name and not state.more:
            state.note_asked(name, in_turn=name not in known)
        if not state.more and not _next(state, pairs, _known(state, pairs, coins)):
            state.finish(pairs)
            coins.end_round()
        return _page(state, tuple(rows), pairs)

    def _ask(self, state: Round, name: str) -> list[Record]:
        endpoint, question = _question(name, state.ids.get(name, 0))
        if endpoint != "trades" and self._is_margin_refused and name not in state.ids:
            return []
        try:
            rows: list[Record] = self._call(endpoint, question)
        except RequestRefused as refusal:
            if refusal.code not in _GONE:
                raise
            rows = []
        except (EndpointGone, NotPermitted):
            if endpoint == "trades" or name in state.ids:
                raise
            self._is_margin_refused = True  # until the next start, nobody asks again
            rows = []
        numbers = [int(text(row, "id")) for row in rows]
        if numbers:
            if max(numbers) < state.ids.get(name, 0):
                raise MalformedAnswer("trades: the answer is older than what was asked for")
            state.ids[name] = max(numbers) + 1
        state.more = name if len(rows) >= _PAGE else ""
        return rows


def _question(name: str, from_id: int) -> tuple[str, dict[str, str | int]]:
    """Endpoint and parameters; the name of a margin market begins with a mark."""
    mark, _, symbol = name.rpartition(":")
    question: dict[str, str | int] = {"symbol": symbol, "fromId": from_id, "limit": _PAGE}
    if not mark:
        return "trades", question
    return "margin_trades", question | {"isIsolated": "TRUE" if f"{mark}:" == _ISOLATED else "FALSE"}


def _page(state: Round, rows: tuple[Mapping[str, Any], ...], pairs: Pairs) -> HistoryPage:
    if state.goal == 0:
        return HistoryPage(SOURCE, rows, state.cursor(), True, 1.0, state.read_to)
    passed = len(pairs) if state.is_swept else len(set(state.asked) | {name for name in pairs if name <= state.swept})
    progress = min(0.999, passed / max(1, len(pairs)))
    return HistoryPage(SOURCE, rows, state.cursor(), False, progress, state.read_to)


def _next(state: Round, pairs: Pairs, known: Collection[str]) -> str:
    """The next pair to ask: one of the known, else the next of all others, else none."""
    asked = set(state.asked)
    found = min((name for name in known if name not in asked and not state.has_swept(name)), default="")
    if found or (state.is_swept and state.rest <= 0):
        return found
    return min((name for name in pairs if name > state.swept and name not in asked), default="")


def _known(state: Round, pairs: Pairs, coins: Coins) -> Collection[str]:
    """Pairs that were traded and pairs of two coins that were seen; in a short round, of two that moved."""
    if not state.is_full and coins.moved is not None:
        return _among(pairs, coins.moved)
    traded = {coin for name in state.ids for coin in pairs.get(name, ())}
    return _among(pairs, traded | coins.seen) | state.ids.keys()


def _among(pairs: Pairs, coins: Collection[str]) -> set[str]:
    return {name for name, (base, quote) in pairs.items() if base in coins and quote in coins}
