"""LLM endpoints, good and bad, over real HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pytest_httpserver import HTTPServer

from ops.free_ports import free_port
from tests.support.scripted_endpoint import Endpoint

ANSWER_S = 0.3
GARBAGE = b'{"choices": [{"message": {"content": "\\u0000 {not json [F99] 123456"'


@contextmanager
def endpoint(kind: str) -> Iterator[str]:
    """The base URL of an endpoint that is `answering` within ANSWER_S, `refusing` connections, `hanging`
    (takes them and says nothing), or talking `garbage`."""
    if kind == "refusing":
        yield f"http://127.0.0.1:{free_port()}/v1"
    elif kind == "hanging":
        with _hanging() as url:
            yield url
    else:
        with HTTPServer(threaded=True) as server:
            handler = Endpoint(script=(lambda asked: ANSWER_S) if kind == "answering" else (lambda asked: GARBAGE))
            server.expect_request("/v1/chat/completions").respond_with_handler(handler)
            yield server.url_for("/v1")


@contextmanager
def _hanging() -> Iterator[str]:
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hold() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=hold, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    for connection in held:
        connection.close()
