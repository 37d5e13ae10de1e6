"""`serve`: hand this process over to the production server."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NoReturn

from dashboard_crypto.config import launch


def serve_here() -> NoReturn:
    """Serve in this process, which has imported nothing but this."""
    if os.name != "posix":
        from dashboard_crypto.cli.threaded import serve_threaded

        sys.exit(serve_threaded())
    from dashboard_crypto import server

    sys.exit(server.main())


def serve(port: int | None = None) -> NoReturn:
    """Replace this process, and the command line's parser in its memory, by the server."""
    environ = launch.environment() if port is None else launch.environment(PORT=str(port))
    command = launch.command_line("serve")
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], command, environ)  # noqa: S606
    sys.exit(subprocess.call(command, env=environ))
