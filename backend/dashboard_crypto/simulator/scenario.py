"""An account's life as a list of events, read strictly from TOML (or JSON, for events appended later)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

BUILT_IN = Path(__file__).parent / "scenarios"
DAY_MS = 86_400_000
PERMISSIONS = frozenset(
    {"reading", "withdrawals", "trading", "margin", "futures", "transfer"}
    | {"universal_transfer", "options", "portfolio_margin"}
)

_MOVE = frozenset({"asset", "amount", "fee", "network", "status_delay_s", "internal", "wallet"})
# kind -> (mandatory fields, optional fields)
KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "deposit": (frozenset({"asset", "amount"}), _MOVE),
    "withdrawal": (frozenset({"asset", "amount"}), _MOVE),
    "trade": (
        frozenset({"symbol", "side"}),
        frozenset({"amount", "quote_amount", "price", "fee_asset", "fee_rate"}),
    ),
    "convert": (frozenset({"from_asset", "from_amount", "to_asset"}), frozenset({"ratio", "wallet"})),
    "dust": (frozenset({"assets"}), frozenset({"to"})),
    "transfer": (frozenset({"asset", "amount", "from", "to"}), frozenset()),
    "earn_subscribe": (frozenset({"asset", "amount", "product"}), frozenset({"duration_days", "apr", "wallet"})),
    "earn_redeem": (frozenset({"asset", "amount", "product"}), frozenset({"wallet"})),
    "earn_reward": (frozenset({"asset", "amount"}), frozenset({"wallet", "product"})),
    "staking_reward": (frozenset({"asset", "amount"}), frozenset({"wallet"})),
    "dividend": (frozenset({"asset", "amount"}), frozenset({"wallet", "note"})),
    "referral": (frozenset({"asset", "amount"}), frozenset({"wallet"})),
    "delist": (frozenset(), frozenset({"symbol", "asset"})),
    "rename": (frozenset({"asset", "to"}), frozenset({"ratio"})),
    "halt": (frozenset({"until"}), frozenset({"symbol", "asset"})),
}
_DECIMALS = frozenset({"amount", "quote_amount", "price", "fee", "fee_rate", "from_amount", "ratio", "apr"})
_MAY_BE_ZERO = frozenset({"fee", "fee_rate", "apr"})
WALLETS = frozenset({"spot", "funding", "earn_flexible", "earn_locked"})


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
        delay_s = self.fields.get("status_delay_s", 0) if self.kind == "deposit" else 0
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

    def shifted(self, days: int) -> Event:
        """The same event, later by whole days."""
        delta = days * DAY_MS
        fields = dict(self.fields)
        if "until" in fields:
            fields["until"] += delta
        return replace(self, at_ms=self.at_ms + delta, fields=fields)


@dataclass(frozen=True, slots=True)
class KeySpec:
    """An API key. `public_key` (PEM) makes it an RSA or Ed25519 key; otherwise it is HMAC."""

    name: str = "reader"
    permissions: frozenset[str] = frozenset({"reading"})
    ip_list: tuple[str, ...] = ()
    public_key: str | None = None
    api_key: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Name, seed, keys and events (numbered from 1 in file order)."""

    name: str
    opened_at_ms: int
    seed: int
    keys: tuple[KeySpec, ...]
    events: tuple[Event, ...] = field(repr=False)

    def shifted(self, days: int) -> Scenario:
        """The same life, later by whole days."""
        moved = tuple(event.shifted(days) for event in self.events)
        return replace(self, opened_at_ms=self.opened_at_ms + days * DAY_MS, events=moved)

    def with_event(self, event: Event) -> Scenario:
        """The same life with one more event."""
        return replace(self, events=(*self.events, event))


def load_scenario(name: str | Path) -> Scenario:
    """A built-in scenario by name, or a TOML file by path."""
    path = Path(name)
    if path.suffix != ".toml" and not path.is_file():
        path = BUILT_IN / f"{name}.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(file.stem for file in BUILT_IN.glob("*.toml")))
        raise ScenarioError(f"there is no scenario {str(name)!r}; built in are: {known}") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name}: {error}") from error
    return parse_scenario(document)


def parse_scenario(document: Mapping[str, Any]) -> Scenario:
    """A scenario from a parsed TOML document."""
    unknown = set(document) - {"name", "opened_at", "seed", "key", "event", "description"}
    if unknown:
        raise ScenarioError(f"unknown entries: {', '.join(sorted(unknown))}")
    events = tuple(parse_event(number, raw) for number, raw in enumerate(document.get("event", ()), start=1))
    first_ms = min((event.at_ms for event in events), default=0)
    opened_at_ms = instant_ms(document["opened_at"]) if "opened_at" in document else first_ms
    keys = tuple(parse_key(raw) for raw in document.get("key", ())) or (KeySpec(),)
    return Scenario(str(document.get("name", "scenario")), opened_at_ms, int(document.get("seed", 0)), keys, events)


def parse_key(raw: Mapping[str, Any]) -> KeySpec:
    """One `[[key]]` table."""
    unknown = set(raw) - {"name", "permissions", "ip_list", "public_key", "api_key", "secret"}
    permissions = frozenset(raw.get("permissions", ("reading",)))
    if unknown or permissions - PERMISSIONS:
        wrong = ", ".join(sorted(unknown | (permissions - PERMISSIONS)))
        raise ScenarioError(f"key {raw.get('name', '?')!r}: unknown {wrong}")
    texts = {name: str(raw[name]) for name in ("name", "public_key", "api_key", "secret") if name in raw}
    return KeySpec(permissions=permissions, ip_list=tuple(raw.get("ip_list", ())), **texts)


def parse_event(number: int, raw: Mapping[str, Any]) -> Event:
    """One `[[event]]` table; every complaint carries the event's number."""
    try:
        return Event(number, instant_ms(raw["at"]), str(raw["kind"]), event_fields(raw))
    except KeyError as error:
        raise ScenarioError(f"event {number}: {error.args[0]!r} is missing") from error
    except (ValueError, TypeError, InvalidOperation) as error:
        raise ScenarioError(f"event {number}: {error or 'a number is malformed'}") from error


def event_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The checked fields of an event, without `at` and `kind`."""
    kind = str(raw["kind"])
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not known; known are: {', '.join(KINDS)}")
    mandatory, optional = KINDS[kind]
    given = set(raw) - {"at", "kind"}
    if missing := mandatory - given:
        raise KeyError(min(missing))
    if unknown := given - mandatory - optional:
        raise ValueError(f"a {kind} has no field {min(unknown)!r}")
    fields = {name: field_value(name, raw[name]) for name in given}
    check_together(kind, fields)
    return fields


def field_value(name: str, value: Any) -> Any:
    """One field, converted to what the ledger works with."""
    if name in _DECIMALS:
        number = Decimal(str(value))
        if not number.is_finite() or number < 0 or (number == 0 and name not in _MAY_BE_ZERO):
            raise ValueError(f"{name} {value!r} must be a positive number")
        return number
    if name in {"status_delay_s", "duration_days"}:
        if isinstance(value, bool) or float(value) < 0:
            raise ValueError(f"{name} must not be negative")
        return value
    if name == "until":
        return instant_ms(value)
    if name == "internal":
        if not isinstance(value, bool):
            raise TypeError("internal must be true or false")
        return value
    if name == "assets":
        return tuple(str(asset) for asset in value)
    return str(value)


def check_together(kind: str, fields: Mapping[str, Any]) -> None:
    """Rules between fields."""
    if kind == "trade":
        if fields["side"] not in {"BUY", "SELL"}:
            raise ValueError("side must be BUY or SELL")
        if ("amount" in fields) == ("quote_amount" in fields):
            raise ValueError("a trade needs either amount or quote_amount")
    if kind in {"delist", "halt"} and ("symbol" in fields) == ("asset" in fields):
        raise ValueError(f"a {kind} needs either symbol or asset")
    if kind in {"earn_subscribe", "earn_redeem"} and fields["product"] not in {"flexible", "locked"}:
        raise ValueError("product must be flexible or locked")
    for name in ("wallet", "from", "to"):
        if kind == "transfer" or name == "wallet":
            wallet = fields.get(name, "spot")
            if wallet not in WALLETS or (kind == "transfer" and wallet.startswith("earn")):
                raise ValueError(f"{wallet!r} is not a wallet for this")


def instant_ms(value: Any) -> int:
    """An ISO 8601 text or a TOML date-time as epoch milliseconds; without a zone it is UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
