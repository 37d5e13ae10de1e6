"""What a movement means for performance: money from outside, income, cost, or nothing but a change of form.

The owner may overrule any of it. A decision is kept beside the imported movement, never instead of it: each `Part`
carries both classes, so that a screen can show what was imported and what counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Literal

from dashboard_crypto.core.decisions import Decision
from dashboard_crypto.core.model import EARN_FLEXIBLE, ExternalFlow
from dashboard_crypto.core.money import EXACT, ZERO, times
from dashboard_crypto.core.movement import ELSEWHERE, IN_TRANSIT, FlowClass, Kind, Movement

RESIDUE_LIMIT_RATIO = Decimal("0.05")

_KINDS: Mapping[FlowClass, tuple[Kind, ...]] = {
    "external": (
        "deposit", "withdrawal", "fiat_deposit", "fiat_withdrawal", "card_buy", "card_sell", "p2p_buy", "p2p_sell",
        "pay_in", "pay_out", "sub_transfer_in", "sub_transfer_out",
    ),
    "income": ("earn_reward", "staking_reward", "dividend", "rebate", "futures_income", "earn_residue"),
    "cost": ("fee", "withdrawal_fee", "interest", "earn_loss"),
    "exchange": ("trade", "convert", "dust", "stake", "swap"),
    "internal": ("transfer", "earn_subscribe", "earn_redeem", "loan"),
}  # fmt: skip
CLASSES: Mapping[Kind, FlowClass] = {kind: name for name, kinds in _KINDS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Scope:
    """What is valued. A wallet or account outside is outside the portfolio: moving coins there is a flow.

    `wallets` None means all of them; `isolated` stands for every isolated pair. `accounts` are other accounts
    (e-mails of sub-accounts) that are valued together with this one.
    """

    wallets: frozenset[str] | None = None
    accounts: frozenset[str] = frozenset()

    def holds(self, wallet: str) -> bool:
        """Whether the wallet is valued. Coins in transit, and the unnamed side of an internal move, always are."""
        if self.wallets is None or wallet in {IN_TRANSIT, ELSEWHERE}:
            return True
        return wallet.split(":", 1)[0] in self.wallets


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Part:
    """A movement as it counts, beside what was imported."""

    movement: Movement
    flow_class: FlowClass
    imported_class: FlowClass

    @property
    def key(self) -> str:
        """The movement's."""
        return self.movement.key

    @property
    def quantity(self) -> Decimal:
        """The movement's, signed."""
        return self.movement.amount


@dataclass(frozen=True, slots=True)
class Classified:
    """`orphans` are decisions about movements that are not there; they stay stored, and apply once these come."""

    parts: tuple[Part, ...]
    orphans: tuple[Decision, ...] = ()


def classify(
    movements: Iterable[Movement], scope: Scope = EVERYTHING, decisions: Iterable[Decision] = ()
) -> Classified:
    """Class of every movement inside the scope, in the order given."""
    by_key = {decision.movement_key: decision for decision in decisions}
    parts: list[Part] = []
    listed = list(movements)
    crossing = _crossing_groups(listed, scope)
    for movement in listed:
        decision = by_key.pop(movement.key, None)
        if not scope.holds(movement.wallet):
            continue
        imported = _imported_class(movement, scope, crossing)
        chosen = None if decision is None else decision.flow_class
        parts.append(Part(movement, chosen or imported, imported))
    return Classified(tuple(parts), tuple(by_key.values()))


def external_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The cash flows among them, oldest first: what was imported as one, and what the owner calls one.

    An imported one that the owner calls something else stays in the list of cash flows, where it can be called back.
    """
    flows = [part for part in parts if "external" in {part.flow_class, part.imported_class} and part.quantity]
    return tuple(sorted(flows, key=lambda part: (part.movement.instant_ms, part.key)))


def external_flow(part: Part) -> ExternalFlow:
    """The cash flow of an external part, in the record the services store."""
    kind: Literal["deposit", "withdrawal"] = "deposit" if part.quantity > 0 else "withdrawal"
    return ExternalFlow(part.key, kind, part.movement.asset, part.quantity, part.movement.instant_ms)


def redemption_residues(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """Income that only shows when a flexible product gives back a little more than was ever put in.

    Up to 5 % of the redemption counts as interest nobody recorded; more than that means that records are missing, and
    is left to the rebuild as an opening balance. Add the result to the movements before classifying or rebuilding.
    """
    levels: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    found: list[Movement] = []
    for movement in sorted(movements, key=attrgetter("instant_ms", "key")):
        if movement.wallet != EARN_FLEXIBLE:
            continue
        level = EXACT.add(levels[movement.asset], movement.amount)
        if level < 0 and movement.kind == "earn_redeem" and -level <= times(-movement.amount, RESIDUE_LIMIT_RATIO):
            found.append(_residue(movement, -level))
        levels[movement.asset] = max(level, ZERO)
    return tuple(found)


def _residue(redemption: Movement, surplus: Decimal) -> Movement:
    return Movement(
        key=f"{redemption.key}#residue",
        group=redemption.group,
        source=redemption.source,
        kind="earn_residue",
        asset=redemption.asset,
        amount=surplus,
        wallet=EARN_FLEXIBLE,
        instant_ms=redemption.instant_ms,
        external_id=redemption.external_id,
    )


def _crossing_groups(movements: Sequence[Movement], scope: Scope) -> frozenset[str]:
    if scope.wallets is None:
        return frozenset()
    return frozenset(movement.group for movement in movements if not scope.holds(movement.wallet))


def _imported_class(movement: Movement, scope: Scope, crossing: frozenset[str]) -> FlowClass:
    imported = CLASSES[movement.kind]
    if imported == "external" and movement.counterparty and movement.counterparty in scope.accounts:
        return "internal"
    return "external" if imported == "internal" and movement.group in crossing else imported
