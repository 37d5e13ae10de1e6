"""A scripted exchange on loopback: it answers exactly what a test tells it to, however wrong that is.

It works on raw sockets, so that it can break off, drip, lie about lengths and stay silent. By default it plays a small
sound account; `probe.script(path, ...)` puts other answers in front, one per call, and `probe.always` replaces them.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "/api/v3/account"
PRICES = "/api/v3/ticker/price"
TIME = "/api/v3/time"
EXCHANGE_INFO = "/api/v3/exchangeInfo"
KLINES = "/api/v3/klines"
RESTRICTIONS = "/sapi/v1/account/apiRestrictions"
FUNDING = "/sapi/v1/asset/get-funding-asset"
FLEXIBLE = "/sapi/v1/simple-earn/flexible/position"
LOCKED = "/sapi/v1/simple-earn/locked/position"
DEPOSITS = "/sapi/v1/capital/deposit/hisrec"
WITHDRAWALS = "/sapi/v1/capital/withdraw/history"
ACCOUNT_INFO = "/sapi/v1/account/info"
WALLET_TOTALS = "/sapi/v1/asset/wallet/balance"
MARGIN = "/sapi/v1/margin/account"
ISOLATED = "/sapi/v1/margin/isolated/account"
LOANS = "/sapi/v2/loan/flexible/ongoing/orders"
UM_FUTURES = "/fapi/v3/account"
CM_FUTURES = "/dapi/v1/account"
PORTFOLIO_MARGIN = "/papi/v1/balance"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived: `query` keeps the percent-encoding of the wire."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    def param(self, name: str) -> str | None:
        """The decoded value of one parameter."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [None])[0]


@dataclass(frozen=True)
class Reply:
    """An answer. `cut_at` bytes of the body are sent and then the connection closes (`reset`: with a RST)."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    drip_headers: bool = False
    stall_s: float = 0.0
    cut_at: int | None = None
    reset: bool = False
    true_length: bool = True


def reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; header names are given with underscores."""
    return Reply(json.dumps(value).encode(), status, {name.replace("_", "-"): text for name, text in headers.items()})


def refusal(code: int, message: str = "no", status: int = 400, **headers: str) -> Reply:
    """The exchange's own form of an error."""
    return reply({"code": code, "msg": message}, status, **headers)


def symbol(base: str, quote: str, status: str = "TRADING") -> dict[str, Any]:
    """One row of exchangeInfo, with the fields that matter and one that does not."""
    return {"symbol": base + quote, "status": status, "baseAsset": base, "quoteAsset": quote, "orderTypes": ["LIMIT"]}


def permissions(**changed: bool) -> dict[str, Any]:
    """A read-only key's restrictions, with changes."""
    names = (
        "enableWithdrawals", "enableInternalTransfer", "enableMargin", "enableFutures", "permitsUniversalTransfer",
        "enableVanillaOptions", "enableFixApiTrade", "enableSpotAndMarginTrading", "enablePortfolioMarginTrading",
    )  # fmt: skip
    return {"ipRestrict": True, "createTime": 1, "enableReading": True, **dict.fromkeys(names, False), **changed}


def account_info(*, margin: bool = False, futures: bool = False, portfolio: bool = False) -> dict[str, Any]:
    """Which further wallets the account has opened."""
    return {"vipLevel": 0, "isMarginEnabled": margin, "isFutureEnabled": futures, "isOptionsEnabled": False,
            "isPortfolioMarginRetailEnabled": portfolio}  # fmt: skip


def balances(*held: tuple[str, str], uid: int = 354937868) -> dict[str, Any]:
    """A spot account holding these (asset, free) pairs."""
    return {"uid": uid, "balances": [{"asset": asset, "free": free, "locked": "0.00000000"} for asset, free in held]}


SYMBOLS = [symbol("BTC", "USDT"), symbol("ETH", "USDT"), symbol("ETH", "BTC"), symbol("USDT", "TRY"),
           symbol("OLD", "USDT", "BREAK"), symbol("LDO", "USDT")]  # fmt: skip
TICKER = [
    {"symbol": "BTCUSDT", "price": "60000.00"},
    {"symbol": "ETHUSDT", "price": "3000.00"},
    {"symbol": "ETHBTC", "price": "0.05"},
    {"symbol": "USDTTRY", "price": "40.00"},
    {"symbol": "LDOUSDT", "price": "2.00"},
]


class Probe:
    """Use as a context manager; `base_url` is what BINANCE_API_URL would be."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._tls = tls
        self.skew_ms = 0
        self._queues: dict[str, deque[Reply]] = {}
        self._always: dict[str, Reply] = {
            EXCHANGE_INFO: reply({"symbols": SYMBOLS}),
            ACCOUNT: reply(balances(("BTC", "1.00000000"), ("USDT", "100.00000000"))),
            PRICES: reply(TICKER),
            RESTRICTIONS: reply(permissions()),
            FUNDING: reply([]),
            FLEXIBLE: reply({"rows": [], "total": 0}),
            LOCKED: reply({"rows": [], "total": 0}),
            ACCOUNT_INFO: reply(account_info()),
            LOANS: reply({"rows": [], "total": 0}),
            DEPOSITS: reply([]),
            WITHDRAWALS: reply([]),
            KLINES: reply([]),
        }
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def base_url(self) -> str:
        """Where the probe listens."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def script(self, path: str, *replies: Reply) -> None:
        """The next calls of `path` get these, in order."""
        self._queues.setdefault(path, deque()).extend(replies)

    def always(self, path: str, answer: Reply) -> None:
        """All further calls of `path` get this."""
        self._always[path] = answer

    def calls(self, path: str | None = None) -> int:
        """How many requests arrived."""
        return len(self.asked if path is None else [asked for asked in self.asked if asked.path == path])

    def hang_up(self) -> None:
        """Stop listening: from now on connections are refused."""
        self._stopped.set()
        self._listener.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.hang_up()
        self._thread.join(5)

    def _accept(self) -> None:
        self._listener.settimeout(0.1)
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        if self._tls:
            try:
                connection = self._tls.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()
                return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            try:
                while (asked := _read(stream)) is not None:
                    self.asked.append(asked)
                    if not self._answer(connection, self._reply_to(asked)):
                        return
            except OSError:
                return

    def _reply_to(self, asked: Asked) -> Reply:
        queue = self._queues.get(asked.path)
        if queue:
            return queue.popleft()
        if asked.path in self._always:
            return self._always[asked.path]
        if asked.path == TIME:
            return reply({"serverTime": int(time.time() * 1000) + self.skew_ms})
        return Reply(b"<html>not found</html>", 404, {"Content-Type": "text/html"})

    def _answer(self, connection: socket.socket, answer: Reply) -> bool:
        """Send; whether the connection may serve another request."""
        if self._stopped.wait(answer.stall_s) if answer.stall_s else False:
            return False
        body = answer.body if answer.cut_at is None else answer.body[: answer.cut_at]
        length = len(answer.body) if answer.true_length else len(body)
        headers = {"Content-Type": "application/json", "Content-Length": str(length), **answer.headers}
        head = f"HTTP/1.1 {answer.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        self._send(connection, head.encode(), answer.drip_s if answer.drip_headers else 0)
        self._send(connection, body, answer.drip_s)
        if answer.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return answer.cut_at is None and not answer.reset

    def _send(self, connection: socket.socket, data: bytes, drip_s: float) -> None:
        if not drip_s:
            connection.sendall(data)
            return
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            if self._stopped.wait(drip_s):
                return


def _read(stream: Any) -> Asked | None:
    line = stream.readline()
    if not line:
        return None
    if not line.isascii() or line.count(b" ") < 2:
        return None  # not HTTP: somebody speaks TLS to us
    method, target, _ = line.decode("ascii").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline()) not in {b"\r\n", b""}:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    stream.read(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Asked(method, parts.path, parts.query, headers)


class Bans:
    """A ban store in memory; it outlives the gateways that use it, as a database would."""

    def __init__(self) -> None:
        self.until_ms = 0

    def load_ban(self) -> int:
        """The stored deadline."""
        return self.until_ms

    def save_ban(self, until_ms: int) -> None:
        """Store it."""
        self.until_ms = until_ms


class SteppedClock:
    """The machine's clock plus what the test has let pass."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.skew_ms = 0

    def now_ms(self) -> int:
        """The present as the program under test sees it."""
        return int((time.time() + self.ahead_s) * 1000) + self.skew_ms

    def monotonic(self) -> float:
        """Never steps back, whatever `skew_ms` is."""
        return time.monotonic() + self.ahead_s

    def advance(self, seconds: float) -> None:
        """Let time pass for the program (the probe's own /time does not move with it; see `Probe.skew_ms`)."""
        self.ahead_s += seconds
