"""/api/stream: a doorbell, never data. The page hears that something changed and reads it again."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from dashboard_crypto.api import wire
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.problems import Refusal
from dashboard_crypto.core.errors import PortfolioError
from dashboard_crypto.services.doorbell import Subscription

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Origin"}


def stream(context: ApiContext, _call: Call) -> Response:
    """Open one stream, if there is room."""
    if context.stopping.is_set() or context.doorbell.listeners >= context.stream_cap:
        raise Refusal(503, "Too many open streams.", headers={"Retry-After": "30"})
    subscription = context.doorbell.subscribe()
    response = Response(_events(context, subscription), mimetype="text/event-stream", headers=_HEADERS)
    response.call_on_close(subscription.close)
    return response


def _events(context: ApiContext, subscription: Subscription) -> Iterator[bytes]:
    known = _revision(context)
    yield b"retry: 3000\n\n" + _event("hello", "portfolio", known)
    while not (context.stopping.is_set() or subscription.closed):
        ring = subscription.wait(context.heartbeat_s)
        if ring is not None:
            known = max(known, ring[1])
            yield _event("change", ring[0], ring[1])
        elif not subscription.closed:
            # Another process may have written: its doorbell is not ours, but the revision is.
            newer = _revision(context)
            yield _event("change", "portfolio", newer) if newer > known else b": still here\n\n"
            known = max(known, newer)
    yield b"event: bye\ndata: {}\n\n"


def _revision(context: ApiContext) -> int:
    try:
        return context.portfolio.revision()[0]
    except PortfolioError:
        return 0


def _event(name: str, topic: str, revision: int) -> bytes:
    data = wire.dump({"topic": topic, "revision": revision})
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/stream",
        "open_stream",
        "Server-sent events `hello`, `change` and `bye`; data is {topic, revision}, a doorbell",
        "status",
        stream,
        {"type": "string", "description": "text/event-stream"},
        media_type="text/event-stream",
    ),
)
