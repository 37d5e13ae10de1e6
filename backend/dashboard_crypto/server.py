"""The production process: gunicorn with one worker, the loops started after the fork.

The master imports nothing of the application, so it stays small; the worker imports it after the fork.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from dashboard_crypto import config
from dashboard_crypto.config import Settings
from dashboard_crypto.core.errors import ConfigurationError, FixAndRestart

if TYPE_CHECKING:
    from dashboard_crypto.app import Application

GRACEFUL_S = 8
FIRST_ANSWERS_S = 1
SETTLE_S = 12
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""OpenBLAS would keep a buffer for each core, for sums that one core does in a millisecond."""

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3


class ServerProcess(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured by `Settings` alone: no file, no command line, no control socket."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._application: Application | None = None
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        bracketed = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options = {
            "bind": f"{bracketed}:{self._settings.port}",
            "workers": 1,
            "worker_class": self._settings.worker_class,
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
        """Called by gunicorn in the worker: the first import of the application."""
        # Importing makes next to no garbage, and looking for it takes a tenth of the time; on again with the loops.
        gc.disable()
        from dashboard_crypto import app

        app.configure_logging(self._settings.log_level)
        try:
            self._application = app.build(self._settings)
        except FixAndRestart as error:
            sys.stderr.write(f"dashboard-crypto: {error}\n")
            # gunicorn's own code for "the application cannot start": the master gives up instead of trying again.
            sys.exit(4)
        return self._application.create_flask()

    def _worker_started(self, _worker: object) -> None:
        if self._application is None:
            return
        stopping = self._application.context.stopping
        threading.Thread(target=self._start_loops, args=(stopping,), name="start", daemon=True).start()
        threading.Thread(target=self._end_streams_when, args=(stopping,), name="goodbye", daemon=True).start()
        previous = signal.getsignal(signal.SIGTERM)

        def on_term(number: int, frame: FrameType | None) -> None:
            stopping.set()
            if callable(previous):
                previous(number, frame)

        signal.signal(signal.SIGTERM, on_term)

    def _start_loops(self, stopping: threading.Event) -> None:
        """The first answers come from what is stored; only then is the exchange asked, and memory put in order."""
        if self._application is not None and not stopping.wait(FIRST_ANSWERS_S):
            gc.enable()
            self._application.start_loops()
            self._application.show_import(sys.stderr)
            if not stopping.wait(SETTLE_S):
                _settle()

    def _end_streams_when(self, stopping: threading.Event) -> None:
        # In a thread: a signal handler must not wait for the doorbell's lock, which its own thread may hold.
        stopping.wait()
        if self._application is not None:
            self._application.end_streams()

    def _interrupted(self) -> None:
        if self._application is not None:
            self._application.context.stopping.set()

    def _worker_ended(self) -> None:
        if self._application is not None:
            self._application.stop()


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
