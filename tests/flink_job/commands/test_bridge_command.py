"""`ringwatch bridge` against a stand-in for Kinesis and a real Redis: what is there afterwards, each once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from flink_job.cli import main
from flink_job.settings.redis_url import partition_of
from ops.feeds.shard_reader import SENT_TOGETHER
from ops.free_ports import free_port
from ops.redis.embedded import EmbeddedRedis
from tests import ROOT
from tests.support.decided_once import decided
from tests.support.event_lines import ORDER
from tests.support.job_process import wait_for
from tests.support.kinesis_server import THROTTLED, KinesisServer, StreamOf, environment

EVENTS = [(f"a{n % 97}", json.dumps(ORDER | {"event_id": f"e{n}", "account_id": f"a{n % 97}"}).encode()) for n in range(10_000)]
PATIENCE_S = 150.0


class Bench:
    """Bridges of one prefix, in this process or in their own."""

    def __init__(self, kinesis: KinesisServer, url: str, prefix: str, client: Any, capsys: Any, folder: Path) -> None:
        self.kinesis, self.prefix, self._capsys, self.folder = kinesis, prefix, capsys, folder
        self.use(url, client)
        self.started: list[subprocess.Popen[bytes]] = []

    def use(self, url: str, client: Any) -> None:
        """Let all bridges use a server of Redis."""
        self._settings, self.client = ["--set", f"redis.url={url}", "--set", f"redis.prefix={self.prefix}"], client

    def bridge(self, *words: object) -> tuple[int, str]:
        code = main(["bridge", *map(str, words), "--lease-s", "1", *self._settings])
        return code, self._capsys.readouterr().err

    def start(self, *words: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flink_job.cli", "bridge", *map(str, words), "--lease-s", "1", *self._settings]
        env = os.environ | environment(self.kinesis) | {"PYTHONPATH": str(ROOT)}
        with self._log(len(self.started)).open("wb") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=env, stderr=log)
        self.started.append(process)
        return process

    def said(self, process: subprocess.Popen[bytes]) -> str:
        """What a bridge that was started has said so far."""
        return self._log(self.started.index(process)).read_text()

    def _log(self, number: int) -> Path:
        return self.folder / f"bridge-{number}.log"

    def lines(self, name: str = "events") -> list[bytes]:
        return [fields["json"].encode() for _, fields in self.client.xrange(f"{self.prefix}{name}")]

    def length(self, name: str = "events") -> int:
        return int(self.client.xlen(f"{self.prefix}{name}"))

    def wait(self, is_so: Callable[[], bool], what: str) -> None:
        wait_for(is_so, what, PATIENCE_S)

    def leases(self) -> Counter[str]:
        """Instance -> the shards that it has."""
        (key,) = self.client.keys(f"{self.prefix}bridge:*:leases") or [""]
        return Counter(lease.split(" ")[0] for lease in self.client.hvals(key)) if key else Counter()


@pytest.fixture
def bench(
    kinesis: KinesisServer,
    redis_url: str,
    stream_prefix: str,
    redis_client: Any,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Bench]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    bench = Bench(kinesis, redis_url, stream_prefix, redis_client, capsys, tmp_path)
    yield bench
    for process in bench.started:
        process.kill()
        process.wait()


@pytest.fixture
def stream(kinesis: KinesisServer) -> StreamOf:
    return kinesis.stream(4)


def test_it_begins_at_the_earliest_the_latest_or_a_time_and_goes_on_after_its_checkpoints(bench: Bench, stream: StreamOf) -> None:
    stream.put(EVENTS[:10])
    code, said = bench.bridge(stream.url, "--to", "redis:events", "--from", "earliest", "--no-follow")
    assert (code, "10 records with 10 events were sent to redis:events" in said) == (0, True), said
    time.sleep(1.1)  # the stand-in's clock says whole seconds
    middle = int(1000 * time.time())
    stream.put(EVENTS[10:20])
    assert bench.bridge(stream.url, "--to", "redis:events", "--from", "latest", "--no-follow")[0] == 0
    assert sorted(bench.lines()) == sorted(line for _, line in EVENTS[:20]), "it has checkpoints: --from does not count"
    assert bench.bridge(stream.url, "--to", "redis:timed", "--from", middle, "--no-follow")[0] == 0
    assert sorted(bench.lines("timed")) == sorted(line for _, line in EVENTS[10:20])
    time.sleep(1.1)
    assert bench.bridge(stream.url, "--to", "redis:late", "--no-follow")[0] == 0
    stream.put(EVENTS[20:25])
    assert bench.bridge(stream.url, "--to", "redis:late", "--no-follow")[0] == 0
    assert sorted(bench.lines("late")) == sorted(line for _, line in EVENTS[20:25])
    assert bench.bridge(stream.url, "--to", "redis:late", "--no-follow", "--name", "again", "--from", "earliest")[0] == 0
    assert bench.length("late") == 5 + 25


def test_an_account_goes_into_its_partition(bench: Bench, stream: StreamOf) -> None:
    stream.put(EVENTS[:200])
    assert bench.bridge(stream.url, "--to", "redis:events?partitions=3", "--from", "earliest", "--no-follow")[0] == 0
    found = [bench.lines(f"events:{number}") for number in range(3)]
    assert sum(map(len, found)) == 200
    for number, lines in enumerate(found):
        assert {partition_of(json.loads(line)["account_id"], 3) for line in lines} == {number}


@pytest.mark.cluster
def test_ten_thousand_over_four_shards_are_there_after_kills(bench: Bench, stream: StreamOf) -> None:
    """Killed with a slow Kinesis: all are there, a part of each shard again, and each is decided once."""
    stream.put(EVENTS)
    bench.kinesis.refuse = lambda operation, words: time.sleep(0.15) if operation == "GetRecords" else None
    for reached in (1, 3_000, 6_000):
        process = bench.start(stream.url, "--to", "redis:events", "--from", "earliest")
        bench.wait(lambda reached=reached: bench.length() >= reached, f"{reached} events")  # type: ignore[misc]
        process.kill()
        process.wait()
    assert bench.bridge(stream.url, "--to", "redis:events", "--from", "earliest", "--no-follow")[0] == 0
    found = Counter(bench.lines())
    assert found.keys() == {line for _, line in EVENTS}
    assert sum(found.values()) <= len(EVENTS) + 3 * 4 * SENT_TOGETHER
    assert sorted(decided(bench.lines())) == sorted(f"e{n}" for n in range(len(EVENTS)))
    first = list(dict.fromkeys(bench.lines()))
    for account in ("a0", "a1", "a50"):
        assert [line for line in first if json.loads(line)["account_id"] == account] == [line for key, line in EVENTS if key == account]


@pytest.mark.cluster
def test_two_share_the_shards_and_one_takes_over_what_a_dead_one_had(bench: Bench, stream: StreamOf) -> None:
    words = (stream.url, "--to", "redis:events", "--from", "earliest", "--poll-ms", "50")
    one, two = bench.start(*words), bench.start(*words)
    bench.wait(lambda: sorted(bench.leases().values()) == [2, 2], "two shards for each")
    bench.wait(lambda: "2 shards here, 2 elsewhere" in bench.said(two), "word of the other's shards")
    stream.put(EVENTS[:1000])
    bench.wait(lambda: bench.length() >= 1000, "the events")
    one.kill()
    stream.put(EVENTS[1000:2000])
    bench.wait(lambda: len(set(bench.lines())) == 2000, "the events of the shards that were taken over")
    assert list(bench.leases().values()) == [4]
    bench.wait(lambda: "4 shards here, 0 elsewhere" in bench.said(two), "word of all shards")
    two.send_signal(signal.SIGINT)
    assert two.wait(PATIENCE_S) == 0
    assert bench.leases() == {}
    assert set(bench.lines()) == {line for _, line in EVENTS[:2000]}


@pytest.mark.cluster
def test_it_goes_on_when_redis_was_gone(bench: Bench, stream: StreamOf, kinesis: KinesisServer) -> None:
    folder, back = bench.folder / "redis", kinesis.stream()
    with EmbeddedRedis(folder) as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        bench.use(server.url, client)
        inward = bench.start(stream.url, "--to", "redis:events", "--from", "earliest", "--poll-ms", "50")
        outward = bench.start("redis:events", "--to", back.url, "--from", "earliest")
        stream.put(EVENTS[:1000])
        bench.wait(lambda: len(set(back.records())) == 1000, "events on their way")
        os.kill(server.pid, signal.SIGKILL)
        stream.put(EVENTS[1000:2000])
        time.sleep(1.0)
    with EmbeddedRedis(folder, port):
        bench.wait(lambda: len(set(bench.lines())) == 2000, "all events")
        bench.wait(lambda: len(set(back.records())) == 2000, "all events, sent on")
        assert sorted(decided(bench.lines())) == sorted(f"e{n}" for n in range(2000))
        for process in (inward, outward):
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0


def test_it_reads_on_while_shards_are_split_and_merged(bench: Bench, kinesis: KinesisServer) -> None:
    stream = kinesis.stream(1)
    process = bench.start(stream.url, "--to", "redis:events", "--from", "earliest", "--poll-ms", "50")
    for at, change in enumerate((lambda of: stream.split(of[0]), lambda of: stream.merge(of[1], of[2]), lambda of: stream.split(of[3]))):
        stream.put(EVENTS[at * 300 : at * 300 + 200])
        change([shard["ShardId"] for shard in stream.shards()])
        stream.put(EVENTS[at * 300 + 200 : at * 300 + 300])
        bench.wait(lambda at=at: bench.length() >= at * 300 + 100, "some events")  # type: ignore[misc]
    bench.wait(lambda: bench.length() == 900, "all events")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    lines = bench.lines()
    for account in {key for key, _ in EVENTS[:900]}:
        assert [line for line in lines if json.loads(line)["account_id"] == account] == [
            line for key, line in EVENTS[:900] if key == account
        ]


def test_limits_delay_it_and_lose_nothing(bench: Bench, stream: StreamOf) -> None:
    chance = random.Random(3)
    bench.kinesis.refuse = lambda operation, words: THROTTLED if operation != "PutRecords" and chance.random() < 0.3 else None
    stream.put(EVENTS[:3000])
    code, said = bench.bridge(stream.url, "--to", "redis:events", "--from", "earliest", "--no-follow")
    assert code == 0, said
    assert Counter(bench.lines()) == Counter(line for _, line in EVENTS[:3000])


def test_a_service_that_is_away_is_waited_for(bench: Bench, stream: StreamOf) -> None:
    stream.put(EVENTS[:100])
    asked = []

    def away(operation: str, words: object) -> tuple[int, str, str] | None:
        asked.append(operation)
        return (503, "ServiceUnavailable", "") if operation == "GetRecords" and len(asked) < 12 else None

    bench.kinesis.refuse = away
    code, said = bench.bridge(stream.url, "--to", "redis:events", "--from", "earliest", "--no-follow")
    assert (code, bench.length()) == (0, 100), said


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ("AccessDeniedException", "these credentials may not call GetRecords: give them the right kinesis:GetRecords on this stream"),
        ("UnrecognizedClientException", "the credentials are not known to AWS (UnrecognizedClientException): set AWS_ACCESS_KEY_ID"),
        ("ExpiredTokenException", "the credentials have expired (ExpiredTokenException): give new ones"),
        ("KMSAccessDeniedException", "the key that encrypts the stream cannot be used (KMSAccessDeniedException): give these"),
        ("InvalidArgumentException", "GetRecords is refused (InvalidArgumentException: why)"),
    ],
)
def test_a_refusal_names_the_mend(bench: Bench, stream: StreamOf, refused: str, said: str) -> None:
    bench.kinesis.refuse = lambda operation, words: (400, refused, "why") if operation == "GetRecords" else None
    code, text = bench.bridge(stream.url, "--to", "redis:events", "--no-follow")
    assert (code, f"ringwatch bridge: {stream.url}: {said}" in text) == (1, True), text
    assert bench.leases() == {}


def test_what_is_missing_is_named(bench: Bench, stream: StreamOf, monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = bench.bridge("kinesis://eu-west-1/nowhere", "--to", "redis:events")
    assert (code, "there is no stream nowhere in eu-west-1 for these credentials: create it, or correct region or name" in text) == (
        1,
        True,
    )
    code, text = bench.bridge("redis:decisions", "--to", "kinesis://eu-west-1/nowhere")
    assert (code, "there is no stream nowhere in eu-west-1" in text) == (1, True), text
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    code, text = bench.bridge(stream.url, "--to", "redis:events")
    assert (code, "there are no credentials (" in text, "or give this machine a role" in text) == (1, True, True), text
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS", "http://127.0.0.1:1")
    code, text = bench.bridge(stream.url, "--to", "redis:events")
    assert (code, "cannot be reached (Could not connect to the endpoint URL" in text) == (1, True), text
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    code, text = bench.bridge(stream.url, "--to", "redis:events")
    assert (code, "The config profile (nobody) could not be found: correct" in text) == (1, True), text
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    code, text = bench.bridge(stream.url, "--to", "redis:events")
    assert (code, "FROM: kinesis:// needs boto3: pip install '.[aws]' in the folder of ringwatch" in text) == (2, True), text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["redis:events", "--to", "redis:other"], "a bridge from 'redis:events' to 'redis:other' is not there"),
        (["kinesis://eu-west-1/a", "--to", "kinesis://eu-west-1/b"], "is not there: it leads from"),
        (["kinesis://orders", "--to", "redis:events"], "FROM: 'kinesis://orders' is not understood; write kinesis://REGION/STREAM"),
        (["kinesis://KEY:hush@eu-west-1/a", "--to", "redis:events"], "FROM: a kinesis:// URL holds no key"),
        (["kinesis://eu-west-1/a", "--to", "redis:decisions"], "--to: the job writes the stream decisions itself"),
        (["kinesis://eu-west-1/a", "--to", "redis:events", "--from", "soon"], "--from 'soon' is no time; write earliest, latest, or"),
        (["kinesis://eu-west-1/a", "--to", "redis:events", "--poll-ms", "5"], "--poll-ms is 5; give 50 to 60000"),
        (["redis:decisions", "--to", "kinesis://eu-west-1/a", "--from", "2026-01-01"], "is read from earliest or from latest"),
        (["redis:decisions?partitions=2", "--to", "kinesis://eu-west-1/a"], "has no partitions: write redis:NAME"),
    ],
)
def test_what_cannot_be_is_said(bench: Bench, words: list[str], said: str) -> None:
    code, text = bench.bridge(*words)
    assert (code, said in text) == (2, True), text
    assert "hush" not in text


def decide(bench: Bench, first: int, last: int, accounts: int = 20) -> list[tuple[str, bytes]]:
    """Add decisions to the stream of the job; return keys and documents."""
    found = []
    for n in range(first, last):
        account = f"{n % accounts:016x}"
        document = json.dumps({"event_id": f"e{n}", "decision": "approve", "entities": {"account": account}})
        bench.client.xadd(f"{bench.prefix}decisions", {"json": document})
        found.append((account, document.encode()))
    return found


def by_key(records: list[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for key, data in records:
        found.setdefault(key, []).append(data)
    return found


def test_decisions_go_out_each_once_in_the_order_of_their_account(bench: Bench, stream: StreamOf) -> None:
    sent = decide(bench, 0, 700, 100)
    chance = random.Random(5)
    bench.kinesis.fails = lambda record: chance.random() < 0.3
    code, said = bench.bridge("redis:decisions", "--to", stream.url, "--from", "earliest", "--no-follow")
    assert (code, f"700 records with 700 events were sent to {stream.url}" in said) == (0, True), said
    assert by_key(stream.records()) == by_key(sent)
    assert len(bench.client.xrange(f"{bench.prefix}dead")) == 0


def test_enriched_events_go_out_whole_with_features_and_raw_lines(bench: Bench, stream: StreamOf) -> None:
    sent = []
    for n in range(200):
        account, raw = f"{n % 9:016x}", {"event_id": f"e{n}", "attributes": {"gift": "Grüße \u2028 an 祖母"}}
        more = {"event": {"event_id": f"e{n}", "pseudonyms": {"account": account}}, "features": [0.125] * 150, "raw": raw}
        document = json.dumps({"event_id": f"e{n}", "decision": "approve", "entities": {"account": account}, **more})
        bench.client.xadd(f"{bench.prefix}enriched", {"json": document})
        sent.append((account, document.encode()))
    code, said = bench.bridge("redis:enriched", "--to", stream.url, "--from", "earliest", "--no-follow")
    assert (code, f"200 records with 200 events were sent to {stream.url}" in said) == (0, True), said
    assert by_key(stream.records()) == by_key(sent)


@pytest.mark.cluster
def test_killed_on_the_way_out_it_goes_on_where_it_was_and_another_stands_by(bench: Bench, stream: StreamOf) -> None:
    words = ("redis:decisions", "--to", stream.url, "--from", "earliest")
    bench.kinesis.refuse = lambda operation, words: time.sleep(0.1) if operation == "PutRecords" else None
    sent = decide(bench, 0, 300)
    for _ in range(6):  # more often than an entry may be given out elsewhere
        before, process = bench.kinesis.calls.get("PutRecords", 0), bench.start(*words)
        bench.wait(lambda before=before: bench.kinesis.calls.get("PutRecords", 0) > before + 1, "records")  # type: ignore[misc]
        process.kill()
        process.wait()
    bench.kinesis.refuse = lambda operation, words: None
    one, two = bench.start(*words), bench.start(*words)
    bench.wait(lambda: len(set(stream.records())) == 300, "all records")
    sent += decide(bench, 300, 350)
    bench.wait(lambda: len(set(stream.records())) == 350, "all records")
    assert sum(bench.leases().values()) == 1
    for process in (one, two):
        process.send_signal(signal.SIGINT)
    assert [process.wait(PATIENCE_S) for process in (one, two)] == [0, 0]
    for key, documents in by_key(stream.records()).items():
        assert list(dict.fromkeys(documents)) == [document for account, document in sent if account == key]
    assert bench.length("dead") == 0


def test_a_record_that_kinesis_cannot_take_holds_up_no_other(bench: Bench, stream: StreamOf, caplog: pytest.LogCaptureFixture) -> None:
    bench.client.xadd(f"{bench.prefix}decisions", {"json": json.dumps({"event_id": "long", "x": "y" * 2**20})})
    (small,) = decide(bench, 0, 1)
    assert bench.bridge("redis:decisions", "--to", stream.url, "--from", "earliest", "--no-follow")[0] == 0
    assert stream.records() == [small]
    assert "more than Kinesis takes: it is left out" in caplog.text


def test_metrics_say_how_it_does(bench: Bench, stream: StreamOf) -> None:
    port = free_port()
    stream.put(EVENTS[:100])
    process = bench.start(stream.url, "--to", "redis:events", "--from", "earliest", "--metrics-port", port)
    bench.wait(lambda: bench.length() == 100, "the events")

    def text() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    bench.wait(lambda: "ringwatch_bridge_records_total 100.0" in text(), "the count")
    found = text()
    assert "ringwatch_bridge_lag_ms 0.0" in found
    assert "ringwatch_bridge_shards 4.0" in found
    code, said = bench.bridge(stream.url, "--to", "redis:events", "--metrics-port", port)
    assert (code, f"--metrics-port {port} cannot be used (Address already in use)" in said) == (2, True)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_bridge_that_was_to_end_by_itself_says_that_it_was_interrupted(bench: Bench, stream: StreamOf, by: signal.Signals) -> None:
    stream.put(EVENTS[:10])
    bench.kinesis.refuse = lambda operation, words: THROTTLED if operation == "GetRecords" else None
    threading.Timer(1.0, os.kill, (os.getpid(), by)).start()
    code, said = bench.bridge(stream.url, "--to", "redis:events", "--no-follow")
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143}[by]
    assert "interrupted: started again it goes on after its checkpoints" in said
