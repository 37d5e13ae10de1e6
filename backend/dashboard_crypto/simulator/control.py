"""`/_sim/*`: the strings behind the stage. Loopback only, with its own token."""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from dashboard_crypto.simulator.clock import iso, parse_change, parse_iso
from dashboard_crypto.simulator.entries import Entry
from dashboard_crypto.simulator.exchange import Call, Exchange
from dashboard_crypto.simulator.scenario import parse_key
from dashboard_crypto.simulator.spoiling import Reply
from dashboard_crypto.simulator.truth import Truth
from dashboard_crypto.simulator.wallets import DEBTS, is_wallet

TOKEN_HEADER = "X-Sim-Token"  # noqa: S105 - the name of a header


def touched_wallets(entry: Entry) -> list[str]:
    """The wallets an entry changes; a debt belongs to its margin wallet."""
    names = {posting.account for posting in entry.postings if is_wallet(posting.account)}
    return sorted({"margin" if name in DEBTS else name for name in names})


class RefusedError(Exception):
    """A control request that cannot be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The control endpoints of one exchange."""

    def __init__(self, exchange: Exchange, token: str, shift_days: int) -> None:
        self.exchange = exchange
        self.world = exchange.world
        self.token = token
        self.shift_days = shift_days
        self._routes: Mapping[tuple[str, str], Callable[[dict[str, str], Any], Any]] = {
            ("GET", "clock"): self.get_clock,
            ("POST", "clock"): self.post_clock,
            ("GET", "faults"): self.get_faults,
            ("POST", "faults"): self.post_faults,
            ("DELETE", "faults"): self.delete_faults,
            ("GET", "log"): self.get_log,
            ("DELETE", "log"): self.delete_log,
            ("GET", "events"): self.get_events,
            ("POST", "events"): self.post_event,
            ("GET", "keys"): self.get_keys,
            ("POST", "keys"): self.post_key,
            ("GET", "truth"): self.get_truth,
        }

    def answer(self, call: Call) -> Reply:
        """The reply to a control request, always JSON."""
        try:
            document, status = self._act(call), 200
        except RefusedError as error:
            document, status = {"error": str(error)}, error.status
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            document, status = {"error": str(error)}, 400
        return Reply(status, json.dumps(document).encode(), {}, "application/json")

    def _act(self, call: Call) -> Any:
        if not ipaddress.ip_address(call.address).is_loopback:
            raise RefusedError(403, "only from this machine")
        if not hmac.compare_digest(call.headers.get(TOKEN_HEADER.lower(), "").encode(), self.token.encode()):
            raise RefusedError(401, f"the header {TOKEN_HEADER} is missing or wrong")
        action = self._routes.get((call.method, call.path.removeprefix("/_sim/")))
        if action is None:
            raise RefusedError(404, "no such control")
        query = {name: values[-1] for name, values in parse_qs(call.query, keep_blank_values=True).items()}
        return action(query, json.loads(call.body) if call.body else {})

    def get_clock(self, _query: dict[str, str], _body: Any) -> Any:
        """The virtual time."""
        return self.world.clock.state() | {"shift_days": self.shift_days}

    def post_clock(self, query: dict[str, str], body: Any) -> Any:
        """Set, jump, pause, speed up, skew."""
        self.world.clock.set(**parse_change(body).values)
        return self.get_clock(query, body)

    def get_faults(self, _query: dict[str, str], _body: Any) -> Any:
        """The rules in force and their hits."""
        return {"faults": self.exchange.faults.rows()}

    def post_faults(self, _query: dict[str, str], body: Any) -> Any:
        """Add one rule, or a list of them."""
        added = [self.exchange.faults.add(raw) for raw in (body if isinstance(body, list) else [body])]
        return {"faults": [rule.row() for rule in added]}

    def delete_faults(self, query: dict[str, str], _body: Any) -> Any:
        """Remove the rule `id`, or all."""
        self.exchange.faults.clear(int(query["id"]) if "id" in query else None)
        return {"faults": self.exchange.faults.rows()}

    def get_log(self, query: dict[str, str], _body: Any) -> Any:
        """Requests, oldest first: all, or those of `path`, the newest `limit`."""
        rows = [row for row in list(self.exchange.log) if query.get("path", row["path"]) == row["path"]]
        limit = int(query.get("limit", len(rows)))
        return {"total": len(rows), "weight": sum(row["weight"] for row in rows), "requests": rows[-limit:]}

    def delete_log(self, _query: dict[str, str], _body: Any) -> Any:
        """Forget all requests."""
        self.exchange.log.clear()
        return {"total": 0, "weight": 0, "requests": []}

    def get_events(self, query: dict[str, str], _body: Any) -> Any:
        """The instants in `(from, to]` at which the account changes, in order."""
        with self.world.lock:
            ledger = self.world.ledger
            after = parse_iso(query["from"]) if "from" in query else -1
            until = parse_iso(query["to"]) if "to" in query else 2**62
            entries = ledger.entries_between(after, until)
        rows = [
            {
                "number": entry.event.number,
                "kind": entry.event.kind,
                "at": iso(entry.at_ms),
                "at_ms": entry.at_ms,
                "flow": entry.flow is not None,
                "wallets": touched_wallets(entry),
            }
            for entry in entries
        ]
        return {"events": rows}

    def post_event(self, _query: dict[str, str], body: Any) -> Any:
        """Append an event; it takes effect now unless it says later."""
        entry = self.world.append(body)
        return {"number": entry.event.number, "kind": entry.event.kind, "at": iso(entry.at_ms), "at_ms": entry.at_ms}

    def get_keys(self, _query: dict[str, str], _body: Any) -> Any:
        """Every key with its secret (there is none for RSA and Ed25519)."""
        keys = self.world.keys.values()
        return {"keys": [{"name": key.name, "api_key": key.api_key, "secret": key.secret} for key in keys]}

    def post_key(self, _query: dict[str, str], body: Any) -> Any:
        """Register a key as in a scenario's `[[key]]`."""
        key = self.world.add_key(parse_key(body))
        return {"name": key.name, "api_key": key.api_key, "secret": key.secret}

    def get_truth(self, query: dict[str, str], _body: Any) -> Any:
        """Value, flows and returns at `at` (now), windows not before `from`, amounts with `digits` decimals (2)."""
        at_ms = parse_iso(query["at"]) if "at" in query else self.world.clock.now_ms()
        from_ms = parse_iso(query["from"]) if "from" in query else None
        with self.world.lock:
            return Truth(self.world.ledger, at_ms).document(from_ms, int(query.get("digits", 2)))
