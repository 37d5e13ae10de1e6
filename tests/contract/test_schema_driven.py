"""Every operation of the document, fuzzed with a fixed seed: documented statuses, right bodies, no 5xx but 503.

`positive_data_acceptance` is left out: business rules (an asset without a price, a time before the exchange opened)
refuse well-formed input with 422, which no schema can say.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from tests.contract.world import World

from dashboard_crypto.api.endpoint import Endpoint
from dashboard_crypto.api.routes import ENDPOINTS

checks.load_all_checks()
_ALWAYS = {
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
}
_FOR_BAD_INPUT = {"negative_data_rejection"}
FUZZED = [endpoint for endpoint in ENDPOINTS if endpoint.path != "/api/stream"]
CASES = [(e, mode) for e in FUZZED for mode in GenerationMode if mode == GenerationMode.POSITIVE or e.query_model]
EXAMPLES = 25


def chosen(names: set[str]) -> list[Any]:
    found = [check for check in checks.CHECKS.get_all() if check.__name__ in names]
    assert len(found) == len(names)
    return found


@pytest.fixture(scope="module")
def document(shared_world: World) -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", shared_world.app)


@pytest.mark.parametrize(("endpoint", "mode"), CASES, ids=[f"{e.operation_id}-{mode.value}" for e, mode in CASES])
def test_an_operation_keeps_its_word(document: Any, shared_world: World, endpoint: Endpoint, mode: Any) -> None:
    operation = document[endpoint.path][endpoint.method]
    always = chosen(_ALWAYS)
    wanted = always + (chosen(_FOR_BAD_INPUT) if mode == GenerationMode.NEGATIVE else [])

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def fuzz(case: Any) -> None:
        before = shared_world.stored_sizes()
        # The WSGI transport does not unpack a compressed body.
        response = case.call(headers={"Host": "localhost", "Accept-Encoding": "identity"})
        assert response.status_code < 500 or response.status_code == 503
        if 400 <= response.status_code < 500:
            assert shared_world.stored_sizes() == before
        too_large = response.status_code in {413, 414, 431}  # refused as well, which the check does not know
        case.validate_response(response, checks=always if too_large else wanted)

    fuzz()


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(
    raw=st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_any_bytes_as_a_body_are_refused_politely(shared_world: World, raw: bytes) -> None:
    answer = shared_world.client.post("/api/performance/cashflows", data=raw, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"
