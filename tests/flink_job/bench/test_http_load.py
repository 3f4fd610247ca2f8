"""The load of requests: its schedule, and that a stall counts for all who came meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from flink_job.bench import http_load
from flink_job.bench.http_load import Answers, Load

BODIES = [json.dumps({"event_id": f"e{number}"}).encode() for number in range(40)]
Answer = Callable[[int], bytes]


def asked(
    answer: Callable[[dict[str, str]], tuple[int, dict[str, object]] | None],
    stall_s: float = 0.0,
    rate: float = 200.0,
    connections: list[object] | None = None,
) -> Answers:
    """What became of `BODIES` at a server that stalls once, after ten requests, and notes its connections."""
    seen = 0
    gate = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            seen += 1
            if seen == 10 and stall_s:
                asyncio.get_running_loop().call_later(stall_s, gate.set)
            if seen >= 10 and stall_s:
                await gate.wait()
            made = answer(body)
            if made is None:
                writer.close()
                return
            text = json.dumps(made[1], separators=(",", ":")).encode()
            writer.write(f"HTTP/1.1 {made[0]} X\r\ncontent-length: {len(text)}\r\n\r\n".encode() + text[:5])
            await asyncio.sleep(0)
            writer.write(text[5:])

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connections is not None:
            connections.append(writer)
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    async def run() -> Answers:
        server = await asyncio.start_server(served, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found = await Load(f"http://127.0.0.1:{port}/v1/score", BODIES, rate).run()
        server.close()
        return found

    return asyncio.run(asyncio.wait_for(run(), 60))


def test_each_request_has_its_answer() -> None:
    found = asked(lambda body: (200, {**body, "fallback": body["event_id"] == "e7"}))
    assert found.status == [200] * 40
    assert [number for number, one in enumerate(found.fallback) if one] == [7]
    assert found.foreign == 0
    assert min(found.ms) >= 0


def test_a_stall_counts_for_all_that_came_meanwhile() -> None:
    """At 200/s, 30 requests come in the 150 ms after the tenth: each has waited from when it was due."""
    found = asked(lambda body: (200, {**body}), stall_s=0.3)
    waited = found.ms[9:]
    assert min(waited) > 100
    assert all(250 - 5 * place < ms for place, ms in enumerate(waited))


def test_errors_broken_connections_and_answers_of_others_are_counted() -> None:
    def answer(body: dict[str, str]) -> tuple[int, dict[str, object]] | None:
        number = int(body["event_id"][1:])
        if number == 3:
            return 429, {}
        return None if number == 5 else (200, {"event_id": "e0" if number == 8 else body["event_id"]})

    found = asked(answer)
    assert (found.status[3], found.status[5], found.foreign) == (429, 0, 1)
    assert sum(status == 200 for status in found.status) == 38


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 20/s each is free for 50 ms: a server that is about to close it would leave the next unanswered."""
    monkeypatch.setattr(http_load, "MOST_IDLE_S", 0.02)
    made: list[object] = []
    found = asked(lambda body: (200, {**body}), rate=20.0, connections=made)
    assert found.status == [200] * 40
    assert len(made) > 30
