"""The HTTP server: keep-alive, no Nagle delay, one thread per connection, one send per answer."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dashboard_crypto.simulator.clock import VirtualClock
from dashboard_crypto.simulator.control import Control
from dashboard_crypto.simulator.exchange import Call, Exchange
from dashboard_crypto.simulator.market import Market
from dashboard_crypto.simulator.scenario import KeySpec, Scenario
from dashboard_crypto.simulator.signing import ApiKey
from dashboard_crypto.simulator.spoiling import Reply
from dashboard_crypto.simulator.world import World

LARGEST_BODY = 1_000_000


class SimulatorServer:
    """A simulated exchange on a port of its own. Market and scenario must already be shifted alike.

    `api_key` and `api_secret` are those of the scenario's first HMAC key (empty if it has none).
    """

    def __init__(
        self,
        scenario: Scenario,
        market: Market,
        *,
        now_ms: int,
        speed: float = 1.0,
        paused: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        control_token: str | None = None,
        shift_days: int = 0,
    ) -> None:
        self.clock = VirtualClock(now_ms, speed, paused=paused)
        self.world = World(scenario, market, self.clock)
        self.exchange = Exchange(self.world)
        self.control_token = control_token or secrets.token_hex(16)
        self.shift_days = shift_days
        self.control = Control(self.exchange, self.control_token, shift_days)
        self._http = _Http((host, port), self)
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """Where clients reach it, without a slash at the end."""
        host, port = self._http.server_address[:2]
        name = host.decode() if isinstance(host, bytes | bytearray) else str(host)
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    @property
    def api_key(self) -> str:
        """The first HMAC key."""
        key = self._first_key()
        return key.api_key if key else ""

    @property
    def api_secret(self) -> str:
        """Its secret."""
        key = self._first_key()
        return key.secret or "" if key else ""

    def _first_key(self) -> ApiKey | None:
        return next((key for key in self.world.keys.values() if key.secret), None)

    def add_key(self, spec: KeySpec) -> ApiKey:
        """Register another key (for RSA and Ed25519: with its public half)."""
        return self.world.add_key(spec)

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="simulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, cut open connections, free the port."""
        if self._thread:
            self._http.shutdown()
            self._thread.join(5)
        self._http.server_close()
        self._http.cut_connections()


class _Http(ThreadingHTTPServer):
    """Knows its simulator and its open connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: SimulatorServer) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.simulator = simulator
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """As the base class, without its reverse name look-up."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while it is served."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget it."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that clients drop are everyday life, not news; anything else is a fault of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def cut_connections(self) -> None:
        """End every keep-alive connection."""
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the exchange or the control, writes the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return
        body = self.rfile.read(length).decode("utf-8", "surrogateescape") if length else ""
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        call = Call(self.command, path, query, body, headers, self.client_address[0])
        simulator = self.server.simulator
        desk = simulator.control if path.startswith("/_sim/") else simulator.exchange
        self._send(desk.answer(call))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _send(self, reply: Reply) -> None:
        head = self._head(reply)
        body = b"" if self.command == "HEAD" else reply.body
        if reply.delivery == "stall":
            self._wait_until_gone()
        elif reply.delivery == "drip":
            self._drip(head + body, reply.pace_s)
        else:
            self.wfile.write(head + body)
            self.wfile.flush()
        if reply.delivery == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(self.connection.detach())  # at once: an orderly shutdown before it would send FIN, not RST
        if reply.delivery != "normal":
            self.close_connection = True

    def _head(self, reply: Reply) -> bytes:
        try:
            phrase = HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = "Unknown"
        headers = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            "Date": self.date_time_string(),
            "Server": "simulator",
            "Connection": "close" if reply.delivery != "normal" else "keep-alive",
        } | reply.headers
        lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _drip(self, data: bytes, pace_s: float) -> None:
        for index in range(len(data)):
            self.wfile.write(data[index : index + 1])
            self.wfile.flush()
            time.sleep(pace_s)

    def _wait_until_gone(self) -> None:
        while self.connection.recv(1024):
            pass

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Requests are in `/_sim/log`, not on the terminal."""
