"""What every cash flow of the rebuilt past was worth, and the account just before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from dashboard_crypto.core.history_values import ScopeFlow, ValueHistory
from dashboard_crypto.core.money import EXACT, ZERO, times, total
from dashboard_crypto.core.rebuild import Gap, QuantityHistory, value_before
from dashboard_crypto.db.records import FlowRecord, NewFlow

PriceAt = Callable[[str, int], Decimal | None]
DERIVED = ("scope:", "gap:")
"""Keys of the flows that a rebuild adds itself, and replaces the next time."""
_NOTES = {
    "exit": "Its price record ended, so it left the valued portfolio.",
    "entry": "Its price record began, so it joined the valued portfolio.",
    "crossing": "Exchanged for coins that had no price then.",
    "gap": "Assumed: these coins must have left, but no record says how.",
}


def valued(flow: FlowRecord, history: QuantityHistory, price_at: PriceAt) -> NewFlow:
    """A stored flow with the value of the account just before it."""
    before, _ = value_before(history, flow.instant_ms, price_at)
    return replace(flow.content, value_before_usd=before, valuation_method="exact", valuation_pending=False)


def crossing_flow(flow: ScopeFlow, history: QuantityHistory, price_at: PriceAt) -> list[NewFlow]:
    """An exchange for coins without a price, valued at its minute; nothing if that has no price either."""
    return _at_its_minute("crossing", flow, history, price_at)


def gap_flow(gap: Gap, history: QuantityHistory, price_at: PriceAt) -> list[NewFlow]:
    """An assumed departure; without a price its coins were never counted, so there is nothing to book."""
    return _at_its_minute("gap", gap, history, price_at)


def turn_flows(flows: Iterable[ScopeFlow], values: ValueHistory) -> list[NewFlow]:
    """Coins whose price begins or ends: inside the value of the instant that shows it."""
    by_instant: defaultdict[int, list[ScopeFlow]] = defaultdict(list)
    for flow in flows:
        if flow.price_usd is not None:
            by_instant[flow.instant_ms].append(flow)
    found: list[NewFlow] = []
    for instant_ms, together in by_instant.items():
        row = int(values.instants_ms.searchsorted(instant_ms))
        moved = total(times(flow.quantity, flow.price_usd or ZERO) for flow in together)
        before = EXACT.subtract(Decimal(repr(float(values.values[row]))), moved)
        found += [
            _derived(flow.kind, flow.asset, flow.quantity, instant_ms, price=flow.price_usd or ZERO, before=before)
            for flow in together
        ]
    return found


def _at_its_minute(kind: str, what: ScopeFlow | Gap, history: QuantityHistory, price_at: PriceAt) -> list[NewFlow]:
    price = price_at(what.asset, what.instant_ms)
    if price is None:
        return []
    before, _ = value_before(history, what.instant_ms, price_at)
    return [_derived(kind, what.asset, what.quantity, what.instant_ms, price=price, before=before)]


def _derived(kind: str, asset: str, quantity: Decimal, instant_ms: int, *, price: Decimal, before: Decimal) -> NewFlow:
    prefix = "gap" if kind == "gap" else f"scope:{kind}"
    return NewFlow(
        instant_ms=instant_ms,
        reported_ms=instant_ms,
        amount_usd=times(quantity, price),
        type="DEPOSIT" if quantity > 0 else "WITHDRAW",
        asset=asset,
        quantity=quantity,
        price_usd=price,
        value_before_usd=before,
        valuation_method="exact",
        valuation_pending=False,
        source="exchange",
        external_id=f"{prefix}:{asset}:{instant_ms}",
        note=_NOTES[kind],
        kind=kind,
    )
