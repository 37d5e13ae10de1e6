"""An account's life as a list of events, read strictly from a parsed document (TOML, or JSON for later events)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from dashboard_crypto.simulator.kinds import event_fields, instant_ms

DAY_MS = 86_400_000
PERMISSIONS = frozenset(
    {"reading", "withdrawals", "trading", "margin", "futures", "transfer"}
    | {"universal_transfer", "options", "portfolio_margin"}
)
STAKING_ARRIVAL = "staking_arrival"
FAMILIES = frozenset({"margin", "futures"})


class ScenarioError(ValueError):
    """A scenario cannot be lived; the message names the event by its number."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens. `fields` holds Decimals, texts, instants (ms) and booleans, already checked."""

    number: int
    at_ms: int
    kind: str
    fields: Mapping[str, Any]

    @property
    def effect_ms(self) -> int:
        """When the balances change: a deposit is credited after its delay, everything else at once."""
        delay_s = self.fields.get("status_delay_s", 0) if self.kind in {"deposit", "fiat_deposit"} else 0
        return self.at_ms + round(float(delay_s) * 1000)

    @property
    def completed_ms(self) -> int:
        """When the exchange's record of it becomes final."""
        return self.at_ms + round(float(self.fields.get("status_delay_s", 0)) * 1000)

    def decimal(self, name: str, default: str = "0") -> Decimal:
        """A number of the event."""
        value = self.fields.get(name)
        return value if isinstance(value, Decimal) else Decimal(default)

    def text(self, name: str, default: str = "") -> str:
        """A word of the event."""
        return str(self.fields.get(name, default))

    @property
    def consequences(self) -> tuple[Event, ...]:
        """What happens later by itself: a redemption of staked coins arrives, at the told instant or `late_s` after."""
        if self.kind != "staking_redeem":
            return ()
        arrival_ms = self.fields["until"] + round(float(self.fields.get("late_s", 0)) * 1000)
        return (replace(self, at_ms=arrival_ms, kind=STAKING_ARRIVAL),)

    def shifted(self, days: int) -> Event:
        """The same event, later by whole days."""
        delta = days * DAY_MS
        fields = dict(self.fields)
        if "until" in fields:
            fields["until"] += delta
        return replace(self, at_ms=self.at_ms + delta, fields=fields)


@dataclass(frozen=True, slots=True)
class KeySpec:
    """An API key. `public_key` (PEM) makes it an RSA or Ed25519 key; otherwise it is HMAC.

    `denied` names families of endpoints (margin, futures) that it may not even read.
    """

    name: str = "reader"
    permissions: frozenset[str] = frozenset({"reading"})
    ip_list: tuple[str, ...] = ()
    public_key: str | None = None
    api_key: str | None = None
    secret: str | None = None
    denied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Name, seed, keys and events (numbered from 1 in file order).

    `multi_assets` is the futures account's mode; `portfolio_margin` shows margin and futures as one account as well.
    """

    name: str
    opened_at_ms: int
    seed: int
    keys: tuple[KeySpec, ...]
    events: tuple[Event, ...] = field(repr=False)
    multi_assets: bool = False
    portfolio_margin: bool = False

    def shifted(self, days: int) -> Scenario:
        """The same life, later by whole days."""
        moved = tuple(event.shifted(days) for event in self.events)
        return replace(self, opened_at_ms=self.opened_at_ms + days * DAY_MS, events=moved)

    def with_event(self, event: Event) -> Scenario:
        """The same life with one more event."""
        return replace(self, events=(*self.events, event))


def parse_scenario(document: Mapping[str, Any]) -> Scenario:
    """A scenario from a parsed TOML document."""
    modes = {name: document.get(name, False) for name in ("multi_assets", "portfolio_margin")}
    unknown = set(document) - {"name", "opened_at", "seed", "key", "event", "description", *modes}
    if unknown:
        raise ScenarioError(f"unknown entries: {', '.join(sorted(unknown))}")
    if not all(isinstance(value, bool) for value in modes.values()):
        raise ScenarioError("multi_assets and portfolio_margin must be true or false")
    events = tuple(parse_event(number, raw) for number, raw in enumerate(document.get("event", ()), start=1))
    first_ms = min((event.at_ms for event in events), default=0)
    opened_at_ms = instant_ms(document["opened_at"]) if "opened_at" in document else first_ms
    keys = tuple(parse_key(raw) for raw in document.get("key", ())) or (KeySpec(),)
    name, seed = str(document.get("name", "scenario")), int(document.get("seed", 0))
    return Scenario(name, opened_at_ms, seed, keys, events, **modes)


def parse_key(raw: Mapping[str, Any]) -> KeySpec:
    """One `[[key]]` table."""
    unknown = set(raw) - {"name", "permissions", "denied", "ip_list", "public_key", "api_key", "secret"}
    permissions, denied = frozenset(raw.get("permissions", ("reading",))), frozenset(raw.get("denied", ()))
    if unknown or permissions - PERMISSIONS or denied - FAMILIES:
        wrong = ", ".join(sorted(unknown | (permissions - PERMISSIONS) | (denied - FAMILIES)))
        raise ScenarioError(f"key {raw.get('name', '?')!r}: unknown {wrong}")
    texts = {name: str(raw[name]) for name in ("name", "public_key", "api_key", "secret") if name in raw}
    return KeySpec(permissions=permissions, denied=denied, ip_list=tuple(raw.get("ip_list", ())), **texts)


def parse_event(number: int, raw: Mapping[str, Any]) -> Event:
    """One `[[event]]` table; every complaint carries the event's number."""
    try:
        return Event(number, instant_ms(raw["at"]), str(raw["kind"]), event_fields(raw))
    except KeyError as error:
        raise ScenarioError(f"event {number}: {error.args[0]!r} is missing") from error
    except (ValueError, TypeError, InvalidOperation) as error:
        raise ScenarioError(f"event {number}: {error or 'a number is malformed'}") from error
