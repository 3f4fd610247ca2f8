"""Decisions in Redis exactly once, whatever fails: the sink in a small job on a real server."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.redis.embedded import EmbeddedRedis
from tests.support.job_process import wait_for
from tests.support.redis_sink_job import SinkJob

pytestmark = [pytest.mark.flink, pytest.mark.timeout(300)]

COUNT = 12_000
END_S = 120.0

MakeJob = Callable[..., SinkJob]


@pytest.fixture
def make_job(redis_url: str, stream_prefix: str, tmp_path: Path) -> Iterator[MakeJob]:
    made: list[SinkJob] = []

    def make(url: str = redis_url, **more: Any) -> SinkJob:
        made.append(SinkJob(tmp_path / "job", more.pop("count", COUNT), url, stream_prefix, **more))
        return made[-1]

    yield make
    for job in made:
        job.end()


def length(client: Any, job: SinkJob) -> int:
    return int(client.xlen(f"{job.prefix}decisions"))


def wait_for_entries(client: Any, job: SinkJob, count: int) -> None:
    wait_for(lambda: length(client, job) >= count or job.processes[-1].poll() is not None, f"{count} entries", END_S)
    assert job.processes[-1].poll() is None, job.log()[-3000:]


def wait_for_end(job: SinkJob) -> None:
    assert job.processes[-1].wait(END_S) == 0, job.log()[-3000:]


def lost_and_doubled(client: Any, job: SinkJob) -> tuple[int, int]:
    times = Counter(fields["id"] for _, fields in client.xrange(f"{job.prefix}decisions"))
    return job.count - len(times), sum(times.values()) - len(times)


@pytest.mark.cluster
@pytest.mark.parametrize("parallelism", [pytest.param(1, marks=pytest.mark.long), 2])
def test_failures_also_in_the_middle_of_a_replay(redis_client: Any, make_job: MakeJob, parallelism: int) -> None:
    job = make_job(parallelism=parallelism)
    job.start()
    for share in (0.1, 0.3, 0.5, 0.7):
        wait_for_entries(redis_client, job, int(share * COUNT))
        job.crash()
        wait_for(job.crashed, "the failure", 120)
        job.crash()  # as soon as it reads again
        wait_for(job.crashed, "a failure in the replay", 120)
    wait_for_end(job)
    assert lost_and_doubled(redis_client, job) == (0, 0)
    assert "entries of stream" not in job.log(), "nothing was given up"


@pytest.mark.cluster
def test_a_failure_before_the_first_checkpoint(redis_client: Any, make_job: MakeJob) -> None:
    """What an earlier job has written stays, and is nobody's."""
    job = make_job(count=3000)
    redis_client.xadd(f"{job.prefix}decisions", {"id": "e1", "account": "a0", "json": "{}"})
    job.crash()
    job.start()
    wait_for(job.crashed, "the failure", 120)
    wait_for_end(job)
    assert redis_client.xlen(f"{job.prefix}decisions") == 3001


@pytest.mark.cluster
def test_killed_and_resumed_twice(redis_client: Any, make_job: MakeJob) -> None:
    job = make_job()
    first = job.start()
    wait_for(job.has_checkpoint, "a checkpoint", 120)
    wait_for_entries(redis_client, job, COUNT // 4)
    job.signal(first, signal.SIGKILL)
    first.wait()
    for share in (0.5, 0.7):
        again = job.start(resume=True)
        wait_for_entries(redis_client, job, int(share * COUNT))
        job.signal(again, signal.SIGKILL)
        again.wait()
    job.start(resume=True)
    wait_for_end(job)
    assert lost_and_doubled(redis_client, job) == (0, 0)


@pytest.mark.long
@pytest.mark.cluster
def test_killed_in_a_replay_after_a_checkpoint_within_it(redis_client: Any, make_job: MakeJob) -> None:
    """That checkpoint must still know what the rest of the replay finds in the stream."""
    job = make_job(count=2 * COUNT)
    first = job.start(checkpoint_ms=6000)
    wait_for(job.has_checkpoint, "a checkpoint", 120)
    wait_for_entries(redis_client, job, length(redis_client, job) + 8000)
    job.signal(first, signal.SIGKILL)
    first.wait()
    written, begun = length(redis_client, job), job.newest()
    again = job.start(resume=True, checkpoint_ms=100)
    wait_for(lambda: job.newest() != begun, "a checkpoint in the replay", 120)
    job.signal(again, signal.SIGKILL)
    again.wait()
    assert length(redis_client, job) == written, "it was killed in the replay"
    job.start(resume=True)
    wait_for_end(job)
    assert lost_and_doubled(redis_client, job) == (0, 0)


@pytest.mark.cluster
def test_a_zombie_is_kept_out(redis_client: Any, make_job: MakeJob) -> None:
    """It is stopped while another attempt takes over, and then goes on where it was."""
    job = make_job()
    zombie = job.start()
    wait_for(job.has_checkpoint, "a checkpoint", 120)
    wait_for_entries(redis_client, job, COUNT // 4)
    job.signal(zombie, signal.SIGSTOP)
    before = length(redis_client, job)
    job.start(resume=True)
    wait_for_entries(redis_client, job, before + 1000)
    job.signal(zombie, signal.SIGCONT)
    time.sleep(3)
    job.signal(zombie, signal.SIGKILL)
    zombie.wait()
    wait_for_end(job)
    assert lost_and_doubled(redis_client, job) == (0, 0)
    assert "a later attempt of the job, or another job, writes here" in job.log(), "the fence was needed"


@pytest.mark.long
@pytest.mark.cluster
def test_lost_replies(redis_url: str, redis_client: Any, make_job: MakeJob) -> None:
    host, port = "127.0.0.1", int(redis_url.rsplit(":", 1)[1].split("/")[0])
    with Swallower((host, port)) as proxy:
        job = make_job(f"redis://{host}:{proxy.port}/0")
        job.start()
        for share in (0.2, 0.4, 0.6, 0.8):
            wait_for_entries(redis_client, job, int(share * COUNT))
            proxy.swallow()
        wait_for_end(job)
    assert proxy.swallowed == 4
    assert lost_and_doubled(redis_client, job) == (0, 0)
    assert "a failure that is wanted" not in job.log()


@pytest.mark.cluster
def test_a_server_that_is_away_full_or_empty(make_job: MakeJob, tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        job = make_job(server.url)
        job.start()
        wait_for_entries(client, job, COUNT // 5)
        os.kill(server.pid, signal.SIGKILL)
        server.stop()
        time.sleep(2)
        server.start()
        wait_for_entries(client, job, 2 * COUNT // 5)
        client.config_set("maxmemory", "1")
        time.sleep(2)
        client.config_set("maxmemory", "0")
        wait_for_entries(client, job, 3 * COUNT // 5)
        assert "a later attempt" not in job.log()
        client.execute_command("SCRIPT", "FLUSH")
        wait_for_entries(client, job, 4 * COUNT // 5)
        with client.pipeline() as pipe:
            entries, _ = pipe.xrange(f"{job.prefix}decisions").flushall().execute()
        found = {fields["id"] for _, fields in entries}
        wait_for_end(job)
        times = Counter(fields["id"] for _, fields in client.xrange(f"{job.prefix}decisions"))
    assert set(times.values()) == {1}
    assert len(found | times.keys()) == COUNT, "what was decided after the server lost all is there"
    assert job.log().count("the stream has begun anew since") == 1


@pytest.mark.cluster
def test_replicas_are_waited_for(make_job: MakeJob, tmp_path: Path) -> None:
    """What a replica does not have is not written again, but goes on only once it has it."""
    with (
        EmbeddedRedis(tmp_path / "primary") as server,
        EmbeddedRedis(tmp_path / "replica") as copy,
        redis.Redis.from_url(server.url, decode_responses=True) as client,
    ):
        job = make_job(server.url, count=3000, settings=("redis.replicas=1",))
        job.start()
        wait_for(lambda: "0 of 1 replicas (redis.replicas) have the entries" in job.log(), "the wait for a replica", 120)
        assert length(client, job) <= 64, "one batch"
        with redis.Redis.from_url(copy.url) as replica:
            host, port = server.url.removeprefix("redis://").split("/")[0].split(":")
            replica.replicaof(host, port)
            wait_for_end(job)
            assert replica.xlen(f"{job.prefix}decisions") == 3000
        assert lost_and_doubled(client, job) == (0, 0)


@pytest.mark.long
@pytest.mark.cluster
def test_trimming_keeps_the_stream_short(redis_client: Any, make_job: MakeJob) -> None:
    job = make_job(settings=("redis.max_length=1000",))
    job.start()
    longest = 0
    while job.processes[-1].poll() is None:
        longest = max(longest, length(redis_client, job))
        time.sleep(0.05)
    wait_for_end(job)
    assert longest < 6000, "two checkpoints' worth above the limit"
    assert list(redis_client.hgetall(f"{job.prefix}needed")) == [f"{job.prefix}decisions#0"]


class Swallower:
    """Relays to a server; once asked, it hands on what the client sends and drops connection and reply."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target, self._wanted = target, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.swallowed = self._listener.getsockname()[1], 0

    def __enter__(self) -> Swallower:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def swallow(self) -> None:
        self._wanted.set()
        wait_for(lambda: not self._wanted.is_set(), "a swallowed reply", 120)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self._replies, args=(client, server), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while chunk := client.recv(65_536):
                server.sendall(chunk)

    def _replies(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while chunk := server.recv(65_536):
                if self._wanted.is_set() and len(chunk) < 100:  # the id of a batch's last entry, not a page
                    self._wanted.clear()
                    self.swallowed += 1
                    break
                client.sendall(chunk)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
