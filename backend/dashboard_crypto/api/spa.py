"""The built dashboard at `/`, or a page that says how to get one."""

from __future__ import annotations

import functools
import gzip
import mimetypes
from pathlib import Path

from flask import Flask, Response, request

from dashboard_crypto.api.answers import COMPRESS_FROM_BYTES, Stored, accepts
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.problems import Refusal

PLAIN = "identity"
IMMUTABLE = "public, max-age=31536000, immutable"
_COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/manifest+json")
_NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Binance Portfolio Manager</title>
<h1>The dashboard is not built yet</h1>
<p>The API runs. For the page, either start the development server and open
<a href="http://localhost:5173">http://localhost:5173</a>:</p><pre>cd frontend
npm install
npm run dev</pre>
<p>or build it once and reload this page:</p><pre>cd frontend
npm install
npm run build</pre>
<p><a href="/api/docs">The API's documentation</a></p></html>
"""


def install(app: Flask, context: ApiContext) -> None:
    """Serve the build's files; `page` answers for every other address outside /api."""

    def asset(name: str) -> Response:
        return send_file(context.static_dir, f"assets/{name}", IMMUTABLE)

    app.add_url_rule("/", "page", lambda: page(context))
    app.add_url_rule("/assets/<path:name>", "asset", asset)


def page(context: ApiContext) -> Response:
    """A file at the top of the build, or the page itself, which knows its own routes."""
    name = request.path.lstrip("/")
    if name and "/" not in name and (context.static_dir / name).is_file() and not name.startswith("."):
        return send_file(context.static_dir, name, "no-cache")
    if "." in name.rsplit("/", 1)[-1]:
        raise Refusal(404, "There is no such file.")
    if not (context.static_dir / "index.html").is_file():
        return Response(_NOT_BUILT, mimetype="text/html", headers={"Cache-Control": "no-store"})
    return send_file(context.static_dir, "index.html", "no-cache")


def send_file(root: Path, name: str, cache_control: str) -> Response:
    """One file below `root`, compressed where that pays, with an ETag."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise Refusal(404, "There is no such file.")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in {".js", ".mjs"}:
        media_type = "text/javascript"
    forms, etag = _read(path, path.stat().st_mtime_ns, media_type.startswith(_COMPRESSIBLE))
    response = Response(mimetype=media_type, headers={"Cache-Control": cache_control, "Vary": "Accept-Encoding"})
    response.headers["ETag"] = etag
    if etag in request.headers.get("If-None-Match", ""):
        response.status_code = 304
        return response
    welcome = request.headers.get("Accept-Encoding", "")
    coding = next(name for name in forms if name == PLAIN or accepts(name, welcome))
    if coding != PLAIN:
        response.headers["Content-Encoding"] = coding
    response.set_data(forms[coding])
    return response


@functools.lru_cache(maxsize=64)
def _read(path: Path, _changed_ns: int, compressible: bool) -> tuple[dict[str, bytes], str]:
    """The file by content coding, smallest first. The build packs with Brotli; without its file there is gzip."""
    body = path.read_bytes()
    forms = {}
    if compressible and len(body) >= COMPRESS_FROM_BYTES:
        brotli = path.with_name(f"{path.name}.br")
        if brotli.is_file():
            forms["br"] = brotli.read_bytes()
        forms["gzip"] = gzip.compress(body, 6, mtime=0)
    return {**forms, PLAIN: body}, Stored(body).form().etag
