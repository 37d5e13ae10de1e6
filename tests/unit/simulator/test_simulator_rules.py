"""Signatures, limits and the virtual clock."""

from __future__ import annotations

import time

import pytest

from dashboard_crypto.simulator.clock import VirtualClock, iso, parse_change, parse_iso
from dashboard_crypto.simulator.errors import BinanceError
from dashboard_crypto.simulator.limits import LIMITS, Limits
from dashboard_crypto.simulator.scenario import KeySpec
from dashboard_crypto.simulator.signing import check_signature, check_timing, letters, make_key, without_signature

MINUTE = 60_000
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
PAYLOAD = (
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
)
SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
KEY = make_key(KeySpec(secret=SECRET), "seed")


@pytest.mark.parametrize("cut", [0, len("symbol=LTCBTC&side=BUY&type=LIMIT"), len(PAYLOAD)])
def test_the_published_signature_verifies_however_it_is_split(cut: int) -> None:
    """Query and body are joined without anything between them."""
    query, body = PAYLOAD[:cut], PAYLOAD[cut:]
    check_signature(KEY, f"{query}&signature={SIGNATURE}" if query else f"signature={SIGNATURE}", body)
    check_signature(KEY, query, f"{body}&signature={SIGNATURE.upper()}" if body else f"signature={SIGNATURE}")


def refused(query: str, body: str = "") -> int:
    with pytest.raises(BinanceError) as caught:
        check_signature(KEY, query, body)
    return caught.value.code


def test_a_changed_signature_or_payload_is_refused() -> None:
    assert refused(f"{PAYLOAD}&signature={SIGNATURE[:-1]}0") == -1022
    assert refused(f"{PAYLOAD.replace('quantity=1', 'quantity=2')}&signature={SIGNATURE}") == -1022
    assert refused(f"{PAYLOAD}&signature=%C3%A9") == -1022
    assert refused(PAYLOAD) == -1102


def test_of_two_signatures_the_query_s_one_counts() -> None:
    check_signature(KEY, f"{PAYLOAD}&signature={SIGNATURE}", "signature=wrong")
    assert refused(f"{PAYLOAD}&signature=wrong", f"signature={SIGNATURE}") == -1022
    assert without_signature("a=1&signature=x&b=2") == ("a=1&b=2", "x")


@pytest.mark.parametrize(
    ("timestamp", "window", "code"),
    [
        ("10000", None, None),
        ("10999.999", None, None),
        ("11000", None, -1021),
        ("5000", None, None),
        ("4999", None, -1021),
        ("9500", "499.5", -1021),
        ("9500", "500", None),
        ("now", None, -1102),
        ("-5", None, -1102),
        ("10000", "60000.5", -1131),
        ("10000", "1.2345", -1130),
    ],
)
def test_the_timing_rule(timestamp: str, window: str | None, code: int | None) -> None:
    parameters = {"timestamp": timestamp} | ({"recvWindow": window} if window else {})
    if code is None:
        check_timing(parameters, 10_000)
        return
    with pytest.raises(BinanceError) as caught:
        check_timing(parameters, 10_000)
    assert caught.value.code == code


def test_keys_look_like_keys_and_follow_from_the_seed() -> None:
    assert letters("a") == letters("a") != letters("b")
    assert len(letters("a")) == 64
    assert letters("a").isalnum()


def test_pools_are_apart() -> None:
    limits = Limits()
    limits.charge("api", "/api/v3/account", "1.2.3.4", 6000, 0)
    for kind, route, owner in (("api", "/api/v3/account", "5.6.7.8"), ("sapi_ip", "/sapi/a", "1.2.3.4")):
        assert limits.charge(kind, route, owner, 1, 0)  # type: ignore[arg-type]
    assert limits.charge("sapi_ip", "/sapi/b", "1.2.3.4", 12000, 0) == {"X-SAPI-USED-IP-WEIGHT-1M": "12000"}
    assert limits.charge("sapi_uid", "/sapi/a", "7", 5, 0) == {"X-SAPI-USED-UID-WEIGHT-1M": "5"}
    with pytest.raises(BinanceError) as caught:
        limits.charge("api", "/api/v3/ping", "1.2.3.4", 1, 14_500)
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "46")


def test_bans_grow_and_end() -> None:
    limits, now, lengths = Limits(), 0, []
    for _ in range(12):
        until = ban(limits, now)
        lengths.append((until - now) // MINUTE)
        assert limits.charge("api", "/x", "me", 1, until)
        now = until + MINUTE
    assert lengths == [min(2 * 2**n, 3 * 24 * 60) for n in range(12)]


def ban(limits: Limits, now: int) -> int:
    for _ in range(8):
        try:
            limits.charge("api", "/x", "me", LIMITS["api"], now)
        except BinanceError as error:
            if error.status == 418:
                return int(str(error).split("until ")[1].split(".")[0])
    raise AssertionError("no ban")


def test_the_clock_jumps_pauses_runs_and_skews() -> None:
    clock = VirtualClock(1_000_000, paused=True)
    clock.set(jump_ms=500)
    assert clock.now_ms() == 1_000_500
    clock.set(speed=1000.0, paused=False)
    time.sleep(0.02)
    passed = clock.now_ms() - 1_000_500
    assert 20_000 <= passed < 2_000_000
    clock.set(now_ms=5_000, paused=True, skew_ms=-300)
    assert (clock.now_ms(), clock.server_ms()) == (5_000, 4_700)
    assert clock.state() == {
        "now": "1970-01-01T00:00:05Z",
        "now_ms": 5000,
        "speed": 1000.0,
        "paused": True,
        "skew_ms": -300,
    }


def test_control_words_of_the_clock() -> None:
    assert parse_change({"jump_s": 1.5, "jump_ms": 500, "pause": True}).values == {"jump_ms": 2000, "paused": True}
    assert parse_change({"now": "2024-01-01T00:00:00Z", "speed": 10}).values == {"now_ms": 1704067200000, "speed": 10.0}
    for wrong in ({"jmp": 1}, {"pause": "yes"}, {"speed": -2}, {"now": "soon"}):
        with pytest.raises(ValueError, match=r".+"):
            parse_change(wrong)


def test_instants_are_written_and_read_alike() -> None:
    for instant in (0, 1704067200000, 1704067200123):
        assert parse_iso(iso(instant)) == instant
    assert parse_iso("1704067200000") == parse_iso("2024-01-01T01:00:00+01:00") == 1704067200000
