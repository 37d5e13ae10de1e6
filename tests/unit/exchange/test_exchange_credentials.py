"""Keys: their kinds, their line ends, their silence."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from dashboard_crypto.core.errors import ConfigurationError
from dashboard_crypto.exchange.addresses import base_urls
from dashboard_crypto.exchange.binance_client import build_client
from dashboard_crypto.exchange.credentials import Credentials
from dashboard_crypto.exchange.redaction import RedactingFilter, redact

KEY = "K" * 64


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: str = "") -> str:
    lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()


ED25519 = pem(ed25519.Ed25519PrivateKey.generate())
RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def test_kinds() -> None:
    assert Credentials(KEY, " secret\n").kind == "hmac"
    assert Credentials(KEY, " secret\n").api_secret == "secret"
    assert Credentials(KEY, ED25519).kind == "pem"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\\n", " \n"])
@pytest.mark.parametrize("key", [ED25519, RSA], ids=["ed25519", "rsa"])
def test_line_ends_do_not_matter(key: str, line_end: str) -> None:
    assert Credentials(KEY, f"\n {key.replace(chr(10), line_end)} ").api_secret == key.strip()


def test_a_path_is_read_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(RSA)
    assert Credentials(KEY, path).api_secret == RSA.strip()
    with pytest.raises(ConfigurationError, match="BINANCE_API_SECRET") as caught:
        Credentials(KEY, tmp_path / "absent.pem")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("secret", "word"),
    [
        (pem(ed25519.Ed25519PrivateKey.generate(), "pass"), "encrypted"),
        (ED25519[:60], "cut off"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "not a private key"),
        ("x " + ED25519, "before"),
        ("", "printable"),
        ("two words", "printable"),
        ("sécret", "printable"),
    ],
    ids=["encrypted", "cut", "public", "prefixed", "empty", "words", "not ascii"],
)
def test_unusable_secrets_are_named_without_being_shown(secret: str, word: str) -> None:
    with pytest.raises(ConfigurationError, match=word) as caught:
        Credentials(KEY, secret)
    assert "BINANCE_API_SECRET" in str(caught.value)
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "a b", "ключ", "k\nX-Evil: 1"])
def test_an_unusable_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="BINANCE_API_KEY"):
        Credentials(key, "secret")


def test_nothing_shows_the_secret() -> None:
    credentials = Credentials(KEY, "topsecret")
    for shown in (repr(credentials), str(credentials), f"{credentials!r}"):
        assert "topsecret" not in shown
        assert KEY not in shown
    with pytest.raises(TypeError):
        pickle.dumps(credentials)


def test_the_key_itself_says_what_it_is() -> None:
    assert build_client(Credentials(KEY, RSA), {}, lambda: 0, 1.0)._is_rsa is True  # type: ignore[attr-defined]
    assert build_client(Credentials(KEY, ED25519), {}, lambda: 0, 1.0)._is_rsa is False  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError, match="RSA or Ed25519"):
        build_client(Credentials(KEY, pem(ec.generate_private_key(ec.SECP256R1()))), {}, lambda: 0, 1.0)


def test_a_testnet_key_has_no_sapi_to_go_to() -> None:
    for base in (None, "http://127.0.0.1:9"):
        assert "disabled.invalid" in base_urls(base, testnet=True)["MARGIN_API_URL"]
    assert base_urls(None, testnet=False) == {}
    urls = base_urls("http://127.0.0.1:9/", testnet=False)
    assert {url.split("/")[2] for url in urls.values()} == {"127.0.0.1:9"}


@pytest.mark.parametrize("base", ["127.0.0.1:80", "ftp://x", "http://a{0}b", "http://user:pass@host", "http://h?x=1"])
def test_a_base_address_that_could_mislead_is_refused(base: str) -> None:
    with pytest.raises(ConfigurationError, match="BINANCE_API_URL"):
        base_urls(base, testnet=False)


def test_redaction_of_text() -> None:
    text = f"GET /x?a=1&signature=abc%2Bdef&b=2 {{'X-MBX-APIKEY': '{KEY}'}} api_secret=hush {ED25519} mine"
    clean = redact(text, ("mine",))
    for hidden in ("abc", KEY, "hush", "PRIVATE", "mine"):
        assert hidden not in clean
    assert "a=1" in clean
    assert "b=2" in clean


def test_redaction_of_records_with_arguments_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("test.redaction")
    logger.addFilter(RedactingFilter("topsecret"))
    try:
        raise ValueError("https://x/?signature=abcdef topsecret")
    except ValueError:
        logger.exception("failed %s %d", "signature=abcdef", 7)
    assert "abcdef" not in caplog.text
    assert "topsecret" not in caplog.text
    assert "failed signature=[hidden] 7" in caplog.text
