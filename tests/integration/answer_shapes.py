"""The documented fields and JSON types of every answer, in a small notation, and a checker for it.

`amount` is a decimal written as a JSON string; `int num bool text` as in JSON; `[x]` a list of x; `[a, b]` a list of
exactly these; `a|b` either; `name?` may be absent. More fields than the documented ones are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.integration.answer_shapes_wallets import WALLET_SHAPES

SHAPES = {
    "GET /api/v3/ping": "{}",
    "GET /api/v3/time": "{serverTime: int}",
    "GET /api/v3/exchangeInfo": """{timezone: text, serverTime: int,
        rateLimits: [{rateLimitType: text, interval: text, intervalNum: int, limit: int, count?: int}],
        exchangeFilters: [{filterType?: text, maxNumOrders?: int}],
        symbols: [{symbol: text, status: text, baseAsset: text, baseAssetPrecision: int, quoteAsset: text,
            quotePrecision: int, quoteAssetPrecision: int, baseCommissionPrecision: int, quoteCommissionPrecision: int,
            orderTypes: [text], icebergAllowed: bool, ocoAllowed: bool, otoAllowed: bool, opoAllowed: bool,
            quoteOrderQtyMarketAllowed: bool, allowTrailingStop: bool, cancelReplaceAllowed: bool, amendAllowed: bool,
            pegInstructionsAllowed: bool, isSpotTradingAllowed: bool, isMarginTradingAllowed: bool,
            filters: [{filterType: text, priceExponent: int, minPrice: amount, maxPrice: amount, tickSize: amount}],
            permissions: [text], permissionSets: [[text]], defaultSelfTradePreventionMode: text,
            allowedSelfTradePreventionModes: [text]}],
        sors?: [{baseAsset: text, symbols: [text]}]}""",
    "GET /api/v3/ticker/price": "[{symbol: text, price: amount}]",
    "GET /api/v3/ticker/24hr": """[{symbol: text, priceChange: amount, priceChangePercent: amount,
        weightedAvgPrice: amount, prevClosePrice: amount, lastPrice: amount, lastQty: amount, bidPrice: amount,
        bidQty: amount, askPrice: amount, askQty: amount, openPrice: amount, highPrice: amount, lowPrice: amount,
        volume: amount, quoteVolume: amount, openTime: int, closeTime: int, firstId: int, lastId: int, count: int}]""",
    "GET /api/v3/klines": "[[int, amount, amount, amount, amount, amount, int, amount, int, amount, amount, amount]]",
    "GET /api/v3/avgPrice": "{mins: int, price: amount, closeTime: int}",
    "GET /api/v3/account": """{makerCommission: int, takerCommission: int, buyerCommission: int, sellerCommission: int,
        commissionRates: {maker: amount, taker: amount, buyer: amount, seller: amount}, canTrade: bool,
        canWithdraw: bool, canDeposit: bool, brokered: bool, requireSelfTradePrevention: bool, preventSor: bool,
        updateTime: int, accountType: text, balances: [{asset: text, free: amount, locked: amount}],
        permissions: [text], uid: int}""",
    "GET /api/v3/myTrades": """[{symbol: text, id: int, orderId: int, orderListId: int, price: amount, qty: amount,
        quoteQty: amount, commission: amount, commissionAsset: text, time: int, isBuyer: bool, isMaker: bool,
        isBestMatch: bool}]""",
    "GET /sapi/v1/capital/deposit/hisrec": """[{id: text, amount: amount, coin: text, network: text, status: int,
        address: text, addressTag?: text, txId: text, insertTime: int, completeTime?: int, transferType: int,
        confirmTimes: text, unlockConfirm: int, walletType: int, travelRuleStatus?: int}]""",
    "GET /sapi/v1/capital/withdraw/history": """[{id: text, amount: amount, transactionFee: amount, coin: text,
        status: int, address: text, txId: text, applyTime: moment, network: text, transferType: int,
        withdrawOrderId?: text, info?: text, confirmNo?: int, walletType: int, txKey?: text, completeTime?: moment}]""",
    "POST /sapi/v1/asset/get-funding-asset": """[{asset: text, free: amount, locked: amount, freeze: amount,
        withdrawing: amount, btcValuation: amount}]""",
    "POST /sapi/v3/asset/getUserAsset": """[{asset: text, free: amount, locked: amount, freeze: amount,
        withdrawing: amount, ipoable: amount, btcValuation: amount}]""",
    "GET /sapi/v1/asset/wallet/balance": """[{activate: bool, balance: amount, walletName: text,
        assetBalances?: [{asset: text, assetName: text, free: amount, locked: amount, freeze: amount,
            withdrawing: amount, btcValuation: amount}]}]""",
    "GET /sapi/v1/account/apiRestrictions": """{ipRestrict: bool, createTime: int, enableReading: bool,
        enableWithdrawals: bool, enableInternalTransfer: bool, enableMargin: bool, enableFutures: bool,
        permitsUniversalTransfer: bool, enableVanillaOptions: bool, enableFixApiTrade: bool, enableFixReadOnly: bool,
        enableSpotAndMarginTrading: bool, enablePortfolioMarginTrading: bool}""",
    "GET /sapi/v1/account/info": """{vipLevel: int, isMarginEnabled: bool, isFutureEnabled: bool,
        isOptionsEnabled?: bool, isPortfolioMarginRetailEnabled?: bool}""",
    "GET /sapi/v1/simple-earn/flexible/position": """{rows: [{totalAmount: amount, latestAnnualPercentageRate: amount,
        yesterdayAirdropPercentageRate?: amount, asset: text, airDropAsset?: text, canRedeem: bool,
        collateralAmount?: amount, productId: text, yesterdayRealTimeRewards: amount, cumulativeBonusRewards: amount,
        cumulativeRealTimeRewards: amount, cumulativeTotalRewards: amount, autoSubscribe: bool}], total: int}""",
    "GET /sapi/v1/simple-earn/locked/position": """{rows: [{positionId: int, parentPositionId?: int, projectId: text,
        asset: text, amount: amount, purchaseTime: int|amount, duration: amount, accrualDays: amount,
        rewardAsset: text, APY: amount, rewardAmt: amount, extraRewardAsset?: text, extraRewardAPR?: amount,
        nextPay?: amount, nextPayDate?: int|amount, payPeriod: amount, redeemAmountEarly?: amount,
        rewardsEndDate: int|amount, deliverDate: int|amount, redeemPeriod: amount, redeemingAmt: amount,
        redeemTo: text, partialAmtDeliverDate?: int|amount, canRedeemEarly: bool, canFastRedemption: bool,
        autoSubscribe: bool, type: text, status: text, canReStake: bool}], total: int}""",
    "GET /sapi/v1/simple-earn/account": """{totalAmountInBTC: amount, totalAmountInUSDT: amount,
        totalFlexibleAmountInBTC: amount, totalFlexibleAmountInUSDT: amount, totalLockedInBTC: amount,
        totalLockedInUSDT: amount}""",
    "GET /sapi/v1/system/status": "{status: int, msg: text}",
    **WALLET_SHAPES,
}

TOKEN = re.compile(r"[\w$]+\??|[\[\]{}:,|]")


def complaints(answer: Any, shape: str) -> list[str]:
    """Every way in which an answer differs from a shape; empty if it fits."""
    tokens = TOKEN.findall(shape)
    parsed, rest = parse(tokens)
    assert not rest, rest
    return list(differences(answer, parsed, "$"))


def parse(tokens: list[str]) -> tuple[Any, list[str]]:
    """A type as `("or", ..)`, `("list", x)`, `("row", ..)`, `("object", {..})` or a word, and what follows it."""
    node, rest = parse_one(tokens)
    choices = [node]
    while rest and rest[0] == "|":
        node, rest = parse_one(rest[1:])
        choices.append(node)
    return (choices[0] if len(choices) == 1 else ("or", choices)), rest


def parse_one(tokens: list[str]) -> tuple[Any, list[str]]:
    """One type without alternatives."""
    head, rest = tokens[0], tokens[1:]
    if head == "[":
        items = []
        while rest[0] != "]":
            node, rest = parse(rest[1:] if rest[0] == "," else rest)
            items.append(node)
        return (("list", items[0]) if len(items) == 1 else ("row", items)), rest[1:]
    if head == "{":
        fields: dict[str, Any] = {}
        while rest[0] != "}":
            rest = rest[1:] if rest[0] == "," else rest
            assert rest[1] == ":", rest[:3]
            fields[rest[0]], rest = parse(rest[2:])
        return ("object", fields), rest[1:]
    return head, rest


def differences(value: Any, node: Any, where: str) -> Iterator[str]:
    """Complaints about one value."""
    if isinstance(node, str):
        if not fits(value, node):
            yield f"{where}: {value!r} is no {node}"
        return
    kind, inner = node
    if kind == "or":
        if all(list(differences(value, choice, where)) for choice in inner):
            yield f"{where}: {value!r} fits none of {inner}"
    elif kind == "object":
        yield from object_differences(value, inner, where)
    elif not isinstance(value, list):
        yield f"{where}: not a list"
    elif kind == "list":
        for index, item in enumerate(value):
            yield from differences(item, inner, f"{where}[{index}]")
    elif len(value) != len(inner):
        yield f"{where}: {len(value)} elements instead of {len(inner)}"
    else:
        for index, (item, part) in enumerate(zip(value, inner, strict=True)):
            yield from differences(item, part, f"{where}[{index}]")


def object_differences(value: Any, fields: dict[str, Any], where: str) -> Iterator[str]:
    """Complaints about the members of an object."""
    if not isinstance(value, dict):
        yield f"{where}: not an object"
        return
    for name, node in fields.items():
        plain = name.removesuffix("?")
        if plain in value:
            yield from differences(value[plain], node, f"{where}.{plain}")
        elif plain == name:
            yield f"{where}: {plain} is missing"


def fits(value: Any, word: str) -> bool:
    """Whether a plain value has a plain type."""
    if word == "amount":
        return isinstance(value, str) and is_decimal(value)
    if word == "moment":
        return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value))
    if word == "text":
        return isinstance(value, str)
    if word == "bool":
        return isinstance(value, bool)
    assert word in {"int", "num"}, word
    return not isinstance(value, bool) and isinstance(value, int if word == "int" else int | float)


def is_decimal(text: str) -> bool:
    """A finite decimal number in plain notation."""
    try:
        return Decimal(text).is_finite() and "e" not in text.lower()
    except InvalidOperation:
        return False
