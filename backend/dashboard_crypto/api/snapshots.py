"""/api/performance/snapshots: the stored hourly values."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request

from dashboard_crypto.api import wire
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.dispatch import plain_response
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso
from dashboard_crypto.api.inputs import SnapshotsQuery
from dashboard_crypto.api.models import SnapshotCreatedOut, SnapshotOut, SnapshotsOut
from dashboard_crypto.services.views import SnapshotPage, SnapshotRow

PAGE_ROWS = 2_000


def list_snapshots(context: ApiContext, call: Call) -> Response:
    """One page with `limit`, everything without; both carry an ETag of the revision."""
    query = call.query_as(SnapshotsQuery)
    etag = _etag(context)
    if etag in request.headers.get("If-None-Match", ""):
        return _tagged(Response(status=304), etag)
    first = context.performance.snapshots(query.start_date, query.end_date, query.limit or PAGE_ROWS, query.cursor)
    if query.limit is not None or first.next_after_ms is None:
        return _tagged(plain_response(_page_body(first)), etag)
    stream = _stream(context, query, first)
    return _tagged(Response(stream, mimetype="application/json"), etag)


def _etag(context: ApiContext) -> str:
    revision, history = context.portfolio.revision()
    return f'W/"{context.boot_id}-{revision}-{history}"'


def _tagged(response: Response, etag: str) -> Response:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Encoding, Origin"
    return response


def _page_body(page: SnapshotPage) -> bytes:
    cursor = None if page.next_after_ms is None else str(page.next_after_ms)
    rows = [_row(row) for row in page.rows]
    return wire.dump({"snapshots": rows, "count": len(rows), "next_cursor": cursor})


def _stream(context: ApiContext, query: SnapshotsQuery, first: SnapshotPage) -> Iterator[bytes]:
    page, count, opening = first, 0, b'{"snapshots":['
    while True:
        rows = wire.dump([_row(row) for row in page.rows])[1:-1]
        count += len(page.rows)
        yield opening + rows if rows else b""
        opening = b","
        if page.next_after_ms is None:
            break
        page = context.performance.snapshots(query.start_date, query.end_date, PAGE_ROWS, page.next_after_ms)
    yield b'],"count":%d,"next_cursor":null}' % count


def _row(row: SnapshotRow) -> dict[str, object]:
    """Without a model: a history has tens of thousands of rows. A test holds it against `SnapshotOut`."""
    return {
        "id": row.id,
        "timestamp": iso(row.instant_ms),
        "total_value_usd": row.total_value_usd,
        "twr": row.twr,
        "pnl": row.pnl,
        "pnl_percent": row.pnl_percent,
        "source": row.source,
        "status": row.status,
    }


def create_snapshot(context: ApiContext, _call: Call) -> SnapshotCreatedOut:
    """Store the current balances, if they are complete and fresh."""
    row = context.performance.create_snapshot()
    return SnapshotCreatedOut(message="Snapshot stored.", snapshot=SnapshotOut.model_validate(_row(row)))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/performance/snapshots",
        "list_snapshots",
        "Stored snapshots, oldest first; all of them without limit",
        "performance",
        list_snapshots,
        SnapshotsOut,
        query_model=SnapshotsQuery,
    ),
    Endpoint(
        "POST",
        "/api/performance/snapshots",
        "create_snapshot",
        "Store the current balances as a snapshot",
        "performance",
        create_snapshot,
        SnapshotCreatedOut,
        status=201,
        refusals=(409,),
    ),
)
