"""The real job between real Kafka topics, and what `ringwatch check` says of a broker."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.cli import TERMINATED, main
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from tests.support.cluster_process import ClusterProcess
from tests.support.job_process import JOB_TIMEOUT_S, ROOT, JobProcess, wait_for, without_clock
from tests.support.kafka_broker import PASSWORD, USER, KafkaBroker, make_certificate
from tests.support.kinesis_server import KinesisServer

pytestmark = [pytest.mark.flink, pytest.mark.timeout(500)]

KEY = "a key for the tests"
IN_FIRST, IN_SECOND = "d", "a"
"""Keys of the first and the second of two partitions."""
FRAME = b"\0\0\0\0\7"
POISON = (None, b"\xff\xfe{", b"{", b"[]", b'{"event_id": "x"}', b"{" * 300_000)


def records(events: int, seed: int) -> list[tuple[str | None, bytes | None]]:
    """Simulated events and labels, keyed by account."""
    documents = simulate(SimulatorSettings(events=events, seed=seed, fraud_share=0.08)).documents()
    return [(document["account_id"], json.dumps(document, ensure_ascii=False).encode()) for document in documents]


def changes(sent: list[tuple[str | None, bytes | None]]) -> list[tuple[str | None, bytes | None]]:
    """The records as Debezium sends them: changes with and without schema, in a frame, unwrapped, and bare.

    At the end a delete and its tombstone, which hold no event.
    """

    def change(at: int, event: bytes) -> bytes:
        plain = b'{"before": null, "after": ' + event + b', "op": "' + b"cru"[at % 3 : at % 3 + 1] + b'", "source": {}}'
        framed = FRAME + b'{"schema": {"type": "struct"}, "payload": ' + plain + b"}"
        return (event, plain, framed, event[:-1] + b', "__op": "c"}')[at % 4]

    found = [(key, value if key == "poison" or value is None else change(at, value)) for at, (key, value) in enumerate(sent)]
    last = next(value for key, value in reversed(sent) if key != "poison" and value)
    return [*found, ("gone", b'{"before": ' + last + b', "after": null, "op": "d"}'), ("gone", None)]


def job(folder: Path, redis_url: str, prefix: str, sources: list[str], *options: str, **environment: str) -> JobProcess:
    return JobProcess(folder, folder, redis_url, prefix, options, {"RINGWATCH_PSEUDONYM_KEY": KEY, **environment}, tuple(sources))


def offline(lines: list[bytes], folder: Path) -> dict[str, dict[str, Any]]:
    """What `ringwatch score` decides."""
    (folder / "history.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY.encode())
    decider = Decider(graph, load_scorer(PRETRAINED, graph), PolicySettings(), pseudonyms)
    score_files(Replay(graph, EventParser(graph, pseudonyms)), decider, [folder / "history.jsonl"], folder / "offline.jsonl")
    return without_clock(json.loads(line) for line in (folder / "offline.jsonl").read_text().splitlines())


@pytest.mark.cluster
def test_exactly_once_from_topic_to_topic_through_a_kill(kafka_broker: KafkaBroker, redis_url: str, tmp_path: Path) -> None:
    """The records are Debezium's, and the decisions those of the bare events."""
    sent = records(20_000, 21)
    source, decisions, rejected = kafka_broker.create("events"), kafka_broker.create("decisions", 3), kafka_broker.create("rejected")
    for at, poison in enumerate(POISON):
        sent.insert(at * 700, ("poison", poison))
    expected = offline([value for _, value in sent if value is not None], tmp_path)
    sent = changes(sent)
    # The second half comes in portions from when the first is on its way. The kill follows the first records
    # of a transaction that was begun just after a commit: the next checkpoint, from which on it would be
    # completed and not aborted, is seconds away.
    half = len(sent) // 2
    kafka_broker.produce("events", sent[:half])
    assert kafka_broker.committed_offset("once", "events") == 0
    options = ("--set", f"job.rejected={rejected}", "--set", "kafka.group=once", "--set", "job.checkpoint_interval_s=4")
    run = job(tmp_path / "job", redis_url, "once:", [f"{source}?format=debezium"], "--decisions", decisions, *options)
    process = run.start()
    wait_for(lambda: process.poll() is not None or len(kafka_broker.records("decisions")) > 300, "decisions")
    rest = [sent[at : at + 500] for at in range(half, len(sent), 500)]

    def is_open() -> bool:
        return kafka_broker.has_open_transaction("decisions")

    for look, what in ((is_open, "a transaction"), (lambda: not is_open(), "its commit"), (is_open, "the one after it")):
        kafka_broker.produce("events", rest.pop(0))
        wait_for(lambda look=look: process.poll() is not None or look(), what)
    run.kill(process)
    for some in rest:
        kafka_broker.produce("events", some)
    before = len(kafka_broker.records("decisions"))
    assert 300 < before < len(expected), f"killed too early or too late, nothing was tested:\n{run.output()}"
    process = run.start("--resume")
    wait_for(lambda: process.poll() is not None or len(kafka_broker.records("decisions")) >= len(expected), "the other decisions")
    wait_for(lambda: process.poll() is not None or kafka_broker.committed_offset("once", "events") == len(sent), "the offsets")
    stop(run, process)

    seen = kafka_broker.records("decisions")
    documents = [json.loads(message.value()) for message in seen]
    assert Counter(document["event_id"] for document in documents) == Counter(expected.keys())
    assert len(kafka_broker.records("decisions", committed=False)) > len(seen), "no transaction was aborted: nothing was tested"
    streamed = without_clock(documents)
    differing = [event_id for event_id in expected if streamed[event_id]["decision"] != expected[event_id]["decision"]]
    assert differing == []
    assert all("decided_at" in document for document in documents)
    keyed_in_order(seen)
    reasons = [json.loads(message.value())["reason"] for message in kafka_broker.records("rejected")]
    assert len(reasons) == len(POISON) - 1, "one has no value, which is no fault"
    for kind in ("delete", "tombstone"):
        assert f"1 of the kind {kind}" in run.output(), "those after the kill"
    assert "line: UTF-16 or UTF-32 text; send UTF-8" in reasons


@pytest.mark.long
@pytest.mark.cluster
def test_a_job_goes_on_where_there_are_records_and_says_what_is_missing(kafka_broker: KafkaBroker, redis_url: str, tmp_path: Path) -> None:
    """After a stop, when the next records are gone, and while it runs, when the topic is made anew.

    Once it is shorter than the old one, and once longer, with a partition more, before the job looks again.
    """
    source, decisions = kafka_broker.create("gone"), kafka_broker.create("gone-decisions")
    events = [record for record in records(1_500, 31) if b'"event_type": "label"' not in (record[1] or b"")]
    options = ("--decisions", decisions, "--set", "kafka.start=latest", "--set", "kafka.group=gone", "--set", "job.checkpoint_interval_s=1")
    options += ("--set", "kafka.properties.partition.discovery.interval.ms=2000")
    run = job(tmp_path / "job", redis_url, "gone:", [source], *options)
    kafka_broker.produce("gone", events[:40])  # before the start: not to be read
    process = run.start()
    try:
        wait_for(lambda: process.poll() is not None or "events from kafka" in run.output(), "the job to run")
        kafka_broker.produce("gone", events[40:300])
        wait_for(lambda: process.poll() is not None or kafka_broker.committed_offset("gone", "gone") == 300, "the position")
        run.kill(process)
        kafka_broker.produce("gone", events[300:700])
        kafka_broker.remove_before("gone", 450)
        process = run.start("--resume")
        wait_for(lambda: process.poll() is not None or kafka_broker.committed_offset("gone", "gone") == 700, "what is there")
        kafka_broker.delete("gone")
        kafka_broker.create("gone")
        kafka_broker.produce("gone", events[700:1_000])
        wait_for(lambda: process.poll() is not None or kafka_broker.committed_offset("gone", "gone") == 300, "the new topic")
        os.killpg(process.pid, signal.SIGSTOP)
        kafka_broker.delete("gone")
        kafka_broker.create("gone", 2)
        kafka_broker.produce("gone", [(IN_FIRST, value) for _, value in events[1_000:1_350]])
        kafka_broker.produce("gone", [(IN_SECOND, value) for _, value in events[1_350:1_400]])
        os.killpg(process.pid, signal.SIGCONT)
        wait_for(lambda: process.poll() is not None or kafka_broker.committed_offset("gone", "gone") == 400, "the longer topic")
        stop(run, process)
    finally:
        if process.poll() is None:
            run.kill(process)
    decided = Counter(json.loads(message.value())["event_id"] for message in kafka_broker.records("gone-decisions"))
    assert decided == Counter(json.loads(value or b"")["event_id"] for _, value in events[40:300] + events[450:1_400])
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    gaps = [entry["json"] for entry in run.stream(client, "rejected")]
    told = [(gap["partition"], gap["position"], gap["goes_on_at"], gap["missing"]) for gap in gaps]
    assert told == [("gone-0", 300, 450, 150), ("gone-0", 700, 0, None), ("gone-0", 300, 0, None)]
    assert "at most 150 records are missing" in gaps[0]["reason"]
    assert all("the topic was made anew" in gap["reason"] for gap in gaps[1:])
    assert "3: 3 for what a source no longer holds" in run.output()
    logs = "".join(path.read_text(errors="replace") for path in (run.folder / "logs").iterdir())
    assert gaps[0]["reason"].removeprefix("source: ") in logs


def stop(run: JobProcess, process: subprocess.Popen[bytes]) -> None:
    """As an operator does, and the job must have been alive."""
    try:
        assert process.poll() is None, run.output()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == TERMINATED
    finally:
        if process.poll() is None:
            run.kill(process)


def keyed_in_order(messages: list[Any]) -> None:
    """A record's key is its account's pseudonym; an account is in one partition, in order."""
    partitions, times = defaultdict(set), defaultdict(list)
    for message in messages:
        document = json.loads(message.value())
        account = message.key().decode()
        assert account == document["entities"]["account"]
        partitions[account].add(message.partition())
        times[account].append(document["event_time"])
    assert {len(found) for found in partitions.values()} == {1}
    assert len(set.union(*partitions.values())) > 1
    assert all(found == sorted(found) for found in times.values())


@pytest.mark.cluster
def test_at_least_once_over_tls_from_several_topics(kafka_broker: KafkaBroker, redis_url: str, tmp_path: Path) -> None:
    """Bounded: what comes after the start is not read. Visible at once, two readers per topic, each topic of
    a format, the password in no log.
    """
    for topic, partitions in (("tls-events", 4), ("tls-labels", 2), ("tls-decisions", 2)):
        kafka_broker.create(topic, partitions)
    sent = records(800, 23)
    labels = [record for record in sent if b'"event_type": "label"' in (record[1] or b"")]
    events = [record for record in sent if record not in labels]
    kafka_broker.produce("tls-labels", [(key, FRAME + (value or b"")) for key, value in labels])
    kafka_broker.produce("tls-events", changes(events))
    at = [f"kafka://{kafka_broker.sasl}/{topic}" for topic in ("tls-events", "tls-labels", "tls-decisions")]
    login = f"org.apache.kafka.common.security.plain.PlainLoginModule required username={USER} password=${{env:SHOP_PASSWORD}};"
    trusted = {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.jaas.config": login}
    trusted |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(kafka_broker.authority)}
    options = ["--set", "kafka.guarantee=at_least_once", "--set", "kafka.readers=2", "--bounded"]
    options += [word for name, value in trusted.items() for word in ("--set", f"kafka.properties.{name}={value}")]
    sources = [f"{at[0]}?format=debezium", f"{at[1]}?format=confluent_json"]
    run = job(tmp_path / "job", redis_url, "tls:", sources, "--decisions", at[2], *options, SHOP_PASSWORD=PASSWORD)
    process = run.start()
    wait_for(lambda: process.poll() is not None or len(kafka_broker.records("tls-decisions")) > 0, "decisions")
    assert process.poll() is None, run.output()
    kafka_broker.produce("tls-events", records(50, 24))
    assert process.wait(JOB_TIMEOUT_S) == 0, run.output()
    documents = [json.loads(message.value()) for message in kafka_broker.records("tls-decisions")]
    assert Counter(document["event_id"] for document in documents) == Counter(json.loads(value or b"")["event_id"] for _, value in events)
    assert not any("decided_at" in document for document in documents), "a repeat would differ in it"
    assert re.search(r"rejected +no line", run.output())
    for kind in ("delete", "tombstone"):
        assert f"1 of the kind {kind}" in run.output()
    assert PASSWORD not in run.output()
    logs = b"".join(path.read_bytes() for path in (run.folder / "logs").iterdir())
    assert b"KafkaSourceEnumerator" in logs
    assert PASSWORD.encode() not in logs
    assert KEY.encode() not in logs


@pytest.mark.cluster
def test_each_source_of_a_cluster_has_its_format(kafka_broker: KafkaBroker, redis_url: str, tmp_path: Path) -> None:
    """The cluster's processes learn the formats from the job alone."""
    events = [record for record in records(900, 25) if b'"event_type": "label"' not in (record[1] or b"")]
    parts = {"confluent_json": events[0::3], "debezium": events[1::3], "cloudevents": events[2::3]}
    around = {"debezium": (b'{"before": null, "after": ', b', "op": "c"}'), "confluent_json": (FRAME, b"")}
    around["cloudevents"] = (b'{"specversion": "1.0", "id": "1", "source": "/shop", "type": "order", "data": ', b"}")
    sources, decisions = [], kafka_broker.create("formats-decisions")
    for form, sent in parts.items():
        topic = f"formats-{form.replace('_', '-')}"
        sources.append(f"{kafka_broker.create(topic)}?format={form}")
        kafka_broker.produce(topic, [(key, around[form][0] + (value or b"") + around[form][1]) for key, value in sent])
    run = job(tmp_path / "job", redis_url, "formats:", sources, "--decisions", decisions, "--set", "job.checkpoint_interval_s=1")
    with ClusterProcess(tmp_path / "cluster", 1, (), {"RINGWATCH_PSEUDONYM_KEY": KEY}) as cluster:
        cluster.submit(run)
        wait_for(lambda: len(kafka_broker.records("formats-decisions")) >= len(events), "decisions", 120)
        cluster.stop_job()
    decided = Counter(json.loads(message.value())["event_id"] for message in kafka_broker.records("formats-decisions"))
    assert decided == Counter(json.loads(value or b"")["event_id"] for _, value in events)
    assert run.stream(redis.Redis.from_url(redis_url, decode_responses=True), "rejected") == []


# --- ringwatch check
# ------------------------------------------------------------------------------------------------


CHECKER = """
import json, sys
from flink_job.cluster.kafka_check import check_kafka
from flink_job.settings.settings import load
for line in sys.stdin:
    try:
        answer = check_kafka(load(None, json.loads(line)))
        found = f"{answer.text} {dict(answer.partitions)}"
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
    print("FOUND", found, flush=True)
"""


@pytest.fixture(scope="module")
def checked(kafka_broker: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What `check_kafka` says of a source URL, options and client properties, asked in one process with its
    own JVM.
    """
    kafka_broker.create("check")
    logs = tmp_path_factory.mktemp("check")
    child = subprocess.Popen([sys.executable, "-c", CHECKER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None

    def check(url: str, *overrides: str, **properties: str) -> str:
        given = [f"kafka.properties.{name.replace('_', '.')}={value}" for name, value in properties.items()]
        print(json.dumps([f"job.sources=['{url}']", f"job.log_dir={logs}", *given, *overrides]), file=child.stdin, flush=True)
        return next(line for line in child.stdout if line.startswith("FOUND ")).removeprefix("FOUND ").rstrip()

    with child:
        yield check
        child.stdin.close()
        child.wait(30)


def test_check_of_a_plain_broker(checked: Any, kafka_broker: KafkaBroker) -> None:
    url = f"kafka://{kafka_broker.plain}/check"
    assert checked(url, f"job.decisions={url}") == f"1 topic at {kafka_broker.plain}, exactly_once {{'check': 1}}"
    kafka_broker.create("check-partitions", 3)
    other = f"kafka://{kafka_broker.plain}/check-partitions"
    assert checked(other, f"job.decisions={url}") == f"2 topics at {kafka_broker.plain}, exactly_once {{'check-partitions': 3}}", "sources"
    assert checked(f"{url}?format=debezium").startswith(f"1 topic at {kafka_broker.plain}")
    assert "format 'avro' is not known" in checked(f"{url}?format=avro")
    assert "shows no topic elsewhere: create it" in checked(f"kafka://{kafka_broker.plain}/elsewhere")
    found = checked(url, f"job.decisions={url}", "kafka.transaction_timeout_s=3600")
    assert found.startswith(f"KafkaError: kafka.transaction_timeout_s is 3600, and {kafka_broker.plain} allows 900: make it shorter")
    assert "stays open for up to 310 s" in checked(url, f"job.decisions={url}", "kafka.transaction_timeout_s=60")
    found = checked(url, ssl_key_password="${env:SHOP_NOWHERE}")
    assert "refers to the environment variable SHOP_NOWHERE, which is not set" in found


def test_publish_keys_by_account_and_parts_labels(kafka_broker: KafkaBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to, labels_to = kafka_broker.create("published", 2), kafka_broker.create("published-labels")
    sent = [json.loads(record or b"") for _, record in records(2000, seed=8)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in sent))
    assert main(["publish", str(tmp_path / "events.jsonl"), "--to", to, "--labels-to", labels_to]) == 0
    found = kafka_broker.records("published")
    assert sorted(json.loads(one.value())["event_id"] for one in found) == sorted(
        one["event_id"] for one in sent if one["event_type"] != "label"
    )
    assert all(one.key().decode() == json.loads(one.value())["account_id"] for one in found)
    assert {one.partition() for one in found} == {0, 1}
    labels = [json.loads(one.value()) for one in kafka_broker.records("published-labels")]
    assert labels == [one for one in sent if one["event_type"] == "label"], "in their order"
    capsys.readouterr()
    assert main(["publish", str(tmp_path / "events.jsonl"), "--to", f"kafka://{kafka_broker.plain}/nowhere"]) == 1
    assert f"Kafka at {kafka_broker.plain} has no topic nowhere to write to" in capsys.readouterr().err


def test_a_bridge_brings_events_of_kinesis_in_the_order_of_their_account(
    kafka_broker: KafkaBroker, kinesis: KinesisServer, redis_url: str, stream_prefix: str
) -> None:
    to, stream = kafka_broker.create("bridged", 2), kinesis.stream(2)
    sent = [(str(key), record or b"") for key, record in records(500, seed=9)]
    stream.put(sent)
    words = ["--from", "earliest", "--no-follow", "--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}"]
    assert main(["bridge", stream.url, "--to", to, *words]) == 0
    found = [(json.loads(one.value())["account_id"], one.value()) for one in kafka_broker.records("bridged")]
    assert len(found) == len(sent)
    for account in {key for key, _ in sent}:
        assert [line for key, line in found if key == account] == [line for key, line in sent if key == account]


def test_what_a_topic_does_not_take_ends_a_bridge_and_is_sent_once_it_does(
    kafka_broker: KafkaBroker, kinesis: KinesisServer, redis_url: str, stream_prefix: str, capsys: Any
) -> None:
    to, stream = kafka_broker.create("long", 1), kinesis.stream()
    sent = [b"no json", b"x" * 1_000_500, b"y" * 1_048_570, b"{}"]
    words = ["bridge", stream.url, "--to", to, "--from", "earliest", "--no-follow"]
    words += ["--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}"]
    sent[:0] = [b'{"account_id":"\\ud800"}', b"[" * 100_000]
    stream.put([("k", record) for record in sent[:4]])
    assert main(words) == 0
    stream.put([("k", record) for record in sent[4:]])
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "ringwatch bridge: the topic long does not take the lines: Broker: Message size too large: raise max.message.bytes" in said
    kafka_broker.set_longest("long", 2_000_000)
    assert main(words) == 0
    assert {record.value() for record in kafka_broker.records("long")} == set(sent)


def test_check_of_nobody(checked: Any) -> None:
    began = time.monotonic()
    found = checked("kafka://127.0.0.1:1/check")
    assert found.startswith("KafkaError: no Kafka broker at 127.0.0.1:1 answers within 10 s: start it, or correct the kafka:// URL")
    assert time.monotonic() - began < 30
    assert "no.such.host.invalid:9092: Kafka's client refuses" in checked("kafka://no.such.host.invalid/check")


def test_check_over_tls_verifies_authority_and_name(checked: Any, kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    url = f"kafka://{kafka_broker.tls}/check"
    tls = {"security_protocol": "SSL", "ssl_truststore_type": "PEM"}
    assert checked(url, **tls, ssl_truststore_location=str(kafka_broker.authority)).startswith("1 topic at localhost")
    make_certificate(tmp_path / "other.p12", tmp_path / "other.pem")
    refused = (
        checked(url, **tls, ssl_truststore_location=str(tmp_path / "other.pem")),
        checked(url, security_protocol="SSL"),
        checked(url.replace("localhost", "127.0.0.1"), **tls, ssl_truststore_location=str(kafka_broker.authority)),
    )
    for found in refused:
        assert "its certificate is not accepted" in found
        assert "correct ssl.truststore.location in kafka.properties" in found


def test_check_with_a_wrong_password_does_not_repeat_it(checked: Any, kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    login = f"org.apache.kafka.common.security.plain.PlainLoginModule required username={USER} password=${{directory:{tmp_path}:password}};"
    sasl = {"security_protocol": "SASL_SSL", "ssl_truststore_type": "PEM", "ssl_truststore_location": str(kafka_broker.authority)}
    sasl |= {"sasl_mechanism": "PLAIN", "sasl_jaas_config": login}
    (tmp_path / "password").write_text(PASSWORD)
    assert checked(f"kafka://{kafka_broker.sasl}/check", **sasl).startswith("1 topic at localhost")
    (tmp_path / "password").write_text("swordfish")
    found = checked(f"kafka://{kafka_broker.sasl}/check", **sasl)
    assert "it does not let the job in" in found
    assert "correct the sasl settings in kafka.properties" in found
    assert "swordfish" not in found
