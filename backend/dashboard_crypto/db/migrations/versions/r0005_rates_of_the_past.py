"""What a euro and a bitcoin cost at every snapshot, prices of the last day, when the exchange may be asked again."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Rates only turn stored dollars into another unit for showing, and float64 gives up to 15 digits back as they were:
# as text they would take twice the room in every row. `prices` is JSON with exact numbers as text.
UP = (
    "ALTER TABLE snapshots ADD COLUMN eur_usd {real}",
    "ALTER TABLE snapshots ADD COLUMN btc_usd {real}",
    "ALTER TABLE last_balance ADD COLUMN change_24h_percent {real}",
    "ALTER TABLE exchange_state ADD COLUMN retry_at_ms {int}",
    """CREATE TABLE price_sets (
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    instant_ms {int} NOT NULL,
    prices TEXT NOT NULL,
    PRIMARY KEY (portfolio_id, instant_ms)
){strict}""",
)
DOWN = (
    "DROP TABLE price_sets",
    "ALTER TABLE exchange_state DROP COLUMN retry_at_ms",
    "ALTER TABLE last_balance DROP COLUMN change_24h_percent",
    "ALTER TABLE snapshots DROP COLUMN btc_usd",
    "ALTER TABLE snapshots DROP COLUMN eur_usd",
)
WORDS = {
    "sqlite": {"int": "INTEGER", "real": "REAL", "strict": " STRICT"},
    "postgresql": {"int": "BIGINT", "real": "DOUBLE PRECISION", "strict": ""},
}


def upgrade() -> None:
    """Nothing is known of the time before: every new column is empty."""
    for statement in UP:
        op.execute(statement.format_map(WORDS[op.get_bind().dialect.name]))


def downgrade() -> None:
    """The rates are lost; values and returns stay."""
    for statement in DOWN:
        op.execute(statement)
