"""Configuration: strict, one line per mistake, never a value in it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dashboard_crypto.config import SETTINGS, load_from, secret_key
from dashboard_crypto.config.settings import Settings
from dashboard_crypto.core.errors import ConfigurationError

KEYS = {"BINANCE_API_KEY": "k" * 64, "BINANCE_API_SECRET": "s" * 64}


def test_defaults_are_those_of_the_specification(tmp_path: Path) -> None:
    settings = load_from({"DATA_DIR": str(tmp_path)}).settings
    assert (settings.balance_update_interval_s, settings.snapshot_interval_s) == (30, 3600)
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.allowed_origins == ("http://localhost",)
    assert settings.testnet is False
    assert not settings.has_credentials
    assert settings.database_url == f"sqlite:///{tmp_path}/portfolio.db"


def test_in_a_checkout_the_database_is_in_backend() -> None:
    settings = load_from({}).settings
    assert settings.database_url.endswith("/backend/portfolio.db")
    assert settings.data_dir.parts[-2:] == ("backend", "data")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BINANCE_TESTNET", "yes"),
        ("BINANCE_TESTNET", "1"),
        ("BALANCE_UPDATE_INTERVAL", "0"),
        ("BALANCE_UPDATE_INTERVAL", "-1"),
        ("BALANCE_UPDATE_INTERVAL", "abc"),
        ("BALANCE_UPDATE_INTERVAL", "1000000000"),
        ("BALANCE_UPDATE_INTERVAL", "30.5"),
        ("SNAPSHOT_INTERVAL", "٣٦٠٠"),
        ("PORT", "65536"),
        ("HOST", "0.0.0.0"),
        ("HOST", "example.org"),
        ("SECRET_KEY", "change-me"),
        ("SECRET_KEY", "a" * 40),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "http://localhost/path"),
        ("BINANCE_API_URL", "http://api.example.org"),
        ("BINANCE_API_URL", "https://user:word@example.org"),
        ("BINANCE_API_URL", "ftp://127.0.0.1"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("MIN_BASE_USD", "NaN"),
        ("MIN_BASE_USD", "-1"),
        ("WORKER_CLASS", "sync"),
        ("THREADS", "1"),
        ("LOG_LEVEL", "loud"),
        ("EXCHANGE_CLOCK", "true"),
        ("BINANCE_API_KEY", "your_api_key_here"),
    ],
)
def test_a_wrong_value_stops_with_one_line_that_names_the_variable_only(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_from({name: value})
    message = str(caught.value)
    assert message.startswith(name)
    assert "\n" not in message
    assert value not in message.removeprefix(name) or len(value) < 3


def test_a_key_without_its_secret_stops() -> None:
    with pytest.raises(ConfigurationError, match="BINANCE_API_SECRET is missing"):
        load_from({"BINANCE_API_KEY": "k"})


def test_exchange_clock_is_allowed_with_a_simulator_on_this_machine() -> None:
    settings = load_from({"EXCHANGE_CLOCK": "true", "BINANCE_API_URL": "http://127.0.0.1:8100/"}).settings
    assert settings.exchange_clock
    assert settings.api_url == "http://127.0.0.1:8100"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"hunter2hunter2\r\n")
    file.chmod(0o600)
    loaded = load_from({"BINANCE_API_KEY": "k", "BINANCE_API_SECRET_FILE": str(file)})
    assert loaded.settings.api_secret == "hunter2hunter2"
    assert loaded.warnings == ()


def test_a_world_readable_secret_file_warns(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    file.chmod(0o644)
    (warning,) = load_from({"BINANCE_API_KEY": "k", "BINANCE_API_SECRET_FILE": str(file)}).warnings
    assert warning.startswith("BINANCE_API_SECRET_FILE")


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "binary"])
def test_an_unusable_secret_file_stops(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "directory":
        path.mkdir()
    elif kind == "empty":
        path.write_text("\n")
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="SECRET_KEY_FILE"):
        load_from({"SECRET_KEY_FILE": str(path)})


def test_both_a_value_and_a_file_stop(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY and SECRET_KEY_FILE are both set"):
        load_from({"SECRET_KEY": "x", "SECRET_KEY_FILE": str(tmp_path)})


def test_the_process_wins_over_the_file_and_empty_means_not_set(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PORT=6000\nLOG_LEVEL=debug\nSECRET_KEY_FILE=/nowhere\nBINANCE_API_KEY=\n")
    settings = load_from({"PORT": "7000", "LOG_LEVEL": "", "SECRET_KEY": "0123456789abcdef" * 3}, env_file).settings
    assert (settings.port, settings.log_level) == (7000, "debug")


def test_dotenv_syntax(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(
        b"\xef\xbb\xbf# comment\r\n\r\nexport PORT=6001   # why\r\nBINANCE_API_KEY='a#b'\r\n"
        b'BINANCE_API_SECRET="-----BEGIN\\nx"\r\nALLOWED_ORIGINS=http://a.example , http://b.example:8080/\r\n'
    )
    settings = load_from({}, env_file).settings
    assert settings.port == 6001
    assert settings.api_key == "a#b"
    assert settings.api_secret == "-----BEGIN\nx"
    assert settings.allowed_origins == ("http://a.example", "http://b.example:8080")


@pytest.mark.parametrize("line", ["PORT", "9PORT=1", "PORT='1", "PORT=1\nPORT=2"])
def test_a_broken_dotenv_line_is_named_by_number(tmp_path: Path, line: str) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"# first\n{line}\n")
    with pytest.raises(ConfigurationError, match=r"line [23]"):
        load_from({}, env_file)


def test_a_misspelt_variable_warns() -> None:
    (warning,) = load_from({"BINANCE_API_SECRETT": "x", "UNRELATED": "y"}).warnings
    assert "did you mean BINANCE_API_SECRET?" in warning


def test_repr_hides_secrets() -> None:
    settings = load_from({**KEYS, "SECRET_KEY": "0123456789abcdef" * 2}).settings
    shown = repr(settings)
    assert "kkk" not in shown
    assert "sss" not in shown
    assert "0123456789" not in shown


def test_a_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url="sqlite:///x")
    made = secret_key(settings)
    assert len(made) >= 32
    assert secret_key(settings) == made
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_a_damaged_secret_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(ConfigurationError, match="damaged"):
        secret_key(Settings(data_dir=tmp_path, database_url="sqlite:///x"))


def test_the_example_file_names_every_setting_and_loads() -> None:
    example = Path(__file__).resolve().parents[2] / ".env.example"
    loaded = load_from({}, example)
    assert loaded.warnings == ()
    text = example.read_text(encoding="utf-8")
    assert [s.name for s in SETTINGS if f"{s.name}=" not in text] == []


def test_the_documentation_has_a_heading_for_every_setting() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [s.name for s in SETTINGS if f"## `{s.name}`" not in page] == []
