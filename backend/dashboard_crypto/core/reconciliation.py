"""Our total of every wallet held against the exchange's own figure, the one independent check of the whole reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, FUNDING, SPOT, Holding
from dashboard_crypto.core.money import EXACT, RATIO, ZERO, times, total
from dashboard_crypto.core.movement import CM_FUTURES, IN_TRANSIT, MARGIN, OPTIONS, UM_FUTURES

LIMIT_RATIO = Decimal("0.005")
LIMIT_USD = Decimal(5)

_OURS: Mapping[str, str] = {
    SPOT: "spot",
    FUNDING: "funding",
    EARN_FLEXIBLE: "earn",
    EARN_LOCKED: "earn",
    MARGIN: "cross margin",
    "isolated": "isolated margin",
    UM_FUTURES: "usd-m futures",
    CM_FUTURES: "coin-m futures",
    OPTIONS: "options",
}


@dataclass(frozen=True, slots=True)
class WalletLine:
    """One wallet. `ours_usd` None: a wallet the exchange lists that we do not read at all."""

    wallet: str
    ours_usd: Decimal | None
    theirs_usd: Decimal
    gap_usd: Decimal
    is_over: bool


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`gap_usd` = theirs - ours, all wallets together. `is_flagged` marks the snapshot of the same reading.

    `limit_usd` = max(0.5 % of their total, 5 USD). `unpriced` holdings are in neither figure's favour: they are left
    out of ours, so that part of the gap may be theirs.
    """

    lines: tuple[WalletLine, ...]
    ours_usd: Decimal
    theirs_usd: Decimal
    gap_usd: Decimal
    limit_usd: Decimal
    is_flagged: bool
    unpriced: tuple[str, ...]

    @property
    def unaccounted(self) -> tuple[str, ...]:
        """Wallets with money in them that we do not read."""
        return tuple(line.wallet for line in self.lines if line.ours_usd is None and line.theirs_usd)


def reconcile(
    holdings: Iterable[Holding],
    prices_usd: Mapping[str, Decimal],
    wallet_totals_btc: Mapping[str, Decimal],
    btc_usd: Decimal,
) -> Reconciliation:
    """Compare. `wallet_totals_btc` is the answer of `asset/wallet/balance` as name -> balance in BTC (its default)."""
    ours, unpriced = _ours(holdings, prices_usd)
    theirs: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for name, balance in wallet_totals_btc.items():
        wallet = _plain_name(name)
        theirs[wallet] = EXACT.add(theirs[wallet], times(balance, btc_usd))
    known = {*_OURS.values(), *ours}
    lines = tuple(
        _line(name, ours.get(name, ZERO if name in known else None), theirs.get(name, ZERO))
        for name in sorted(ours.keys() | theirs.keys())
    )
    ours_usd, theirs_usd = total(ours.values()), total(theirs.values())
    gap, limit = EXACT.subtract(theirs_usd, ours_usd), _limit(theirs_usd)
    return Reconciliation(lines, ours_usd, theirs_usd, gap, limit, abs(gap) > limit, unpriced)


def _ours(holdings: Iterable[Holding], prices_usd: Mapping[str, Decimal]) -> tuple[dict[str, Decimal], tuple[str, ...]]:
    sums: dict[str, Decimal] = {}
    unpriced: set[str] = set()
    for holding in holdings:
        if holding.wallet == IN_TRANSIT:
            continue
        price = prices_usd.get(holding.asset)
        if price is None:
            unpriced.add(holding.asset)
            continue
        wallet = holding.wallet.split(":", 1)[0]
        name = _OURS.get(wallet, wallet)
        sums[name] = EXACT.add(sums.get(name, ZERO), times(holding.quantity, price))
    return sums, tuple(sorted(unpriced))


def _plain_name(name: str) -> str:
    """Their display name in one spelling: "USDⓈ-M Futures", "USD-M Futures" and "usd-m futures" are one wallet."""
    return name.replace("Ⓢ", "").strip().lower()


def _line(wallet: str, ours: Decimal | None, theirs: Decimal) -> WalletLine:
    gap = EXACT.subtract(theirs, ours or ZERO)
    return WalletLine(wallet, ours, theirs, gap, abs(gap) > _limit(theirs))


def _limit(theirs_usd: Decimal) -> Decimal:
    return max(RATIO.multiply(abs(theirs_usd), LIMIT_RATIO), LIMIT_USD)
