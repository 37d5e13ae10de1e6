"""/api/performance/snapshots: the stored hourly values."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request

from dashboard_crypto.api import wire
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.dispatch import answer_in_parts, plain_response
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.fields import iso
from dashboard_crypto.api.inputs import SnapshotsQuery
from dashboard_crypto.api.models import SnapshotCreatedOut, SnapshotOut, SnapshotsOut
from dashboard_crypto.services.views import SnapshotPage, SnapshotRow

PAGE_ROWS = 2_000
_SHORT = 3
"""Beginning, one page and end: compressed like every other answer."""


def list_snapshots(context: ApiContext, call: Call) -> Response:
    """One page with `limit`, everything without; both carry an ETag of the revision."""
    query = call.query_as(SnapshotsQuery)
    etag = _etag(context)
    if etag in request.headers.get("If-None-Match", ""):
        return _tagged(Response(status=304), etag)
    if query.limit is not None:
        page = context.performance.snapshots(query.start_date, query.end_date, query.limit, query.cursor)
        return _tagged(plain_response(_page_body(page)), etag)
    # Written down before the first byte leaves: a slow reader must not hold the database's picture, or its connection.
    parts = list(_everything(context, query))
    if len(parts) <= _SHORT:
        return _tagged(plain_response(b"".join(parts)), etag)
    return _tagged(answer_in_parts(parts), etag)


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


def _everything(context: ApiContext, query: SnapshotsQuery) -> Iterator[bytes]:
    """The whole answer in parts, from one read: a change half way would mix metrics of before and after it."""
    count = 0
    yield b'{"snapshots":['
    for rows in context.performance.snapshot_pages(query.start_date, query.end_date, query.cursor, PAGE_ROWS):
        yield (b"," if count else b"") + wire.dump([_row(row) for row in rows])[1:-1]
        count += len(rows)
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
