"""The first schema: the specification's three tables and what the services need beside them."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPLICATION_ID = 0x42504D31
"""`BPM1`, stored in the header of a SQLite file, so that we never write into somebody else's."""

# {exact}: digits for ever. {key}: serial primary key; {fresh_key}: one that is never used again after a deletion,
# because the audit names rows by it. `value_float` is total_value_usd as float64 and never changes. `capital_usd` has
# no CHECK: a back-dated flow rewrites it in every row, and the check would take as long as the rest. {pnl}: generated,
# so it can never disagree with its parts.
TABLES = (
    """CREATE TABLE portfolios (
    id {key},
    name TEXT NOT NULL,
    account_id TEXT,
    revision {int} NOT NULL DEFAULT 0,
    history_revision {int} NOT NULL DEFAULT 0,
    read_at_ms {int},
    total_value_usd {exact} {check_total_value_usd},
    unpriced TEXT NOT NULL DEFAULT '[]',
    refresh_requested_ms {int} NOT NULL DEFAULT 0,
    created_at_ms {int} NOT NULL DEFAULT 0
){strict}""",
    """CREATE TABLE snapshots (
    id {key},
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    timestamp {int} NOT NULL,
    instant_ms {int} NOT NULL,
    slot {int},
    total_value_usd {exact} NOT NULL {check_total_value_usd},
    value_float {real} NOT NULL,
    capital_usd {exact} NOT NULL,
    twr {real},
    pnl {pnl},
    pnl_percent {real},
    source TEXT NOT NULL CHECK (source IN ('live', 'manual', 'backfill')),
    status TEXT NOT NULL,
    CONSTRAINT uq_snapshots_minute UNIQUE (portfolio_id, timestamp),
    CONSTRAINT uq_snapshots_slot UNIQUE (portfolio_id, slot)
){strict}""",
    """CREATE TABLE cash_flows (
    id {fresh_key},
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    timestamp {int} NOT NULL,
    instant_ms {int} NOT NULL,
    amount_usd {exact} {check_amount_usd},
    type TEXT NOT NULL CHECK (type IN ('DEPOSIT', 'WITHDRAW')),
    asset TEXT,
    quantity {exact} {check_quantity},
    price_usd {exact} {check_price_usd},
    value_before_usd {exact} {check_value_before_usd},
    valuation_method TEXT NOT NULL,
    valuation_pending INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL CHECK (source IN ('manual', 'exchange')),
    external_id TEXT,
    reported_ms {int} NOT NULL,
    note TEXT,
    created_at_ms {int} NOT NULL,
    updated_at_ms {int} NOT NULL,
    CONSTRAINT uq_cash_flows_external UNIQUE (portfolio_id, external_id)
){strict}""",
    "CREATE INDEX ix_cash_flows_instant ON cash_flows (portfolio_id, instant_ms)",
    """CREATE TABLE last_balance (
    id {key},
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    timestamp {int} NOT NULL,
    instant_ms {int} NOT NULL,
    asset TEXT NOT NULL,
    balance {exact} NOT NULL {check_balance},
    usd_value {exact} {check_usd_value},
    percentage {real} NOT NULL,
    price_usd {exact} {check_price_usd},
    price_status TEXT NOT NULL,
    wallets TEXT NOT NULL,
    CONSTRAINT uq_last_balance_asset UNIQUE (portfolio_id, asset)
){strict}""",
    """CREATE TABLE holding_sets (
    id {key},
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    instant_ms {int} NOT NULL,
    confirmed_until_ms {int} NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT uq_holding_sets_instant UNIQUE (portfolio_id, instant_ms)
){strict}""",
    """CREATE TABLE exchange_state (
    portfolio_id INTEGER PRIMARY KEY REFERENCES portfolios (id),
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    since_ms {int},
    last_success_ms {int},
    last_attempt_ms {int},
    last_error TEXT,
    banned_until_ms {int} NOT NULL DEFAULT 0,
    flows_read_until_ms {int} NOT NULL DEFAULT 0,
    permissions TEXT
){strict}""",
    """CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    fence {int} NOT NULL,
    expires_at_ms {int} NOT NULL
){strict}""",
    """CREATE TABLE idempotency (
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    key TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    cash_flow_id INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at_ms {int} NOT NULL,
    PRIMARY KEY (portfolio_id, key)
){strict}""",
    """CREATE TABLE flow_audit (
    id {key},
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    cash_flow_id INTEGER NOT NULL,
    at_ms {int} NOT NULL,
    action TEXT NOT NULL,
    before TEXT,
    after TEXT
){strict}""",
    "INSERT INTO portfolios (id, name) VALUES (1, 'default')",
    "INSERT INTO exchange_state (portfolio_id, state, message) VALUES (1, 'stale', 'No balances have been read yet.')",
    "INSERT INTO lease (name, holder, fence, expires_at_ms) VALUES ('writer', '', 0, 0)",
)

SQLITE = {
    "key": "INTEGER PRIMARY KEY",
    "fresh_key": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "int": "INTEGER",
    "exact": "TEXT",
    "real": "REAL",
    "pnl": "REAL GENERATED ALWAYS AS (value_float - capital_usd) VIRTUAL",
    "strict": " STRICT",
}
POSTGRESQL = {
    "key": "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    "fresh_key": "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    "int": "BIGINT",
    "exact": "NUMERIC",
    "real": "DOUBLE PRECISION",
    "pnl": "NUMERIC GENERATED ALWAYS AS (total_value_usd - capital_usd) STORED",
    "strict": "",
}
EXACT_COLUMNS = (
    "total_value_usd",
    "amount_usd",
    "quantity",
    "price_usd",
    "value_before_usd",
    "balance",
    "usd_value",
)


def upgrade() -> None:
    """Create everything and the default portfolio."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    words = dict(SQLITE if on_sqlite else POSTGRESQL)
    check = "CHECK ({0} NOT GLOB '*[^0-9.-]*' AND {0} <> '')" if on_sqlite else "CHECK ({0} <> 'NaN')"
    words.update({f"check_{column}": check.format(column) for column in EXACT_COLUMNS})
    for statement in TABLES:
        op.execute(statement.format_map(words))
    if on_sqlite:
        op.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    else:
        op.execute("SELECT setval(pg_get_serial_sequence('portfolios', 'id'), 1)")


def downgrade() -> None:
    """There is nothing before the first schema."""
    for table in ("flow_audit", "idempotency", "lease", "exchange_state", "holding_sets", "last_balance"):
        op.execute(f"DROP TABLE {table}")
    for table in ("cash_flows", "snapshots", "portfolios"):
        op.execute(f"DROP TABLE {table}")
