"""SQLite stores `pnl` like the metrics beside it: computing it in every rewritten row cost a sixth of a rewrite."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# PostgreSQL keeps the exact generated column: there it costs nothing that could be measured.
UP = (
    "ALTER TABLE snapshots DROP COLUMN pnl",
    "ALTER TABLE snapshots ADD COLUMN pnl REAL",
    "UPDATE snapshots SET pnl = value_float - capital_usd",
)
DOWN = (
    "ALTER TABLE snapshots DROP COLUMN pnl",
    "ALTER TABLE snapshots ADD COLUMN pnl REAL GENERATED ALWAYS AS (value_float - capital_usd) VIRTUAL",
)


def upgrade() -> None:
    """A plain column with the same figures."""
    _run(UP)


def downgrade() -> None:
    """Generated again."""
    _run(DOWN)


def _run(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in statements:
            op.execute(statement)
