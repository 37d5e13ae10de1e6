"""/api/openapi.json and /api/docs: the contract, shown with assets of our own."""

from __future__ import annotations

import functools
import html

from flask import Flask, Response, request

from dashboard_crypto.api import spa
from dashboard_crypto.api.answers import Stored
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.problems import Refusal
from dashboard_crypto.api.routes import ENDPOINTS

ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API - Binance Portfolio Manager</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/api/docs/favicon-32x32.png"><link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
"""


def install(app: Flask, context: ApiContext) -> None:
    """Add the document and the page that shows it."""

    def page() -> Response:
        built = all(
            (context.static_dir / "docs" / name).is_file() for name in ("swagger-ui.css", "swagger-ui-bundle.js")
        )
        body = _PAGE if built else _listing()
        return Response(body, mimetype="text/html", headers={"Cache-Control": "no-cache"})

    def asset(name: str) -> Response:
        if name == "start.js":
            return Response(_START, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})
        if name not in ASSETS:
            raise Refusal(404, "There is no such file.")
        return spa.send_file(context.static_dir, f"docs/{name}", "no-cache")

    app.add_url_rule("/api/openapi.json", "openapi", _document)
    app.add_url_rule("/api/docs", "docs", page)
    app.add_url_rule("/api/docs/<name>", "docs_asset", asset)


@functools.cache
def _stored_document() -> Stored:
    # Imported on first demand: it needs pydantic's schema writer, which the dashboard never does.
    from dashboard_crypto.api import openapi

    return Stored(openapi.text().encode())


def _document() -> Response:
    status, headers, body = _stored_document().answer(
        request.headers.get("If-None-Match", ""), request.headers.get("Accept-Encoding", "")
    )
    return Response(body, status=status, headers=headers)


def _listing() -> str:
    rows = "".join(
        f"<tr><td>{e.method}</td><td><code>{html.escape(e.path)}</code></td><td>{html.escape(e.summary)}</td></tr>"
        for e in ENDPOINTS
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>API</title><h1>API</h1>'
        '<p>The whole contract: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1). '
        f"Building the frontend adds an interactive page here.</p><table>{rows}</table></html>"
    )
