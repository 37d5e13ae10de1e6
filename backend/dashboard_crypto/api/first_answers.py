"""What stands at the door while the application is still being loaded: the stored balances, and a place to wait.

Loading Flask, pydantic, SQLAlchemy and numpy takes longer than everything a first answer needs. So the balances are
answered from a settled database at once, by the same functions and behind the same gate as ever; every other request
waits for the application and is answered by it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dashboard_crypto.api.balances_answer import BALANCES_PATH, balances_answer
from dashboard_crypto.api.gate import Gate, answer
from dashboard_crypto.api.problems import Refusal, render
from dashboard_crypto.services.balances_view import BalancesReader

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_WAIT_S = 30.0
_STILL_STARTING = "The program is still starting; ask again in a moment."


class FirstAnswers:
    """A WSGI application that becomes another one. `asked` is set once somebody was here."""

    def __init__(self, reader: BalancesReader, host: str, allowed_origins: Iterable[str]) -> None:
        self.asked = threading.Event()
        self._reader = reader
        self._first = Gate(self._balances, host, allowed_origins)
        self._later = Gate(_later, host, allowed_origins)
        self._application: WSGIApplication = self._until_opened
        self._opened = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, as far along as the start is."""
        return self._application(environ, start_response)

    def open(self, application: WSGIApplication) -> None:
        """From now on `application` answers everything, also those who wait."""
        self._application = application
        self._opened.set()

    def _until_opened(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for_balances = (environ["REQUEST_METHOD"], environ.get("PATH_INFO"), environ.get("QUERY_STRING", ""))
        try:
            if for_balances == ("GET", BALANCES_PATH, ""):
                return self._first(environ, start_response)
        except sqlite3.Error:
            # The application says in its own words what is wrong with the database.
            pass
        finally:
            self.asked.set()
        return self._wait(environ, start_response)

    def _balances(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = balances_answer(self._reader).answer(
            environ.get("HTTP_IF_NONE_MATCH", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
        )
        start_response(status, headers)
        return [body]

    def _wait(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._opened.wait(LONGEST_WAIT_S):
            return self._application(environ, start_response)
        return self._later(environ, start_response)


def _later(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return answer(render(Refusal(503, _STILL_STARTING, headers={"Retry-After": "2"})), start_response)
