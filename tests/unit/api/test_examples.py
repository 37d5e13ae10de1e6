"""The examples of the document are answers the program could give, and tell one history."""

from __future__ import annotations

from datetime import datetime
from math import prod

import pytest
from pydantic import BaseModel

from dashboard_crypto.api import examples
from dashboard_crypto.api.endpoint import Endpoint
from dashboard_crypto.api.routes import ENDPOINTS

WITH_EXAMPLE = [endpoint for endpoint in ENDPOINTS if endpoint.example is not None]


@pytest.mark.parametrize("endpoint", WITH_EXAMPLE, ids=lambda endpoint: endpoint.operation_id)
def test_an_example_fits_its_model(endpoint: Endpoint) -> None:
    assert isinstance(endpoint.shape, type)
    assert issubclass(endpoint.shape, BaseModel)
    endpoint.shape.model_validate(endpoint.example)
    if endpoint.body_example is not None:
        assert endpoint.body_model is not None
        endpoint.body_model.model_validate(endpoint.body_example)


def test_the_new_endpoints_have_one() -> None:
    named = {endpoint.operation_id for endpoint in WITH_EXAMPLE}
    assert {"get_windows", "get_range", "explain_range", "get_series", "preview_cashflow"} <= named


def test_the_figures_agree_with_each_other() -> None:
    twr, pnl, series = examples.TWR, examples.PNL, examples.SERIES
    periods = examples.EXPLAIN["periods"]
    assert prod(period["factor"] for period in periods) == pytest.approx(1 + twr["twr"])
    for period in periods:
        assert period["end_value"] / (period["start_value"] + period["flow"]) == pytest.approx(period["factor"])
    assert pnl["current_value"] - pnl["initial_value"] - pnl["net_cash_flow"] == pnl["pnl_usd"]
    assert 100 * pnl["pnl_usd"] / pnl["invested_capital"] == pytest.approx(pnl["pnl_percent"])
    assert (series["twr_percent"][-1], series["pnl_usd"][-1]) == (twr["twr_percent"], pnl["pnl_usd"])
    ends = [round(datetime.fromisoformat(series[name]).timestamp() * 1000) for name in ("start", "end")]
    assert ends == [series["instants_ms"][0], series["instants_ms"][-1]]
