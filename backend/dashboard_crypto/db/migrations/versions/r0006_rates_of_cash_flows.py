"""What a euro and a bitcoin cost at every cash flow."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# float64 as at the snapshots. A flow whose rates are pending is asked about once; what nobody knows stays empty.
UP = (
    "ALTER TABLE cash_flows ADD COLUMN eur_usd {real}",
    "ALTER TABLE cash_flows ADD COLUMN btc_usd {real}",
    "ALTER TABLE cash_flows ADD COLUMN rates_pending INTEGER NOT NULL DEFAULT 1",
)
DOWN = (
    "ALTER TABLE cash_flows DROP COLUMN rates_pending",
    "ALTER TABLE cash_flows DROP COLUMN btc_usd",
    "ALTER TABLE cash_flows DROP COLUMN eur_usd",
)
WORDS = {"sqlite": {"real": "REAL"}, "postgresql": {"real": "DOUBLE PRECISION"}}


def upgrade() -> None:
    """The rates of every stored flow are still to be asked for."""
    for statement in UP:
        op.execute(statement.format_map(WORDS[op.get_bind().dialect.name]))


def downgrade() -> None:
    """The rates are lost; amounts and returns stay."""
    for statement in DOWN:
        op.execute(statement)
