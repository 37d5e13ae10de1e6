"""The only SQL of the running program."""

from __future__ import annotations


class Store:
    """Reads and writes core records. Also remembers the exchange's ban (`core.ports.BanStore`)."""
