"""Requests over HTTP at a steady rate, by a process of its own: an open load over connections that stay.

Request i is due i / rate seconds after the beginning, whether those before it are answered or not, and its
time counts from then: a service that stalls cannot hide the wait of those after it ("coordinated omission").
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MOST_CONNECTIONS = 1000
ANSWERED_S = 30.0
"""How long the last answers are waited for."""
MOST_IDLE_S = 5.0
"""A connection that was free for so long is not used again: the service, which closes idle ones after
`service.keep_alive_s`, may be about to, or has and nobody has read that yet. Clients of HTTP do likewise.
"""
NO_ANSWER = 0
"""Status of a request whose connection broke, or that nobody answered."""


@dataclass
class Answers:
    """What became of each request, in their order."""

    began_ms: float
    """Since 1970."""
    latest_ms: float
    """How late the latest request was begun: much more than 1, and the load itself did not keep up."""
    connections: int
    ms: list[float]
    """From when it was due to the end of its answer."""
    status: list[int]
    fallback: list[bool]
    accepted: list[bool]
    """Whether the event is in the stream by the answer's word: it must be decided."""
    foreign: int
    """Answers that name another event."""


class Load:
    """Sender of bodies to one path. It opens a connection where none is free, up to `MOST_CONNECTIONS`."""

    def __init__(self, url: str, bodies: Sequence[bytes], rate: float) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
        self._bodies, self._rate = bodies, rate
        self._free: list[_Connection] = []  # the last one was used last
        self._waiting: deque[int] = deque()
        self._open, self._left = 0, len(bodies)
        self._done = asyncio.Event()
        count = len(bodies)
        self.answers = Answers(0, 0, 0, [0.0] * count, [NO_ANSWER] * count, [False] * count, [False] * count, 0)

    async def run(self) -> Answers:
        """Send all, and return what was answered."""
        loop = asyncio.get_running_loop()
        self._began, self.answers.began_ms = loop.time() + 0.1, time.time() * 1000 + 100
        for index in range(len(self._bodies)):
            wait_s = self._began + index / self._rate - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self.answers.latest_ms = max(self.answers.latest_ms, self._since_due(index))
            self._send(index)
        with suppress(TimeoutError):  # who has no answer has no status
            await asyncio.wait_for(self._done.wait(), ANSWERED_S)
        self.answers.connections = self._open
        for connection in self._free[:]:
            connection.close()
        await asyncio.sleep(0.05)
        return self.answers

    def _since_due(self, index: int) -> float:
        return (asyncio.get_running_loop().time() - self._began - index / self._rate) * 1000

    def _send(self, index: int) -> None:
        if self._free and self._free[-1].idle_s < MOST_IDLE_S:
            self._free.pop().send(index, self._request(index))
        else:
            self._waiting.append(index)
            if self._open < MOST_CONNECTIONS:
                self._open += 1
                asyncio.get_running_loop().create_task(self._connect())

    def _request(self, index: int) -> bytes:
        body = self._bodies[index]
        return self._head + str(len(body)).encode() + b"\r\n\r\n" + body

    async def _connect(self) -> None:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(lambda: _Connection(self), self._host, self._port)
        except OSError:
            self._open -= 1
            if self._waiting:
                self.answered(self._waiting.popleft(), NO_ANSWER, b"")
        else:
            self.free(connection)

    def free(self, connection: _Connection) -> None:
        """Take a connection for the next request, and close those that have been free for long."""
        if self._waiting:
            index = self._waiting.popleft()
            connection.send(index, self._request(index))
            return
        self._free.append(connection)
        while self._free[0].idle_s >= MOST_IDLE_S:
            self._free.pop(0).close()

    def lost(self, connection: _Connection, index: int | None) -> None:
        """Count a connection out; the request that was under way has no answer."""
        self._open -= 1
        if connection in self._free:
            self._free.remove(connection)
        if index is not None:
            self.answered(index, NO_ANSWER, b"")

    def answered(self, index: int, status: int, body: bytes) -> None:
        """Note an answer."""
        self.answers.ms[index], self.answers.status[index] = self._since_due(index), status
        self.answers.fallback[index] = b'"fallback":true' in body
        self.answers.accepted[index] = status == 200 and b'"accepted":false' not in body
        self.answers.foreign += status == 200 and json.loads(body)["event_id"] != json.loads(self._bodies[index])["event_id"]
        self._left -= 1
        if not self._left:
            self._done.set()


class _Connection(asyncio.Protocol):
    """One connection that stays, with one request under way at most."""

    def __init__(self, load: Load) -> None:
        self._load, self._read = load, b""
        self._index: int | None = None
        self._used_at = time.monotonic()

    @property
    def idle_s(self) -> float:
        """Return how long ago it was last used."""
        return time.monotonic() - self._used_at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection: called by asyncio."""
        self._transport: Any = transport

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def send(self, index: int, request: bytes) -> None:
        """Send a request; `index` is its place among all."""
        self._index = index
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer: called by asyncio."""
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end or self._index is None or len(body) < _length(head):
            return
        index, self._index, self._read, self._used_at = self._index, None, b"", time.monotonic()
        self._load.answered(index, int(head[9:12]), body)
        self._load.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is over: called by asyncio."""
        self._load.lost(self, self._index)


def _length(head: bytes) -> int:
    at = head.lower().index(b"content-length:") + 15
    return int(head[at:].split(b"\r\n", 1)[0])


def main(url: str, bodies: str, rate: str, out: str) -> None:
    """Send the lines of a file at a rate; write `Answers` as JSON."""
    import uvloop

    async def run() -> Answers:
        return await Load(url, Path(bodies).read_bytes().splitlines(), float(rate)).run()

    Path(out).write_text(json.dumps(asdict(uvloop.run(run()))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
