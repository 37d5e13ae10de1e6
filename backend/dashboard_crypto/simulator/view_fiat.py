"""Money from outside that is no coin: bank orders, card payments, P2P, Pay. All wrapped in an envelope."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.errors import invalid
from dashboard_crypto.simulator.history import Row, Rule, paged, span
from dashboard_crypto.simulator.market import divide
from dashboard_crypto.simulator.scenario import Event
from dashboard_crypto.simulator.world import Request, World, amount

ORDERS = Rule(default_days=30, start="beginTime", end="endTime")
P2P = Rule(default_days=30, most_days=30, months=6, start="startTimestamp", end="endTimestamp")
PAY = Rule(default_days=90, most_days=90, months=18)
PENNY = Decimal("0.01")


def envelope(rows: list[Row], total: int) -> Row:
    """What surrounds the rows; nothing at all is said of them when there are none."""
    head: Row = {"code": "000000", "message": "success"}
    return head | ({"data": rows} if total else {}) | {"total": total, "success": True}


def kinds_asked(request: Request, first: str, second: str) -> str:
    """What `transactionType` 0 and 1 stand for (-1102 without it)."""
    kinds = {"0": first, "1": second}
    wanted = request.required("transactionType")
    if wanted not in kinds:
        raise invalid("transactionType")
    return kinds[wanted]


def fiat_orders(world: World, request: Request) -> Any:
    """Bank money in or out, newest first. `beginTime`, not `startTime`."""
    kind, window = kinds_asked(request, "fiat_deposit", "fiat_withdrawal"), span(request, ORDERS)
    events = [entry.event for entry in world.ledger.of_kinds(kind) if window.holds(entry.event.at_ms)][::-1]
    rows = [order_row(world, event, request.now_ms) for event in events]
    return envelope(paged(rows, request, page="page", size="rows", most=500), len(rows))


def order_row(world: World, event: Event, now_ms: int) -> Row:
    """One bank order: `amount` is what reaches (or leaves) the account, `totalFee` what the way costs beside it."""
    done = event.completed_ms <= now_ms
    value, fee = event.decimal("amount"), event.decimal("fee")
    return {
        "orderNo": world.hexadecimal("order", event.number)[:32],
        "fiatCurrency": event.text("currency"),
        "indicatedAmount": money(value + fee),
        "amount": money(value),
        "totalFee": money(fee),
        "method": event.text("method", "BankAccount"),
        "status": "Successful" if done else "Processing",
        "createTime": event.at_ms,
        "updateTime": event.completed_ms if done else event.at_ms,
    }


def money(value: Decimal) -> str:
    """Two decimals, more only where there are more."""
    short = value.quantize(PENNY)
    return f"{short:f}" if short == value else f"{value.normalize():f}"


def fiat_payments(world: World, request: Request) -> Any:
    """Coins for money (0) or money for coins (1), newest first."""
    kind = kinds_asked(request, "card_buy", "card_sell")
    rows = [payment_row(world, entry) for entry in span(request, ORDERS).of(world.ledger.of_kinds(kind))]
    return envelope(paged(rows, request, page="page", size="rows", most=500), len(rows))


def payment_row(world: World, entry: Entry) -> Row:
    """One payment. The way of payment is told of purchases only."""
    event = entry.event
    coins, fiat, buys = event.decimal("amount"), event.decimal("fiat_amount"), event.kind == "card_buy"
    row = {
        "orderNo": world.hexadecimal("payment", event.number)[:32],
        "sourceAmount": money(fiat) if buys else amount(coins),
        "fiatCurrency": event.text("currency"),
        "obtainAmount": amount(coins) if buys else money(fiat),
        "cryptoCurrency": event.text("asset"),
        "totalFee": "0.00",
        "price": amount(divide(fiat, coins).quantize(Decimal("0.00000001"))),
        "status": "Completed",
        "createTime": entry.at_ms,
        "updateTime": entry.at_ms,
    }
    return row | ({"paymentMethod": event.text("method", "Credit Card")} if buys else {})


def p2p_orders(world: World, request: Request) -> Any:
    """P2P orders of the last six months, at most 30 days at a time."""
    side = request.text("tradeType")
    if side not in {"", "BUY", "SELL"}:
        raise invalid("tradeType")
    kinds = [f"p2p_{name.lower()}" for name in ("BUY", "SELL") if side in {"", name}]
    rows = [p2p_row(world, entry) for entry in span(request, P2P).of(world.ledger.of_kinds(*kinds))]
    return envelope(paged(rows, request, page="page", size="rows"), len(rows))


def p2p_row(world: World, entry: Entry) -> Row:
    """One P2P order; the other side is the maker."""
    event = entry.event
    coins, fiat = event.decimal("amount"), event.fields.get("fiat_amount", event.decimal("amount"))
    return {
        "orderNumber": str(world.number("p2p", event.number, digits=20)),
        "advNo": str(world.number("advert", event.number, digits=20)),
        "tradeType": event.kind.removeprefix("p2p_").upper(),
        "asset": event.text("asset"),
        "fiat": event.text("fiat", "EUR"),
        "fiatSymbol": event.text("fiat", "EUR"),
        "amount": amount(coins),
        "totalPrice": amount(fiat),
        "unitPrice": amount(divide(fiat, coins).quantize(Decimal("0.00000001"))),
        "orderStatus": "COMPLETED",
        "createTime": entry.at_ms,
        "commission": "0.00000000",
        "takerCommissionRate": "0.00000000",
        "takerCommission": "0.00000000",
        "takerAmount": amount(coins),
        "counterPartNickName": f"{world.hexadecimal('nick', event.number)[:2]}***",
        "payMethodName": "SEPA",
        "additionalKycVerify": 0,
        "advertisementRole": "TAKER",
    }


def pay_transactions(world: World, request: Request) -> Any:
    """Binance Pay, newest first, the newest 100 of at most 90 days; there are no pages and no total."""
    rows = [pay_row(world, entry) for entry in span(request, PAY).of(world.ledger.of_kinds("pay_in", "pay_out"))]
    return {"code": "000000", "message": "success", "data": rows[: request.limit(100, 100)], "success": True}


def pay_row(world: World, entry: Entry) -> Row:
    """One payment: positive received, negative spent. The payer's number tells who paid."""
    event, pays = entry.event, entry.event.kind == "pay_out"
    value, asset = event.decimal("amount"), event.text("asset")
    wallet = 2 if event.text("wallet", "funding") == "spot" else 1
    cost = {str(number): amount(value if number == wallet else Decimal(0)) for number in (1, 2)}
    own, other = str(world.uid), str(world.number("friend", event.number))
    payer, receiver = (own, other) if pays else (other, own)
    return {
        "orderType": "C2C",
        "transactionId": f"M_P_{world.number('pay', event.number, digits=17)}",
        "transactionTime": entry.at_ms,
        "amount": amount(-value if pays else value),
        "currency": asset,
        "walletType": wallet,
        "walletTypes": [wallet],
        "fundsDetail": [{"currency": asset, "amount": amount(value), "walletAssetCost": cost}],
        "payerInfo": {"name": f"User-{payer[:4]}", "type": "USER", "binanceId": payer},
        "receiverInfo": receiver_info(receiver),
    }


def receiver_info(number: str) -> Row:
    """Who was paid."""
    card = {"institutionName": "", "cardNumber": "", "digitalWalletId": ""}
    return {
        "name": f"User-{number[:4]}",
        "type": "USER",
        "email": "",
        "binanceId": number,
        "accountId": number,
        "countryCode": "",
        "phoneNumber": "",
        "mobileCode": "",
        "extend": card,
    }
