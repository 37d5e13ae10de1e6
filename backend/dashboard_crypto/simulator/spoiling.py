"""How a right answer is spoiled: replaced, cut, packed wrongly, or changed inside."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
