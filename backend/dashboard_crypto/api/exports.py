"""/api/export: everything the owner has, as files."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.dispatch import answer_in_parts
from dashboard_crypto.api.endpoint import Call, Endpoint
from dashboard_crypto.api.inputs import ExportPath
from dashboard_crypto.services.export import COLUMNS


def export_csv(context: ApiContext, call: Call) -> Response:
    """A file for a spreadsheet; no cell can act as a formula."""
    what = call.path_as(ExportPath).what
    return _file(context.exports.csv(what), "text/csv", f"{what}.csv")


def export_json(context: ApiContext, call: Call) -> Response:
    """A file for programs; exact numbers are text."""
    what = call.path_as(ExportPath).what
    return _file(context.exports.json(what), "application/json", f"{what}.json")


def _file(lines: Iterator[str], media_type: str, name: str) -> Response:
    response = answer_in_parts((line.encode() for line in lines), media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


_ROWS = {
    "type": "array",
    "items": {"type": "object"},
    "description": "Objects with: " + "; ".join(f"{what}: {', '.join(names)}" for what, names in COLUMNS.items()),
}
ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/export/{what}/csv",
        "export_csv",
        "Everything of one kind as CSV",
        "export",
        export_csv,
        {"type": "string"},
        media_type="text/csv",
        path_model=ExportPath,
    ),
    Endpoint(
        "GET",
        "/api/export/{what}/json",
        "export_json",
        "Everything of one kind as JSON",
        "export",
        export_json,
        _ROWS,
        path_model=ExportPath,
    ),
)
