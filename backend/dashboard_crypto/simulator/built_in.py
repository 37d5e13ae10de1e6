"""Scenarios by name or file: those that come with the package, one that is made for the prices, and one's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from dashboard_crypto.simulator.life import THREE_YEARS, three_years
from dashboard_crypto.simulator.market import Market, load_market
from dashboard_crypto.simulator.scenario import Scenario, ScenarioError, parse_scenario

BUILT_IN = Path(__file__).parent / "scenarios"


def load_scenario(name: str | Path, market: Market | None = None) -> Scenario:
    """A built-in scenario by name, or a TOML file by path. `three-years` is made for a market: the shipped one."""
    if str(name) == THREE_YEARS:
        return three_years(market or load_market())
    path = Path(name)
    if path.suffix != ".toml" and not path.is_file():
        path = BUILT_IN / f"{name}.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(built_in_names())
        raise ScenarioError(f"there is no scenario {str(name)!r}; built in are: {known}") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name}: {error}") from error
    return parse_scenario(document)


def built_in_names() -> list[str]:
    """The scenarios that come with the package."""
    return sorted([*(file.stem for file in BUILT_IN.glob("*.toml")), THREE_YEARS])
