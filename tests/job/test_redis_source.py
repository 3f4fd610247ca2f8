"""Redis streams as sources of the real job: a kill, entries trimmed while it is down, a file beside."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.redis_url import RedisStream, partition_of
from tests.flink_job.connectors.redis_link_in_java import certificate
from tests.job.test_job import KEY, POLICY_OPTIONS, disagreements, replayed
from tests.support.job_process import JobProcess, wait_for, without_clock

OPENSSL = shutil.which("openssl")
CANARY = "canary-redis-source-7d1"
EVENTS = 3000

pytestmark = [
    pytest.mark.flink,
    pytest.mark.timeout(500),
    pytest.mark.skipif(OPENSSL is None, reason="openssl makes the test's certificate"),
]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return [json.dumps(document) for document in simulate(SimulatorSettings(events=EVENTS, seed=5, fraud_share=0.08)).documents()]


@pytest.fixture(scope="module")
def client(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture(scope="module")
def secret_url(client: Any, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An address with TLS and a user of its own, whose password is the canary."""
    assert OPENSSL
    folder = tmp_path_factory.mktemp("tls")
    made = certificate(OPENSSL, folder / "c.pem", folder / "k.pem", "rsa:2048")
    client.acl_setuser("source", enabled=True, reset=True, passwords=[f"+{CANARY}"], keys=["*"], channels=["*"], categories=["+@all"])
    with behind_tls(made, int(redis_url.removesuffix("/0").rsplit(":", 1)[1])) as port:
        yield f"rediss://source:{CANARY}@localhost:{port}/0?ssl_ca_certs={made[0]}"


@contextmanager
def behind_tls(made: tuple[Path, Path], behind: int) -> Iterator[int]:
    """A TLS port before a server, for any number of clients."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*made)

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def connect(plain: socket.socket) -> None:
        with (
            suppress(OSError),
            plain,
            context.wrap_socket(plain, server_side=True) as given,
            socket.create_connection(("127.0.0.1", behind)) as there,
        ):
            back = threading.Thread(target=pump, args=(there, given))
            back.start()
            pump(given, there)
            back.join()

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=connect, args=(plain,)))
            threads[-1].start()

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=serve)
        accepting.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        for thread in (accepting, *threads):
            thread.join()


def add(client: Any, key: str, lines: list[str]) -> None:
    pipe = client.pipeline(transaction=False)
    for line in lines:
        pipe.xadd(key, {"json": line})
    pipe.execute()


def read_by(folder: Path, redis_url: str, prefix: str, *urls: str, **environment: str) -> JobProcess:
    options = (*POLICY_OPTIONS, "--set", "job.checkpoint_interval_s=1", "--set", "redis.max_length=100")
    return JobProcess(folder, folder, redis_url, prefix, options, {"RINGWATCH_PSEUDONYM_KEY": KEY, **environment}, urls)


@pytest.mark.cluster
def test_a_killed_job_goes_on_where_its_checkpoint_was(
    lines: list[str], client: Any, redis_url: str, secret_url: str, tmp_path: Path
) -> None:
    prefix, key = "source:", "source:events"
    job = read_by(tmp_path / "job", redis_url, prefix, "redis:events", RINGWATCH_REDIS_URL=secret_url)
    add(client, key, lines[:1500])
    process = job.start()
    try:
        wait_for(lambda: len(job.decided()) >= 500, f"decisions:\n{job.output()}")
        add(client, key, lines[1500:2200])
        wait_for(lambda: len(job.decided()) >= 1600, f"decisions:\n{job.output()}")
        wait_for(lambda: client.xlen(key) < 2200, "a stream that is trimmed")
    finally:
        job.kill(process)
    add(client, key, lines[2200:])
    job.run("--resume")
    times = Counter(document["event_id"] for document in job.decided())
    offline = replayed(history(tmp_path, lines), tmp_path / "offline.jsonl")
    assert (len(times), set(times.values())) == (len(offline), {1})
    assert disagreements(without_clock(job.decided()), offline) == []

    add(client, key, lines[:120])
    client.xtrim(key, maxlen=20, approximate=False)
    job.run("--resume")
    (gone,) = [entry["json"] for entry in job.stream(client, "rejected")]
    assert (gone["field"], gone["stream"]) == ("source", key)
    assert gone["missing"] >= 100, "and those that a checkpoint of the end did not know as read"
    assert "1 for what a source no longer holds" in job.output()
    assert f"{gone['missing']} entries are missing" in "".join(log.read_text() for log in (tmp_path / "job" / "logs").glob("*"))
    shown = [path.name for path in [tmp_path / "job" / "output.txt", *(tmp_path / "job" / "logs").glob("*")] if CANARY in path.read_text()]
    assert not shown, "the password is shown"


@pytest.mark.cluster
def test_partitions_are_read_beside_a_file(lines: list[str], client: Any, redis_url: str, tmp_path: Path) -> None:
    """The accounts of the file are others: there is no order between sources."""
    by_partition: dict[int, list[str]] = {}
    for line in lines:
        by_partition.setdefault(partition_of(json.loads(line)["account_id"], 3), []).append(line)
    file = history(tmp_path, by_partition[0])
    for number, key in enumerate(RedisStream("events", 2).keys("beside:")):
        add(client, key, by_partition[number + 1])
    job = read_by(tmp_path / "job", redis_url, "beside:", "redis:events?partitions=2", f"file:{file}")
    job.run()
    expected = {document["event_id"] for document in map(json.loads, lines) if document["event_type"] != "label"}
    times = Counter(document["event_id"] for document in job.decided())
    assert set(times) == expected
    assert set(times.values()) == {1}


def history(folder: Path, lines: list[str]) -> Path:
    path = folder / "history.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path
