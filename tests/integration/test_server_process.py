"""The production process: starts without a key, streams, stops quickly and cleanly, refuses what cannot work."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.integration.processes import environment, free_port, run, served


def read_lines(url: str, found: list[str], opened: threading.Event) -> None:
    with urllib.request.urlopen(url, timeout=60) as stream:
        for line in stream:
            found.append(line.decode().strip())
            opened.set()


@pytest.mark.parametrize("worker_class", ["gthread", "gevent"])
def test_serves_streams_and_stops(tmp_path: Path, worker_class: str) -> None:
    with served(tmp_path, WORKER_CLASS=worker_class) as server:
        server.wait_until_ready()
        lines: list[str] = []
        opened = threading.Event()
        reader = threading.Thread(target=read_lines, args=(server.url("/api/stream"), lines, opened), daemon=True)
        reader.start()
        assert opened.wait(20)
        assert server.get("/api/status")["open_streams"] == 1
        code, took_s = server.stop()
        reader.join(10)
        assert code == 0, server.log.read_text()
        assert took_s < 10
        assert "event: hello" in lines
        assert "event: bye" in lines
        assert "Traceback" not in server.log.read_text()


def test_ctrl_c_stops_it_too(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.wait_until_ready()
        code, took_s = server.stop(signal.SIGINT)
        assert code == 0
        assert took_s < 10


def test_without_a_key_it_says_what_to_do(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.wait_until_ready()
        status = server.get("/api/status")
        assert status["setup"]["has_credentials"] is False
        assert any("dashboard-crypto demo" in step for step in status["setup"]["steps"])
        balances = server.get("/api/portfolio/balances")
        assert (balances["total_value_usd"], balances["balances"], balances["timestamp"]) == (0, [], None)
        with urllib.request.urlopen(server.url("/"), timeout=10) as page:
            assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("worker_class", ["gthread", "gevent"])
def test_what_no_http_parser_takes_is_refused(tmp_path: Path, worker_class: str) -> None:
    with served(tmp_path, WORKER_CLASS=worker_class) as server:
        server.wait_until_ready()
        post = b"POST /api/portfolio/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        get = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
        for message, wanted in (
            (post + b"Content-Length: 6\r\n\r\n", 400),
            (post + b"Transfer-Encoding: chunked\r\n\r\n", 400),
            (post + b"Transfer-Encoding: zebra-marker\r\n\r\n", 400),
            (get + b"Host: evil\r\n\r\n", 400),
            (get + b"zebra marker: 1\r\n\r\n", 400),
            (b"zebra-marker\r\n\r\n", 400),
            (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
            (get + b"X-A: b\r\n" * 200 + b"\r\n", 431),
            (get + b"X-A: " + b"zebra-marker" * 2_000 + b"\r\n\r\n", 431),
        ):
            with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
                raw.sendall(message)
                head, _, body = raw.recv(8192).partition(b"\r\n\r\n")
            assert int(head.split()[1]) == json.loads(body)["status"] == wanted, message[:60]
            assert b"Content-Type: application/problem+json" in head
            assert b"X-Content-Type-Options: nosniff" in head
            assert b"zebra" not in body
        assert server.get("/health")["status"] == "ok"


def test_requests_that_never_end_give_their_threads_back(tmp_path: Path) -> None:
    halves = (
        b"GET /health HTTP/1.1\r\nHost: loc",
        b"POST /api/portfolio/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    )
    with served(tmp_path, THREADS="8") as server, ExitStack() as opened:
        server.wait_until_ready()
        for half in halves * 4:
            raw = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            raw.sendall(half)
        # `get` gives up after 20 s.
        assert server.get("/health")["status"] == "ok"
        assert "Traceback" not in server.log.read_text()


def test_whoever_does_not_hang_up_keeps_nobody_waiting(tmp_path: Path) -> None:
    with served(tmp_path) as server, ExitStack() as opened:
        server.wait_until_ready()
        for _ in range(10):
            raw = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            raw.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        before = time.monotonic()
        assert server.get("/health")["status"] == "ok"
        # gunicorn waits 2 s for each of them.
        assert time.monotonic() - before < 2


FLOW = b'{"type": "DEPOSIT", "amount_usd": 1000}'
HEX_SIZE = b"%x\r\n" % len(FLOW)
BROKEN_BODIES = {
    "cut": (b"Content-Length: 400", FLOW, 400),
    "cut after a chunk": (b"Transfer-Encoding: chunked", HEX_SIZE + FLOW + b"\r\n", 400),
    "no size": (b"Transfer-Encoding: chunked", b"ZZ\r\n" + FLOW, 400),
    "a size below zero": (b"Transfer-Encoding: chunked", b"-5\r\n" + FLOW, 400),
    "no end of a chunk": (b"Transfer-Encoding: chunked", HEX_SIZE + FLOW + b"XX0\r\n\r\n", 400),
    "over 64 kB in chunks": (
        b"Transfer-Encoding: chunked",
        HEX_SIZE + FLOW + b"\r\n" + b"".join(b"8000\r\n" + b" " * 0x8000 + b"\r\n" for _ in range(3)) + b"0\r\n\r\n",
        413,
    ),
}


@pytest.mark.parametrize("worker_class", ["gthread", "gevent"])
def test_a_body_that_does_not_arrive_whole_is_refused(tmp_path: Path, worker_class: str) -> None:
    """Each of them begins with a whole cash flow, which must not be stored."""
    with served(tmp_path, WORKER_CLASS=worker_class) as server:
        server.wait_until_ready()
        answers = {}
        for name, (length, body, _) in BROKEN_BODIES.items():
            head = b"POST /api/performance/cashflows HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
                raw.sendall(head + length + b"\r\n\r\n" + body)
                raw.shutdown(socket.SHUT_WR)
                answers[name] = int(raw.recv(4096).split()[1])
        assert answers == {name: status for name, (_, _, status) in BROKEN_BODIES.items()}
        assert server.get("/api/performance/cashflows")["count"] == 0
        assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOST", "0.0.0.0"), ("BINANCE_TESTNET", "yes"), ("SNAPSHOT_INTERVAL", "1"), ("SECRET_KEY", "dev")],
)
def test_a_wrong_setting_ends_with_one_line_and_code_2(tmp_path: Path, name: str, value: str) -> None:
    result = run(tmp_path, "serve", **{name: value})
    assert result.returncode == 2
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith(f"dashboard-crypto: {name}")
    assert f" {value} " not in line


def test_a_taken_port_ends_with_one_line(tmp_path: Path) -> None:
    port = free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        result = run(tmp_path, "serve", PORT=str(port))
    assert result.returncode == 2
    assert result.stderr.strip() == f"dashboard-crypto: PORT {port} is in use by another program; choose another one"


def test_a_file_that_is_no_database_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.db"
    file.write_bytes(b"this is not a database " * 100)
    result = run(tmp_path, "serve", PORT=str(free_port()))
    assert result.returncode != 0
    assert "portfolio.db" in result.stderr
    assert file.read_bytes() == b"this is not a database " * 100


def test_a_database_that_cannot_be_opened_ends_with_one_line_of_ours(tmp_path: Path) -> None:
    said = {
        str(tmp_path): "is a folder; DATABASE_URL must name a file",
        f"postgresql://me:secret-word@127.0.0.1:{free_port()}/portfolio": "The database server does not answer. Check",
        f"{tmp_path / 'secret_key'}/portfolio.db": "read-only",
    }
    (tmp_path / "secret_key").write_text("k" * 40)
    for url, words in said.items():
        result = run(tmp_path, "serve", DATABASE_URL=url, PORT=str(free_port()))
        assert result.returncode != 0, words
        assert [words in line for line in result.stderr.splitlines() if line.startswith("dashboard-crypto: ")] == [True]
        assert "Traceback" not in result.stderr
        assert "secret-word" not in result.stderr


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.wait_until_ready()
        made = (tmp_path / "secret_key").read_text()
    with served(tmp_path) as server:
        server.wait_until_ready()
        assert (tmp_path / "secret_key").read_text() == made
        assert oct((tmp_path / "portfolio.db").stat().st_mode & 0o777) == "0o600"


def test_the_threaded_server_of_other_systems_serves_and_stops(tmp_path: Path) -> None:
    port = free_port()
    # Tests that run in the background inherit an ignored SIGINT; Ctrl-C reaches only programs that listen.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from dashboard_crypto.cli.threaded import serve_threaded; sys.exit(serve_threaded())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(tmp_path, PORT=str(port)),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert "Dashboard: http://localhost:" in process.stderr.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=20) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


@pytest.mark.parametrize("worker_class", ["gthread", "gevent"])
def test_a_second_start_answers_from_what_is_stored_and_then_everything(tmp_path: Path, worker_class: str) -> None:
    with served(tmp_path, WORKER_CLASS=worker_class) as server:
        server.wait_until_ready()
        before = server.get("/api/portfolio/balances")
    with served(tmp_path, WORKER_CLASS=worker_class) as server:
        server.wait_until_accepting()
        first = server.get("/api/portfolio/balances")
        assert first.keys() == before.keys()
        assert server.get("/api/status")["setup"]["has_credentials"] is False
        code, _ = server.stop()
        assert code == 0, server.log.read_text()
        assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("starts", [1, 2])
def test_what_fails_while_loading_ends_the_server_with_one_line(tmp_path: Path, starts: int) -> None:
    """Also when the first answers are open already."""
    if starts == 2:
        with served(tmp_path) as server:
            server.wait_until_ready()
    (tmp_path / "secret_key").unlink(missing_ok=True)
    (tmp_path / "secret_key").write_text("short")
    result = run(tmp_path, "serve", DATABASE_URL=str(tmp_path / "portfolio.db"), PORT=str(free_port()))
    assert result.returncode != 0
    assert "secret_key is damaged; delete it" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_stop_in_the_first_moments_is_clean(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.wait_until_ready()
    with served(tmp_path) as server:
        server.wait_until_accepting()
        code, took_s = server.stop()
        assert code == 0, server.log.read_text()
        assert took_s < 10
        assert "Traceback" not in server.log.read_text()
