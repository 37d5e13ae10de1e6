"""Faults on purpose: which answer goes wrong, how often, and in which way. Seeded, so that a run can be repeated."""

from __future__ import annotations

import itertools
import json
import random
import re
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

HTML = "<html>\n<head><title>{title}</title></head>\n<body><center><h1>{title}</h1></center></body>\n</html>\n"
Delivery = Literal["normal", "truncate", "reset", "stall", "drip"]


@dataclass(slots=True)
class Reply:
    """An answer on its way out. `headers` may override anything."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"
    delivery: Delivery = "normal"
    pace_s: float = 0.5


@dataclass(slots=True)
class Fault:
    """A rule: a request whose `METHOD /path` matches `route` gets `template`, maybe, at most `count` times."""

    number: int
    route: re.Pattern[str]
    template: str
    options: Mapping[str, Any]
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    hits: int = 0

    def row(self) -> dict[str, Any]:
        """What `/_sim/faults` shows."""
        return {
            "id": self.number,
            "route": self.route.pattern,
            "template": self.template,
            "probability": self.probability,
            "count": self.count,
            "skip": self.skip,
            "hits": self.hits,
            **self.options,
        }


OVERLOADED = (
    '{"code":-1008,"msg":"Server is currently overloaded with other requests. Please try again in a few minutes."}'
)
RESTRICTED = (
    '{"code":0,"msg":"Service unavailable from a restricted location according to \'b. Eligibility\' in '
    'https://www.binance.com/en/terms. Please contact customer service if you believe you received this in error."}'
)

# Answers that do not look at what the right one would have been: template -> (status, content type, body).
FIXED: Mapping[str, tuple[int, str, str]] = {
    "html_403": (403, "text/html", HTML.format(title="ERROR: The request could not be satisfied")),
    "html_404": (404, "text/html", HTML.format(title="404 Not Found")),
    "html_451": (451, "text/html", HTML.format(title="451 Unavailable For Legal Reasons")),
    "html_500": (500, "text/html", HTML.format(title="500 Internal Server Error")),
    "html_502": (502, "text/html", HTML.format(title="502 Bad Gateway")),
    "html_503": (503, "text/html", HTML.format(title="503 Service Temporarily Unavailable")),
    "html_504": (504, "text/html", HTML.format(title="504 Gateway Time-out")),
    "html_200": (200, "text/html", HTML.format(title="System maintenance")),
    "empty_200": (200, "application/json", ""),
    "empty_500": (500, "application/json", ""),
    "list": (200, "application/json", "[]"),
    "object": (200, "application/json", "{}"),
    "null": (200, "application/json", "null"),
    "text": (200, "application/json", '"ok"'),
    "bad_json": (200, "application/json", '{"balances": [{"asset": "BTC", "free": '),
    "overloaded": (503, "application/json", OVERLOADED),
    "restricted": (451, "application/json", RESTRICTED),
}
DELIVERIES: frozenset[str] = frozenset({"truncate", "truncated", "truncated_length", "reset", "stall", "drip"})
PACKED = frozenset({"gzip_broken", "gzip_bomb", "huge"})
CHANGES = frozenset({"nan", "duplicate_key", "set", "drop", "shuffle", "duplicate"})
ANSWERS = frozenset({"status", "redirect", "rate_limited", "banned", "error"})
TEMPLATES = frozenset(FIXED) | DELIVERIES | CHANGES | ANSWERS | PACKED | {"latency"}
OPTIONS = frozenset(
    {"status", "body", "headers", "content_type", "latency_ms", "retry_after", "ban_until", "location"}
    | {"fraction", "at", "pace_s", "path", "value", "code", "msg", "size_mb"}
)


class Faults:
    """The rules in force, first match wins."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._rules: list[Fault] = []

    def add(self, raw: Mapping[str, Any]) -> Fault:
        """Check and add a rule; a ValueError says what is wrong with it."""
        options = {name: value for name, value in raw.items() if name in OPTIONS}
        known = OPTIONS | {"route", "template", "probability", "count", "skip"}
        if unknown := set(raw) - known:
            raise ValueError(f"unknown field {min(unknown)!r}; known are {', '.join(sorted(known))}")
        template = str(raw.get("template", "status" if "status" in raw else "latency"))
        if template not in TEMPLATES:
            raise ValueError(f"unknown template {template!r}; known are {', '.join(sorted(TEMPLATES))}")
        rule = Fault(
            number=next(self._numbers),
            route=re.compile(str(raw.get("route", ".*"))),
            template=template,
            options=options,
            probability=float(raw.get("probability", 1.0)),
            count=None if raw.get("count") is None else int(raw["count"]),
            skip=int(raw.get("skip", 0)),
        )
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self, number: int | None = None) -> None:
        """Remove one rule, or all of them."""
        with self._lock:
            self._rules = [rule for rule in self._rules if number is not None and rule.number != number]

    def rows(self) -> list[dict[str, Any]]:
        """All rules with their hits."""
        with self._lock:
            return [rule.row() for rule in self._rules]

    def pick(self, method: str, path: str) -> Fault | None:
        """The rule that strikes this request, counted."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if self._strikes(rule, f"{method} {path}"):
                    rule.hits += 1
                    return rule
        return None

    def _strikes(self, rule: Fault, target: str) -> bool:
        if not rule.route.search(target) or (rule.count is not None and rule.hits >= rule.count):
            return False
        if rule.skip:
            rule.skip -= 1
            return False
        return rule.probability >= 1 or self._random.random() < rule.probability

    def spoil(self, fault: Fault, reply: Reply, now_ms: int) -> Reply:
        """What goes out instead of the right answer."""
        if fault.template in FIXED:
            status, content_type, body = FIXED[fault.template]
            spoiled = Reply(status, body.encode(), dict(reply.headers), content_type)
        elif fault.template in ANSWERS:
            spoiled = answer(fault, reply, now_ms)
        elif fault.template in CHANGES:
            spoiled = changed(fault, reply, self._random)
        elif fault.template in PACKED:
            spoiled = packed(fault, reply)
        else:
            spoiled = delivered(fault, reply) if fault.template in DELIVERIES else reply
        spoiled.headers |= {str(name): str(value) for name, value in fault.options.get("headers", {}).items()}
        return spoiled


def answer(fault: Fault, reply: Reply, now_ms: int) -> Reply:
    """Free-form answers, redirects, limits and bans."""
    options, headers = fault.options, dict(reply.headers)
    if "retry_after" in options:
        headers["Retry-After"] = str(options["retry_after"])
    if fault.template == "redirect":
        headers["Location"] = str(options.get("location", "http://127.0.0.1:9/"))
        return Reply(int(options.get("status", 302)), b"", headers, "text/html")
    if fault.template == "rate_limited":
        text = "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."
        return Reply(429, error_body(-1003, text), headers)
    if fault.template == "banned":
        until = int(options.get("ban_until", now_ms + 120_000))
        headers.setdefault("Retry-After", str(max(0, -(-(until - now_ms) // 1000))))
        return Reply(418, error_body(-1003, f"Way too much request weight used; IP banned until {until}."), headers)
    if fault.template == "error":
        body = error_body(int(options.get("code", -1000)), str(options.get("msg", "An unknown error occurred.")))
        return Reply(int(options.get("status", 400)), body, headers)
    body = options.get("body", "")
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    content_type = str(options.get("content_type", reply.content_type))
    return Reply(int(options.get("status", 200)), content, headers, content_type)


def error_body(code: int, message: str) -> bytes:
    """An error as the exchange writes it."""
    return json.dumps({"code": code, "msg": message}).encode()


def delivered(fault: Fault, reply: Reply) -> Reply:
    """The right answer, sent badly."""
    size = len(reply.body)
    keep = int(fault.options.get("at", size * float(fault.options.get("fraction", 0.5))))
    if fault.template == "truncated_length":
        reply.body = reply.body[:keep]
    elif fault.template in {"truncate", "truncated"}:
        reply.headers["Content-Length"] = str(size)
        reply.body, reply.delivery = reply.body[:keep], "truncate"
    elif fault.template == "reset":
        reply.headers["Content-Length"] = str(size)
        reply.body, reply.delivery = reply.body[:keep], "reset"
    elif fault.template in {"stall", "drip"}:
        reply.delivery = "stall" if fault.template == "stall" else "drip"
        reply.pace_s = float(fault.options.get("pace_s", 0.5))
    return reply


def packed(fault: Fault, reply: Reply) -> Reply:
    """More than a client should swallow, or something it cannot unpack; `size_mb` megabytes of blanks (200)."""
    size = int(float(fault.options.get("size_mb", 200)) * 1_000_000)
    if fault.template == "huge":
        reply.body = b" " * size
        return reply
    reply.headers["Content-Encoding"] = "gzip"
    reply.body = b"\x1f\x8b" + reply.body if fault.template == "gzip_broken" else bomb(size)
    return reply


def bomb(size: int) -> bytes:
    """A small gzip stream that unpacks to `size` blanks, made without holding them."""
    packer, block = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * 1_000_000
    parts = [packer.compress(block[: min(len(block), size - done)]) for done in range(0, size, len(block))]
    return b"".join([*parts, packer.flush()])


def changed(fault: Fault, reply: Reply, chance: random.Random) -> Reply:
    """The right answer with something wrong inside."""
    if fault.template == "nan":
        reply.body = re.sub(rb'"-?\d+\.\d+"', b"NaN", reply.body, count=1)
        return reply
    if fault.template == "duplicate_key":
        reply.body = re.sub(rb'"(\w+)":("[^"]*"|-?[\d.]+)', rb'"\1":\2,"\1":\2', reply.body, count=1)
        return reply
    document = json.loads(reply.body)
    steps = [step for step in str(fault.options.get("path", "")).split(".") if step]
    if fault.template in {"shuffle", "duplicate"}:
        rows = reach(document, steps)
        if isinstance(rows, list):
            rows.extend(rows[:]) if fault.template == "duplicate" else chance.shuffle(rows)
    elif steps:
        change(reach(document, steps[:-1]), steps[-1], fault)
    reply.body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return reply


def reach(document: Any, steps: list[str]) -> Any:
    """The part of a document at a path; `asset=BTC` picks the row of a list, a number its index; None if absent."""
    for step in steps:
        if isinstance(document, list):
            index = position(document, step)
            document = None if index is None else document[index]
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document


def position(rows: list[Any], step: str) -> int | None:
    """The index that a step names in a list."""
    name, equals, value = step.partition("=")
    if equals:
        matches = (i for i, row in enumerate(rows) if isinstance(row, dict) and str(row.get(name)) == value)
        return next(matches, None)
    index = int(step) if step.lstrip("-").isdigit() else len(rows)
    return index if -len(rows) <= index < len(rows) else None


def change(parent: Any, step: str, fault: Fault) -> None:
    """Set or drop one member of a document."""
    key: Any = position(parent, step) if isinstance(parent, list) else step
    if key is None or not isinstance(parent, list | dict):
        return
    if fault.template == "set":
        parent[key] = fault.options.get("value")
    elif isinstance(parent, list):
        del parent[key]
    else:
        parent.pop(key, None)
