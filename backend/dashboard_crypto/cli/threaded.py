"""`serve` where gunicorn cannot run (Windows): the same application and loops, on a threaded server in one process."""

from __future__ import annotations

import sys

from dashboard_crypto import app, config
from dashboard_crypto.core.errors import ConfigurationError, PortfolioError


def serve_threaded() -> int:
    """Serve until Ctrl-C. 0 after a clean stop, 2 when the configuration is wrong, 1 when the database is unusable."""
    from werkzeug.serving import make_server

    try:
        loaded = config.load()
        app.configure_logging(loaded.settings.log_level)
        application = app.build(loaded.settings)
    except PortfolioError as error:
        sys.stderr.write(f"dashboard-crypto: {error}\n")
        return 2 if isinstance(error, ConfigurationError) else 1
    for warning in loaded.warnings:
        sys.stderr.write(f"dashboard-crypto: warning: {warning}\n")
    flask = application.create_flask()
    server = make_server(loaded.settings.host, loaded.settings.port, flask, threaded=True)
    sys.stderr.write(f"Dashboard: http://localhost:{server.server_port}  (stop with Ctrl-C)\n")
    sys.stderr.flush()
    application.start_loops()
    application.show_import(sys.stderr)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stderr.write("Stopping.\n")
    finally:
        application.stop()
        server.server_close()
    return 0
