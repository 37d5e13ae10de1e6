"""One signed change of one asset in one wallet: the atom of the ledger.

Several movements of one event (the two sides of a trade and its fee) share a `group`. A movement's `key` is derived
from the exchange's own identifier and the leg's name only, so that the same record always makes the same keys.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

MARGIN = "margin"
UM_FUTURES = "um_futures"
CM_FUTURES = "cm_futures"
OPTIONS = "options"
PORTFOLIO_MARGIN = "portfolio_margin"
IN_TRANSIT = "in_transit"
"""Owned but in no wallet: between leaving one form and arriving in the other (staking redemption under way)."""
ELSEWHERE = "elsewhere"
"""The unnamed other side of an internal move, where a record names one side only."""

FlowClass = Literal["external", "income", "cost", "internal", "exchange"]
Kind = Literal[
    "deposit", "withdrawal", "fiat_deposit", "fiat_withdrawal", "card_buy", "card_sell", "p2p_buy", "p2p_sell",
    "pay_in", "pay_out", "sub_transfer_in", "sub_transfer_out",
    "earn_reward", "staking_reward", "dividend", "rebate", "futures_income", "earn_residue",
    "fee", "withdrawal_fee", "interest", "earn_loss",
    "trade", "convert", "dust", "stake", "swap",
    "transfer", "earn_subscribe", "earn_redeem", "loan",
]  # fmt: skip
EntryState = Literal["booked", "pending", "void"]


def isolated(symbol: str) -> str:
    """The wallet of one isolated-margin pair."""
    return f"isolated:{symbol}"


@dataclass(frozen=True, slots=True)
class Movement:
    """`amount` > 0 enters `wallet`, < 0 leaves it. `is_fee` marks a cost that belongs to the group's main legs.

    `external_id` is the exchange's identifier of the event, `reference` the blockchain's or a remark, `counterparty`
    the other side of a transfer to another account.
    """

    key: str
    group: str
    source: str
    kind: Kind
    asset: str
    amount: Decimal
    wallet: str
    instant_ms: int
    external_id: str
    is_fee: bool = False
    reference: str = ""
    counterparty: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What the legs of one record have in common."""

    source: str
    record_key: str
    external_id: str
    instant_ms: int
    reference: str = ""
    counterparty: str = ""

    def leg(
        self,
        name: str,
        kind: Kind,
        asset: str,
        amount: Decimal,
        wallet: str,
        *,
        is_fee: bool = False,
        instant_ms: int | None = None,
    ) -> Movement:
        """A movement of this event. `name` tells it from its siblings and becomes part of the key; the main leg of a
        cash flow has none, so that its key is that of the record, as live readings of deposits use it."""
        return Movement(
            f"{self.record_key}#{name}" if name else self.record_key,
            self.record_key,
            self.source,
            kind,
            asset,
            amount,
            wallet,
            self.instant_ms if instant_ms is None else instant_ms,
            self.external_id,
            is_fee,
            self.reference,
            self.counterparty,
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What a record does not say about itself.

    `pairs` maps a symbol to (base, quote); `account_ids` are this account's own ids (Binance id, uid) and `own_email`
    its address; `seen_ms` is when the answer was read, on the exchange's clock: of two versions read at different
    times the later one wins.
    """

    pairs: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    account_ids: frozenset[str] = frozenset()
    own_email: str = ""
    seen_ms: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """What one record of the exchange says, at one version of it.

    Only `booked` entries have movements. `pending` ones may still become booked, so their window must be read again;
    `void` ones never will. Between two entries with one `record_key` the larger `version` is the truth:
    (when it was read, how final its status is, when the exchange changed it).
    """

    source: str
    record_key: str
    state: EntryState
    movements: tuple[Movement, ...] = ()
    version: tuple[int, int, int] = (0, 0, 0)


def booked(event: Event, *legs: Movement, finality: int = 1, changed_ms: int = 0) -> Entry:
    """An entry whose money has moved. Legs without an amount are left out."""
    moved = tuple([leg for leg in legs if leg.amount])
    return Entry(event.source, event.record_key, "booked", moved, (0, finality, changed_ms))


def unless_done(
    event: Event, status: str, done: Collection[str], pending: Collection[str], *, changed_ms: int = 0
) -> Entry | None:
    """None for a record whose status says that it counts; else the entry that says not yet, or never."""
    if status in done:
        return None
    return unbooked(event, is_pending=status in pending, changed_ms=changed_ms)


def unbooked(event: Event, *, is_pending: bool, finality: int = 0, changed_ms: int = 0) -> Entry:
    """An entry without movements: not yet (`is_pending`) or never."""
    return Entry(event.source, event.record_key, "pending" if is_pending else "void", (), (0, finality, changed_ms))
