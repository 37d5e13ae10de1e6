"""One small history as every endpoint tells it: 40,000 grow to 41,000, 2,000 are paid in, 43,000 grow to 45,150.

These stand in the OpenAPI document. A test holds each against its model, and the figures against each other.
"""

from __future__ import annotations

from typing import Any

_START, _FLOW, _END = "2025-12-06T10:00:00Z", "2025-12-21T10:00:00Z", "2026-01-05T10:00:00Z"

TWR: dict[str, Any] = {
    "period_days": 30,
    "actual_days": 30.0,
    "twr": 0.07625,
    "twr_percent": 7.625,
    "twr_annualized": 1.445,
    "twr_annualized_percent": 144.5,
    "annualization": "extrapolated",
    "start_date": _START,
    "end_date": _END,
    "start_value": 40000,
    "end_value": 45150,
    "is_partial": False,
    "flow_count": 1,
    "approximate_flows": 0,
    "segments": 1,
    "gap_days": 0.0,
    "base_offset_seconds": 0,
    "flags": [],
    "reason": None,
}
PNL: dict[str, Any] = {
    "pnl_usd": 3150,
    "pnl_percent": 7.682926829268292,
    "pnl_percent_base": "average_capital",
    "invested_capital": 41000,
    "initial_value": 40000,
    "current_value": 45150,
    "total_deposits": 2000,
    "total_withdrawals": 0,
    "net_cash_flow": 2000,
    "period_days": 30,
    "actual_days": 30.0,
    "period_start": _START,
    "period_end": _END,
    "reason": None,
}
WINDOW: dict[str, Any] = {"days": 30, "twr": TWR, "pnl": PNL}
WINDOWS: dict[str, Any] = {
    "windows": [WINDOW],
    "stats": {
        "tracking_days": 30.0,
        "total_snapshots": 721,
        "total_cashflows": 1,
        "total_deposits_usd": 2000,
        "total_withdrawals_usd": 0,
        "first_snapshot_date": _START,
        "last_snapshot_date": _END,
        "latest_snapshot_id": 721,
        "history_start": None,
        "coverage": None,
        "assumed_openings": {},
        "assumed_departures": 0,
    },
}
EXPLAIN: dict[str, Any] = {
    "period_days": 30,
    "twr": 0.07625,
    "periods": [
        {
            "start": _START,
            "end": _FLOW,
            "start_value": 40000,
            "flow": 0,
            "end_value": 41000,
            "factor": 1.025,
            "method": "exact",
            "flags": [],
        },
        {
            "start": _FLOW,
            "end": _END,
            "start_value": 41000,
            "flow": 2000,
            "end_value": 45150,
            "factor": 1.05,
            "method": "exact",
            "flags": [],
        },
    ],
    "count": 2,
    "total_periods": 2,
    "next_cursor": None,
    "reason": None,
}
SERIES: dict[str, Any] = {
    "start": _START,
    "end": _END,
    "instants_ms": [1765015200000, 1766314800000, 1767607200000],
    "twr_percent": [0.0, 2.5, 7.625],
    "value_usd": [40000.0, 43000.0, 45150.0],
    "pnl_usd": [0.0, 1000.0, 3150.0],
    "eur_usd": [None, 1.1712, 1.1726],
    "btc_usd": [None, 88210.5, 91044.12],
    "live_from": None,
    "gap_ms": 10800000,
    "gaps": [],
    "total_points": 721,
}
PREVIEW_IN: dict[str, Any] = {"action": "add", "type": "DEPOSIT", "amount_usd": 2000, "timestamp": _FLOW}
PREVIEW: dict[str, Any] = {
    "amount_usd": 2000,
    "valuation_method": "modified_dietz",
    "snapshots_changed": 360,
    "flags": ["valuation_pending"],
    "windows": [
        {
            "days": 30,
            "before": {
                "twr": TWR
                | {"twr": 0.12875, "twr_percent": 12.875, "flow_count": 0}
                | {"twr_annualized": 3.365, "twr_annualized_percent": 336.5},
                "pnl": PNL
                | {"pnl_usd": 5150, "pnl_percent": 12.875, "invested_capital": 40000}
                | {"total_deposits": 0, "net_cash_flow": 0},
            },
            "after": {"twr": TWR | {"approximate_flows": 1}, "pnl": PNL},
        }
    ],
}
