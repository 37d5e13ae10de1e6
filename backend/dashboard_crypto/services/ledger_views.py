"""What the ledger's door takes and returns. Frozen records without behaviour, as in `services.views`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.decisions import FlowMeaning


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement that counts. `id` is its key in the ledger; `quantity` > 0 enters the wallet."""

    id: str
    instant_ms: int
    kind: str
    asset: str
    quantity: Decimal
    wallet: str
    flow_class: FlowMeaning
    imported_class: FlowMeaning
    exchange_id: str
    note: str | None
    source: str


@dataclass(frozen=True, slots=True)
class MovementQuery:
    """Which movements; None leaves a filter out. `before` is the place that a page ended at: instant and key."""

    kind: str | None = None
    asset: str | None = None
    wallet: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    limit: int = 200
    before: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class MovementPage:
    """Newest first. `next_before` is the cursor of the next page, None on the last."""

    rows: tuple[MovementRow, ...]
    next_before: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class MovementChange:
    """`sets_class` with None means: as imported. A `note` of None leaves it, an empty one removes it."""

    sets_class: bool = False
    flow_class: FlowMeaning | None = None
    note: str | None = None
