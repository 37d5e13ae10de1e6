"""Doubts a reading from which assets have vanished: an exchange in trouble leaves rows out, with status 200.

Compares with the stored balances, so a restart or an outage in between makes no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, Balance, ExternalFlow, Valuation
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.ports import ExchangeGateway
from dashboard_crypto.core.timekeys import HOUR_MS
from dashboard_crypto.db.records import StoredBalances

LEAST_USD = Decimal(25)
LEAST_SHARE = Decimal("0.02")
COUNTED_USD = Decimal(1)
UNEXPLAINED_SHARE = Decimal("0.1")
"""A sale, with its fee and what prices did since, brings nine tenths; interest on the rest does not."""
EQUAL_READS = 3
HOLD_MS = 600_000
NAMED = 5
_POSITIONS = frozenset({EARN_FLEXIBLE, EARN_LOCKED})

Amounts = Mapping[str, Decimal]
Row = tuple[str, str]
"""Asset and wallet."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """Rows that are empty now, or lack a part, and what is missing of their assets over all wallets."""

    rows: frozenset[Row]
    parts: frozenset[Row]
    worth_usd: Amounts

    @property
    def usd(self) -> Decimal:
        return total(self.worth_usd.values())


class VanishedAssets:
    """Remembers since when the same rows have been gone: after three readings over ten minutes it is believed."""

    def __init__(self) -> None:
        self._rows: frozenset[Row] = frozenset()
        self._since_ms = 0
        self._reads = 0

    def judge(
        self, previous: StoredBalances, valuation: Valuation, gateway: ExchangeGateway, known: Collection[str | None]
    ) -> str | None:
        """The reason for doubt, or None. What was moved, sold or withdrawn is none.

        `known` are the ids of the flows on record: what they took away is missing in the stored balances already.
        """
        prices = {held.asset: held.price_usd for held in (*previous.balances, *valuation.balances) if held.price_usd}
        gone = _gone(previous, valuation, prices)
        if not _matters(gone, previous):
            self._rows = frozenset()
            return None
        if self._is_settled(gone.rows, valuation.instant_ms):
            return None
        flows = _new_flows(gateway, previous.read_at_ms or valuation.instant_ms, valuation.instant_ms, known)
        moved_usd = _moved(previous.balances, valuation.balances, prices)
        missing_usd = -total((moved_usd, _explained(flows, gone, prices)))
        return None if missing_usd <= times(UNEXPLAINED_SHARE, gone.usd) else _message(gone, missing_usd)

    def _is_settled(self, rows: frozenset[Row], now_ms: int) -> bool:
        if rows != self._rows:
            self._rows, self._since_ms, self._reads = rows, now_ms, 0
        self._reads += 1
        return self._reads >= EQUAL_READS and now_ms - self._since_ms >= HOLD_MS


def _gone(previous: StoredBalances, valuation: Valuation, prices: Amounts) -> _Gone:
    """What a transfer has only moved to another wallet is not missing, and no row of it is named."""
    new = {held.asset: held for held in valuation.balances}
    rows: set[Row] = set()
    parts: set[Row] = set()
    worth: dict[str, Decimal] = {}
    for held in previous.balances:
        wallets = new[held.asset].wallets if held.asset in new else {}
        lost = _lost(held, wallets)
        shrunk = EXACT.subtract(held.quantity, new[held.asset].quantity if held.asset in new else ZERO)
        missing_usd = times(min(total(lost.values()), shrunk), prices.get(held.asset, ZERO))
        if missing_usd >= COUNTED_USD:
            rows |= {(held.asset, name) for name in lost}
            parts |= {(held.asset, name) for name in lost if wallets.get(name)}
            worth[held.asset] = missing_usd
    return _Gone(frozenset(rows), frozenset(parts), worth)


def _lost(held: Balance, wallets: Amounts) -> dict[str, Decimal]:
    """What is missing by wallet: everything of an emptied one; of positions also a part, since there is one row for
    each, and coins only leave them for another wallet."""
    return {
        name: EXACT.subtract(quantity, wallets.get(name, ZERO))
        for name, quantity in held.wallets.items()
        if quantity > 0 and (not wallets.get(name) or (name in _POSITIONS and wallets[name] < quantity))
    }


def _matters(gone: _Gone, previous: StoredBalances) -> bool:
    """Whether it is much money, or half of the assets (an account may be small)."""
    if not gone.rows:
        return False
    counted = sum(held.usd_value is not None and held.usd_value >= COUNTED_USD for held in previous.balances)
    least_usd = max(LEAST_USD, times(LEAST_SHARE, abs(previous.total_value_usd)))
    return gone.usd >= least_usd or 2 * len(gone.worth_usd) >= counted


def _moved(old: Sequence[Balance], new: Sequence[Balance], prices: Amounts) -> Decimal:
    """What the changes of quantity are worth, as far as there are prices: about zero for a trade."""
    came = total(times(held.quantity, prices.get(held.asset, ZERO)) for held in new)
    return EXACT.subtract(came, total(times(held.quantity, prices.get(held.asset, ZERO)) for held in old))


def _new_flows(
    gateway: ExchangeGateway, read_at_ms: int, now_ms: int, known: Collection[str | None]
) -> list[ExternalFlow]:
    """Since the stored balances. A withdrawal may have been asked for before the money left."""
    flows = gateway.external_flows(read_at_ms - HOUR_MS, now_ms)
    return [
        flow for flow in flows if flow.instant_ms > read_at_ms or (flow.quantity < 0 and flow.external_id not in known)
    ]


def _explained(flows: Sequence[ExternalFlow], gone: _Gone, prices: Amounts) -> Decimal:
    """USD that went out by the records, less what came in by them: a deposit is not what a sale brought.

    A withdrawal of half of what vanished stands for all of it: its fee is no part of the record.
    """
    out: dict[str, Decimal] = {}
    for flow in flows:
        out[flow.asset] = EXACT.subtract(out.get(flow.asset, ZERO), flow.quantity)
    usd = {asset: times(quantity, prices.get(asset, ZERO)) for asset, quantity in out.items()}
    for asset, missing_usd in gone.worth_usd.items():
        if 2 * usd.get(asset, ZERO) >= missing_usd:
            usd[asset] = max(usd[asset], missing_usd)
    return total(usd.values())


def _message(gone: _Gone, missing_usd: Decimal) -> str:
    names = [
        f"{'a part of ' if row in gone.parts else ''}{row[0]} in {row[1].replace('_', ' ')}"
        for row in sorted(gone.rows)
    ]
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return (
        f"The exchange does not show {' and '.join([*names[:NAMED], *more])} any more; {missing_usd:.2f} USD would be "
        "gone without a sale or a withdrawal. The last complete balances stay until it is confirmed for ten minutes."
    )
