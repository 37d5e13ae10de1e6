"""From when on the records that were read so far tell everything, while older ones are still being read.

Quantities are rebuilt backwards from today's balances, so the newest part of the past is exact once every source has
been read for it. Four readings of the ledger look further back than one record; where they could still change their
mind, the exact part begins later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter

from dashboard_crypto.core.model import EARN_FLEXIBLE, EVERYTHING_MS, Span
from dashboard_crypto.core.money import EXACT, ZERO
from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.rebuild import QuantityHistory
from dashboard_crypto.core.renames import latest_swap_ms

EARN_SOURCES = ("flexible_subscription", "flexible_redemption", "flexible_reward")


def common_since_ms(spans: Iterable[Span | None], until_ms: int) -> int | None:
    """Where the span that all sources cover begins, `EVERYTHING_MS` for the whole past; None if there is none."""
    found = list(spans)
    if not found or any(span is None or span.until_ms < until_ms for span in found):
        return None
    since_ms = max(span.since_ms for span in found if span is not None)
    return since_ms if since_ms < until_ms else None


def sound_from_ms(
    since_ms: int,
    history: QuantityHistory,
    movements: Sequence[Movement],
    quantities: Mapping[str, Decimal],
    spans: Mapping[str, Span],
) -> int:
    """The instant from which on no record before `since_ms` can change what `history` says.

    `history` rests on `movements`, `quantities` are the balances at its end. It is not the past itself that is doubtful
    before, only what was read of it:

    - a gap may be a debt that an older record tells of;
    - a renamed coin is swapped for what all records together leave unexplained;
    - whether a redemption from Earn gave back more than was put in depends on all that was put in.
    """
    doubts = [gap.instant_ms for gap in history.gaps]
    doubts.append(latest_swap_ms(quantities, movements))
    earn = [spans.get(name) for name in EARN_SOURCES]
    if any(span is not None and span.since_ms != EVERYTHING_MS for span in earn):
        doubts += _emptying_ms(movements, since_ms)
    return max(since_ms, *(at_ms + 1 for at_ms in doubts))


def _emptying_ms(movements: Iterable[Movement], since_ms: int) -> list[int]:
    """When flexible products gave back more than is known to have been put in since `since_ms`.

    Whatever was in them before can only make the level higher, so nowhere else can a residue show.
    """
    levels: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    found = []
    for movement in sorted(movements, key=attrgetter("instant_ms", "key")):
        if movement.wallet != EARN_FLEXIBLE or movement.kind == "earn_residue" or movement.instant_ms < since_ms:
            continue
        level = EXACT.add(levels[movement.asset], movement.amount)
        if level < 0:
            found.append(movement.instant_ms)
        levels[movement.asset] = max(level, ZERO)
    return found
