"""Puts the HTTP layer together: gate, finished answers, Flask with one view per endpoint, one road for errors."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from dashboard_crypto.api import docs, problems, spa
from dashboard_crypto.api.answers import AnswerStore
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.api.dispatch import MAX_BODY_BYTES, view_of
from dashboard_crypto.api.front import Front
from dashboard_crypto.api.gate import Gate
from dashboard_crypto.api.problems import Refusal
from dashboard_crypto.api.routes import ENDPOINTS
from dashboard_crypto.core.errors import PortfolioError


def create(context: ApiContext, secret_key: str | None = None) -> Flask:
    """The WSGI application. Touches neither network nor database."""
    app = Flask("dashboard_crypto", static_folder=None, template_folder=None)
    app.secret_key = secret_key
    # What exceeds it is cut off in silence; the byte too many shows that something was.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    answers = AnswerStore()
    for endpoint in ENDPOINTS:
        view = view_of(endpoint, context, answers)
        app.add_url_rule(endpoint.rule, endpoint.operation_id, view, methods=[endpoint.method])
    docs.install(app, context)
    spa.install(app, context)
    _install_error_roads(app, context)
    inner = Front(app.wsgi_app, context, answers)
    app.wsgi_app = Gate(inner, context.host, context.allowed_origins)  # type: ignore[method-assign]
    app.extensions["dashboard_crypto"] = context
    return app


def _install_error_roads(app: Flask, context: ApiContext) -> None:
    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        return _response(problems.render(refusal))

    @app.errorhandler(PortfolioError)
    def known(error: PortfolioError) -> Response:
        return _response(problems.render(problems.from_error(error, context.clock.now_ms()), error))

    @app.errorhandler(HTTPException)
    def of_framework(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404 and request.method in {"GET", "HEAD"} and not request.path.startswith("/api"):
            try:
                return spa.page(context)
            except Refusal as refusal:
                return refused(refusal)
        headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
        detail = problems.KINDS.get(status, ("", "The request cannot be answered"))[1] + "."
        return _response(problems.render(Refusal(status, detail, headers=headers)))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        refusal = Refusal(500, "An unexpected error; the log has more under this instance.")
        return _response(problems.render(refusal, error))


def _response(raw: problems.RawAnswer) -> Response:
    return Response(raw.body, status=raw.status, headers=list(raw.headers))
