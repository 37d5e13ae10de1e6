"""The words of the transaction history: what each operation is, and which wallet each account name stands for."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard_crypto.core.model import EARN_FLEXIBLE, EARN_LOCKED, FUNDING, SPOT
from dashboard_crypto.core.movement import CM_FUTURES, MARGIN, OPTIONS, PORTFOLIO_MARGIN, UM_FUTURES, Kind, isolated

_NAMES: Mapping[tuple[Kind, Kind], str] = {
    ("deposit", "withdrawal"): "deposit|withdraw|withdrawal|crypto deposit|crypto withdrawal",
    ("fiat_deposit", "fiat_withdrawal"): "fiat deposit|fiat withdraw|fiat withdrawal|fiat ocbs - add fiat and fees",
    ("p2p_buy", "p2p_sell"): "p2p trading|c2c transfer",
    ("pay_in", "pay_out"): "send|receive|crypto box|binance pay|pay|binance payment|merchant acquiring"
    "|binance card spending|card spending",
    ("card_buy", "card_sell"): "buy crypto|buy crypto with card|buy crypto with fiat|buy crypto with card balance"
    "|sell crypto to fiat|sell crypto to card",
    ("sub_transfer_in", "sub_transfer_out"): "sub-account transfer|subaccount transfer|transfer to sub-account"
    "|transfer from sub-account|sub-account transfer in|sub-account transfer out",
    ("trade", "trade"): "buy|sell|transaction related|transaction buy|transaction spend|transaction sold"
    "|transaction revenue|large otc trading",
    ("convert", "convert"): "binance convert|convert|auto-invest transaction|binance convert (spot)"
    "|fiat to crypto convert",
    ("fee", "fee"): "fee|transaction fee|bnb fee deduction|trading fee",
    ("dust", "dust"): "small assets exchange bnb|small assets exchange bnb (spot)|small assets exchange",
    ("rebate", "rebate"): "commission history|commission fee shared with you|commission rebate|referral kickback"
    "|referral commission|referrer commission|referrer rebates|referral commission rebate",
    ("dividend", "dividend"): "distribution|airdrop assets|hodler airdrops distribution|cash voucher distribution"
    "|cash voucher|mission reward distribution|launchpool airdrop - system distribution|launchpool interest"
    "|launchpool earnings|launchpool earnings distribution|megadrop rewards|card cashback|binance convert bonus"
    "|alpha 2.0 tokens distribution|token swap restitution|token swap - distribution|asset recovery"
    "|token swap - redenomination/rebranding",
    ("earn_reward", "earn_loss"): "simple earn flexible interest|simple earn flexible airdrop"
    "|simple earn flexible - rewards income|simple earn locked rewards|savings interest|pos savings interest"
    "|bnb vault rewards|rewards distribution|swap farming rewards|liquid swap rewards|super bnb mining|interest",
    ("staking_reward", "earn_loss"): "staking rewards|eth 2.0 staking rewards|eth staking rewards"
    "|soft staking rewards|sol staking rewards|on-chain yields rewards|locked staking rewards",
    ("stake", "stake"): "eth 2.0 staking|eth 2.0 staking withdrawals|eth staking|eth staking redemption|sol staking"
    "|wrap|unwrap",
    ("earn_subscribe", "earn_subscribe"): "simple earn flexible subscription|simple earn locked subscription"
    "|savings purchase|pos savings purchase|staking purchase|locked staking purchase|launchpool subscription",
    ("earn_redeem", "earn_redeem"): "simple earn flexible redemption|simple earn locked redemption"
    "|savings principal redemption|pos savings redemption|staking redemption|locked staking redemption"
    "|launchpool redemption",
    ("futures_income", "futures_income"): "realized profit and loss|realized profit or loss|funding fee"
    "|insurance fund compensation|insurance clear",
    ("interest", "interest"): "margin interest|isolated margin interest|cross margin interest|interest accrued",
    ("loan", "loan"): "margin loan|isolated margin loan|cross margin loan|margin repayment"
    "|isolated margin repayment|cross margin repayment",
    ("transfer", "transfer"): "transfer_in|transfer_out|asset - transfer|main and funding account transfer"
    "|transfer|internal transfer between own wallets",
}
OPERATIONS: Mapping[str, tuple[Kind, Kind]] = {
    name: kinds for kinds, names in _NAMES.items() for name in names.split("|")
}
"""Operation in lower case -> kind of a row that adds, kind of a row that takes away."""

_ACCOUNTS: Mapping[str, str] = {
    "spot": SPOT,
    "funding": FUNDING,
    "p2p": FUNDING,
    "card": FUNDING,
    "fiat": SPOT,
    "earn": EARN_FLEXIBLE,
    "savings": EARN_FLEXIBLE,
    "usd-mfutures": UM_FUTURES,
    "usdt-futures": UM_FUTURES,
    "usdⓢ-mfutures": UM_FUTURES,
    "um-futures": UM_FUTURES,
    "coin-mfutures": CM_FUTURES,
    "coin-futures": CM_FUTURES,
    "margin": MARGIN,
    "crossmargin": MARGIN,
    "isolatedmargin": isolated(""),
    "options": OPTIONS,
    "portfoliomargin": PORTFOLIO_MARGIN,
}


def kind_of(operation: str, *, is_in: bool, extra: Mapping[str, tuple[Kind, Kind]]) -> Kind:
    """Kind of a row. ValueError for a word that is not known: an unknown operation is never booked as anything."""
    name = " ".join(operation.casefold().split())
    kinds = extra.get(name) or OPERATIONS.get(name)
    if kinds is None and name.startswith("transfer between"):
        kinds = ("transfer", "transfer")
    if kinds is None:
        raise ValueError(f"the operation {operation[:60]!r} is not known")
    return kinds[0] if is_in else kinds[1]


def wallet_of(account: str) -> str:
    """The wallet of an account name. ValueError if it is not known."""
    wallet = _ACCOUNTS.get(account.casefold().replace(" ", "").replace("_", ""))
    if wallet is None:
        raise ValueError(f"the account {account[:40]!r} is not known")
    return wallet


def product_wallet(operation: str) -> str:
    """The Earn wallet of a subscription or redemption."""
    name = operation.casefold()
    is_locked = any(word in name for word in ("locked", "pos savings", "staking", "launchpool"))
    return EARN_LOCKED if is_locked else EARN_FLEXIBLE
