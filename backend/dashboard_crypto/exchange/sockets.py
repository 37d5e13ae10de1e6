"""Connections that obey one deadline for the whole exchange of bytes, however slowly they drip.

The timeouts of `requests` count from the last byte received, so a server that sends one byte every half second holds a
caller for ever. Here every single read, of headers as of body, waits at most for what is left of the deadline.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from dashboard_crypto.exchange.deadlines import remaining_s


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, raw: Any) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(remaining_s())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedSocket:
    """What `http.client` needs of a socket to build a response: something that makes a file."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str, *_args: Any, **_options: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._sock.makefile("rb", buffering=0)))


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **options)  # type: ignore[arg-type]


def _connect(connection: HTTPConnection) -> socket.socket:
    """Connect to the first address that answers; the connect timeout covers all of them together."""
    limit = connection.timeout if isinstance(connection.timeout, (int, float)) else 5.0
    end = time.monotonic() + min(limit, remaining_s())
    last: OSError = OSError("no address")
    addresses = socket.getaddrinfo(connection._dns_host, connection.port or 443, 0, socket.SOCK_STREAM)
    for family, kind, protocol, _, address in addresses:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("no address answered in time")
        sock = socket.socket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(left)
            sock.connect(address)
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise last


class _Connecting:
    def _new_conn(self: Any) -> socket.socket:
        try:
            return _connect(self)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error


class _PlainConnection(_Connecting, HTTPConnection):
    response_class = _TimedResponse


class _SecureConnection(_Connecting, HTTPSConnection):
    response_class = _TimedResponse


class PlainPool(HTTPConnectionPool):
    """Connections over plain HTTP (loopback)."""

    ConnectionCls = _PlainConnection


class SecurePool(HTTPSConnectionPool):
    """Connections over TLS, certificates always checked."""

    ConnectionCls = _SecureConnection
