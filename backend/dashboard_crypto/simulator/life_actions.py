"""What can happen in the invented life. Each action looks at the books and adds the events that they allow."""

from __future__ import annotations

from decimal import Decimal

from dashboard_crypto.simulator.planner import Planner, floored

MINUTE_MS = 60_000
CENT = Decimal("0.01")
FUTURES_INCOMES = (("REALIZED_PNL", "7.41"), ("FUNDING_FEE", "-0.2137"), ("COMMISSION", "-0.5121"))


def trade(plan: Planner, at_ms: int) -> None:
    """Buy with a few per cent of the dollars, or sell a part of a coin."""
    symbol, cash = plan.pick(plan.tradable(at_ms)), plan.free("USDT")
    base = plan.market.tracks[symbol].base
    fee = {"fee_asset": "BNB"} if plan.worth("BNB", at_ms) > 60 and plan.random.random() < 0.6 else {}
    held = plan.worth(base, at_ms)
    wants_to_sell = base == "EUR" or plan.random.random() < float(held / (held + cash + 1))
    if held > 40 and (wants_to_sell or cash < 200):
        plan.add(at_ms, "trade", symbol=symbol, side="SELL", amount=plan.part(plan.free(base), 0.05, 0.2), **fee)
    elif cash > 60 and base != "EUR":
        spent = min(plan.dollars(15, 180), floored(cash / 3, 2))
        plan.add(at_ms, "trade", symbol=symbol, side="BUY", quote_amount=spent, **fee)
    else:
        sell_something(plan, at_ms)


def sell_something(plan: Planner, at_ms: int) -> None:
    """Make dollars of the largest holding."""
    base = largest(plan, at_ms)
    amount = plan.part(plan.free(base), 0.1, 0.3)
    plan.add(at_ms, "trade", symbol=f"{base}USDT", side="SELL", amount=amount)


def largest(plan: Planner, at_ms: int) -> str:
    """The coin in spot that is worth most."""
    return max(("BTC", "ETH", "SOL", "BNB"), key=lambda name: plan.worth(name, at_ms))


def ensure_dollars(plan: Planner, at_ms: int, needed: Decimal) -> None:
    """Sell some of the largest holding if there are not enough dollars in spot."""
    missing = needed - plan.free("USDT")
    if missing > 0:
        base = largest(plan, at_ms)
        amount = plan.coins(base, missing * Decimal("1.02"), at_ms) + Decimal("0.000001")
        plan.add(at_ms, "trade", symbol=f"{base}USDT", side="SELL", amount=amount)


def deposit(plan: Planner, at_ms: int) -> None:
    """Dollars or coins from outside, sometimes from another user of the exchange."""
    asset = plan.pick(["USDT", "USDT", "USDT", "BTC", "ETH", "SOL"])
    amount = plan.coins(asset, plan.dollars(300, 1900), at_ms)
    plan.add(
        at_ms,
        "deposit",
        asset=asset,
        amount=amount,
        status_delay_s=30 + int(plan.random.random() * 200),
        internal=plan.random.random() < 0.15,
    )


def withdrawal(plan: Planner, at_ms: int) -> None:
    """Coins or dollars to outside, with a network fee."""
    if plan.random.random() < 0.4:
        amount = plan.dollars(100, 900)
        ensure_dollars(plan, at_ms - MINUTE_MS, amount + 1)
        plan.add(at_ms, "withdrawal", asset="USDT", amount=amount, fee="1", status_delay_s=240)
        return
    asset = largest(plan, at_ms)
    amount = plan.part(plan.free(asset), 0.05, 0.2)
    plan.add(at_ms, "withdrawal", asset=asset, amount=amount, fee=floored(amount / 2000, 6), status_delay_s=600)


def fiat_deposit(plan: Planner, at_ms: int) -> None:
    """Euros from the bank."""
    amount = plan.dollars(200, 900)
    plan.add(at_ms, "fiat_deposit", currency="EUR", amount=amount, fee="1", method="BankAccount", status_delay_s=90)


def fiat_withdrawal(plan: Planner, at_ms: int) -> None:
    """Euros to the bank, bought just before."""
    amount = plan.dollars(150, 500)
    missing = amount + 1 - plan.free("EUR")
    if missing > 0:
        bought = floored(missing * Decimal("1.01"), 2) + CENT
        ensure_dollars(plan, at_ms - 2 * MINUTE_MS, bought * 2)
        plan.add(at_ms - MINUTE_MS, "trade", symbol="EURUSDT", side="BUY", amount=bought)
    plan.add(at_ms, "fiat_withdrawal", currency="EUR", amount=amount, fee="0.8", status_delay_s=300)


def card_buy(plan: Planner, at_ms: int) -> None:
    """Coins with a card, two per cent too dear."""
    asset, euros = plan.pick(["BTC", "ETH", "BNB"]), plan.dollars(60, 400)
    amount = plan.coins(asset, euros * (plan.usd("EUR", at_ms) or 1) * Decimal("0.98"), at_ms)
    plan.add(at_ms, "card_buy", currency="EUR", fiat_amount=euros, asset=asset, amount=amount, method="Credit Card")


def cash_buy(plan: Planner, at_ms: int) -> None:
    """Coins with the euros that are here already: no cash flow."""
    euros = plan.part(plan.free("EUR"), 0.3, 0.9).quantize(CENT)
    if 5 < euros <= plan.free("EUR"):
        amount = plan.coins("BTC", euros * (plan.usd("EUR", at_ms) or 1), at_ms)
        plan.add(
            at_ms, "card_buy", currency="EUR", fiat_amount=euros, asset="BTC", amount=amount, method="Cash Balance"
        )


def card_sell(plan: Planner, at_ms: int) -> None:
    """Coins to a card."""
    asset = largest(plan, at_ms)
    amount = plan.coins(asset, plan.dollars(60, 200), at_ms)
    euros = floored(plan.free(asset) and amount * (plan.usd(asset, at_ms) or 1) / (plan.usd("EUR", at_ms) or 1), 2)
    plan.add(at_ms, "card_sell", currency="EUR", fiat_amount=euros, asset=asset, amount=amount, method="Credit Card")


def p2p_buy(plan: Planner, at_ms: int) -> None:
    """Dollars from another person, for euros."""
    amount = plan.dollars(100, 600)
    plan.add(at_ms, "p2p_buy", asset="USDT", amount=amount, fiat="EUR", fiat_amount=floored(amount * CENT * 92, 2))


def p2p_sell(plan: Planner, at_ms: int) -> None:
    """Dollars to another person."""
    amount = plan.dollars(60, 200)
    to_funding(plan, at_ms - MINUTE_MS, amount)
    plan.add(at_ms, "p2p_sell", asset="USDT", amount=amount, fiat="EUR", fiat_amount=floored(amount * CENT * 91, 2))


def to_funding(plan: Planner, at_ms: int, amount: Decimal) -> None:
    """Dollars from spot to funding, if there are too few there."""
    missing = amount - plan.free("USDT", "funding")
    if missing > 0:
        ensure_dollars(plan, at_ms - MINUTE_MS, missing)
        plan.add(at_ms, "transfer", asset="USDT", amount=missing, from_="spot", to="funding")


def pay_in(plan: Planner, at_ms: int) -> None:
    """A friend pays; into spot while there are no records of transfers from funding so far back."""
    plan.add(at_ms, "pay_in", asset="USDT", amount=plan.dollars(20, 90), wallet="spot")


def pay_out(plan: Planner, at_ms: int) -> None:
    """Paying a friend."""
    amount = plan.dollars(10, 60)
    ensure_dollars(plan, at_ms - MINUTE_MS, amount)
    plan.add(at_ms, "pay_out", asset="USDT", amount=amount, wallet="spot")


def sub_transfer_in(plan: Planner, at_ms: int) -> None:
    """From the master account."""
    plan.add(at_ms, "sub_transfer_in", asset="ETH", amount=plan.coins("ETH", plan.dollars(100, 700), at_ms))


def sub_transfer_out(plan: Planner, at_ms: int) -> None:
    """To the master account."""
    asset = largest(plan, at_ms)
    plan.add(at_ms, "sub_transfer_out", asset=asset, amount=plan.part(plan.free(asset), 0.02, 0.1))


def convert(plan: Planner, at_ms: int) -> None:
    """A conversion without a fee."""
    source, target = largest(plan, at_ms), plan.pick(["USDT", "BTC", "ETH", "XRP"])
    if source != target:
        amount = plan.part(plan.free(source), 0.05, 0.2)
        plan.add(at_ms, "convert", from_asset=source, from_amount=amount, to_asset=target)


def stablecoin(plan: Planner, at_ms: int) -> None:
    """Into FDUSD, and out of it again the next time."""
    if plan.free("FDUSD"):
        leave_stablecoin(plan, at_ms)
    elif plan.usd("FDUSD", at_ms) is not None and plan.free("USDT") > 150:
        plan.add(at_ms, "convert", from_asset="USDT", from_amount=Decimal(100), to_asset="FDUSD")


def leave_stablecoin(plan: Planner, at_ms: int) -> None:
    """All FDUSD back into dollars."""
    held = plan.free("FDUSD")
    if held:
        plan.add(at_ms, "convert", from_asset="FDUSD", from_amount=held, to_asset="USDT")


def dust(plan: Planner, at_ms: int) -> None:
    """Sell XRP down to crumbs and sweep them up."""
    held = plan.free("XRP")
    if plan.worth("XRP", at_ms) > 10:
        plan.add(at_ms - MINUTE_MS, "trade", symbol="XRPUSDT", side="SELL", amount=floored(held, 0) - 1)
    if plan.free("XRP"):
        plan.add(at_ms, "dust", assets=["XRP"])


def subscribe_flexible(plan: Planner, at_ms: int) -> None:
    """A part of a coin into a flexible product."""
    asset = plan.pick(["BTC", "ETH", "USDT"])
    if plan.worth(asset, at_ms) > 100:
        amount = plan.part(plan.free(asset), 0.1, 0.3)
        plan.add(at_ms, "earn_subscribe", asset=asset, amount=amount, product="flexible")


def redeem_flexible(plan: Planner, at_ms: int) -> None:
    """Half of the largest flexible position back."""
    held = plan.cursor.balances["earn_flexible"]
    if held:
        asset = max(held, key=lambda name: plan.worth(name, at_ms, "earn_flexible"))
        plan.add(at_ms, "earn_redeem", asset=asset, amount=plan.part(held[asset], 0.3, 0.7), product="flexible")


def subscribe_locked(plan: Planner, at_ms: int) -> None:
    """BNB or SOL for sixty days."""
    asset = plan.pick(["BNB", "SOL"])
    if plan.worth(asset, at_ms) > 100:
        amount = plan.part(plan.free(asset), 0.1, 0.4)
        plan.add(at_ms, "earn_subscribe", asset=asset, amount=amount, product="locked", duration_days=60)


def redeem_locked(plan: Planner, at_ms: int) -> None:
    """Everything that is locked of one coin."""
    held = plan.cursor.balances["earn_locked"]
    if held:
        asset = min(held)
        plan.add(at_ms, "earn_redeem", asset=asset, amount=held[asset], product="locked")


def rewards(plan: Planner, at_ms: int) -> None:
    """A week's interest: flexible grows the position, a bonus and locked interest go to spot."""
    for minute, (asset, held) in enumerate(sorted(plan.cursor.balances["earn_flexible"].items())):
        amount = floored(held * Decimal("0.0004"), 8)
        if amount:
            instant, wallet = at_ms + minute * 1000, {"wallet": "earn_flexible"}
            plan.add(instant, "earn_reward", asset=asset, amount=amount, product="flexible", **wallet)
    if (bonus := floored(plan.free("USDT", "earn_flexible") * Decimal("0.0001"), 8)) > 0:
        plan.add(at_ms + MINUTE_MS, "earn_reward", asset="USDT", amount=bonus, product="flexible")
    for minute, (asset, held) in enumerate(sorted(plan.cursor.balances["earn_locked"].items())):
        amount = floored(held * Decimal("0.0009"), 8)
        instant = at_ms + (2 + minute) * MINUTE_MS
        plan.add(instant, "earn_reward", asset=asset, amount=amount, product="locked")


def staking_reward(plan: Planner, at_ms: int) -> None:
    """A little ether."""
    plan.add(at_ms, "staking_reward", asset="ETH", amount=plan.coins("ETH", plan.dollars(1, 6), at_ms))


def referral(plan: Planner, at_ms: int) -> None:
    """A commission for a friend's trades."""
    plan.add(at_ms, "referral", asset="USDT", amount=plan.dollars(0, 3) + CENT)


def margin_interest(plan: Planner, at_ms: int) -> None:
    """A day's interest on what is borrowed."""
    owed = -plan.free("USDT", "margin_debt")
    if owed > 0:
        plan.add(at_ms, "margin_interest", asset="USDT", amount=floored(owed * Decimal("0.00021"), 8))


def futures_income(plan: Planner, at_ms: int) -> None:
    """One change of the futures wallet."""
    name, text = FUTURES_INCOMES[int(plan.random.random() * len(FUTURES_INCOMES))]
    amount = Decimal(text) * Decimal(str(round(plan.random.random() * 3 - (name == "REALIZED_PNL"), 3)))
    if amount and plan.free("USDT", "um_futures") + amount > 1:
        plan.add(at_ms, "futures_income", asset="USDT", amount=amount, income_type=name, symbol="BTCUSDT")
