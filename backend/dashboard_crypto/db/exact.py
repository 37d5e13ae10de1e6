"""Column types that keep numbers exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import REAL, BigInteger, Dialect, Double, Integer, Numeric, Text, TypeDecorator
from sqlalchemy.types import TypeEngine


def exact_text(value: Decimal) -> str:
    """The Decimal in plain digits, never `1E+3`. Refuses anything that is not a finite Decimal."""
    if not isinstance(value, Decimal):
        raise TypeError(f"expected Decimal, got {type(value).__name__}")
    if not value.is_finite():
        raise ValueError("a stored number must be finite")
    return format(value, "f")


class ExactDecimal(TypeDecorator[Decimal]):
    """Text on SQLite, NUMERIC on PostgreSQL. Floats are refused: they would bring rounding in unseen.

    On SQLite never compare, order or sum such a column in SQL; `'9.5' > '10.5'` there.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the storage."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Refuse what is not exact, on either backend."""
        if value is None:
            return None
        text = exact_text(value)
        return text if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - the base class
        """Back to Decimal, digit for digit."""
        return None if value is None else Decimal(value)


Instant = BigInteger().with_variant(Integer(), "sqlite")
"""Epoch milliseconds, minute keys and ids; SQLite's STRICT tables know INTEGER only."""

Real: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")
"""float64; only for ratios and percentages."""
