"""Every error of ours has a status, and its answer gives nothing away."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dashboard_crypto.api import problems
from dashboard_crypto.core import errors


def family(kind: type[errors.PortfolioError]) -> Iterator[type[errors.PortfolioError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


EXPECTED = {
    "InvalidInput": 422,
    "NotFound": 404,
    "Conflict": 409,
    "NotReady": 503,
    "ExchangeBanned": 503,
    "KeyTooPowerful": 503,
    "DatabaseBusy": 503,
    "LeaseLost": 503,
    "DatabaseUnusable": 503,
    "PortfolioError": 500,
}


def make(kind: type[errors.PortfolioError]) -> errors.PortfolioError:
    return kind("why", 1_000_000) if issubclass(kind, errors.Wait) else kind("why")


@pytest.mark.parametrize("kind", list(family(errors.PortfolioError)))
def test_every_error_has_a_status_and_503_says_when_to_come_back(kind: type[errors.PortfolioError]) -> None:
    refusal = problems.from_error(make(kind), now_ms=0)
    assert refusal.status == EXPECTED.get(kind.__name__, refusal.status)
    assert refusal.status in problems.KINDS
    assert (refusal.status == 503) == ("Retry-After" in refusal.headers)
    if kind is not errors.PortfolioError:
        assert refusal.status != 500


def test_a_ban_tells_its_end() -> None:
    refusal = problems.from_error(errors.ExchangeBanned("banned", 90_500), now_ms=0)
    assert refusal.headers["Retry-After"] == "91"


def test_invalid_input_carries_its_pointer() -> None:
    refusal = problems.from_error(errors.InvalidInput("too early", "/timestamp", "range"), now_ms=0)
    body = json.loads(problems.render(refusal).body)
    assert body["errors"] == [{"pointer": "/timestamp", "code": "range", "detail": "too early"}]
    assert body["type"] == "/problems/validation"


def test_the_instance_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        body = json.loads(problems.render(problems.Refusal(404, "no")).body)
    assert body["instance"] in caplog.text
