"""The ledger: every record of the exchange as exact movements, whatever order, page or version it arrives in.

`convert` turns one record of one source into an `Entry`; of two with the same key `newer` says which one to keep.
Keeping the newer one is associative, commutative and idempotent, so a history imported in any page order, with
duplicates, gives one result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from dashboard_crypto.core import ledger_earn, ledger_fiat, ledger_funds, ledger_trading
from dashboard_crypto.core.errors import MalformedAnswer
from dashboard_crypto.core.movement import Context, Entry
from dashboard_crypto.core.record_fields import Record

Converter = Callable[[Record, Context], Entry]

SOURCES: Mapping[str, Converter] = {
    converter.__name__: converter
    for converter in (
        ledger_funds.deposit,
        ledger_funds.withdrawal,
        ledger_funds.pay,
        ledger_funds.sub_transfer,
        ledger_funds.sub_history,
        ledger_fiat.fiat_deposit,
        ledger_fiat.fiat_withdrawal,
        ledger_fiat.fiat_buy,
        ledger_fiat.fiat_sell,
        ledger_fiat.c2c,
        ledger_trading.trade,
        ledger_trading.convert,
        ledger_trading.dust,
        ledger_trading.dividend,
        ledger_trading.rebate,
        ledger_trading.transfer,
        ledger_trading.margin_interest,
        ledger_trading.margin_loan,
        ledger_trading.um_income,
        ledger_trading.cm_income,
        ledger_earn.flexible_subscription,
        ledger_earn.flexible_redemption,
        ledger_earn.flexible_reward,
        ledger_earn.locked_subscription,
        ledger_earn.locked_redemption,
        ledger_earn.locked_reward,
        ledger_earn.soft_staking_reward,
        ledger_earn.boost_reward,
        ledger_earn.eth_staking,
        ledger_earn.eth_redemption,
        ledger_earn.sol_staking,
        ledger_earn.sol_redemption,
        ledger_earn.wbeth_wrap,
        ledger_earn.wbeth_unwrap,
    )
}
"""Name of a record source -> its converter. `docs/ledger.md` says which endpoint each name reads."""

_LISTS = ("rows", "data", "list", "result", "userAssetDribblets", "transfers")
_TOTALS = ("total", "totalCount", "totalRecords")
NO_CONTEXT = Context()


def convert(source: str, record: Record, context: Context = NO_CONTEXT) -> Entry:
    """What one record means. Raises MalformedAnswer for a record that cannot be read; KeyError for an unknown source.

    Nothing is guessed: a record that cannot be read must stop its page, so that the cursor does not pass it.
    """
    entry = SOURCES[source](record, context)
    _, finality, changed_ms = entry.version
    return replace(entry, version=(context.seen_ms, finality, changed_ms))


def records_of(answer: Any) -> list[Record]:
    """The records inside an answer, whatever its envelope.

    An envelope may leave out its list when it says that there is nothing: `total` 0, or success where that kind of
    answer has no total. Anything else without a list is refused, an empty object first: silence is not "no records".
    """
    rows = answer
    while isinstance(rows, Mapping):
        if rows.get("success") is False:
            raise MalformedAnswer("a history answer says that it failed")
        name = next((name for name in _LISTS if rows.get(name) is not None), None)
        if name is None:
            return _nothing(rows)
        rows = rows[name]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise MalformedAnswer("a history answer holds no list of records")
    return rows


def _nothing(envelope: Mapping[str, Any]) -> list[Record]:
    totals = [str(envelope[name]) for name in _TOTALS if name in envelope]
    is_success = envelope.get("success") is True and envelope.get("code") == "000000"
    if set(totals) == {"0"} or (is_success and not totals):
        return []
    raise MalformedAnswer("a history answer has neither records nor a total of 0")


def newer(one: Entry, other: Entry) -> Entry:
    """The entry to keep of two with the same record key. Ties fall the same way in whatever order they are compared."""
    if one == other:
        return one
    return max(one, other, key=lambda entry: (entry.version, entry.state, repr(entry.movements)))


def is_receipt(asset: str, base_assets: Collection[str]) -> bool:
    """Whether a spot balance is only the receipt of a flexible Earn position, which is counted there.

    LDX is a receipt unless LDX is itself a coin that trades (LDO). The receipt's name does not always tell the coin
    (LDBAKET stands for BAKE), so nothing must be derived from it.
    """
    return asset.startswith("LD") and len(asset) > 2 and asset not in base_assets
