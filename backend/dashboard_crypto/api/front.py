"""Answers that are already finished bytes leave before Flask is even asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dashboard_crypto.api.answers import AnswerStore
from dashboard_crypto.api.context import ApiContext
from dashboard_crypto.core.errors import PortfolioError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Front:
    """WSGI middleware behind the gate: serves what `AnswerStore` holds for the present revision."""

    def __init__(self, inner: WSGIApplication, context: ApiContext, answers: AnswerStore) -> None:
        self._inner = inner
        self._context = context
        self._answers = answers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve from the store, or pass on."""
        if environ["REQUEST_METHOD"] != "GET":
            return self._inner(environ, start_response)
        key = (environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        if not self._answers.holds(key):
            return self._inner(environ, start_response)
        try:
            stored = self._answers.get(key, self._context.portfolio.revision())
        except PortfolioError:
            # Flask's handlers turn the same error into its problem document.
            stored = None
        if stored is None:
            return self._inner(environ, start_response)
        status, headers, body = stored.answer(
            environ.get("HTTP_IF_NONE_MATCH", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
        )
        start_response(status, headers)
        return [body]
