"""Profit and loss in another currency: every value and every cash flow at the rate of its own moment.

`profit = end / rate - start / rate - sum(flow / rate at its minute)`, and the percentage by the rules of `core.pnl` on
the amounts in that currency. It is not the profit in USD at any one rate: who held euros while the dollar fell made
nothing in euros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from dashboard_crypto.core.currency_rates import RATE_UNKNOWN, CurrencyRates, RatedFlow, as_rate, converted
from dashboard_crypto.core.flows import flow_columns
from dashboard_crypto.core.model import Flow, WindowPnl
from dashboard_crypto.core.money import EXACT, ONE, RATIO, total
from dashboard_crypto.core.pnl import PercentBase, window_pnl
from dashboard_crypto.core.returns import ReturnSeries
from dashboard_crypto.core.windows import Asked, select_window


@dataclass(frozen=True, slots=True)
class CurrencyPnl:
    """As `WindowPnl`, every amount in the currency; None where it needs a rate that is not known."""

    pnl: Decimal | None
    pnl_percent: float | None
    pnl_percent_base: PercentBase | None
    invested_capital: Decimal | None
    initial_value: Decimal | None
    current_value: Decimal | None
    total_deposits: Decimal | None
    total_withdrawals: Decimal | None
    net_cash_flow: Decimal | None
    reason: str | None


def pnl_in(asked: Asked, pnl: WindowPnl, series: ReturnSeries, rates: CurrencyRates) -> CurrencyPnl:
    """The profit of the window that `pnl` tells of in USD."""
    window = select_window(series.instants_ms, asked)
    if window is None:
        return as_own(pnl)
    start_ms, end_ms = int(series.instants_ms[window.base]), int(series.instants_ms[window.end])
    rate = rates.at_row(window.base)
    initial, current = converted(pnl.initial_value, rate), converted(pnl.current_value, rates.at_row(window.end))
    flows = _flows_in(rates, start_ms, end_ms)
    if initial is None or current is None or flows is None:
        unknown = RATE_UNKNOWN if pnl.pnl_usd is not None else pnl.reason
        return CurrencyPnl(None, None, None, None, initial, current, None, None, None, unknown)
    floor = _floor(series.min_base, rate, rates, window.end)
    ends = (initial, current)
    own = window_pnl(asked, series.instants_ms, flow_columns(flows), lambda _: ends, min_base=floor)
    if pnl.pnl_usd is None:
        own = replace(
            own, pnl_usd=None, pnl_percent=None, pnl_percent_base=None, invested_capital=None, reason=pnl.reason
        )
    return as_own(own)


def totals_in(rates: CurrencyRates) -> tuple[Decimal | None, Decimal | None]:
    """What all flows that count brought in and what they took out, both positive; None where a rate is missing."""
    came = [flow for flow in rates.flows if flow.amount > 0]
    left = [replace(flow, amount=EXACT.minus(flow.amount)) for flow in rates.flows if flow.amount < 0]
    return _sum(came), _sum(left)


def _sum(flows: Sequence[RatedFlow]) -> Decimal | None:
    amounts = [converted(flow.amount, as_rate(flow.rate_usd)) for flow in flows]
    known = [amount for amount in amounts if amount is not None]
    return total(known) if len(known) == len(amounts) else None


def _flows_in(rates: CurrencyRates, start_ms: int, end_ms: int) -> list[Flow] | None:
    found: list[Flow] = []
    for flow in rates.flows_within(start_ms, end_ms):
        amount = converted(flow.amount, as_rate(flow.rate_usd))
        if amount is None:
            return None
        found.append(Flow(flow.instant_ms, amount))
    return found


def _floor(min_base_usd: float, rate: Decimal | None, rates: CurrencyRates, end: int) -> float:
    """The dust limit in the currency, at the rate of the base; of the end where the account began with nothing."""
    return float(RATIO.divide(Decimal(repr(min_base_usd)), rate or rates.at_row(end) or ONE))


def as_own(own: WindowPnl) -> CurrencyPnl:
    """The same figures, of a profit whose amounts are in the currency already."""
    return CurrencyPnl(
        pnl=own.pnl_usd,
        pnl_percent=own.pnl_percent,
        pnl_percent_base=own.pnl_percent_base,
        invested_capital=own.invested_capital,
        initial_value=own.initial_value,
        current_value=own.current_value,
        total_deposits=own.total_deposits,
        total_withdrawals=own.total_withdrawals,
        net_cash_flow=own.net_cash_flow,
        reason=own.reason,
    )
