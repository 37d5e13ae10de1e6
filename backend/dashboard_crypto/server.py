"""The production process: gunicorn with one worker, the loops started after the fork.

The master imports nothing of the application, so it stays small. The worker answers the stored balances first, then
imports the application in a thread, then starts the loops.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from dashboard_crypto import config
from dashboard_crypto.config import Settings
from dashboard_crypto.core.errors import ConfigurationError, PortfolioError
from dashboard_crypto.workers import whole_chunks, worker_class

if TYPE_CHECKING:
    from dashboard_crypto.api.first_answers import FirstAnswers
    from dashboard_crypto.app import Application

GRACEFUL_S = 8
NOBODY_ASKS_S = 0.2
FIRST_ANSWERS_S = 1
SETTLE_S = 12
CANNOT_START, BROKEN_WORKER = 4, 3
"""gunicorn's own codes: the master gives up instead of trying again."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""OpenBLAS would keep a buffer for each core, for sums that one core does in a millisecond."""

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3


class ServerProcess(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured by `Settings` alone: no file, no command line, no control socket."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._application: Application | None = None
        self._first_answers: FirstAnswers | None = None
        self._stopping = threading.Event()
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        bracketed = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options = {
            "bind": f"{bracketed}:{self._settings.port}",
            "workers": 1,
            "worker_class": worker_class(self._settings.worker_class),
            "threads": self._settings.threads,
            "worker_connections": max(1000, self._settings.threads),
            "timeout": 60,
            "graceful_timeout": GRACEFUL_S,
            "keepalive": 15,
            "limit_request_line": 8190,
            "limit_request_fields": 100,
            "limit_request_field_size": 16_380,
            "preload_app": False,
            "control_socket_disable": True,
            "umask": 0o077,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - heartbeat file
            "loglevel": "warning" if self._settings.log_level == "info" else self._settings.log_level,
            "errorlog": "-",
            "when_ready": _announce,
            "pre_fork": lambda _arbiter, _worker: gc.freeze(),
            "post_worker_init": self._worker_started,
            "worker_int": lambda _worker: self._interrupted(),
            "worker_exit": lambda _arbiter, _worker: self._worker_ended(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """Called by gunicorn in the worker: the first import of the application, or of what goes before it."""
        # Importing makes next to no garbage, and looking for it takes a tenth of the time; on again with the loops.
        gc.disable()
        # Made anew here: gevent's worker exchanges what a lock is between the master's start and this.
        self._stopping = threading.Event()
        self._first_answers = _first_answers(self._settings)
        return whole_chunks(self._built() if self._first_answers is None else self._first_answers)

    def _built(self) -> Callable[..., Any]:
        from dashboard_crypto import app

        app.configure_logging(self._settings.log_level)
        try:
            application = app.build(self._settings)
            flask = application.create_flask()
        except PortfolioError as error:
            sys.stderr.write(f"dashboard-crypto: {error}\n")
            sys.exit(CANNOT_START)
        self._application = application
        return flask

    def _worker_started(self, _worker: object) -> None:
        threading.Thread(target=self._go_on, name="start", daemon=True).start()
        threading.Thread(target=self._end_streams, name="goodbye", daemon=True).start()
        previous = signal.getsignal(signal.SIGTERM)

        def on_term(number: int, frame: FrameType | None) -> None:
            self._stopping.set()
            if callable(previous):
                previous(number, frame)

        signal.signal(signal.SIGTERM, on_term)

    def _go_on(self) -> None:
        """The first answers come from what is stored; only then is the exchange asked, and memory put in order."""
        if self._first_answers is not None:
            self._first_answers.asked.wait(NOBODY_ASKS_S)
            self._first_answers.open(self._built_or_ended())
        if self._application is not None and not self._stopping.wait(FIRST_ANSWERS_S):
            gc.enable()
            self._application.start_loops()
            self._application.show_import(sys.stderr)
            if not self._stopping.wait(SETTLE_S):
                _settle()

    def _built_or_ended(self) -> Callable[..., Any]:
        with ExitStack() as on_failure:
            on_failure.push(_end_worker)
            application = self._built()
            on_failure.pop_all()
            return application

    def _end_streams(self) -> None:
        # In a thread: a signal handler must not wait for the doorbell's lock, which its own thread may hold.
        self._stopping.wait()
        if self._application is not None:
            self._application.end_streams()

    def _interrupted(self) -> None:
        self._stopping.set()

    def _worker_ended(self) -> None:
        if self._application is not None:
            self._application.stop()


def _first_answers(settings: Settings) -> FirstAnswers | None:
    """What can be answered before the application is there; None where a stored age cannot be told without it."""
    if settings.exchange_clock:
        return None
    from dashboard_crypto.api.first_answers import FirstAnswers
    from dashboard_crypto.services.opening_balances import stored_balances

    reader = stored_balances(settings.database_url, balance_interval_s=settings.balance_update_interval_s)
    return None if reader is None else FirstAnswers(reader, settings.host, settings.allowed_origins)


def _end_worker(kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
    """What fails in a thread ends the worker as it would have in `load`."""
    if error is not None and kind is not SystemExit:
        traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(CANNOT_START if kind is SystemExit else BROKEN_WORKER)


def _announce(arbiter: Any) -> None:
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    name = "localhost" if host in {"127.0.0.1", "::1"} else host
    sys.stderr.write(f"Dashboard: http://{name}:{port}  (stop with Ctrl-C)\n")
    sys.stderr.flush()


def check_port(settings: Settings) -> None:
    """Raise `ConfigurationError` if the port is taken, instead of gunicorn's five silent tries."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            what = "in use by another program" if error.errno == errno.EADDRINUSE else "not usable"
            raise ConfigurationError(f"PORT {settings.port} is {what}; choose another one") from error


def _libc() -> Any:
    """glibc, where there is one."""
    import ctypes

    libc = ctypes.CDLL(None)
    return libc if sys.platform == "linux" and hasattr(libc, "malloc_trim") else None


def _be_frugal() -> None:
    """Before the fork. One worker with many threads: glibc would keep an arena for each."""
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
    libc = _libc()
    if libc is not None:
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, 65_536)


def _settle() -> None:
    """What start-up left behind goes back to the machine, and the rest is never searched for garbage again."""
    gc.collect()
    gc.freeze()
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


def main() -> int:
    """Serve until told to stop. 0 after a clean stop, 2 when the configuration is wrong."""
    try:
        loaded = config.load()
        check_port(loaded.settings)
    except ConfigurationError as error:
        sys.stderr.write(f"dashboard-crypto: {error}\n")
        return 2
    for warning in loaded.warnings:
        sys.stderr.write(f"dashboard-crypto: warning: {warning}\n")
    os.umask(0o077)
    _be_frugal()
    ServerProcess(loaded.settings).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
