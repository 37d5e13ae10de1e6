"""One row of each of Binance's CSV exports as what it moved. Errors are ValueErrors fit for the owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from dashboard_crypto.core.ledger import is_receipt
from dashboard_crypto.core.model import SPOT
from dashboard_crypto.core.money import ZERO
from dashboard_crypto.core.movement import Kind
from dashboard_crypto.core.statement_formats import Layout, StatementFormat, read_amount, read_quantity, read_time
from dashboard_crypto.core.statement_operations import kind_of, wallet_of

_DONE = frozenset({"completed", "success", "successful", "credited", "finished"})
_UNDONE = frozenset({
    "pending", "processing", "process", "failed", "failure", "cancelled", "canceled", "rejected", "expired",
    "refunded", "email sent", "awaiting approval", "wrong deposit",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementOptions:
    """What a file does not say about itself. `operations` books words of newer exports: name in lower case ->
    (kind of a row that adds, kind of a row that takes away)."""

    file_name: str = ""
    utc_offset_minutes: int | None = None
    direction: Literal["in", "out"] | None = None
    base_assets: frozenset[str] = frozenset()
    pairs: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    operations: Mapping[str, tuple[Kind, Kind]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Leg:
    """One change a row tells of."""

    kind: Kind
    asset: str
    amount: Decimal
    wallet: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that moved something. `label` is the operation, for grouping; `reference` a transaction id or remark."""

    instant_ms: int
    label: str
    legs: tuple[Leg, ...]
    reference: str = ""


Reader = Callable[[Layout, Sequence[str], StatementOptions], Row | None]


def _transaction(layout: Layout, cells: Sequence[str], options: StatementOptions) -> Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    operation, coin = layout.cell(cells, "operation"), _coin(layout, cells)
    change = read_amount(layout.cell(cells, "change"))
    kind = kind_of(operation, is_in=change > 0, extra=options.operations)
    wallet = wallet_of(layout.cell(cells, "account"))
    if not change or (kind in {"earn_subscribe", "earn_redeem"} and is_receipt(coin, options.base_assets)):
        return None
    if options.base_assets and is_receipt(coin, options.base_assets):
        return None
    remark = layout.cell(cells, "remark")
    return Row(instant, " ".join(operation.casefold().split()), (Leg(kind, coin, change, wallet),), remark)


def _deposit(layout: Layout, cells: Sequence[str], _: StatementOptions) -> Row | None:
    amount = read_amount(layout.cell(cells, "amount"))
    return _crossing(layout, cells, (Leg("deposit", _coin(layout, cells), amount, SPOT),))


def _withdrawal(layout: Layout, cells: Sequence[str], _: StatementOptions) -> Row | None:
    coin, amount = _coin(layout, cells), read_amount(layout.cell(cells, "amount"))
    written = layout.cell(cells, "fee") or layout.cell(cells, "transaction_fee")
    fee = read_quantity(written, (coin,))[0] if written else ZERO
    legs = [Leg("withdrawal", coin, -amount, SPOT)]
    return _crossing(layout, cells, (*legs, *([Leg("withdrawal_fee", coin, -fee, SPOT)] if fee else [])))


def _crossing(layout: Layout, cells: Sequence[str], legs: tuple[Leg, ...]) -> Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    if any((leg.amount < 0 and leg.kind == "deposit") or (leg.amount > 0 and leg.kind != "deposit") for leg in legs):
        raise ValueError("the amount is negative")
    if not _is_done(layout.cell(cells, "status")) or not legs[0].amount:
        return None
    return Row(instant, legs[0].kind, legs, layout.cell(cells, "txid"))


def _trade(layout: Layout, cells: Sequence[str], options: StatementOptions) -> Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    pair = layout.cell(cells, "pair").replace("/", "").replace("_", "").upper()
    is_new = "executed" in layout.columns
    written = [layout.cell(cells, name) for name in (("executed", "amount") if is_new else ("amount", "total"))]
    base, quote = _pair(pair, written[0], written[1], options)
    bought, paid = read_quantity(written[0], (base,))[0], read_quantity(written[1], (quote,))[0]
    side = (layout.cell(cells, "side") or layout.cell(cells, "type")).upper()
    if side not in {"BUY", "SELL"}:
        raise ValueError(f"the side {side[:20]!r} is neither BUY nor SELL")
    sign = 1 if side == "BUY" else -1
    legs = [Leg("trade", base, sign * bought, SPOT), Leg("trade", quote, -sign * paid, SPOT)]
    fee_coin = layout.cell(cells, "fee_coin")
    fee, suffix = read_quantity(layout.cell(cells, "fee") or "0", (fee_coin, base, quote, "BNB"))
    if fee and not (suffix or fee_coin):
        raise ValueError("the fee does not name its coin")
    if fee:
        legs.append(Leg("fee", suffix or fee_coin, -fee, SPOT))
    return Row(instant, pair, tuple(legs))


def _pair(pair: str, executed: str, amount: str, options: StatementOptions) -> tuple[str, str]:
    if pair in options.pairs:
        return options.pairs[pair]
    for cut in range(1, len(pair)):
        if executed.endswith(pair[:cut]) and amount.endswith(pair[cut:]):
            return pair[:cut], pair[cut:]
    raise ValueError(f"the pair {pair[:20]!r} is not known, so its two coins cannot be told apart")


def _conversion(layout: Layout, cells: Sequence[str], _: StatementOptions) -> Row | None:
    instant = read_time(layout.cell(cells, "time"), layout.utc_offset_minutes)
    if not _is_done(layout.cell(cells, "status")):
        return None
    (sold, given), (bought, got) = (read_quantity(layout.cell(cells, name)) for name in ("sell", "buy"))
    if not given or not got:
        raise ValueError("an amount does not name its coin")
    wallet = layout.cell(cells, "wallet")
    place = wallet_of(wallet) if wallet else SPOT
    return Row(instant, "convert", (Leg("convert", given, -sold, place), Leg("convert", got, bought, place)))


def _coin(layout: Layout, cells: Sequence[str]) -> str:
    coin = layout.cell(cells, "coin")
    if not coin:
        raise ValueError("the row names no coin")
    return coin


def _is_done(status: str) -> bool:
    word = status.casefold()
    if word in _DONE:
        return True
    if word in _UNDONE:
        return False
    raise ValueError(f"the status {status[:30]!r} is not known")


READERS: Mapping[StatementFormat, Reader] = {
    "transactions": _transaction,
    "deposits": _deposit,
    "withdrawals": _withdrawal,
    "trades": _trade,
    "converts": _conversion,
}
