"""A time-weighted return in another currency, from the one in USD and the rates of a few instants.

Within a stretch with money every sub-period grows by `(end / rate there) / (start / rate there)`, and a cash flow
counts at the rate of the value just before it. So the rates inside cancel out: the stretch grew by
`growth in USD x rate at its start / rate at its end`. Only where the chain is cut is a rate needed: at the ends of the
window, and where the account was emptied and filled again. What is approximated is approximated in USD; what has no
base in USD has none at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from dashboard_crypto.core.annualisation import annualise
from dashboard_crypto.core.currency_rates import RATE_UNKNOWN, CurrencyRates, converted
from dashboard_crypto.core.model import SubPeriod, WindowReturn
from dashboard_crypto.core.money import EXACT, ONE, RATIO, ZERO, total
from dashboard_crypto.core.returns import ReturnSeries
from dashboard_crypto.core.window_return import is_approximate, opening_ms, product


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch with money, or (flat) without. The growths are those before it, since the window's base, in USD and in
    the currency; None where a rate is missing. `rate_usd` is the one at its start."""

    start_ms: int
    end_ms: int
    is_flat: bool
    growth_usd: Decimal
    growth: Decimal | None
    rate_usd: Decimal | None


def links_of(
    window: WindowReturn, series: ReturnSeries, rates: CurrencyRates
) -> tuple[tuple[Link, ...], Decimal | None]:
    """The stretches of a window, oldest first, and the growth over all of them."""
    found: list[Link] = []
    in_usd = ONE
    known: Decimal | None = ONE
    for start_ms, parts in _stretches(window, series):
        end_ms, rate, is_flat = parts[-1].end_ms, rates.at(start_ms), _is_flat(parts[0])
        found.append(Link(start_ms, end_ms, is_flat, in_usd, known, rate))
        if not is_flat:
            grown = product(parts)
            known = _grown(known, grown, ONE if start_ms == end_ms else _ratio(rate, rates.at(end_ms)))
            in_usd = RATIO.multiply(in_usd, grown)
    return tuple(found), known


def _stretches(window: WindowReturn, series: ReturnSeries) -> Iterator[tuple[int, list[SubPeriod]]]:
    """The sub-periods cut where money ends or begins, with the instants at which they begin."""
    parts: list[SubPeriod] = []
    began_ms = 0
    for period in window.periods:
        opened_ms = opening_ms(period, series.flows, series.min_base)
        if parts and (_is_flat(parts[-1]) != _is_flat(period) or opened_ms != period.start_ms):
            yield began_ms, parts
            parts = []
        began_ms = began_ms if parts else opened_ms
        parts.append(period)
    if parts:
        yield began_ms, parts


def return_in(window: WindowReturn, series: ReturnSeries, rates: CurrencyRates) -> WindowReturn:
    """`window` with its figures in the currency: null with a reason where a rate is missing. Without sub-periods."""
    ends = {
        "start_value": converted(window.start_value, _rate_at(rates, _base_ms(window))),
        "end_value": converted(window.end_value, _rate_at(rates, window.end_ms)),
    }
    bare = replace(window, **ends, periods=())  # type: ignore[arg-type]
    if window.twr is None:
        return bare
    _, growth = links_of(window, series, rates)
    if growth is None:
        return replace(bare, twr=None, twr_annualized=None, annualization="none", reason=RATE_UNKNOWN)
    twr = EXACT.subtract(growth, ONE)
    yearly, label = annualise(twr, (window.end_ms or 0) - (window.start_ms or 0))
    return replace(bare, twr=twr, twr_annualized=yearly, annualization=label)


def periods_in(window: WindowReturn, series: ReturnSeries, rates: CurrencyRates) -> tuple[SubPeriod, ...] | None:
    """The sub-periods in the currency, each value at the rate of its instant; None where one of the rates is missing.

    The product of their factors is `1 + return` but for the rounding of the 34th digit.
    """
    found: list[SubPeriod] = []
    for period in window.periods:
        shown = _period_in(period, series, rates)
        if shown is None:
            return None
        found.append(shown)
    return tuple(found)


def _period_in(period: SubPeriod, series: ReturnSeries, rates: CurrencyRates) -> SubPeriod | None:
    start, end = rates.at(period.start_ms), rates.at(period.end_ms)
    first, last = converted(period.start_value, start), converted(period.end_value, end)
    flow = converted(period.flow, start)
    if is_approximate(period):
        inside = rates.flows_inside(period.start_ms, period.end_ms)
        amounts = [converted(each.amount, rates.at(each.instant_ms)) for each in inside]
        flow = total(amount for amount in amounts if amount is not None) if None not in amounts else None
    if period.start_ms == period.end_ms or _is_flat(period) or period.factor == 0:
        factor: Decimal | None = period.factor
    else:
        opened = rates.at(opening_ms(period, series.flows, series.min_base))
        factor = _grown(ONE, period.factor, _ratio(opened, end))
    if first is None or last is None or flow is None or factor is None:
        return None
    return replace(period, start_value=first, flow=flow, end_value=last, factor=factor)


def _grown(before: Decimal | None, grown: Decimal, ratio: Decimal | None) -> Decimal | None:
    """A total loss is one at any rate."""
    if grown == 0:
        return ZERO
    return None if before is None or ratio is None else RATIO.multiply(before, RATIO.multiply(grown, ratio))


def _ratio(start: Decimal | None, end: Decimal | None) -> Decimal | None:
    return None if start is None or end is None else RATIO.divide(start, end)


def _rate_at(rates: CurrencyRates, instant_ms: int | None) -> Decimal | None:
    return None if instant_ms is None else rates.at(instant_ms)


def _base_ms(window: WindowReturn) -> int | None:
    """Where the value stands that the return counts from."""
    return window.periods[0].start_ms if window.periods else window.start_ms


def _is_flat(period: SubPeriod) -> bool:
    return not {"no_base", "negative_value"}.isdisjoint(period.flags)
