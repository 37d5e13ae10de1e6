"""/health and /api/status: how the program itself is doing."""

from __future__ import annotations

from flask import Response

from dashboard_crypto.api import wire
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.dispatch import plain_response
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso, iso_or_none
from dashboard_crypto.api.status_models import (
    DatabaseOut,
    ExchangeOut,
    HealthOut,
    HistoryOut,
    KeyOut,
    LoopOut,
    ReconciliationOut,
    SetupOut,
    SourceOut,
    StatusOut,
    WalletOut,
)
from dashboard_crypto.services.status_views import HistoryView, ReconciliationView, StatusView

NO_KEY_STEPS = (
    "Make an API key at https://www.binance.com/en/my/settings/api-management with Enable Reading only.",
    "Copy .env.example to .env and put the key into BINANCE_API_KEY and BINANCE_API_SECRET.",
    "Start again. To look around first without any key, run: dashboard-crypto demo",
)


def health(context: ApiContext, _call: Call) -> Response:
    """`degraded` with 503 when a loop is dead."""
    healthy = context.status.healthy()
    body = wire.dump(HealthOut(status="ok" if healthy else "degraded").model_dump())
    response = plain_response(body, 200 if healthy else 503)
    if not healthy:
        response.headers["Retry-After"] = "30"
    return response


def status(context: ApiContext, _call: Call) -> StatusOut:
    """Everything the owner may want to know when a number looks odd."""
    view = context.status.status()
    return StatusOut(
        version=context.version,
        now=iso(context.clock.now_ms()),
        exchange=_exchange_out(view),
        key=KeyOut(
            configured=context.setup.has_credentials,
            can_read=view.key_can_read,
            can_trade=view.key_can_trade,
            can_withdraw=view.key_can_withdraw,
            ip_restricted=view.key_ip_restricted,
        ),
        database=DatabaseOut(
            backend=view.database_backend, version=view.database_version, size_bytes=view.database_bytes
        ),
        loops=[
            LoopOut(
                name=loop.name,
                running=loop.running,
                heartbeat_age_seconds=loop.heartbeat_age_s,
                interval_seconds=loop.interval_s,
                failures=loop.failures,
            )
            for loop in view.loops
        ],
        is_writer=view.is_writer,
        revision=view.revision,
        history_revision=view.history_revision,
        open_streams=context.doorbell.listeners,
        setup=_setup_out(context),
        history=_history_out(view.history),
        reconciliation=None if view.reconciliation is None else _reconciliation_out(view.reconciliation),
        suggestions=view.suggestions,
        warnings=list(view.warnings),
    )


def _history_out(view: HistoryView) -> HistoryOut:
    return HistoryOut(
        sources=[
            SourceOut(
                name=source.name,
                progress=source.progress,
                done=source.done,
                reach=iso_or_none(source.oldest_ms),
                read_until=iso_or_none(source.read_until_ms),
                covered_since=iso_or_none(source.covered_from_ms),
                error=source.error,
            )
            for source in view.sources
        ],
        percent=view.percent,
        seconds_left=view.seconds_left,
    )


def _reconciliation_out(view: ReconciliationView) -> ReconciliationOut:
    return ReconciliationOut(
        timestamp=iso(view.instant_ms),
        wallets=[
            WalletOut(wallet=line.wallet, ours_usd=line.ours_usd, theirs_usd=line.theirs_usd, is_over=line.is_over)
            for line in view.wallets
        ],
        ours_usd=view.ours_usd,
        theirs_usd=view.theirs_usd,
        limit_usd=view.limit_usd,
        is_flagged=view.is_flagged,
        unpriced=list(view.unpriced),
    )


def _exchange_out(view: StatusView) -> ExchangeOut:
    return ExchangeOut(
        state=view.state,
        state_message=view.state_message,
        state_since=iso_or_none(view.state_since_ms),
        last_success=iso_or_none(view.last_success_ms),
        last_attempt=iso_or_none(view.last_attempt_ms),
        age_seconds=view.age_seconds,
        last_error=view.last_error,
        banned_until=iso_or_none(view.banned_until_ms),
        retry_at=iso_or_none(view.retry_at_ms),
    )


def _setup_out(context: ApiContext) -> SetupOut:
    setup = context.setup
    return SetupOut(
        has_credentials=setup.has_credentials,
        testnet=setup.testnet,
        demo=setup.demo_note is not None,
        demo_note=setup.demo_note,
        steps=[] if setup.has_credentials else list(NO_KEY_STEPS),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/health",
        "get_health",
        "Health of the database and the loops",
        "status",
        health,
        HealthOut,
        query_model=None,
    ),
    Endpoint("GET", "/api/status", "get_status", "State of exchange, loops and database", "status", status, StatusOut),
)
