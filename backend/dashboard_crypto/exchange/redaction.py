"""Keeps keys and signatures out of every log line.

`urllib3` logs whole query strings at DEBUG level and exceptions of `requests` hold the signed URL, so the filter works
on the finished text: message, arguments and traceback together.
"""

from __future__ import annotations

import logging
import re

_HIDDEN = "[hidden]"
_PATTERNS = (
    re.compile(r"(?i)(signature=)[^&\s'\"<>)\]]+"),
    re.compile(r"(?i)(x-mbx-apikey['\"]?\s*[:=,]\s*b?['\"]?)[^'\"\s,})]+"),
    re.compile(r"(?i)(\bapi[_-]?(?:key|secret)['\"]?\s*[:=]\s*['\"]?)[^'\"\s,&})]+"),
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_FORMATTER = logging.Formatter()


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without signatures, key headers, private keys and the given secrets."""
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    text = _PEM.sub(_HIDDEN, text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{_HIDDEN}", text)
    return text


class RedactingFilter(logging.Filter):
    """Add it to a handler (all records pass) or to a logger (only its own records pass)."""

    def __init__(self, *secrets: str | None) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage(), self._secrets)
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text, self._secrets)
        return True

    def __repr__(self) -> str:
        return "RedactingFilter()"


def guard_library_logs(*secrets: str | None) -> None:
    """Put the filter on the loggers of the libraries that see signed URLs, whatever handlers exist."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry", "requests", "binance.base_client"):
        logger = logging.getLogger(name)
        for old in [each for each in logger.filters if isinstance(each, RedactingFilter)]:
            logger.removeFilter(old)
        logger.addFilter(RedactingFilter(*secrets))
