"""From the bytes of a request to its answer: routing, weights, faults, key, time, signature, view."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from dashboard_crypto.simulator.errors import BinanceError, NoSuchPathError, refused_key
from dashboard_crypto.simulator.faults import HTML, Faults
from dashboard_crypto.simulator.limits import Limits
from dashboard_crypto.simulator.routes import ROUTES, Route
from dashboard_crypto.simulator.signing import ApiKey, check_signature, check_timing, find_key
from dashboard_crypto.simulator.spoiling import Fault, Reply
from dashboard_crypto.simulator.world import Request, World

LOG_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came off the wire; header names in lower case."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    address: str


class Exchange:
    """The public face of the simulator."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.limits = Limits()
        self.faults = Faults(world.seed)
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self._limits_lock = threading.Lock()

    def answer(self, call: Call) -> Reply:
        """The reply to a call; every call is logged."""
        route, now_ms = ROUTES.get((call.method, call.path)), self.world.clock.now_ms()
        record: dict[str, Any] = {"at_ms": now_ms, "method": call.method, "path": call.path, "weight": 0}
        fault = self.faults.pick(call.method, call.path)
        if fault and fault.options.get("latency_ms"):
            time.sleep(float(fault.options["latency_ms"]) / 1000)
        try:
            reply = self._routed(route, call, record, now_ms) if route else not_found(call)
        except NoSuchPathError:
            reply = edge_page("404 Not Found")
        if fault:
            reply = self.faults.spoil(fault, reply, now_ms)
        self._log(record, reply, fault)
        return reply

    def _log(self, record: dict[str, Any], reply: Reply, fault: Fault | None) -> None:
        record.setdefault("verdict", "ok" if reply.status < 400 else "refused")
        self.log.append(record | {"status": reply.status, "fault": fault.template if fault else None})

    def _routed(self, route: Route, call: Call, record: dict[str, Any], now_ms: int) -> Reply:
        headers: dict[str, str] = {}
        try:
            headers = self._charge(route, call, record, now_ms)
            document = self._served(route, call, record)
            body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
            return Reply(200, body, headers)
        except BinanceError as error:
            record["verdict"] = error.code
            body = json.dumps({"code": error.code, "msg": str(error)}, separators=(",", ":")).encode()
            return Reply(error.status, body, headers | error.headers)

    def _charge(self, route: Route, call: Call, record: dict[str, Any], now_ms: int) -> dict[str, str]:
        """Weight is charged before anything else is looked at: failed requests count as well."""
        weight = route.cost(parameter_pairs(call))
        record["weight"] = weight
        owner = str(self.world.uid) if route.pool == "sapi_uid" else call.address
        with self._limits_lock:
            return self.limits.charge(route.pool, call.path, owner, weight, now_ms)

    def _served(self, route: Route, call: Call, record: dict[str, Any]) -> Any:
        parameters = unique_parameters(call)
        record["parameters"] = {name: value for name, value in parameters.items() if name != "signature"}
        clock = self.world.clock
        now_ms, server_ms = clock.now_ms(), clock.server_ms()
        key = self._identified(route, call, parameters, server_ms)
        record["key"] = key.name if key else None
        with self.world.lock:
            return route.view(self.world, Request(parameters, now_ms, key, call.address, server_ms))

    def _identified(self, route: Route, call: Call, parameters: Mapping[str, str], server_ms: int) -> ApiKey | None:
        """Nobody, the owner of a key, or the signer of the request, as the endpoint demands."""
        if route.security == "none":
            return None
        key = find_key(self.world.keys, call.headers.get("x-mbx-apikey"), call.address)
        if route.security == "signed":
            check_timing(parameters, server_ms)
            check_signature(key, call.query, call.body)
            if "reading" not in key.permissions or route.family in key.denied:
                raise refused_key()
        return key


def not_found(call: Call) -> Reply:
    """The edge's own answer to a path nobody serves."""
    known = {method for method, path in ROUTES if path == call.path}
    return edge_page("405 Method Not Allowed" if known else "404 Not Found")


def edge_page(title: str) -> Reply:
    """A page in HTML with the status that its title begins with."""
    return Reply(int(title[:3]), HTML.format(title=title).encode(), {}, "text/html")


def parameter_list(call: Call) -> list[tuple[str, str]]:
    """Decoded parameters of query and body, in order."""
    parts = [part for text in (call.query, call.body) for part in text.split("&") if part]
    pairs = (part.partition("=") for part in parts)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def parameter_pairs(call: Call) -> dict[str, str]:
    """Parameters by name, the first of a name wins."""
    return dict(reversed(parameter_list(call)))


def unique_parameters(call: Call) -> dict[str, str]:
    """Parameters by name; -1101 if a name comes twice (but for the signature, of which the query's wins)."""
    found: dict[str, str] = {}
    for name, value in parameter_list(call):
        if name in found and name != "signature":
            raise BinanceError(400, -1101, f"Duplicate values for parameter '{name}'.")
        found.setdefault(name, value)
    return found
