"""An answer counts once its status and all its headers are there, however its connection ends before."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from ops.notify.channel import Away
from ops.notify.outgoing.addresses import Guard
from ops.notify.outgoing.client import HttpClient

WHOLE = b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 9\r\n\r\n"
CUTS = (b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nX-A: b\r\n")
Say = Callable[[bytes, bool], str]


@pytest.fixture
def says() -> Iterator[Say]:
    """Starts a server that says something, then hangs or closes; return its URL."""
    server, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def start(said: bytes, hangs: bool) -> str:
        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)
                if hangs:
                    ended.wait(10)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield start
    ended.set()
    server.close()


def client() -> HttpClient:
    return HttpClient(Guard(("127.0.0.1",)), 0.3, ssl.create_default_context())


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize("said", CUTS)
def test_an_answer_cut_inside_its_headers_is_none(says: Say, said: bytes, hangs: bool) -> None:
    with pytest.raises(Away, match="no answer within" if hangs else "the connection broke"):
        client().post(says(said, hangs), b"{}", {})


@pytest.mark.parametrize("hangs", [False, True])
def test_an_answer_cut_inside_its_body_is_what_its_status_says(says: Say, hangs: bool) -> None:
    reply = client().post(says(WHOLE + b"half", hangs), b"{}", {})
    assert (reply.status, reply.headers["x-a"], reply.body) == (200, "b", b"half")


def test_the_pieces_of_a_body_are_read(says: Say) -> None:
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3\r\nall\r\n0\r\n\r\n"
    assert client().post(says(pieces, False), b"{}", {}).body == b"okall"
