"""JSON in, strictly; JSON out, exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboard_crypto.api import wire


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b"[" * 60_000,
        b"[" * 30 + b"]" * 30,
        b'{"a":' + b"9" * 20_000 + b"}",
        b'{"a":1.' + b"9" * 20_000 + b"}",
        b"{'a':1}",
        b'{"a":1}x',
    ],
)
def test_what_is_not_plain_json_is_refused(raw: bytes) -> None:
    with pytest.raises(wire.BrokenJsonError) as caught:
        wire.parse(raw)
    assert "99" not in str(caught.value)


def test_numbers_keep_their_digits() -> None:
    assert wire.parse(b'{"a":0.10,"b":5,"c":1e2}') == {"a": Decimal("0.10"), "b": 5, "c": Decimal("1E+2")}


def test_brackets_inside_text_do_not_nest() -> None:
    text = "[" * 100 + '\\"{'
    assert wire.parse(f'{{"note":"{text}"}}'.encode())["note"] == "[" * 100 + '"{'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.30000000000000000000000001"), b"0.30000000000000000000000001"),
        (Decimal("1E+3"), b"1000"),
        (Decimal("1E-8"), b"0.00000001"),
        (Decimal("0.51200000"), b"0.51200000"),
        (Decimal("-0.0"), b"-0.0"),
    ],
)
def test_a_decimal_prints_its_own_digits(value: Decimal, text: bytes) -> None:
    assert wire.dump({"v": value}) == b'{"v":' + text + b"}"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object()])
def test_what_is_no_number_is_never_written(value: object) -> None:
    with pytest.raises(TypeError):
        wire.dump(value)
