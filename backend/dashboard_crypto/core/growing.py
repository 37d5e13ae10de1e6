"""Windows that begin with the first snapshot while older ones are still being added: so far, and not the whole."""

from __future__ import annotations

from dataclasses import replace

from dashboard_crypto.core.model import WindowReturn
from dashboard_crypto.core.windows import Asked, Dates

HISTORY_GROWING = "history_growing"


def reaches_back_to_first(asked: Asked, window: WindowReturn) -> bool:
    """Whether older snapshots would make the window longer."""
    is_open = asked.start_ms is None if isinstance(asked, Dates) else asked == 0
    return is_open or window.is_partial


def while_growing(window: WindowReturn) -> WindowReturn:
    """The return since the first snapshot there is, marked as that."""
    return replace(window, is_partial=True, flags=tuple(sorted({*window.flags, HISTORY_GROWING})))
