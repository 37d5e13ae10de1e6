"""What the owner says about movements, on its own and for ever; and the parts of a split cash flow."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# {exact}, {int} and {check_...} as in the schemas before. `shares` and `split` are JSON with exact numbers as text.
TABLES = (
    """CREATE TABLE ledger_decisions (
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    movement_key TEXT NOT NULL,
    flow_class TEXT CHECK (flow_class IN ('external', 'income', 'cost', 'internal', 'exchange')),
    override_usd {exact} {check_override_usd},
    split TEXT,
    note TEXT,
    changed_at_ms {int} NOT NULL,
    PRIMARY KEY (portfolio_id, movement_key)
){strict}""",
    "ALTER TABLE cash_flows ADD COLUMN split TEXT",
    # What was said so far stood in the cash flows only, and went with them. Derived flows carry notes of the program.
    """INSERT INTO ledger_decisions (portfolio_id, movement_key, flow_class, override_usd, note, changed_at_ms)
    SELECT portfolio_id, external_id, CASE WHEN flow_class = 'external' THEN NULL ELSE flow_class END,
        CASE WHEN imported_amount_usd IS NULL THEN NULL ELSE amount_usd END, note, updated_at_ms
    FROM cash_flows
    WHERE source = 'exchange' AND external_id IS NOT NULL AND external_id NOT LIKE 'first-price:%'
        AND external_id NOT LIKE 'scope:%' AND external_id NOT LIKE 'gap:%'
        AND (flow_class <> 'external' OR imported_amount_usd IS NOT NULL OR note IS NOT NULL)""",
)
WORDS = {
    "sqlite": {
        "int": "INTEGER",
        "exact": "TEXT",
        "strict": " STRICT",
        "check_override_usd": "CHECK (override_usd NOT GLOB '*[^0-9.-]*' AND override_usd <> '')",
    },
    "postgresql": {
        "int": "BIGINT",
        "exact": "NUMERIC",
        "strict": "",
        "check_override_usd": "CHECK (override_usd <> 'NaN')",
    },
}


def upgrade() -> None:
    """Add the table and the column, and take over what was said so far."""
    words = WORDS[op.get_bind().dialect.name]
    for statement in TABLES:
        op.execute(statement.format_map(words))


def downgrade() -> None:
    """Back to decisions that live in the cash flows alone; splits, and decisions about other movements, are lost."""
    op.execute("DROP TABLE ledger_decisions")
    op.execute("ALTER TABLE cash_flows DROP COLUMN split")
