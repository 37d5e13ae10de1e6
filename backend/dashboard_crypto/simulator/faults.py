"""Faults on purpose: which answer goes wrong, how often, and in which way. Seeded, so that a run can be repeated."""

from __future__ import annotations

import itertools
import random
import re
import threading
from collections.abc import Mapping
from typing import Any

from dashboard_crypto.simulator.spoiling import Fault, Reply, answer, changed, delivered, packed

HTML = "<html>\n<head><title>{title}</title></head>\n<body><center><h1>{title}</h1></center></body>\n</html>\n"

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
