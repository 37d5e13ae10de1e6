"""What the owner says about a movement of the ledger: another class, parts of it, another value, a note.

A decision names its movement by key and stands beside the import for ever: importing again, a record that turns void
and comes back, or a restart never touch it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.money import RATIO, ZERO, plain, times, total
from dashboard_crypto.core.movement import FlowClass

SplitUnit = Literal["quantity", "amount_usd"]
FlowMeaning = Literal["external", "internal", "performance"]
"""The three things a movement can mean to an owner: money from or to outside, nothing, or gain and loss."""

MOST_PARTS = 50
_MEANINGS: dict[FlowClass, FlowMeaning] = {
    "external": "external",
    "internal": "internal",
    "exchange": "internal",
    "income": "performance",
    "cost": "performance",
}


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One piece of a cash flow. `share` is a size without a sign, in the unit of its split."""

    share: Decimal
    flow_class: FlowClass
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """A cash flow in parts. `quantity` is what the exchange told (signed) when it was split.

    Should the exchange correct that quantity later, the parts do not add up any more and do not apply, until the owner
    says it anew; they are kept. A corrected price changes every part in proportion.
    """

    unit: SplitUnit
    quantity: Decimal | None
    parts: tuple[SplitPart, ...]

    def applies_to(self, quantity: Decimal | None) -> bool:
        """Whether the flow still is what was split."""
        return quantity == self.quantity

    @property
    def external_share(self) -> Decimal:
        """Sum of the parts that count as money in or out."""
        return total(part.share for part in self.parts if part.flow_class == "external")

    def worth(self, share: Decimal, amount_usd: Decimal) -> Decimal:
        """USD of a share when all parts together are worth `amount_usd`; exact for a share of 0 or of everything."""
        whole = total(part.share for part in self.parts)
        return amount_usd if share == whole else RATIO.divide(times(amount_usd, share), whole)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the owner says about one movement; all of it optional. `split` and `override_usd` are for cash flows."""

    movement_key: str
    flow_class: FlowClass | None = None
    override_usd: Decimal | None = None
    split: Split | None = None
    note: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is said (any more): the movement is as it was imported."""
        return (self.flow_class, self.override_usd, self.split, self.note) == (None, None, None, None)


def meaning(flow_class: FlowClass) -> FlowMeaning:
    """What a class means to an owner."""
    return _MEANINGS[flow_class]


def class_of(wanted: FlowMeaning, amount: Decimal) -> FlowClass:
    """The class that stands for a meaning: coins that came are income, coins that went are a cost."""
    if wanted == "performance":
        return "income" if amount > 0 else "cost"
    return wanted


def checked_split(
    unit: SplitUnit, parts: Sequence[SplitPart], quantity: Decimal | None, amount_usd: Decimal | None
) -> Split:
    """The split of a flow of `quantity` and `amount_usd`, as imported. InvalidInput unless it adds up to the digit."""
    whole = quantity if unit == "quantity" else amount_usd
    if whole is None:
        raise InvalidInput("There is no price for this cash flow; split it by quantity.", "/parts", "unvalued")
    if not 2 <= len(parts) <= MOST_PARTS:
        raise InvalidInput(f"A split has 2 to {MOST_PARTS} parts.", "/parts", "count")
    if any(part.share <= ZERO for part in parts):
        raise InvalidInput("Every part must be above 0.", "/parts", "sign")
    found = total(part.share for part in parts)
    if found != abs(whole):
        raise InvalidInput(
            f"The parts add up to {plain(found)}, and the cash flow is {plain(abs(whole))}.", "/parts", "split_sum"
        )
    return Split(unit, quantity, tuple(parts))
