"""`three-years`: a long invented life on a real record, with every kind of event. The same for the same prices.

It lasts from the second day of the record to its end (2023 to September 2025 on the shipped one). Up to five weeks
before that end - where the demo's present is - it has 2,000 trades and 60 cash flows. What the exchange's histories
forget lies late enough for them: P2P and transfers in the last half year, Pay in the last eighteen months, margin and
futures in the last three months.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random

from dashboard_crypto.simulator import life_actions as act
from dashboard_crypto.simulator.clock import iso
from dashboard_crypto.simulator.ledger import Ledger
from dashboard_crypto.simulator.market import DAY_MS, Market
from dashboard_crypto.simulator.planner import Planner
from dashboard_crypto.simulator.scenario import Event, KeySpec, Scenario, ScenarioError, parse_event

THREE_YEARS = "three-years"
SLOT_MS = 600_000
HOUR_MS = 3_600_000
TRADES, COINS, SEED = 2000, 25, 23
LIVE_DAYS = 36  # what lies between the demo's present and the end of the record
GIFTS = [
    "ADA",
    "DOGE",
    "LTC",
    "LINK",
    "AVAX",
    "DOT",
    "TRX",
    "XLM",
    "NEAR",
    "XTZ",
    "MATIC",
    "SHIB",
    "PEPE",
    "BUSD",
    "1INCH",
    "ATOM",
    "UNI",
    "BCH",
    "FIL",
    "SAND",
]
NEEDED = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT", "EURUSDT")
Action = Callable[[Planner, int], None]
# action -> how often, and how many days before the end it may happen first
FLOWS: tuple[tuple[Action, int, int], ...] = (
    (act.deposit, 15, 10_000),
    (act.withdrawal, 8, 850),
    (act.fiat_deposit, 8, 800),
    (act.fiat_withdrawal, 3, 700),
    (act.card_buy, 5, 800),
    (act.card_sell, 2, 700),
    (act.p2p_buy, 4, 178),
    (act.p2p_sell, 2, 170),
    (act.pay_in, 4, 530),
    (act.pay_out, 2, 520),
    (act.sub_transfer_in, 3, 900),
    (act.sub_transfer_out, 3, 700),
)
LATE_FLOWS: tuple[Action, ...] = (act.deposit, act.withdrawal, act.card_buy, act.p2p_buy, act.fiat_deposit)
OTHERS: tuple[tuple[Action, int, int], ...] = (
    (act.convert, 45, 940),
    (act.cash_buy, 4, 780),
    (act.dust, 9, 880),
    (act.subscribe_flexible, 40, 950),
    (act.redeem_flexible, 14, 900),
    (act.subscribe_locked, 12, 900),
    (act.redeem_locked, 9, 830),
    (act.staking_reward, 30, 940),
    (act.referral, 20, 900),
    (act.futures_income, 170, 86),
)


class Agenda:
    """What is to happen when; one thing per ten minutes."""

    def __init__(self, first_ms: int, end_ms: int, random: Random) -> None:
        self.first_ms, self.end_ms, self.random = first_ms, end_ms, random
        self._slots: dict[int, Action] = {}

    def at(self, at_ms: int, action: Action) -> None:
        """Plan something for an instant, or the next free ten minutes after it."""
        slot = at_ms // SLOT_MS
        while slot in self._slots:
            slot += 1
        self._slots[slot] = action

    def spread(self, action: Action, count: int, since_ms: int, until_ms: int) -> None:
        """So many times, one in each equal part of a time, at a random instant of it."""
        since_ms = max(since_ms, self.first_ms)
        step = (until_ms - since_ms) / count
        for index in range(count):
            self.at(round(since_ms + (index + self.random.random()) * step), action)

    def run(self, plan: Planner) -> None:
        """Live through all of it."""
        for slot, action in sorted(self._slots.items(), key=lambda item: item[0]):
            action(plan, slot * SLOT_MS + 5 * act.MINUTE_MS + int(self.random.random() * 60) * 1000)


def three_years(market: Market) -> Scenario:
    """The life on a market; it needs at least BTC, ETH, BNB, SOL, XRP and EUR against USDT."""
    if missing := [name for name in NEEDED if name not in market.tracks]:
        raise ScenarioError(f"three-years needs prices of {', '.join(missing)}")
    first_ms = market.tracks["BTCUSDT"].first_ms // DAY_MS * DAY_MS + DAY_MS
    end_ms = market.last_ms
    script = market_events(market, end_ms)
    random = Random(SEED)
    plan = Planner(Ledger(Scenario("script", first_ms, SEED, (), script), market).market, random)
    agenda = Agenda(first_ms, end_ms, random)
    for event in script:
        agenda.at(event.at_ms, partial(add_market_event, event=event))
    fill_agenda(agenda, market)
    agenda.run(plan)
    redeem_staked(plan, end_ms)
    return Scenario(THREE_YEARS, first_ms, SEED, (KeySpec(),), tuple(plan.events))


def market_events(market: Market, end_ms: int) -> tuple[Event, ...]:
    """A halted market, a delisting, a renamed coin; on the hour, so that they begin where they are planned."""
    raw = [
        {"at": iso(at(end_ms, 400)), "kind": "halt", "symbol": "XRPUSDT", "until": iso(at(end_ms, 400) + 6 * HOUR_MS)},
        {"at": iso(at(end_ms, 300)), "kind": "rename", "asset": "MATIC", "to": "POL"},
    ]
    if "FDUSDUSDT" in market.tracks:
        raw.append({"at": iso(at(end_ms, 60)), "kind": "delist", "symbol": "FDUSDUSDT"})
    return tuple(parse_event(number, event) for number, event in enumerate(raw, start=1))


def at(end_ms: int, days: int) -> int:
    """Noon of a day before the end."""
    return (end_ms // DAY_MS - days) * DAY_MS + 12 * HOUR_MS


def add_market_event(plan: Planner, _at_ms: int, event: Event) -> None:
    """What the market was scripted with, at its own instant."""
    shown = {name: iso(value) if name == "until" else value for name, value in event.fields.items()}
    plan.add(event.at_ms, event.kind, **shown)


def fill_agenda(agenda: Agenda, market: Market) -> None:
    """The whole life."""
    first_ms, end_ms = agenda.first_ms, agenda.end_ms
    present_ms = end_ms - LIVE_DAYS * DAY_MS
    agenda.at(first_ms + 8 * HOUR_MS, partial(opening, dollars=Decimal(12_000)))
    for day in (1, 2, 3):
        agenda.at(first_ms + day * DAY_MS, first_coins)
    euro_ms = market.tracks["EURUSDT"].first_ms + DAY_MS
    for action, count, days in FLOWS:
        since = max(end_ms - days * DAY_MS, first_ms + 9 * DAY_MS, euro_ms if needs_euros(action) else 0)
        agenda.spread(action, count, since, present_ms - DAY_MS)
    for index, action in enumerate(LATE_FLOWS):
        agenda.at(present_ms + (3 + 6 * index) * DAY_MS, action)
    for action, count, days in OTHERS:
        agenda.spread(action, count, max(end_ms - days * DAY_MS, first_ms + 10 * DAY_MS), end_ms - DAY_MS)
    agenda.spread(act.stablecoin, 8, end_ms - 700 * DAY_MS, end_ms - 65 * DAY_MS)
    agenda.at(at(end_ms, 63), act.leave_stablecoin)
    for week in range(4, (end_ms - first_ms) // (7 * DAY_MS)):
        agenda.at(first_ms + week * 7 * DAY_MS + 30 * act.MINUTE_MS, act.rewards)
    for index, coin in enumerate(unpriced_gifts(market)):
        agenda.at(first_ms + (40 + 17 * index) * DAY_MS, partial(gift, coin=coin))
    borrow_and_bet(agenda, end_ms)
    agenda.spread(act.trade, TRADES, first_ms + 4 * DAY_MS, present_ms)
    agenda.spread(act.trade, 2 * LIVE_DAYS, present_ms, end_ms - DAY_MS)


def needs_euros(action: Action) -> bool:
    """Whether an action needs a price of the euro."""
    return action in {act.fiat_deposit, act.fiat_withdrawal, act.card_buy, act.card_sell}


def unpriced_gifts(market: Market) -> list[str]:
    """Coins without a price here, as many as there are too few with one (FDUSD is not kept)."""
    kept = market.assets - {"FDUSD"}
    return [coin for coin in GIFTS if coin not in kept][: max(0, COINS - len(kept))]


def opening(plan: Planner, at_ms: int, dollars: Decimal) -> None:
    """The first deposit."""
    plan.add(at_ms, "deposit", asset="USDT", amount=dollars, status_delay_s=60)


def first_coins(plan: Planner, at_ms: int) -> None:
    """A first portfolio."""
    for minute, symbol in enumerate(("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT")):
        if plan.market.price(symbol, at_ms + minute * act.MINUTE_MS):
            plan.add(at_ms + minute * act.MINUTE_MS, "trade", symbol=symbol, side="BUY", quote_amount=Decimal(500))


def gift(plan: Planner, at_ms: int, coin: str) -> None:
    """An airdrop of a coin without a price."""
    plan.add(at_ms, "dividend", asset=coin, amount=plan.dollars(1, 4) / 100, note=f"{coin} airdrop")


def borrow_and_bet(agenda: Agenda, end_ms: int) -> None:
    """Three months of margin and futures."""
    moves: tuple[tuple[int, str, str, str, str], ...] = (
        (88, "USDT", "700", "spot", "margin"),
        (87, "USDT", "900", "spot", "um_futures"),
        (86, "BTC", "0.006", "spot", "cm_futures"),
        (80, "USDT", "250", "margin", "isolated:BTCUSDT"),
        (79, "ETH", "0.05", "spot", "isolated:ETHUSDT"),
        (70, "USDT", "60", "isolated:BTCUSDT", "spot"),
        (66, "USDT", "40", "isolated:BTCUSDT", "margin"),
        (60, "USDT", "150", "um_futures", "spot"),
        (45, "USDT", "80", "um_futures", "funding"),
        (44, "USDT", "120", "margin", "spot"),
        (30, "USDT", "75", "funding", "spot"),
        (29, "BTC", "0.001", "cm_futures", "spot"),
        (20, "USDT", "50", "spot", "funding"),
    )
    for days, asset, amount, source, target in moves:
        agenda.at(at(end_ms, days), partial(move, asset=asset, amount=Decimal(amount), ends=(source, target)))
    loans = ((85, "margin_borrow", "400"), (50, "margin_repay", "150"), (25, "margin_borrow", "80"))
    for days, kind, amount in (*loans, (15, "margin_repay", "60")):
        agenda.at(at(end_ms, days), partial(loan, kind=kind, amount=Decimal(amount)))
    for day in range(2, 85):
        agenda.at(at(end_ms, day) - 9 * HOUR_MS, act.margin_interest)
    for days, text in ((70, "0.00012"), (50, "-0.00005"), (33, "0.00021"), (12, "-0.00003")):
        agenda.at(at(end_ms, days), partial(coin_income, amount=Decimal(text)))


def move(plan: Planner, at_ms: int, asset: str, amount: Decimal, ends: tuple[str, str]) -> None:
    """A transfer; dollars for it are made if they are missing."""
    source, target = ends
    if (source, asset) == ("spot", "USDT"):
        act.ensure_dollars(plan, at_ms - act.MINUTE_MS, amount)
    plan.add(at_ms, "transfer", asset=asset, amount=min(amount, plan.free(asset, source)), from_=source, to=target)


def loan(plan: Planner, at_ms: int, kind: str, amount: Decimal) -> None:
    """Borrowing dollars, or paying some back."""
    plan.add(at_ms, kind, asset="USDT", amount=amount)


def redeem_staked(plan: Planner, end_ms: int) -> None:
    """The last thing that happens. The record has no price of WBETH, so the coin itself stands for it."""
    staked, until = Decimal("0.01"), iso(end_ms + 5 * DAY_MS)
    plan.add(end_ms - HOUR_MS, "staking_redeem", asset="ETH", amount=staked, to="ETH", received=staked, until=until)


def coin_income(plan: Planner, at_ms: int, amount: Decimal) -> None:
    """Funding paid in bitcoin."""
    fields = {"income_type": "FUNDING_FEE", "symbol": "BTCUSD_PERP", "wallet": "cm_futures"}
    plan.add(at_ms, "futures_income", asset="BTC", amount=amount, **fields)
