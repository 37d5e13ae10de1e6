"""One tree of errors, ordered by what the operator must do.

PortfolioError
├── FixAndRestart                  change something, then start again
│   ├── ConfigurationError         a setting is missing or wrong
│   └── DatabaseUnusable           damaged, newer than this program, or not ours
├── KeyRefused                     the exchange refuses the key (state key_refused)
│   └── KeyTooPowerful             the key can withdraw or trade
├── Wait                           do nothing until `retry_at_ms`
│   ├── ExchangeLimited            HTTP 429 (state limited)
│   ├── ExchangeBanned             HTTP 418, an IP ban (state banned)
│   └── ExchangeBlocked            HTML 403 / 451 from the edge (state down)
├── Retry                          the next cycle tries again
│   ├── ExchangeDown               no connection, 5xx, deadline passed (state down)
│   │   └── MalformedAnswer        an answer that cannot be what it claims (state down)
│   ├── ClockOff                   -1021 even after a re-sync (state clock_off)
│   ├── PartialReading             a wallet or a price is missing (state partial)
│   └── DatabaseBusy               the database is locked by someone else
│       └── DatabaseUnwritable     the disk is full, failing or read-only: reading still works
├── TellTheUser                    the request cannot be done as asked
│   ├── InvalidInput               a field is wrong; carries its pointer and code
│   ├── NotFound                   no such record
│   ├── Conflict                   slot taken, or an idempotency key reused with another body
│   └── NotReady                   balances are stale or partial, so nothing is stored
└── GiveUp                         this process must stop what it was doing
    └── LeaseLost                  another process is the writer now
"""

from __future__ import annotations


class PortfolioError(Exception):
    """Root of every error this product raises on purpose. `str(error)` is fit for the user."""


class FixAndRestart(PortfolioError):
    """Nothing helps but a change by the operator."""


class ConfigurationError(FixAndRestart):
    """A setting is missing or wrong. The message names the variable, never its value."""


class DatabaseUnusable(FixAndRestart):
    """The database is damaged, newer than this program, or not ours."""


class KeyRefused(PortfolioError):
    """The exchange refuses the key: wrong key or secret, IP not allowed, permission missing."""


class KeyTooPowerful(KeyRefused):
    """The key can move or trade money; this product only takes read-only keys."""


class Wait(PortfolioError):
    """Do nothing at all until `retry_at_ms` (epoch milliseconds, UTC)."""

    def __init__(self, message: str, retry_at_ms: int) -> None:
        super().__init__(message)
        self.retry_at_ms = retry_at_ms


class ExchangeLimited(Wait):
    """The exchange asked us to slow down (HTTP 429)."""


class ExchangeBanned(Wait):
    """The exchange banned this IP address (HTTP 418). Survives restarts."""


class ExchangeBlocked(Wait):
    """The edge in front of the exchange refuses us (HTML 403, 451)."""


class Retry(PortfolioError):
    """Passing trouble; the next cycle tries again."""


class ExchangeDown(Retry):
    """No connection, a server error, or the total deadline passed."""


class MalformedAnswer(ExchangeDown):
    """An answer that cannot be what it claims: HTML with status 200, wrong shape, NaN, empty list."""


class ClockOff(Retry):
    """Our clock and the exchange's differ even after a re-sync."""


class PartialReading(Retry):
    """A wallet or a needed price is missing from this cycle, so the cycle is not used."""


class DatabaseBusy(Retry):
    """Another process holds the database for longer than we wait."""


class DatabaseUnwritable(DatabaseBusy):
    """Nothing can be saved now: the disk is full, failing or read-only. What is stored stays readable."""


class TellTheUser(PortfolioError):
    """The request cannot be done as asked; the message says what to do next."""


class InvalidInput(TellTheUser):
    """A value is wrong. `pointer` is a JSON pointer to it, `code` a stable short name."""

    def __init__(self, message: str, pointer: str = "", code: str = "invalid") -> None:
        super().__init__(message)
        self.pointer = pointer
        self.code = code


class NotFound(TellTheUser):
    """No such record."""


class Conflict(TellTheUser):
    """The slot is taken, or an idempotency key came back with another body."""


class NotReady(TellTheUser):
    """Current balances are stale or partial; a false number is never stored."""

    def __init__(self, message: str, retry_after_s: int = 30) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class GiveUp(PortfolioError):
    """This process must stop what it was doing."""


class LeaseLost(GiveUp):
    """Another process holds the writer's lease now; nothing of ours was written."""
