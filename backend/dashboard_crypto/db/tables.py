"""The tables as the program speaks to them. `migrations/` creates them; a test holds the two together.

The specification's columns keep their names; `timestamp` is YYYYMMDDHHmm in UTC and `instant_ms` the exact instant.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text

from dashboard_crypto.db.exact import ExactDecimal, Instant, Real

metadata = MetaData()

portfolios = Table(
    "portfolios",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("account_id", Text),
    Column("revision", Instant, nullable=False),
    Column("history_revision", Instant, nullable=False),
    Column("read_at_ms", Instant),
    Column("total_value_usd", ExactDecimal),
    Column("unpriced", Text, nullable=False),
    Column("refresh_requested_ms", Instant, nullable=False),
    Column("created_at_ms", Instant, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("portfolio_id", Integer, nullable=False),
    Column("timestamp", Instant, nullable=False),
    Column("instant_ms", Instant, nullable=False),
    Column("slot", Instant),
    Column("total_value_usd", ExactDecimal, nullable=False),
    Column("value_float", Real, nullable=False),
    Column("capital_usd", ExactDecimal, nullable=False),
    Column("twr", Real),
    Column("pnl", Real),
    Column("pnl_percent", Real),
    Column("source", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("eur_usd", Real),
    Column("btc_usd", Real),
)

cash_flows = Table(
    "cash_flows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("portfolio_id", Integer, nullable=False),
    Column("timestamp", Instant, nullable=False),
    Column("instant_ms", Instant, nullable=False),
    Column("amount_usd", ExactDecimal),
    Column("type", Text, nullable=False),
    Column("asset", Text),
    Column("quantity", ExactDecimal),
    Column("price_usd", ExactDecimal),
    Column("value_before_usd", ExactDecimal),
    Column("valuation_method", Text, nullable=False),
    Column("valuation_pending", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("external_id", Text),
    Column("reported_ms", Instant, nullable=False),
    Column("note", Text),
    Column("created_at_ms", Instant, nullable=False),
    Column("updated_at_ms", Instant, nullable=False),
    Column("kind", Text),
    Column("flow_class", Text, nullable=False),
    Column("imported_amount_usd", ExactDecimal),
    Column("linked_id", Integer),
    Column("split", Text),
    Column("eur_usd", Real),
    Column("btc_usd", Real),
    Column("rates_pending", Integer, nullable=False),
)

last_balance = Table(
    "last_balance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("portfolio_id", Integer, nullable=False),
    Column("timestamp", Instant, nullable=False),
    Column("instant_ms", Instant, nullable=False),
    Column("asset", Text, nullable=False),
    Column("balance", ExactDecimal, nullable=False),
    Column("usd_value", ExactDecimal),
    Column("percentage", Real, nullable=False),
    Column("price_usd", ExactDecimal),
    Column("price_status", Text, nullable=False),
    Column("wallets", Text, nullable=False),
    Column("change_24h_percent", Real),
)

price_sets = Table(
    "price_sets",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("instant_ms", Instant, primary_key=True),
    Column("prices", Text, nullable=False),
)

holding_sets = Table(
    "holding_sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("portfolio_id", Integer, nullable=False),
    Column("instant_ms", Instant, nullable=False),
    Column("confirmed_until_ms", Instant, nullable=False),
    Column("content", Text, nullable=False),
)

exchange_state = Table(
    "exchange_state",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("since_ms", Instant),
    Column("last_success_ms", Instant),
    Column("last_attempt_ms", Instant),
    Column("last_error", Text),
    Column("banned_until_ms", Instant, nullable=False),
    Column("flows_read_until_ms", Instant, nullable=False),
    Column("permissions", Text),
    Column("retry_at_ms", Instant),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", Instant, nullable=False),
    Column("expires_at_ms", Instant, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_digest", Text, nullable=False),
    Column("cash_flow_id", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at_ms", Instant, nullable=False),
)

flow_audit = Table(
    "flow_audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("portfolio_id", Integer, nullable=False),
    Column("cash_flow_id", Integer, nullable=False),
    Column("at_ms", Instant, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)

ledger_records = Table(
    "ledger_records",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("record_key", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("seen_ms", Instant, nullable=False),
    Column("finality", Instant, nullable=False),
    Column("changed_ms", Instant, nullable=False),
    Column("raw", Text, nullable=False),
)

movements = Table(
    "movements",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("record_key", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("amount", ExactDecimal, nullable=False),
    Column("wallet", Text, nullable=False),
    Column("instant_ms", Instant, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("is_fee", Integer, nullable=False),
    Column("reference", Text, nullable=False),
    Column("counterparty", Text, nullable=False),
)

import_sources = Table(
    "import_sources",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("cursor", Text),
    Column("done", Integer, nullable=False),
    Column("progress", Real, nullable=False),
    Column("read_until_ms", Instant),
    Column("oldest_ms", Instant, nullable=False),
    Column("error", Text),
    Column("changed_at_ms", Instant, nullable=False),
)

account_checks = Table(
    "account_checks",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("at_ms", Instant, nullable=False),
    Column("content", Text, nullable=False),
)

flow_suggestions = Table(
    "flow_suggestions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("portfolio_id", Integer, nullable=False),
    Column("after_ms", Instant, nullable=False),
    Column("until_ms", Instant, nullable=False),
    Column("amount_usd", ExactDecimal, nullable=False),
    Column("asset", Text),
    Column("quantity", ExactDecimal),
    Column("state", Text, nullable=False),
    Column("cash_flow_id", Integer),
)

ledger_decisions = Table(
    "ledger_decisions",
    metadata,
    Column("portfolio_id", Integer, primary_key=True),
    Column("movement_key", Text, primary_key=True),
    Column("flow_class", Text),
    Column("override_usd", ExactDecimal),
    Column("split", Text),
    Column("note", Text),
    Column("changed_at_ms", Instant, nullable=False),
)
