"""Which of the stored movements count: each event once, however many endpoints, exports and files tell of it."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard_crypto.core.movement import Movement
from dashboard_crypto.core.statements import recompleted
from dashboard_crypto.core.taxonomy import redemption_residues
from dashboard_crypto.core.twins import echoes, statement_twins

STATEMENT = "statement_"
_BETTER_FIRST = ("deposits", "withdrawals", "trades", "converts", "transactions")


def counting(stored: Iterable[Movement]) -> tuple[Movement, ...]:
    """The movements without repetitions, with what follows from them; oldest first.

    The API's records count before every export, and the exports of one kind before the general one. This is decided
    anew at each reading, so it does not matter whether a file or the API came first.
    """
    listed = list(stored)
    known = [movement for movement in listed if not movement.source.startswith(STATEMENT)]
    told = recompleted(movement for movement in listed if movement.source.startswith(STATEMENT))
    for name in _BETTER_FIRST:
        of_kind = [movement for movement in told if movement.source == STATEMENT + name]
        if of_kind:
            repeated = statement_twins(of_kind, known)
            known += [movement for movement in of_kind if movement.key not in repeated]
    repeated = echoes(known)
    kept = [movement for movement in known if movement.key not in repeated]
    return tuple(sorted([*kept, *redemption_residues(kept)], key=lambda movement: (movement.instant_ms, movement.key)))
