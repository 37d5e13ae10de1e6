"""The SETTINGS table and the frozen object it fills."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from dashboard_crypto.config import parsers

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. `default` is text, parsed like a given value; None means not set. A secret also has NAME_FILE."""

    name: str
    field: str
    parse: Callable[[str], Any]
    default: str | None
    help: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program may be told from outside. `repr` hides secrets."""

    data_dir: Path
    database_url: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)
    api_secret: str | None = field(default=None, repr=False)
    testnet: bool = False
    api_url: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    allowed_origins: tuple[str, ...] = ("http://localhost",)
    balance_update_interval_s: int = 30
    snapshot_interval_s: int = 3600
    host: str = "127.0.0.1"
    port: int = 5000
    exchange_clock: bool = False
    min_base_usd: Decimal = Decimal(1)
    worker_class: str = "gthread"
    threads: int = 256
    log_level: str = "info"
    allow_trading_key: bool = False
    demo_note: str | None = None

    @property
    def has_credentials(self) -> bool:
        """Whether both halves of an API key are there."""
        return self.api_key is not None and self.api_secret is not None


def checkout_root() -> Path | None:
    """The repository's directory when the package runs from a checkout, else None."""
    root = _PACKAGE.parents[1]
    return root if (root / "pyproject.toml").is_file() and _PACKAGE.parent.name == "backend" else None


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """`backend/data` in a checkout, else the user's data directory."""
    root = checkout_root()
    if root is not None:
        return root / "backend" / "data"
    base = environ.get("XDG_DATA_HOME") or (environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    return (Path(base) if base else Path.home() / ".local" / "share") / "dashboard-crypto"


def default_database_url(data_dir: Path, *, data_dir_given: bool) -> str:
    """`backend/portfolio.db` in a checkout, else `portfolio.db` in the data directory."""
    root = checkout_root()
    place = root / "backend" if root is not None and not data_dir_given else data_dir
    return f"sqlite:///{place / 'portfolio.db'}"


SETTINGS: tuple[Setting, ...] = (
    Setting("BINANCE_API_KEY", "api_key", parsers.credential, None, "API key; reading permission is enough", True),
    Setting(
        "BINANCE_API_SECRET",
        "api_secret",
        parsers.credential,
        None,
        "API secret, or the private key in PEM form of an RSA or Ed25519 key",
        True,
    ),
    Setting("BINANCE_TESTNET", "testnet", parsers.boolean, "false", "Use Binance's spot test network"),
    Setting("BINANCE_API_URL", "api_url", parsers.service_url, None, "Another base URL, such as a simulator's"),
    Setting(
        "SECRET_KEY",
        "secret_key",
        parsers.secret_key_text,
        None,
        "Random text of 32 or more characters; without it one is made once in DATA_DIR",
        True,
    ),
    Setting(
        "ALLOWED_ORIGINS",
        "allowed_origins",
        parsers.origins,
        "http://localhost",
        "Origins of pages that may read and write through a browser, comma-separated",
    ),
    Setting(
        "DATABASE_URL",
        "database_url",
        parsers.database_url,
        None,
        "SQLite path or URL, or postgresql://...; default backend/portfolio.db in a checkout, else in DATA_DIR",
        True,
    ),
    Setting(
        "DATA_DIR",
        "data_dir",
        parsers.directory,
        None,
        "Where the program keeps its files; default backend/data in a checkout, else the user's data directory",
    ),
    Setting(
        "BALANCE_UPDATE_INTERVAL",
        "balance_update_interval_s",
        parsers.whole(5, 3600),
        "30",
        "Seconds between two readings of the balances",
    ),
    Setting(
        "SNAPSHOT_INTERVAL",
        "snapshot_interval_s",
        parsers.whole(60, 86400),
        "3600",
        "Seconds from one snapshot to the next",
    ),
    Setting("HOST", "host", parsers.loopback_host, "127.0.0.1", "Address to listen on; loopback only"),
    Setting("PORT", "port", parsers.whole(0, 65535), "5000", "Port to listen on; 0 picks a free one"),
    Setting(
        "EXCHANGE_CLOCK",
        "exchange_clock",
        parsers.boolean,
        "false",
        "Take the time from the exchange; only with a simulator on this machine",
    ),
    Setting("MIN_BASE_USD", "min_base_usd", parsers.amount, "1", "Below this value a stretch of history has no return"),
    Setting("WORKER_CLASS", "worker_class", parsers.one_of("gthread", "gevent"), "gthread", "Kind of server worker"),
    Setting("THREADS", "threads", parsers.whole(8, 1024), "256", "Requests and open streams served at once"),
    Setting(
        "LOG_LEVEL", "log_level", parsers.one_of("debug", "info", "warning", "error"), "info", "How much is logged"
    ),
    Setting(
        "ALLOW_TRADING_KEY",
        "allow_trading_key",
        parsers.boolean,
        "false",
        "Accept an API key that may trade; one that may withdraw is never accepted",
    ),
    Setting("DEMO_NOTE", "demo_note", parsers.short_text, None, "A line the page shows above the demo's numbers"),
)
