"""`serve`: hand this process over to the production server."""

from __future__ import annotations

import os
import subprocess
import sys


def serve(port: int | None = None) -> None:
    """Replace this process by the server. Never returns."""
    from dashboard_crypto import server

    environ = server.start_environment() if port is None else server.start_environment(PORT=str(port))
    command = server.start_command()
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], command, environ)  # noqa: S606
    sys.exit(subprocess.call(command, env=environ))
