"""Records as the exchange writes them (its own published examples where there is one), for the tests of the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dashboard_crypto.core.ledger import convert
from dashboard_crypto.core.movement import Context, Entry, Kind, Movement

D = Decimal
T0 = 1_600_000_000_000
PAIRS = {"BTCUSDT": ("BTC", "USDT"), "BNBBTC": ("BNB", "BTC"), "LDOUSDT": ("LDO", "USDT")}
CONTEXT = Context(pairs=PAIRS, account_ids=frozenset({"354937868"}), own_email="me@example.com")

SAMPLES: dict[str, dict[str, Any]] = {
    "deposit": {
        "id": "769800519366885376", "amount": "0.001", "coin": "BNB", "network": "BNB", "status": 1, "txId": "98A3",
        "address": "bnb1", "insertTime": 1661493146000, "completeTime": 1661493246000, "transferType": 0,
        "walletType": 0,
    },
    "withdrawal": {
        "id": "b6ae22b3", "amount": "8.91000000", "transactionFee": "0.004", "coin": "USDT", "status": 6,
        "txId": "0xb5",
        "address": "0x94", "applyTime": "2019-10-12 11:12:02", "transferType": 0, "walletType": 1,
        "completeTime": "2023-03-23 16:52:41",
    },
    "fiat_deposit": {
        "orderNo": "7d76d611", "fiatCurrency": "BRL", "indicatedAmount": "10.00", "amount": "10.00", "totalFee": "0.00",
        "method": "BankAccount", "status": "Successful", "createTime": 1626144956000, "updateTime": 1626400907000,
    },
    "fiat_withdrawal": {
        "orderNo": "7d76d612", "fiatCurrency": "EUR", "indicatedAmount": "100", "amount": "99.2", "totalFee": "0.8",
        "method": "BankAccount", "status": "Finished", "createTime": 1626144956000, "updateTime": 1626400907000,
    },
    "fiat_buy": {
        "orderNo": "353f", "sourceAmount": "20.0", "fiatCurrency": "EUR", "obtainAmount": "4.462", "totalFee": "0.2",
        "cryptoCurrency": "LUNA", "price": "4.437472", "status": "Completed", "paymentMethod": "Credit Card",
        "createTime": 1624529919000, "updateTime": 1624529949000,
    },
    "fiat_sell": {
        "orderNo": "353e", "sourceAmount": "19.8", "fiatCurrency": "EUR", "obtainAmount": "4.462", "totalFee": "0",
        "cryptoCurrency": "LUNA", "price": "4.437472", "status": "Completed", "createTime": 1624529919000,
        "updateTime": 1624529949000,
    },
    "c2c": {
        "orderNumber": "20219644646554779648", "tradeType": "SELL", "asset": "BUSD", "fiat": "CNY",
        "amount": "5000.00000000", "totalPrice": "33400.00000000", "unitPrice": "6.68", "orderStatus": "COMPLETED",
        "createTime": 1619361369000, "commission": "0", "advertisementRole": "TAKER",
    },
    "pay": {
        "orderType": "C2C", "transactionId": "M_P_71505104267788288", "transactionTime": 1610090460133,
        "amount": "23.72469206", "currency": "BNB", "walletType": 1, "fundsDetail": [{"currency": "USDT",
        "amount": "1.2"}],
        "payerInfo": {"name": "Jack", "type": "USER", "binanceId": "12345678"},
        "receiverInfo": {"name": "Alan", "type": "MERCHANT", "binanceId": "354937868"},
    },
    "sub_transfer": {
        "tranId": 92275823339, "fromEmail": "sub@example.com", "toEmail": "me@example.com", "asset": "BNB",
        "amount": "0.01",
        "createTimeStamp": 1640317374000, "fromAccountType": "USDT_FUTURE", "toAccountType": "SPOT",
        "status": "SUCCESS",
    },
    "sub_history": {
        "counterParty": "master", "email": "master@example.com", "type": 1, "asset": "BTC", "qty": "1",
        "status": "SUCCESS", "tranId": 11798835829, "time": 1544433325000,
    },
    "trade": {
        "symbol": "BNBBTC", "id": 28457, "orderId": 100234, "price": "4.00000100", "qty": "12.00000000",
        "quoteQty": "48.000012", "commission": "10.10000000", "commissionAsset": "BNB", "time": 1499865549590,
        "isBuyer": True, "isMaker": False, "isBestMatch": True,
    },
    "convert": {
        "quoteId": "f3b9", "orderId": 940708407462087195, "orderStatus": "SUCCESS", "fromAsset": "USDT",
        "fromAmount": "20", "toAsset": "BNB", "toAmount": "0.06154036", "createTime": 1624248872184,
    },
    "dust": {
        "operateTime": 1615985535000, "totalTransferedAmount": "0.00132256", "totalServiceChargeAmount": "0.00002699",
        "transId": 45178372831, "userAssetDribbletDetails": [
            {"transId": 4359321, "serviceChargeAmount": "0.000009", "amount": "0.0009", "operateTime": 1615985535000,
             "transferedAmount": "0.000441", "fromAsset": "USDT", "targetAsset": "BNB"},
            {"transId": 4359322, "serviceChargeAmount": "0.00001799", "amount": "0.0009", "operateTime": 1615985535000,
             "transferedAmount": "0.00088156", "fromAsset": "ATOM", "targetAsset": "BNB"},
        ],
    },
    "dividend": {
        "id": 1637366104, "amount": "10.00000000", "asset": "BHFT", "divTime": 1563189166000,
        "enInfo": "BHFT distribution", "tranId": 2968885920, "direction": 1,
    },
    "rebate": {"asset": "USDT", "type": 1, "amount": "0.0001126", "updateTime": 1637651320000},
    "transfer": {
        "asset": "USDT", "amount": "1", "type": "MAIN_UMFUTURE", "status": "CONFIRMED", "tranId": 11415955596,
        "timestamp": 1544433328000,
    },
    "margin_interest": {
        "txId": 1352286576452864727, "interestAccuredTime": 1672160400000, "asset": "USDT", "rawAsset": "USDT",
        "principal": "45.3313", "interest": "0.00024995", "type": "ON_BORROW", "isolatedSymbol": "BTCUSDT",
    },
    "margin_loan": {
        "type": "BORROW", "amount": "14.00000000", "asset": "BNB", "interest": "0.01", "principal": "13.99",
        "status": "CONFIRMED", "timestamp": 1563438204000, "txId": 2970933056,
    },
    "um_income": {
        "symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.37500000", "asset": "USDT", "info": "",
        "time": 1570608000000, "tranId": 9689322392, "tradeId": "",
    },
    "cm_income": {
        "symbol": "BTCUSD_200925", "incomeType": "REALIZED_PNL", "income": "0.01", "asset": "BTC", "info": "",
        "time": 1570608000000, "tranId": "9689322392", "tradeId": "2059192",
    },
    "flexible_subscription": {
        "amount": "100.00000000", "asset": "USDT", "time": 1575018510000, "purchaseId": 26055, "productId": "USDT001",
        "type": "AUTO", "sourceAccount": "SPOTANDFUNDING", "amtFromSpot": "30", "amtFromFunding": "70",
        "status": "SUCCESS",
    },
    "flexible_redemption": {
        "amount": "10.54000000", "asset": "USDT", "time": 1577257222000, "projectId": "USDT001", "redeemId": 40607,
        "destAccount": "SPOT", "status": "PAID",
    },
    "flexible_reward": {
        "asset": "BUSD", "rewards": "0.00006408", "projectId": "USDT001", "type": "REALTIME", "time": 1577233578000,
    },
    "locked_subscription": {
        "positionId": 123123, "purchaseId": "26055", "projectId": "Axs*90", "time": 1575018510000, "asset": "BNB",
        "amount": "21312.23223", "lockPeriod": "30", "type": "NORMAL", "sourceAccount": "SPOT",
        "amtFromSpot": "21312.23223",
        "amtFromFunding": "0", "status": "SUCCESS",
    },
    "locked_redemption": {
        "positionId": 123123, "redeemId": 40607, "time": 1575018510000, "asset": "BNB", "lockPeriod": "30",
        "amount": "99.5", "originalAmount": "100", "type": "NORMAL", "deliverDate": "1575018510000",
        "lossAmount": "0.5", "isComplete": True, "status": "PAID",
    },
    "locked_reward": {
        "positionId": 123123, "time": 1575018510000, "asset": "BNB", "lockPeriod": "30", "amount": "21312.23223",
        "type": "Locked Rewards",
    },
    "soft_staking_reward": {
        "asset": "SOL", "rewards": "0.1", "rewardAsset": "SOL", "avgAmount": "10", "time": 1577233578000,
    },
    "boost_reward": {
        "time": 1729520680000, "token": "SOL", "amount": "1.20291028", "bnsolHolding": "2", "status": "SUCCESS",
    },
    "eth_staking": {
        "time": 1575018510000, "asset": "ETH", "amount": "21.6", "distributeAsset": "WBETH", "distributeAmount": "20.5",
        "conversionRatio": "0.949", "status": "SUCCESS",
    },
    "eth_redemption": {
        "time": 1575018510000, "arrivalTime": 1575450510000, "asset": "WBETH", "amount": "21.3",
        "distributeAsset": "ETH", "distributeAmount": "22.4", "conversionRatio": "1.05", "status": "SUCCESS",
    },
    "sol_staking": {
        "time": 1575018510000, "asset": "SOL", "amount": "21.3", "distributeAsset": "BNSOL", "distributeAmount": "20.1",
        "exchangeRate": "0.94", "status": "SUCCESS",
    },
    "sol_redemption": {
        "time": 1575018510000, "arrivalTime": 1575018510000, "asset": "BNSOL", "amount": "20.1",
        "distributeAsset": "SOL", "distributeAmount": "21.3", "exchangeRate": "1.06", "status": "SUCCESS",
    },
    "wbeth_wrap": {
        "time": 1575018510000, "fromAsset": "BETH", "fromAmount": "21.3", "toAsset": "WBETH", "toAmount": "20.3",
        "exchangeRate": "0.95", "status": "SUCCESS",
    },
    "wbeth_unwrap": {
        "time": 1575018510000, "fromAsset": "WBETH", "fromAmount": "20.3", "toAsset": "BETH", "toAmount": "21.3",
        "exchangeRate": "1.05", "status": "SUCCESS",
    },
}  # fmt: skip


def entry(source: str, context: Context = CONTEXT, /, **changes: Any) -> Entry:
    """The entry of a sample record with some fields changed; a field set to None is left out."""
    record = {name: value for name, value in (SAMPLES[source] | changes).items() if value is not None}
    return convert(source, record, context)


def legs(found: Entry) -> list[tuple[str, Decimal, str, str]]:
    """Asset, amount, wallet and kind of every movement, in the order of the record."""
    return [(m.asset, m.amount, m.wallet, m.kind) for m in found.movements]


def movement(
    asset: str,
    amount: str | Decimal,
    instant_ms: int = T0,
    kind: Kind = "deposit",
    wallet: str = "spot",
    *,
    key: str = "",
    **more: Any,
) -> Movement:
    """A movement made by hand; its own group unless one is given."""
    key = key or f"{kind}:{asset}:{amount}:{instant_ms}:{wallet}"
    values: dict[str, Any] = {"group": key, "source": kind, "external_id": key} | more
    return Movement(key=key, kind=kind, asset=asset, amount=D(amount), wallet=wallet, instant_ms=instant_ms, **values)
