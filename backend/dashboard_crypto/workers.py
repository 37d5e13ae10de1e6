"""gunicorn's workers, as the HTTP contract wants them: also what its parser refuses gets our answers, and ends."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from gunicorn import util
from gunicorn.http import errors

READ_S, WRITE_S = 10, 60
"""How long a client may keep a thread waiting for its next bytes, and for taking ours."""


class OurAnswers:
    """Mixed into a worker: no page of gunicorn's, which would repeat what it was sent."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Called by gunicorn for whatever ends a request early."""
        if not isinstance(exc, errors.ParseException) or isinstance(exc, errors.ConfigurationProblem):
            super().handle_error(req, client, addr, exc)  # type: ignore[misc]
            return
        try:
            util.write_nonblock(client, _refusal(exc))
        except OSError:
            return


def _refusal(error: errors.ParseException) -> bytes:
    # Imported here: gunicorn's master loads this module too, and stays small.
    from dashboard_crypto.api.gate import SECURITY_HEADERS
    from dashboard_crypto.api.problems import Refusal, render

    if isinstance(error, errors.LimitRequestLine):
        refusal = Refusal(414, "The address may hold at most 4,000 characters.")
    elif isinstance(error, errors.LimitRequestHeaders):
        refusal = Refusal(431, "The headers may hold at most 16 kB.")
    else:
        refusal = Refusal(400, "This is not a request that an HTTP parser takes.")
    made = render(refusal)
    headers = (*made.headers, *SECURITY_HEADERS, ("Content-Length", str(len(made.body))), ("Connection", "close"))
    lines = (f"HTTP/1.1 {made.status_line}", *(f"{name}: {value}" for name, value in headers), "", "")
    return "\r\n".join(lines).encode("ascii") + made.body


class Impatient:
    """Mixed into the threaded worker: a client that does not go on costs one thread for a while, and nobody else."""

    def init_process(self) -> None:
        """Called by gunicorn after the fork."""
        self.log: Any
        self.log.error_log.addFilter(_is_news)
        super().init_process()  # type: ignore[misc]

    def handle(self, conn: Any) -> Any:
        """Called by gunicorn in a thread, for a connection with something to read. False when it is over."""
        for option, seconds in ((socket.SO_RCVTIMEO, READ_S), (socket.SO_SNDTIMEO, WRITE_S)):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))
        goes_on = super().handle(conn)  # type: ignore[misc]
        if not goes_on:
            # It waits for the other side, up to 2 s; gunicorn would let the thread do so that accepts for all.
            util.close_graceful(conn.sock)
        return goes_on

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """Called by gunicorn in the accepting thread, with what `handle` said."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)  # type: ignore[misc]
        else:
            self.nr_conns: int
            self.nr_conns -= 1


def _is_news(record: logging.LogRecord) -> bool:
    """Time that ran out is no error of ours."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


def worker_class(name: str) -> type:
    """The worker of a `WORKER_CLASS`."""
    if name == "gevent":
        from gunicorn.workers.ggevent import GeventWorker

        return type("OurGeventWorker", (OurAnswers, GeventWorker), {})
    from gunicorn.workers.gthread import ThreadWorker

    return type("OurThreadWorker", (OurAnswers, Impatient, ThreadWorker), {})


class _Chunks:
    """A body in chunks. gunicorn tells of a broken one by its own errors; whoever reads a body expects an OSError."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        try:
            return bytes(self._body.read(size))
        except errors.ParseException as error:
            raise OSError("the body's chunks are broken") from error


def whole_chunks(inner: Callable[..., Any]) -> Callable[..., Any]:
    """WSGI middleware: what is wrong with a chunked body is the sender's fault, not ours."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        if "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = _Chunks(environ["wsgi.input"])
        return inner(environ, start_response)

    return application
