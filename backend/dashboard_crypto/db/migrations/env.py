"""Alembic's entry: runs on the connection and inside the transaction that `db.opening` hands over."""

from __future__ import annotations

from alembic import context

from dashboard_crypto.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
