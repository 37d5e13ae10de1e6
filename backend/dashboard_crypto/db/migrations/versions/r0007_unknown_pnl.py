"""PostgreSQL stores `pnl` as SQLite does: a generated column could not be unknown where return and percent are."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Where neither return nor percent is known, the figure stood behind a flow that contradicts the values. The few rows
# that were merely too small for a percent get theirs back with the next rewrite.
UP = (
    "ALTER TABLE snapshots DROP COLUMN pnl",
    "ALTER TABLE snapshots ADD COLUMN pnl DOUBLE PRECISION",
    "UPDATE snapshots SET pnl = value_float - capital_usd WHERE twr IS NOT NULL OR pnl_percent IS NOT NULL",
)
DOWN = (
    "ALTER TABLE snapshots DROP COLUMN pnl",
    "ALTER TABLE snapshots ADD COLUMN pnl NUMERIC GENERATED ALWAYS AS (total_value_usd - capital_usd) STORED",
)


def upgrade() -> None:
    """A plain column with the same figures, as far as they are known."""
    _run(UP)


def downgrade() -> None:
    """Generated again."""
    _run(DOWN)


def _run(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
