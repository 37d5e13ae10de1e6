"""The obvious way, as a peer: Flask, SQLAlchemy's ORM, jsonify. And Flask's own floor, a route that answers `{}`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = Flask(__name__)
engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")


class Base(DeclarativeBase):
    """Of both tables."""


class Snapshot(Base):
    """As the specification names its columns."""

    __tablename__ = "snapshots"
    id: Mapped[int] = mapped_column(primary_key=True)
    instant_ms: Mapped[int]
    total_value_usd: Mapped[str]
    twr: Mapped[float]


class LastBalance(Base):
    """As the specification names its columns."""

    __tablename__ = "last_balance"
    id: Mapped[int] = mapped_column(primary_key=True)
    asset: Mapped[str]
    balance: Mapped[str]
    usd_value: Mapped[str]
    percentage: Mapped[float]


@app.get("/empty")
def empty() -> Response:
    """The framework's floor."""
    return Response(b"{}", mimetype="application/json")


@app.get("/balances")
def balances() -> Response:
    """All balances."""
    with Session(engine) as session:
        found = [
            {"asset": r.asset, "balance": float(r.balance), "usd_value": float(r.usd_value), "percentage": r.percentage}
            for r in session.scalars(select(LastBalance))
        ]
    return jsonify({"balances": sorted(found, key=_value, reverse=True), "count": len(found)})


@app.get("/history")
def history() -> Response:
    """The whole return series."""
    with Session(engine) as session:
        rows = session.scalars(select(Snapshot).order_by(Snapshot.instant_ms))
        points = [{"x": datetime.fromtimestamp(r.instant_ms / 1000, UTC).isoformat(), "y": r.twr} for r in rows]
    return jsonify(points)


def _value(row: dict[str, Any]) -> float:
    return float(row["usd_value"])
