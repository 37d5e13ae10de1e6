"""A ledger in memory: what the tables hold after the same records, in whatever order they were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter

from dashboard_crypto.core.ledger import newer
from dashboard_crypto.core.movement import Entry, Movement


def merge(entries: Iterable[Entry], known: Mapping[str, Entry] | None = None) -> dict[str, Entry]:
    """The newest entry per record key, `known` ones included. Never changes its arguments."""
    merged = dict(known or {})
    for entry in entries:
        present = merged.get(entry.record_key)
        merged[entry.record_key] = entry if present is None else newer(present, entry)
    return merged


def movements_of(entries: Mapping[str, Entry]) -> tuple[Movement, ...]:
    """All movements, oldest first; those of one instant in the order of their keys."""
    found = [movement for entry in entries.values() for movement in entry.movements]
    found.sort(key=attrgetter("instant_ms", "key"))
    return tuple(found)
