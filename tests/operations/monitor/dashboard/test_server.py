"""The real server: connections that say nothing, or slowly, keep nobody out."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from operations.monitor.dashboard import server as module
from operations.monitor.dashboard.server import Handler, Server
from tests.operations.monitor.dashboard.conftest import TOKEN, Site

PATIENCE = 1.0


@pytest.fixture
def port(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server of `site` that waits for a second."""
    monkeypatch.setattr(module, "PATIENCE", PATIENCE)
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 8)
    monkeypatch.setattr(Handler, "timeout", PATIENCE)
    server = Server("127.0.0.1", 0, site.dashboard.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


def status(port: int, address: str = f"/login?token={TOKEN}", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def connect(port: int, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(said)
    return connection


def ended(connection: socket.socket) -> bool:
    """Whether the server has closed a connection; waits for a few seconds."""
    connection.settimeout(4 * PATIENCE)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /" + b"x" * 1000,
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntoken=",
        b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n",  # answered, then kept open
    ],
)
def test_idle_and_half_open_connections_end(port: int, said: bytes) -> None:
    connection = connect(port, said)
    assert ended(connection)
    assert status(port) == 302


def test_a_request_that_comes_a_letter_at_a_time_is_not_waited_for(port: int) -> None:
    connection = connect(port)
    begin = time.monotonic()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        speak_slowly(connection, b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200)
    assert time.monotonic() - begin < 10


def speak_slowly(connection: socket.socket, text: bytes) -> None:
    for letter in text:
        connection.sendall(bytes([letter]))
        time.sleep(0.2)


def test_many_connections_keep_nobody_out(port: int) -> None:
    """Those that are waited for longest give way."""
    many = [connect(port, b"GET / HTTP/1.1\r\n") for _ in range(60)]
    assert threading.active_count() < 40
    assert status(port) == 302
    assert all(ended(connection) for connection in many)
    assert status(port) == 302


def test_what_is_no_request_is_refused(port: int) -> None:
    for said in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"A" * 70_000 + b"\r\n\r\n"):
        connection = connect(port)
        try:
            connection.sendall(said)
        except OSError:
            continue
        assert ended(connection)
    assert status(port) == 302


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", 302),
        ("localhost:1234", 302),
        ("127.0.0.1", 302),
        ("[::1]:8888", 302),
        ("LOCALHOST", 302),
        ("evil.example", 421),
        ("localhost.evil.example:8888", 421),
        ("192.168.0.7", 421),
        ("127.0.0.1.evil.example", 421),
    ],
)
def test_the_host_that_is_asked_for(port: int, host: str, expected: int) -> None:
    """A page of elsewhere that gives its own name this address reads nothing."""
    assert status(port, Host=host) == expected
