"""What the exchange's histories tell explains every balance, wallet by wallet, to the last digit.

The replay knows nothing of the simulator's books: it reads records over HTTP and adds them up as a client would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.long_life import DAY_MS, Rows, answer, enveloped, long_life, paged, windows
from tests.integration.simulated_exchange import call, control, signed

from dashboard_crypto.simulator.history import months_before
from dashboard_crypto.simulator.server import SimulatorServer

Books = dict[str, dict[str, Decimal]]
WALLETS = {"MAIN": "spot", "FUNDING": "funding", "MARGIN": "margin", "UMFUTURE": "um", "CMFUTURE": "cm"}
PLAIN_TRANSFERS = [f"{a}_{b}" for a in WALLETS for b in WALLETS if a != b and {a, b} != {"UMFUTURE", "CMFUTURE"}]
ISOLATED = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    simulator = long_life()
    yield simulator
    simulator.stop()


class Replay:
    """Balances that follow from records alone."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.books: Books = defaultdict(lambda: defaultdict(Decimal))
        self.counted: dict[str, int] = {}
        for step in (self.coins, self.fiat, self.people, self.trades, self.inside, self.earn, self.gifts):
            step()
        for step in (self.transfers, self.isolated, self.margin, self.futures):
            step()
        self.rename("MATIC", "POL")

    def add(self, wallet: str, asset: str, change: Any) -> None:
        self.books[wallet][asset] += Decimal(change)

    def each(self, name: str, rows: Rows) -> Rows:
        self.counted[name] = len(rows)
        return rows

    def coins(self) -> None:
        for kind, path in (("deposit", "deposit/hisrec"), ("withdrawal", "withdraw/history")):
            rows = [
                row
                for start, end in windows(self.server, 89)
                for row in answer(self.server, f"/sapi/v1/capital/{path}", startTime=start, endTime=end)
            ]
            for row in self.each(kind, rows):
                wallet = "funding" if row["walletType"] else "spot"
                if kind == "deposit":
                    assert row["status"] == 1
                    self.add(wallet, row["coin"], row["amount"])
                else:
                    self.add(wallet, row["coin"], -Decimal(row["amount"]) - Decimal(row["transactionFee"]))

    def fiat(self) -> None:
        for number, sign in ((0, 1), (1, -1)):
            times = ("beginTime", "endTime")
            orders = enveloped(self.server, "/sapi/v1/fiat/orders", times, 1200, transactionType=number)
            for row in self.each(f"fiat_orders_{number}", orders):
                fee = Decimal(row["totalFee"]) if number else Decimal(0)
                self.add("spot", row["fiatCurrency"], sign * Decimal(row["amount"]) - fee)
            payments = enveloped(self.server, "/sapi/v1/fiat/payments", times, 1200, transactionType=number)
            for row in self.each(f"fiat_payments_{number}", payments):
                coins = row["obtainAmount"] if number == 0 else row["sourceAmount"]
                self.add("spot", row["cryptoCurrency"], sign * Decimal(coins))
                if row.get("paymentMethod") == "Cash Balance":
                    self.add("spot", row["fiatCurrency"], -Decimal(row["sourceAmount"]))

    def people(self) -> None:
        path, times = "/sapi/v1/c2c/orderMatch/listUserOrderHistory", ("startTimestamp", "endTimestamp")
        for row in self.each("p2p", enveloped(self.server, path, times, 30)):
            self.add("funding", row["asset"], Decimal(row["amount"]) * (1 if row["tradeType"] == "BUY" else -1))
        pay = [
            row
            for start, end in windows(self.server, 90)
            for row in answer(self.server, "/sapi/v1/pay/transactions", startTime=start, endTime=end)["data"]
        ]
        for row in self.each("pay", pay):
            self.add("funding" if row["walletType"] == 1 else "spot", row["currency"], row["amount"])
        for kind, sign in ((1, 1), (2, -1)):
            rows = [
                row
                for start, end in windows(self.server, 30)
                for row in answer(
                    self.server,
                    "/sapi/v1/sub-account/transfer/subUserHistory",
                    type=kind,
                    startTime=start,
                    endTime=end,
                )
            ]
            for row in self.each(f"sub_{kind}", rows):
                self.add("spot", row["asset"], sign * Decimal(row["qty"]))

    def trades(self) -> None:
        pairs = {row["symbol"]: row for row in call(self.server, "/api/v3/exchangeInfo").body["symbols"]}
        total: Rows = []
        for symbol, info in pairs.items():
            rows: Rows = answer(self.server, "/api/v3/myTrades", symbol=symbol, fromId=0, limit=1000)
            assert len(rows) < 1000
            total += rows
            for row in rows:
                sign = 1 if row["isBuyer"] else -1
                self.add("spot", info["baseAsset"], sign * Decimal(row["qty"]))
                self.add("spot", info["quoteAsset"], -sign * Decimal(row["quoteQty"]))
                self.add("spot", row["commissionAsset"], -Decimal(row["commission"]))
        self.each("trades", total)

    def inside(self) -> None:
        conversions = [
            row
            for start, end in windows(self.server, 30)
            for row in answer(self.server, "/sapi/v1/convert/tradeFlow", startTime=start, endTime=end)["list"]
        ]
        for row in self.each("convert", conversions):
            self.add("spot", row["fromAsset"], -Decimal(row["fromAmount"]))
            self.add("spot", row["toAsset"], row["toAmount"])
        for event in self.each("dust", answer(self.server, "/sapi/v1/asset/dribblet")["userAssetDribblets"]):
            for row in event["userAssetDribbletDetails"]:
                self.add("spot", row["fromAsset"], -Decimal(row["amount"]))
                self.add("spot", row["targetAsset"], row["transferedAmount"])

    def earn(self) -> None:
        for product in ("flexible", "locked"):
            path, wallet = f"/sapi/v1/simple-earn/{product}/history", f"earn_{product}"
            for row in self.each(f"{product}_in", paged(self.server, f"{path}/subscriptionRecord", 30)):
                self.add(wallet, row["asset"], row["amount"])
                self.add("spot", row["asset"], -Decimal(row["amtFromSpot"]))
                self.add("funding", row["asset"], -Decimal(row["amtFromFunding"]))
            for row in self.each(f"{product}_out", paged(self.server, f"{path}/redemptionRecord", 30)):
                self.add(wallet, row["asset"], -Decimal(row["amount"]))
                self.add("spot", row["asset"], row["amount"])
            for row in self.each(f"{product}_rewards", paged(self.server, f"{path}/rewardsRecord", 30, type="ALL")):
                grows = row["type"] == "REALTIME"
                self.add(wallet if grows else "spot", row["asset"], row.get("rewards") or row["amount"])

    def gifts(self) -> None:
        rows: Rows = []
        for start, end in windows(self.server, 180):
            body = answer(self.server, "/sapi/v1/asset/assetDividend", startTime=start, endTime=end, limit=500)
            assert body["total"] == len(body["rows"])
            rows += body["rows"]
        for row in self.each("dividends", rows):
            self.add("spot", row["asset"], row["amount"])

    def transfers(self) -> None:
        since, rows = months_before(self.server.clock.now_ms(), 6), Rows()
        for name in PLAIN_TRANSFERS:
            source, target = name.split("_")
            for row in paged(self.server, "/sapi/v1/asset/transfer", 90, since, type=name):
                rows.append(row)
                self.add(WALLETS[source], row["asset"], -Decimal(row["amount"]))
                self.add(WALLETS[target], row["asset"], row["amount"])
        self.each("transfers", rows)

    def isolated(self) -> None:
        """Isolated wallets name their pair only in the margin account's own list."""
        rows = Rows()
        for symbol in ISOLATED:
            for row in paged(self.server, "/sapi/v1/margin/transfer", 30, isolatedSymbol=symbol):
                rows.append(row)
                other = {"SPOT": "spot", "CROSS_MARGIN": "margin"}
                gives, gets = other.get(row["transFrom"], symbol), other.get(row["transTo"], symbol)
                self.add(gives, row["asset"], -Decimal(row["amount"]))
                self.add(gets, row["asset"], row["amount"])
        self.each("isolated", rows)

    def margin(self) -> None:
        since = months_before(self.server.clock.now_ms(), 3)
        for kind, sign in (("BORROW", 1), ("REPAY", -1)):
            rows = paged(self.server, "/sapi/v1/margin/borrow-repay", 7, since, type=kind)
            for row in self.each(kind, rows):
                self.add("margin", row["asset"], sign * Decimal(row["amount"]))
                self.add("owed", row["asset"], sign * Decimal(row["amount"]))
        for row in self.each("interest", paged(self.server, "/sapi/v1/margin/interestHistory", 30, since)):
            self.add("owed", row["asset"], row["interest"])

    def futures(self) -> None:
        """Transfers stand in the income as well: whoever has them already must leave them out."""
        since = months_before(self.server.clock.now_ms(), 3)
        for host, wallet in (("fapi", "um"), ("dapi", "cm")):
            rows = answer(self.server, f"/{host}/v1/income", startTime=since, limit=1000)
            assert 0 < len(rows) < 1000
            told = sum(Decimal(row["income"]) for row in rows if row["incomeType"] == "TRANSFER")
            assert told == sum(self.books[wallet].values())
            for row in self.each(f"{wallet}_income", [row for row in rows if row["incomeType"] != "TRANSFER"]):
                self.add(wallet, row["asset"], row["income"])

    def rename(self, old: str, new: str) -> None:
        """No record tells of a redenomination: a client has to know of it."""
        for wallet in self.books.values():
            wallet[new] += wallet.pop(old, Decimal(0))


def held(server: SimulatorServer) -> Books:
    """The balances that the exchange shows now."""
    spot = answer(server, "/api/v3/account", omitZeroBalances="true")["balances"]
    margin = answer(server, "/sapi/v1/margin/account")["userAssets"]
    isolated = answer(server, "/sapi/v1/margin/isolated/account")["assets"]
    flexible = answer(server, "/sapi/v1/simple-earn/flexible/position", size=100)["rows"]
    books: dict[str, list[tuple[str, str]]] = {
        "spot": [(row["asset"], row["free"]) for row in spot if not row["asset"].startswith("LD")],
        "funding": [
            (row["asset"], row["free"])
            for row in signed(server, "/sapi/v1/asset/get-funding-asset", method="POST").body
        ],
        "earn_flexible": [(row["asset"], row["totalAmount"]) for row in flexible],
        "earn_locked": [
            (row["asset"], row["amount"])
            for row in answer(server, "/sapi/v1/simple-earn/locked/position", size=100)["rows"]
        ],
        "margin": [(row["asset"], row["free"]) for row in margin],
        "owed": [(row["asset"], str(Decimal(row["borrowed"]) + Decimal(row["interest"]))) for row in margin],
        "um": [(row["asset"], row["walletBalance"]) for row in answer(server, "/fapi/v3/account")["assets"]],
        "cm": [(row["asset"], row["walletBalance"]) for row in answer(server, "/dapi/v1/account")["assets"]],
    }
    for row in isolated:
        books[row["symbol"]] = [(row[side]["asset"], row[side]["free"]) for side in ("baseAsset", "quoteAsset")]
    found: Books = defaultdict(lambda: defaultdict(Decimal))
    for wallet, pairs in books.items():
        for asset, quantity in pairs:
            found[wallet][asset] += Decimal(quantity)
    return found


def plain(books: Books) -> dict[str, dict[str, Decimal]]:
    """Without what is nothing."""
    full = {wallet: {asset: q for asset, q in assets.items() if q} for wallet, assets in books.items()}
    return {wallet: assets for wallet, assets in full.items() if assets}


def test_histories_explain_every_balance(server: SimulatorServer) -> None:
    replay = Replay(server)
    repaid = sum(replay.books["owed"].values())
    assert repaid > 0
    assert plain(replay.books) == plain(held(server))
    assert all(replay.counted.values()), replay.counted
    assert replay.counted["trades"] >= 2000


def test_wallets_add_up_to_the_truth_and_receipts_are_positions(server: SimulatorServer) -> None:
    truth = control(server, "truth")
    rows = answer(server, "/sapi/v1/asset/wallet/balance", quoteAsset="USDT", needBalanceDetail="true")
    worth = {row["walletName"]: Decimal(row["balance"]) for row in rows if row["activate"]}
    assert set(worth) == {
        "Spot",
        "Funding",
        "Earn",
        "Cross Margin",
        "Isolated Margin",
        "USDⓈ-M Futures",
        "COIN-M Futures",
    }
    assert all(value > 0 for value in worth.values())
    assert abs(sum(worth.values()) - Decimal(truth["total_value_usd"])) < Decimal("0.01")
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for wallet in rows:
        for row in wallet["assetBalances"]:
            totals[row["asset"]] += Decimal(row["free"])
    assert dict(plain({"all": totals})["all"]) == {a: Decimal(q) for a, q in truth["holdings"].items()}
    spot = answer(server, "/api/v3/account", omitZeroBalances="true")["balances"]
    receipts = {row["asset"]: row["free"] for row in spot if row["asset"].startswith("LD")}
    positions = answer(server, "/sapi/v1/simple-earn/flexible/position", size=100)["rows"]
    assert receipts == {f"LD{row['asset']}": row["totalAmount"] for row in positions}


def test_the_long_life_is_as_promised(server: SimulatorServer) -> None:
    truth = control(server, "truth")
    kinds = {event["kind"] for event in control(server, "events")["events"]}
    assert len(kinds - {"staking_arrival"}) == 30
    assert len(truth["flows"]) == 60
    assert len(truth["holdings"]) == 25
    unpriced = set(truth["unpriced"])
    assert len(set(truth["holdings"]) - unpriced) == 7
    assert all(Decimal(truth["holdings"][asset]) < Decimal("0.05") for asset in unpriced)
    span = server.world.ledger.instants[-1] - server.world.ledger.instants[0]
    assert span > 980 * DAY_MS
